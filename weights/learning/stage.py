"""Photos of people who do not exist, where every landmark's true place is known.

They are made to be unlike each other, not to be beautiful: skins from the example's
painter, any light with cast shadows, hair before and behind the face, glasses, any
backdrop, and what lenses, sensors and JPEG do to a picture.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn.functional import grid_sample, normalize

from benchmarks.puppets import turned
from core.colours import srgb_from_linear
from core.harmonics import harmonics
from core.head_model import HeadModel
from core.landmarks.detector import DetectedFace, FaceDetector
from core.mesh import triangle_faces, triangulate, vertex_normals
from core.rasterise import Fragments, interpolate, rasterise
from core.spaces import T_WORLD_CAMERA, inverse_rigid

from .developing import backdrop, develop, put_on_glasses
from .line_hair import line_hair
from .looks import Look

SIZE_PX = 320
_LOST_PX = 20.0
"""Marks that are further off are of something else than the face."""
_SHADOW_PX = 160


@dataclass(frozen=True, kw_only=True)
class Pose:
    """How one picture is taken."""

    weights: Float[np.ndarray, "expressions"]
    """Expression."""
    gaze_rad: Float[np.ndarray, "2 2"]
    """Left and right eye, yaw and pitch."""
    turn_deg: Float[np.ndarray, "3"]
    """Yaw, pitch and roll of the head."""
    focal: float
    """Focal length over the picture's size."""
    fills: float
    """Share of the picture's height that the face takes."""
    offset: Float[np.ndarray, "2"]
    """Of the face from the picture's middle, in shares of its size."""


@dataclass(frozen=True, kw_only=True)
class SyntheticPhoto:
    """A picture and its truth."""

    pixels_srgb: UInt8[np.ndarray, "height width 3"]
    """The picture."""
    points_px: Float[np.ndarray, "landmarks 2"]
    """Where the landmarks are on the surface."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What all pictures have in common."""

    scanned: HeadModel
    """With the expressions of scanned people."""
    artistic: Float[Tensor, "expressions vertices 3"]
    """The artist's expressions."""
    solid: Tensor
    """Triangles without lashes."""
    every: Tensor
    """All triangles."""
    part: Tensor
    """Part of each of `every`."""
    corners: Tensor
    """Texture coordinates at the corners of each of `every` [triangles, 3, 2]."""
    open_sky: Float[Tensor, "vertices"]
    """Share of the sky that each vertex of the average head sees."""


def stage_of(model: HeadModel, artistic: HeadModel) -> Stage:
    """Prepare a head model."""
    faces = model.faces.long()
    every = triangulate(faces)
    part = model.face_parts[triangle_faces(faces)]
    solid = part != model.part_names.index("eyelashes")
    order = torch.cat([solid.nonzero()[:, 0], (~solid).nonzero()[:, 0]])
    every, part = every[order], part[order]
    corners = model.uvs[triangulate(model.face_uvs.long())[order]]
    kept = every[: int(solid.sum())]
    return Stage(
        scanned=model,
        artistic=artistic.expression_basis,
        solid=kept,
        every=every,
        part=part,
        corners=corners,
        open_sky=_open_sky(model.template, kept),
    )


def take_photo(stage: Stage, look: Look, pose: Pose, seed: int) -> SyntheticPhoto:
    """One picture of a person."""
    random = np.random.default_rng(seed)
    head, vertices_camera = _placed(stage, look, pose)
    points_px = pose.focal * SIZE_PX * vertices_camera[:, :2] / vertices_camera[:, 2:]
    points_px = points_px + SIZE_PX * (0.5 + torch.from_numpy(pose.offset).float())
    seen = _see(stage, vertices_camera, points_px, lashes=random.random() < 0.7)
    normals = vertex_normals(vertices_camera, stage.solid)
    lit = _shine(stage, look, head, vertices_camera, normals, seen, random)
    image = srgb_from_linear(lit.clamp(0, 1)).numpy()
    marks = points_px[stage.scanned.landmark_vertices]
    share = stage.scanned.landmark_barycentric
    marks = torch.einsum("lci,lc->li", marks, share).numpy()
    shown = seen.fragments.triangle_index[seen.covered].unique()
    hair = line_hair(
        look.hair,
        points_px.numpy(),
        marks,
        scalp=np.flatnonzero(stage.scanned.region("scalp").numpy() > 0.6),
        shown=np.unique(stage.solid[shown].numpy()),
        random=random,
    )
    behind = backdrop(SIZE_PX, random)
    hair.draw(behind, hair.behind, random)
    covered = seen.covered.numpy()[..., None]
    image = np.where(covered, image, behind).astype(np.float32)
    hair.draw(image, hair.before, random)
    if random.random() < 0.1:
        put_on_glasses(image, marks, random)
    return SyntheticPhoto(pixels_srgb=develop(image, random), points_px=marks)


def found_in(photo: SyntheticPhoto, detector: FaceDetector) -> DetectedFace | None:
    """The person, as the detector sees them."""
    for face in detector.find(photo.pixels_srgb):
        if np.abs(face.points * SIZE_PX - photo.points_px).mean() < _LOST_PX:
            return face
    return None


def _placed(stage: Stage, look: Look, pose: Pose) -> tuple[Tensor, Tensor]:
    """The head with expression and gaze, in head space and before the camera."""
    model, weights = stage.scanned, torch.from_numpy(pose.weights).float()
    neutral = model.vertices(look.identity, torch.zeros_like(weights))
    basis = torch.lerp(model.expression_basis, stage.artistic, look.artistic)
    head = neutral + torch.tensordot(weights, basis, 1)
    joints = model.joints(look.identity)
    for index, name in enumerate(("eye_left", "eye_right")):
        vertices = torch.unique(model.faces[model.part_faces(name)].long())
        vertices = vertices[vertices >= 0]
        middle = joints[4 + index]
        yaw, pitch = pose.gaze_rad[index]
        turn = torch.from_numpy(turned(np.degrees(yaw), np.degrees(pitch), 0.0)).float()
        head[vertices] = (neutral[vertices] - middle) @ turn.T + middle
    face = neutral[model.landmark_vertices].mean(dim=(0, 1))
    distance = pose.focal * 0.24 / pose.fills
    turn = torch.from_numpy(turned(*pose.turn_deg)).float()
    world = (head - face) @ turn.T + torch.tensor([0, distance, 0])
    to_camera = torch.from_numpy(inverse_rigid(T_WORLD_CAMERA)).float()
    return head, world @ to_camera[:3, :3].T


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """Fragments without lashes, and how much lashes cover."""

    fragments: Fragments
    lashes: Tensor
    covered: Tensor


def _see(
    stage: Stage, vertices_camera: Tensor, points_px: Tensor, *, lashes: bool
) -> _Seen:
    def drawn(triangles: Tensor) -> Fragments:
        return rasterise(
            points_px,
            vertices_camera[:, 2].contiguous(),
            triangles,
            width_px=SIZE_PX,
            height_px=SIZE_PX,
        )

    solid = drawn(stage.solid)
    hairy = torch.zeros_like(solid.depth)
    if lashes:
        hairy = (drawn(stage.every).triangle_index >= len(stage.solid)).float()
    return _Seen(fragments=solid, lashes=hairy, covered=solid.covered)


def _shine(
    stage: Stage,
    look: Look,
    head: Tensor,
    vertices_camera: Tensor,
    normals: Tensor,
    seen: _Seen,
    random: np.random.Generator,
) -> Tensor:
    """Linear colours of every pixel."""
    fragments, part = seen.fragments, stage.part[seen.fragments.triangle_index]
    colour = _albedo(stage, look, seen, part, random)
    normal = normalize(interpolate(fragments, stage.solid, normals), dim=-1)
    sky = interpolate(fragments, stage.solid, stage.open_sky[:, None])
    sky = torch.where((part == 0)[..., None], sky, sky.clamp(0.3, 0.7))
    tint = torch.from_numpy(random.normal(1, 0.06, 3).clip(0.7, 1.3)).float()
    around = torch.zeros(9, 3)
    around[0] = 0.75
    around[1:4] = torch.from_numpy(random.normal(0, 0.15, (3, 1))).float()
    around[4:] = torch.from_numpy(random.normal(0, 0.03, (5, 1))).float()
    occlusion = sky ** random.uniform(0.6, 1.6)
    light = (harmonics(normal) @ around).clamp(min=0.05) * occlusion * tint
    light = light * random.uniform(0.2, 1.0)
    shine = torch.zeros_like(light)
    to_eye = normalize(-interpolate(fragments, stage.solid, vertices_camera), dim=-1)
    for _ in range(random.integers(1, 3)):
        lamp = random.normal(0, 1, 3) * [1, 0.7, 0.3] + [0, -0.5, -1.0]
        toward = torch.from_numpy(lamp / np.linalg.norm(lamp)).float()
        tint = torch.from_numpy(random.normal(1, 0.07, 3).clip(0.7, 1.3)).float()
        strength = random.uniform(0.1, 0.9) * tint
        free = _free(stage, vertices_camera, fragments, toward, random)
        wrap = random.uniform(0, 0.4)
        facing = ((normal @ toward + wrap) / (1 + wrap)).clamp(min=0)
        light = light + (facing * free)[..., None] * strength
        half = normalize(to_eye + toward, dim=-1)
        sharp = torch.where((part == 1) | (part == 2), 400.0, random.uniform(8, 50))
        gloss = torch.where((part == 1) | (part == 2), 1.5, 0.3 * look.gloss)
        shiny = gloss * (normal * half).sum(-1).clamp(min=0) ** sharp
        shine = shine + (shiny * free)[..., None] * strength
    lit = colour * light + shine
    lash = 0.01 + 0.18 * colour.mean(dim=-1, keepdim=True)
    cover = seen.lashes[..., None] * random.uniform(0.3, 0.95)
    return torch.lerp(lit, lash.expand_as(lit) * light, cover) * random.uniform(
        0.7, 1.5
    )


def _albedo(
    stage: Stage, look: Look, seen: _Seen, part: Tensor, random: np.random.Generator
) -> Tensor:
    """Linear colours without light."""
    index = seen.fragments.triangle_index.clamp(min=0)
    uv = (stage.corners[index] * seen.fragments.barycentric[..., None]).sum(dim=-2)
    grid = torch.stack([2 * uv[..., 0] - 1, 1 - 2 * uv[..., 1]], dim=-1)
    colour = grid_sample(
        look.albedo.movedim(-1, 0)[None], grid[None], align_corners=False
    )[0].movedim(0, -1)
    away = (uv - 0.5).norm(dim=-1)
    eye = (part == 1) | (part == 2)
    white = torch.from_numpy(
        random.uniform(0.35, 0.75) * random.normal(1, [0.02, 0.03, 0.04])
    ).float()
    rim = random.uniform(0.235, 0.26)
    colour[eye] = white
    colour[eye & (away < rim)] = look.iris
    colour[eye & (away < rim) & (away > rim - 0.03)] = 0.6 * look.iris
    colour[eye & (away < random.uniform(0.06, 0.13))] = 0.004
    if random.random() < 0.8:
        cloth = stage.scanned.region("shoulders")[:, None]
        cloth = interpolate(seen.fragments, stage.solid, cloth)
        tone = torch.from_numpy(random.uniform(0.01, 0.6, 3)).float()
        colour = torch.lerp(colour, tone.expand_as(colour), (3 * cloth).clamp(0, 1))
    names = stage.scanned.part_names
    for name, tone in (
        ("teeth", (0.62, 0.56, 0.45)),
        ("gums", (0.32, 0.11, 0.1)),
        ("tongue", (0.36, 0.13, 0.12)),
    ):
        shade = random.uniform(0.3, 1.0)
        colour[part == names.index(name)] = shade * torch.tensor(tone)
    return colour


def _free(
    stage: Stage,
    vertices_camera: Tensor,
    fragments: Fragments,
    toward: Tensor,
    random: np.random.Generator,
) -> Tensor:
    """Whether a lamp's light reaches each pixel, soft at the shadow's rim."""
    side = normalize(torch.linalg.cross(toward, torch.tensor([0.1, 1.0, 0.2])), dim=0)
    axes = torch.stack([side, torch.linalg.cross(toward, side), -toward])
    turned = vertices_camera @ axes.T
    low, high = turned.amin(dim=0), turned.amax(dim=0)
    scale = (_SHADOW_PX - 2) / (high - low)[:2].max()
    flat = (turned[:, :2] - low[:2]) * scale + 1
    deep = turned[:, 2] - low[2] + 0.1
    map_ = rasterise(
        flat, deep, stage.solid, width_px=_SHADOW_PX, height_px=_SHADOW_PX
    ).depth
    depth = torch.where(map_.isfinite(), map_, map_[map_.isfinite()].amax())
    points = interpolate(
        fragments, stage.solid, torch.cat([flat, deep[:, None]], dim=1)
    )
    free = torch.zeros_like(points[..., 0])
    radius, taps = random.uniform(0.5, 4.0), 6
    for shift in random.normal(0, radius, (taps, 2)):
        pixel = (points[..., :2] + torch.from_numpy(shift).float()).long()
        pixel = pixel.clamp(0, _SHADOW_PX - 1)
        behind = points[..., 2] - depth[pixel[..., 1], pixel[..., 0]]
        free += (1 - (behind - 0.004) / 0.004).clamp(0, 1)
    return free / taps


def _open_sky(vertices: Tensor, triangles: Tensor) -> Tensor:
    """How much of the sky around is not hidden by the head itself."""
    normals = vertex_normals(vertices, triangles)
    steps = torch.arange(96) + 0.5
    height = 1 - 2 * steps / len(steps)
    around = steps * 2.399963
    flat = (1 - height.square()).sqrt()
    ways = torch.stack([flat * around.cos(), flat * around.sin(), height], dim=1)
    free, most = torch.zeros(len(vertices)), torch.zeros(len(vertices))
    for way in ways:
        side = normalize(torch.linalg.cross(way, torch.tensor([0.1, 0.2, 1.0])), dim=0)
        turned = vertices @ torch.stack([side, torch.linalg.cross(way, side), -way]).T
        low = turned.amin(dim=0)
        flat2 = (turned[:, :2] - low[:2]) * 500 + 1
        deep = turned[:, 2] - low[2] + 0.1
        size = int(flat2.max()) + 2
        depth = rasterise(flat2, deep, triangles, width_px=size, height_px=size).depth
        pixel = flat2.long()
        seen = (deep < depth[pixel[:, 1], pixel[:, 0]] + 0.004).float()
        facing = (normals @ way).clamp(min=0)
        free += facing * seen
        most += facing
    return free / most.clamp(min=1e-6)
