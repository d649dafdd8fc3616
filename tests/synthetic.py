"""People whose numbers are known: landmarks of heads that the tests made up.

The real head model is seen by a known camera; what comes out is what the detector would
hand on if it made no error but the noise asked for.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import pytest
import torch
from jaxtyping import Float, UInt8
from numpy.typing import NDArray
from torch import Tensor

from core.camera import rotation_from_vector
from core.errors import MissingWeightsError
from core.expressions import EXPRESSION_INDEX, EXPRESSION_NAMES
from core.harmonics import harmonics
from core.head_model import HeadModel, load_head_model
from core.landmarks.topology import IRIS_LEFT, IRIS_RIGHT
from core.landmarks.types import Landmarks, LandmarkTrack
from core.mesh import triangulate, vertex_normals
from core.rasterise import interpolate, rasterise
from core.residuals.expectations import JAW_OPEN_SCORES, JAW_OPEN_WEIGHTS
from core.spaces import T_WORLD_CAMERA, inverse_rigid, transform_points

IMAGE_SIZE_PX = (800, 1000)


@dataclass(frozen=True, kw_only=True)
class Person:
    """One moment of a made-up person before a made-up camera."""

    identity: NDArray[np.float32]
    expression: NDArray[np.float32]
    T_camera_head: NDArray[np.float64]
    focal_px: float
    gaze_rad: tuple[float, float] = (0.0, 0.0)
    """Yaw and pitch of both eyes."""
    crossing_rad: float = 0.0
    """By how much they look toward each other."""


def head_model() -> HeadModel:
    """The real head model; without it the test is skipped."""
    try:
        return load_head_model()
    except MissingWeightsError:
        pytest.skip("weights/head_model.safetensors is not built")


def some_identity(model: HeadModel, *, seed: int, size: float = 0.7) -> NDArray:
    """Coefficients of a random person."""
    count = model.landmark_identity_basis.shape[0]
    return (size * np.random.default_rng(seed).standard_normal(count)).astype("f4")


def expression(**weights: float) -> NDArray[np.float32]:
    """The 52 weights, zero unless named."""
    values = np.zeros(len(EXPRESSION_NAMES), np.float32)
    for name, weight in weights.items():
        values[EXPRESSION_INDEX[name]] = weight
    return values


def pose(
    *, yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0, distance_m: float = 0.8
) -> NDArray[np.float64]:
    """T_camera_head of a head turned by degrees; yaw to its left, pitch upward."""
    turned = torch.eye(3, dtype=torch.float64)
    for axis, degrees in ((0, -pitch), (1, roll), (2, yaw)):
        vector = torch.zeros(3, dtype=torch.float64)
        vector[axis] = np.deg2rad(degrees)
        turned = rotation_from_vector(vector) @ turned
    T_world_head = np.eye(4)
    T_world_head[:3, :3] = turned.numpy()
    T_world_head[:3, 3] = (0.01, distance_m, 0.0)
    return inverse_rigid(T_WORLD_CAMERA) @ T_world_head


def landmarks_of(
    model: HeadModel, person: Person, *, noise: float = 0.0, seed: int = 0
) -> NDArray[np.float32]:
    """Where the detector would see the person's 478 landmarks.

    `noise` is its standard deviation as a part of the distance between the irises.
    """
    identity = torch.from_numpy(person.identity)
    toward_camera = torch.from_numpy(-person.T_camera_head[2, :3]).float()
    expressed = torch.from_numpy(person.expression)
    points = model.marks(identity, expressed, toward_camera).numpy()
    points = _with_gaze(points.astype(float), model.joints(identity).numpy(), person)
    camera = transform_points(person.T_camera_head, points)
    middle = np.array(IMAGE_SIZE_PX) / 2
    points_px = camera[:, :2] / camera[:, 2:] * person.focal_px + middle
    eye_px = np.linalg.norm(points_px[IRIS_LEFT[0]] - points_px[IRIS_RIGHT[0]])
    jitter = np.random.default_rng(seed).standard_normal(points_px.shape)
    return (points_px + noise * eye_px * jitter).astype(np.float32)


def scores_of(person: Person) -> NDArray[np.float32]:
    """What the detector's scores would be: it is slow to notice an open jaw."""
    scores = person.expression.copy()
    jaw = EXPRESSION_INDEX["jawOpen"]
    scores[jaw] = np.interp(scores[jaw], JAW_OPEN_WEIGHTS, JAW_OPEN_SCORES)
    return scores


def photo_of(model: HeadModel, person: Person, *, noise: float = 0.0) -> Landmarks:
    """The landmarks of a photo, with scores that tell the expression."""
    points_px = landmarks_of(model, person, noise=noise)
    return Landmarks(
        points_px=points_px,
        depth_px=np.zeros(len(points_px), np.float32),
        image_size_px=IMAGE_SIZE_PX,
        scores=scores_of(person),
    )


def picture_of(
    model: HeadModel, person: Person, light: Float[Tensor, "9"]
) -> UInt8[np.ndarray, "height width 3"]:
    """The person's head in grey skin under a light in head space, sRGB."""
    width, height = IMAGE_SIZE_PX
    head = model.vertices(
        torch.from_numpy(person.identity), torch.from_numpy(person.expression)
    )
    camera = transform_points(person.T_camera_head, head.double().numpy())
    points_px = camera[:, :2] / camera[:, 2:] * person.focal_px
    triangles = triangulate(model.faces[model.part_faces("skin")])
    shown = rasterise(
        torch.from_numpy(points_px + np.array(IMAGE_SIZE_PX) / 2).float(),
        torch.from_numpy(camera[:, 2]).float(),
        triangles,
        width_px=width,
        height_px=height,
    )
    normals = interpolate(shown, triangles, vertex_normals(head, triangles))
    lit = (harmonics(torch.nn.functional.normalize(normals, dim=-1)) @ light).numpy()
    grey = np.where(shown.covered.numpy(), lit.clip(0, 1) ** (1 / 2.2), 0.5)
    return np.repeat((255 * grey).astype(np.uint8)[..., None], 3, axis=2)


def behind_dark_glasses(
    pixels_srgb: NDArray[np.uint8], landmarks: Landmarks
) -> NDArray[np.uint8]:
    """The same picture with a dark lens before each eye."""
    hidden = pixels_srgb.copy()
    eyes = landmarks.points_px[[IRIS_LEFT[0], IRIS_RIGHT[0]]]
    apart = float(np.linalg.norm(eyes[0] - eyes[1]))
    for x, y in np.round(eyes).astype(int).tolist():
        size = round(0.44 * apart), round(0.36 * apart)
        cv2.ellipse(hidden, (x, y), size, 0, 0, 360, (20, 20, 20), -1)
    return hidden


def clip_of(
    model: HeadModel,
    people: list[Person],
    *,
    noise: float = 0.0,
    rate_fps: float = 25.0,
    unseen: tuple[int, ...] = (),
) -> LandmarkTrack:
    """The landmarks of a clip, one moment of the person a frame."""
    points_px = np.stack(
        [
            landmarks_of(model, person, noise=noise, seed=frame)
            for frame, person in enumerate(people)
        ]
    )
    scores = np.stack([scores_of(person) for person in people])
    seen = np.ones(len(people), bool)
    seen[list(unseen)] = False
    points_px[~seen], scores[~seen] = np.nan, np.nan
    return LandmarkTrack(
        times_s=np.arange(len(people)) / rate_fps,
        points_px=points_px,
        scores=scores,
        seen=seen,
        image_size_px=IMAGE_SIZE_PX,
    )


def rotation_error_deg(
    first: NDArray[np.floating], second: NDArray[np.floating]
) -> NDArray[np.float64]:
    """The angle between the rotations of two poses [..., 4, 4]."""
    between = np.swapaxes(first[..., :3, :3], -1, -2) @ second[..., :3, :3]
    cosine = (np.trace(between, axis1=-2, axis2=-1) - 1) / 2
    return np.rad2deg(np.arccos(np.clip(cosine, -1, 1)))


def _with_gaze(points: NDArray, joints: NDArray, person: Person) -> NDArray:
    """The irises turned around their eyes: pitch first, then yaw."""
    yaw, pitch = person.gaze_rad
    lift = rotation_from_vector(torch.tensor([-pitch, 0, 0], dtype=torch.float64))
    inward = person.crossing_rad / 2
    for ring, joint, aside in (
        (list(IRIS_LEFT), 4, yaw - inward),
        (list(IRIS_RIGHT), 5, yaw + inward),
    ):
        turn = rotation_from_vector(torch.tensor([0, 0, aside], dtype=torch.float64))
        rotation = (turn @ lift).numpy()
        points[ring] = (points[ring] - joints[joint]) @ rotation.T + joints[joint]
    return points
