"""Where MediaPipe's 478 landmarks lie on our head, and how surely.

Many people are drawn with random expressions, gaze, view and light; the detector marks
each picture; the surface point under each mark is carried to the template by its
barycentric coordinates. A landmark's place is the geometric median of its marks on the
template, averaged with its mirror twin's; the scatter of the marks is its covariance.

A mark may only fall on the surface that its landmark belongs to: irises on eyeballs,
lips not on teeth, lids not on the eyeball. A mark that just misses is taken at the
nearest allowed pixel.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from core.expressions import EXPRESSION_INDEX, EXPRESSION_NAMES
from core.mesh import triangle_faces, triangulate
from core.rasterise import Fragments

from .models import HeadArrays
from .portraits import SIZE_PX, draw, shade

LANDMARKS = 478
UPPER_INNER_LIP = (191, 80, 81, 82, 13, 312, 311, 310, 415)
LOWER_INNER_LIP = (95, 88, 178, 87, 14, 317, 402, 318, 324)
UPPER_LIP = (185, 40, 39, 37, 0, 267, 269, 270, 409)
UPPER_LIP += (184, 74, 73, 72, 11, 302, 303, 304, 408)
UPPER_LIP += (183, 42, 41, 38, 12, 268, 271, 272, 407)
LOWER_LIP = (146, 91, 181, 84, 17, 314, 405, 321, 375)
LOWER_LIP += (77, 90, 180, 85, 16, 315, 404, 320, 307)
LOWER_LIP += (96, 89, 179, 86, 15, 316, 403, 319, 325)
"""All rows but the inner ones, from the outer one inward."""
LIP_CORNERS = (61, 291, 78, 308)
UPPER_LIDS = (246, 161, 160, 159, 158, 157, 173, 466, 388, 387, 386, 385, 384, 398)
LOWER_LIDS = (7, 163, 144, 145, 153, 154, 155, 249, 390, 373, 374, 380, 381, 382)
LEFT_IRIS = (473, 474, 475, 476, 477)
RIGHT_IRIS = (468, 469, 470, 471, 472)
"""Left and right are the subject's: MediaPipe's 473-477 are on the left eye."""

SNAP_PX = 9
"""A mark this near to its own kind of surface is taken there (4 % of the face)."""

MAXIMUM_TILT = 0.25
"""Marks on surface whose normal is further from the view than this cosine are left."""


@dataclass(frozen=True, kw_only=True)
class Marks:
    """Marks of all landmarks, on the template."""

    landmark: NDArray[np.int64]
    """Which landmark [marks]."""
    point: NDArray[np.float64]
    """Where on the template [marks, 3]."""
    picture: NDArray[np.int64]
    """In which picture [marks]."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """A drawn person in a drawn moment, in camera space."""

    points_camera: NDArray[np.float64]
    points_px: NDArray[np.float64]
    focal_px: float


def mark_people(
    head: HeadArrays, regions: tuple[str, ...], model: Path, *, count: int, seed: int
) -> Marks:
    """Draw `count` pictures, detect, and collect what the marks hit."""
    from mediapipe.tasks.python import BaseOptions, vision

    surface = Surface(head, regions)
    rng = np.random.default_rng(seed)
    options = vision.FaceLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(model)), num_faces=1
    )
    landmark, point, picture = [], [], []
    detector = vision.FaceLandmarker.create_from_options(options)
    try:
        for number in range(count):
            person = draw_person(head, rng)
            fragments, image = paint(person, surface, rng)
            found = _detect(detector, image)
            if found is None:
                continue
            which, where = surface.marks(found, fragments, person)
            landmark.append(which)
            point.append(where)
            picture.append(np.full(len(which), number))
    finally:
        detector.close()
    return Marks(
        landmark=np.concatenate(landmark),
        point=np.concatenate(point),
        picture=np.concatenate(picture),
    )


def draw_person(head: HeadArrays, rng: np.random.Generator) -> Person:
    """Someone, somehow, seen from somewhere."""
    identity = rng.normal(size=len(head.identity_basis)) * 0.9
    expression = random_expression(rng)
    points = (
        head.template
        + np.tensordot(identity, head.identity_basis, 1)
        + np.tensordot(expression, head.expression_basis, 1)
    ).astype(np.float64)
    joints = head.joint_template + np.tensordot(identity, head.joint_identity_basis, 1)
    for joint in (4, 5):
        ball = head.skin_weights[:, joint] > 0.5
        gaze = _rotation(rng.normal(0, 0.12), rng.normal(0, 0.10), 0.0)
        points[ball] = (points[ball] - joints[joint]) @ gaze.T + joints[joint]
    view = _rotation(rng.normal(0, 0.36), rng.normal(0, 0.16), rng.normal(0, 0.08))
    points = points @ view.T
    middle = points[head.region_masks[0] > 0.5].mean(axis=0)
    camera = (points - middle)[:, [0, 2, 1]] * [1.0, -1.0, 1.0]
    focal = SIZE_PX * rng.uniform(1.2, 3.0)
    camera[:, 2] += focal * 0.20 / (SIZE_PX * rng.uniform(0.55, 0.75))
    px = focal * camera[:, :2] / camera[:, 2:] + SIZE_PX / 2
    return Person(points_camera=camera, points_px=px, focal_px=focal)


def random_expression(rng: np.random.Generator) -> NDArray[np.float64]:
    """Weights [52]: a few units at once, in pairs, mouth and eyes often a bit open."""
    weights = np.zeros(len(EXPRESSION_NAMES))
    for name, index in EXPRESSION_INDEX.items():
        if name.endswith("Right") or name == "tongueOut" or rng.random() > 0.22:
            continue
        weights[index] = rng.beta(1.0, 1.8) * 0.8
        twin = EXPRESSION_INDEX.get(name.removesuffix("Left") + "Right")
        if name.endswith("Left") and twin is not None:
            weights[twin] = weights[index] * rng.uniform(0.7, 1.0)
    if rng.random() < 0.7:
        weights[EXPRESSION_INDEX["jawOpen"]] = rng.uniform(0.05, 0.5)
    for side in ("Left", "Right"):
        weights[EXPRESSION_INDEX[f"eyeBlink{side}"]] *= 0.5
        weights[EXPRESSION_INDEX[f"eyeWide{side}"]] += 0.3 * rng.random()
    weights[EXPRESSION_INDEX["mouthClose"]] = 0.0
    return weights


class Surface:
    """The head's triangles, their colours, and who may be marked on which."""

    def __init__(self, head: HeadArrays, regions: tuple[str, ...]) -> None:
        self.head = head
        faces = torch.from_numpy(head.faces).long()
        self.triangles = triangulate(faces).numpy()
        self.parts = head.face_parts[triangle_faces(faces).numpy()]
        self.no_lashes = np.flatnonzero(self.parts != 6)
        mask = dict(zip(regions, head.region_masks, strict=True))
        self.mask = mask
        at = {name: value[self.triangles].mean(axis=1) for name, value in mask.items()}
        inside = at["mouth_inside"] > 0.5
        skin = (self.parts == 0) & ~inside & ~_in_sockets(head, self.triangles)
        lips = skin & (at["lips"] > 0.3)
        lids = skin & (at["eyelids"] > 0.3)
        height = head.template[self.triangles, 2].mean(axis=1)
        self.allowed = np.tile(skin & (at["ears"] < 0.5), (LANDMARKS, 1))
        eye = {}
        for part in (1, 2):
            eye[part] = self.parts == part
        self.allowed[list(LEFT_IRIS)] = eye[1]
        self.allowed[list(RIGHT_IRIS)] = eye[2]
        upper = at["lip_upper"] > at["lip_lower"]
        self.allowed[list(UPPER_INNER_LIP + UPPER_LIP)] &= upper | ~lips
        self.allowed[list(LOWER_INNER_LIP + LOWER_LIP)] &= ~upper | ~lips
        self.allowed[list(UPPER_INNER_LIP)] &= lips
        self.allowed[list(LOWER_INNER_LIP)] &= lips
        line = np.interp(
            np.abs(head.template[self.triangles, 0].mean(axis=1)),
            *_eye_line(head),
        )
        self.allowed[list(UPPER_LIDS)] &= ~lids | (height > line)
        self.allowed[list(LOWER_LIDS)] &= ~lids | (height < line)
        self.kinds, kind_of = np.unique(self.allowed, axis=0, return_inverse=True)
        self.kind_of = kind_of.ravel()

    def marks(
        self, found: NDArray[np.float64], fragments: Fragments, person: Person
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Landmarks [n] and their places on the template [n, 3] in one picture."""
        row, column = np.nonzero(fragments.covered.numpy())
        owner = self.no_lashes[fragments.triangle_index.numpy()[row, column]]
        pixel = np.stack([column, row], axis=1) + 0.5
        corners = self.triangles[owner]
        px = person.points_camera[corners]
        normal = np.cross(px[:, 1] - px[:, 0], px[:, 2] - px[:, 0])
        normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-12
        facing = -(normal * px.mean(1)).sum(1) / np.linalg.norm(px.mean(1), axis=1)
        good = np.abs(facing) > MAXIMUM_TILT
        which, where = [], []
        for kind, allowed in enumerate(self.kinds):
            usable = np.flatnonzero(allowed[owner])
            if not len(usable):
                continue
            ids = np.flatnonzero(self.kind_of == kind)
            distance, nearest = cKDTree(pixel[usable]).query(found[ids])
            hit = usable[nearest]
            ok = (distance < SNAP_PX) & good[hit]
            for i, pixel_index in zip(ids[ok], hit[ok], strict=True):
                weights = _inside(
                    person,
                    self.triangles[owner[pixel_index]],
                    pixel[pixel_index] if distance[ids == i][0] > 1 else found[i],
                )
                which.append(i)
                where.append(weights @ self.head.template[corners[pixel_index]])
        return np.array(which, np.int64), np.array(where).reshape(-1, 3)


def _inside(
    person: Person, corners: NDArray[np.int64], point_px: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Barycentric coordinates on the surface of a point of the picture."""
    a, b, c = person.points_px[corners]
    edges = np.stack([b - a, c - a], axis=1)
    u, v = np.linalg.solve(edges + 1e-12 * np.eye(2), point_px - a)
    weights = np.array([1 - u - v, u, v]) / person.points_camera[corners, 2]
    weights = np.clip(weights / weights.sum(), -0.2, 1.2)
    return weights / weights.sum()


def _in_sockets(head: HeadArrays, triangles: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Skin triangles behind the lids: closer to an eye's centre than its surface."""
    hidden = np.zeros(len(triangles), bool)
    for joint in (4, 5):
        centre = head.joint_template[joint]
        ball = head.template[head.skin_weights[:, joint] > 0.5]
        radius = np.median(np.linalg.norm(ball - centre, axis=1))
        offset = head.template[triangles].mean(axis=1) - centre
        distance = np.linalg.norm(offset, axis=1)
        rim = head.template[head.lid_pairs[joint - 4].ravel()]
        opening = (-(rim - centre)[:, 1] / np.linalg.norm(rim - centre, axis=1)).min()
        hidden |= (distance < 1.045 * radius) & (-offset[:, 1] / distance < opening)
    return hidden


def _eye_line(head: HeadArrays) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """|x| and z of the middle between the lids, over both eyes."""
    middle = head.template[head.lid_pairs].mean(axis=2).reshape(-1, 3)
    order = np.argsort(np.abs(middle[:, 0]))
    return np.abs(middle[order, 0]), middle[order, 2]


def paint(
    person: Person, surface: Surface, rng: np.random.Generator
) -> tuple[Fragments, NDArray[np.uint8]]:
    """What each pixel shows (without lashes), and the picture (with them)."""
    bare = surface.triangles[surface.no_lashes]
    depth = person.points_camera[:, 2]
    fragments = draw(person.points_px, depth, bare)
    colours = _colours(surface, rng)
    points = person.points_camera
    look = points[:, [0, 2, 1]] * [1.0, 1.0, -1.0]
    state = rng.bit_generator.state
    image = shade(fragments, look, bare, colours, rng)
    full = draw(person.points_px, depth, surface.triangles)
    rng.bit_generator.state = state
    lashed = shade(full, look, surface.triangles, colours, rng)
    image = image + rng.uniform(0.2, 0.6) * (lashed - image)
    backdrop = (
        rng.uniform(0.1, 0.9, 3)
        + 0.15 * rng.normal() * (np.linspace(-1, 1, SIZE_PX)[:, None, None])
    )
    image = np.where(fragments.covered.numpy()[..., None], image, backdrop)
    image = image + rng.normal(0, 0.015, image.shape)
    return fragments, (255 * image.clip(0, 1) ** (1 / 1.8)).astype(np.uint8)


def _colours(surface: Surface, rng: np.random.Generator) -> NDArray[np.float64]:
    """A linear colour for each vertex."""
    head, mask = surface.head, surface.mask
    tone = rng.beta(2.2, 1.4)
    skin = np.array([0.10, 0.05, 0.03]) * (1 - tone) + tone * np.array(
        [0.72, 0.47, 0.36]
    )
    hair = np.array([0.025, 0.018, 0.014]) + rng.beta(1, 4) * np.array(
        [0.5, 0.32, 0.15]
    )
    colours = np.tile(skin, (len(head.template), 1))
    colours += 0.02 * skin * rng.normal(size=(len(colours), 1))

    def over(name: str, colour: NDArray[np.float64], strength: float) -> None:
        share = strength * mask[name][:, None]
        colours[:] = colours * (1 - share) + share * colour

    over("cheeks", skin * [1.1, 0.85, 0.82], rng.uniform(0.0, 0.6))
    over("lips", skin * [0.95, 0.52, 0.52], rng.uniform(0.5, 1.0))
    over("mouth_inside", np.array([0.16, 0.04, 0.035]), 1.0)
    over("brows", hair * 0.8, rng.uniform(0.55, 0.95))
    over("eyelids", skin * 0.8, rng.uniform(0.0, 0.4))
    if rng.random() < 0.8:
        over("scalp", hair, 0.95)
    over("neck", skin * 0.9, 0.5)
    part = np.zeros(len(colours), np.int64)
    part[head.faces[:, 0]] = head.face_parts
    for face, kind in zip(head.faces, head.face_parts, strict=True):
        if kind:
            part[face[face >= 0]] = kind
    fixed = {3: (0.75, 0.70, 0.58), 4: (0.5, 0.18, 0.17), 5: (0.45, 0.16, 0.15)}
    for kind, colour in fixed.items():
        colours[part == kind] = colour
    colours[part == 6] = hair * 0.5
    iris = (
        np.array([0.03, 0.02, 0.012]) + rng.random(3) * [0.10, 0.13, 0.2] * rng.random()
    )
    for kind, joint in ((1, 4), (2, 5)):
        ball = np.flatnonzero(part == kind)
        offset = head.template[ball] - head.joint_template[joint]
        angle = np.degrees(
            np.arccos(-offset[:, 1] / np.linalg.norm(offset, axis=1).clip(1e-9))
        )
        white = np.tile([0.72, 0.68, 0.66], (len(ball), 1))
        white[angle < 21.5] = iris
        white[angle < 9.0] = 0.004
        colours[ball] = white
    return colours


def _detect(detector: object, image: NDArray[np.uint8]) -> NDArray[np.float64] | None:
    import mediapipe

    frame = mediapipe.Image(
        image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(image)
    )
    result = detector.detect(frame)
    if not result.face_landmarks:
        return None
    points = [(mark.x, mark.y) for mark in result.face_landmarks[0]]
    return np.array(points) * SIZE_PX


def _rotation(yaw: float, pitch: float, roll: float) -> NDArray[np.float64]:
    """About Z, then X, then Y, in radians."""
    cz, sz, cx, sx = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    cy, sy = np.cos(roll), np.sin(roll)
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    return about_y @ about_x @ about_z
