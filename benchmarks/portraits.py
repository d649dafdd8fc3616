"""Pictures of heads of our own model whose shape, skin and light are known."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from benchmarks.drawing import draw
from core.assets import PinholeCamera
from core.camera import rotation_from_vector
from core.colours import srgb_from_linear
from core.expressions import EXPRESSION_INDEX, EXPRESSION_NAMES
from core.harmonics import harmonics
from core.head_model import HeadModel
from core.images.photo import Photo
from core.landmarks.photo_landmarks import detect_landmarks
from core.landmarks.refiner import refine_landmarks
from core.landmarks.types import Landmarks
from core.rasterise import interpolate
from core.spaces import T_WORLD_CAMERA, inverse_rigid

SIZE_PX, FOCAL_PX = 800, 1500.0
CAMERA = PinholeCamera(
    focal_px=FOCAL_PX,
    center_x_px=SIZE_PX / 2,
    center_y_px=SIZE_PX / 2,
    width_px=SIZE_PX,
    height_px=SIZE_PX,
)
"""What takes them."""

BACKDROP = (0.05, 0.75, 0.10)
"""Green, in sRGB: nothing that a face has."""

_FACE_HEIGHT_M, _FILLS = 0.24, 0.72
_IN_PLACE = torch.zeros(3)


def paint(model: HeadModel, seed: int) -> Float[Tensor, "vertices 3"]:
    """Linear albedo of every vertex of a made-up person."""
    random = np.random.default_rng(seed)
    tone = random.beta(2.2, 1.4)
    skin = (1 - tone) * np.array([0.16, 0.08, 0.05]) + tone * np.array([0.6, 0.38, 0.3])
    hair = np.array([0.03, 0.02, 0.015]) * (1 + 4 * random.beta(1, 4))
    spots = 1 + 0.05 * random.standard_normal((len(model.template), 1))
    colours = torch.from_numpy(skin * spots).float()
    layers = (
        ("cheeks", skin * [1.08, 0.86, 0.83], 0.4),
        ("lips", skin * [0.92, 0.52, 0.52], 0.8),
        ("brows", hair, 0.9),
        ("eyelids", skin * 0.8, 0.25),
        ("scalp", hair, 0.95),
        ("mouth_inside", np.array([0.16, 0.05, 0.045]), 0.9),
    )
    for name, colour, strength in layers:
        share = strength * model.region(name)[:, None]
        colours = colours * (1 - share) + share * torch.from_numpy(colour).float()
    return colours


def light(azimuth_deg: float, elevation_deg: float, strength: float) -> Tensor:
    """Harmonic coefficients [9, 3] of a sky and of soft light from one side."""
    turn, rise = np.radians(azimuth_deg), np.radians(elevation_deg)
    towards = torch.tensor(
        [np.sin(turn) * np.cos(rise), -np.cos(turn) * np.cos(rise), np.sin(rise)]
    ).float()
    coefficients = torch.zeros(9, 3)
    coefficients[0] = 0.75
    coefficients[1:4] = strength * towards[:, None]
    coefficients[8] = 0.03
    return coefficients


def take(
    model: HeadModel,
    vertices: Float[Tensor, "vertices 3"],
    colours: Float[Tensor, "vertices 3"],
    shone: Float[Tensor, "9 3"],
    *,
    yaw_deg: float = 0.0,
) -> UInt8[np.ndarray, "height width 3"]:
    """The picture of a head before the green backdrop, sRGB."""
    turn = rotation_from_vector(torch.tensor([0, 0, np.deg2rad(yaw_deg)])).float()
    return take_turned(model, vertices, colours, shone, turn=turn, offset_m=_IN_PLACE)


def take_turned(
    model: HeadModel,
    vertices: Float[Tensor, "vertices 3"],
    colours: Float[Tensor, "vertices 3"],
    shone: Float[Tensor, "9 3"],
    *,
    turn: Float[Tensor, "3 3"],
    offset_m: Float[Tensor, "3"],
) -> UInt8[np.ndarray, "height width 3"]:
    """The same of a head that is turned in any way, and not quite in its place."""
    world = vertices @ turn.T + torch.tensor([0.0, distance_m(), -0.02]) + offset_m
    to_camera = torch.from_numpy(inverse_rigid(T_WORLD_CAMERA)).float()
    drawing = draw(model, world @ to_camera[:3, :3].T, vertices, CAMERA)
    albedo = interpolate(drawing.fragments, drawing.triangles, colours)
    _paint_parts(albedo, drawing.part, (drawing.uv - 0.5).norm(dim=-1))
    lit = albedo * (harmonics(drawing.normals) @ shone)
    image = srgb_from_linear(lit.clamp(0, 1))
    image = torch.where(drawing.covered[..., None], image, torch.tensor(BACKDROP))
    return (255 * image.clamp(0, 1) + 0.5).byte().numpy()


def distance_m() -> float:
    """From the camera to a head that is in its place."""
    return FOCAL_PX * _FACE_HEIGHT_M / (_FILLS * SIZE_PX)


def _paint_parts(albedo: Tensor, part: Tensor, from_middle: Tensor) -> None:
    """Eyes with irises, teeth and tongue in place."""
    eyes = (part == 1) | (part == 2)
    albedo[eyes] = torch.tensor([0.72, 0.69, 0.67])
    albedo[eyes & (from_middle < 0.25)] = torch.tensor([0.06, 0.05, 0.04])
    albedo[eyes & (from_middle < 0.1)] = 0.004
    albedo[part == 3] = torch.tensor([0.72, 0.68, 0.58])
    albedo[(part == 4) | (part == 5)] = torch.tensor([0.3, 0.1, 0.1])


def smile() -> Float[Tensor, "expressions"]:
    """The weights of a broad smile."""
    weights = torch.zeros(len(EXPRESSION_NAMES))
    for name in ("mouthSmileLeft", "mouthSmileRight"):
        weights[EXPRESSION_INDEX[name]] = 0.8
    for name in ("cheekSquintLeft", "cheekSquintRight"):
        weights[EXPRESSION_INDEX[name]] = 0.4
    return weights


def detect(
    model: HeadModel, pixels_srgb: UInt8[np.ndarray, "height width 3"]
) -> Landmarks:
    """The landmarks as for any photo."""
    return refine_landmarks(model, pixels_srgb, marked(pixels_srgb))


def marked(pixels_srgb: UInt8[np.ndarray, "height width 3"]) -> Landmarks:
    """The landmarks as the detector marks them."""
    photo = Photo(
        pixels_srgb=pixels_srgb, focal_px=None, sha256="", name="portrait", path=Path()
    )
    return detect_landmarks(photo)
