"""Pictures of heads of our own model whose shape, skin and light are known."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from core.camera import rotation_from_vector
from core.expressions import EXPRESSION_INDEX, EXPRESSION_NAMES
from core.head_model import HeadModel
from core.images.photo import Photo
from core.landmarks.photo_landmarks import detect_landmarks
from core.landmarks.types import Landmarks
from core.mesh import triangle_faces, triangulate, vertex_normals
from core.rasterise import interpolate, rasterise
from core.spaces import T_WORLD_CAMERA, inverse_rigid
from core.texture.colours import srgb_from_linear
from core.texture.lighting import harmonics

SIZE_PX, FOCAL_PX = 800, 1500.0
BACKDROP = (0.05, 0.75, 0.10)
"""Green, in sRGB: nothing that a face has."""

_FACE_HEIGHT_M, _FILLS = 0.24, 0.72


@dataclass(frozen=True, kw_only=True)
class Portrait:
    """One picture of a known head."""

    pixels_srgb: UInt8[np.ndarray, "height width 3"]
    """The picture."""
    colours: Float[Tensor, "vertices 3"]
    """The skin's true albedo, linear."""


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
) -> Portrait:
    """The picture of a head before the green backdrop."""
    turn = rotation_from_vector(torch.tensor([0, 0, np.deg2rad(yaw_deg)])).float()
    distance = FOCAL_PX * _FACE_HEIGHT_M / (_FILLS * SIZE_PX)
    world = vertices @ turn.T + torch.tensor([0.0, distance, -0.02])
    to_camera = torch.from_numpy(inverse_rigid(T_WORLD_CAMERA)).float()
    camera = world @ to_camera[:3, :3].T
    points = camera[:, :2] / camera[:, 2:] * FOCAL_PX + SIZE_PX / 2
    solid = model.face_parts != model.part_names.index("eyelashes")
    quads = model.faces[solid].long()
    faces = triangulate(quads)
    drawn = rasterise(points, camera[:, 2], faces, width_px=SIZE_PX, height_px=SIZE_PX)
    part = model.face_parts[solid][triangle_faces(quads)][drawn.triangle_index]
    albedo = interpolate(drawn, faces, colours)
    normals = interpolate(drawn, faces, vertex_normals(vertices, faces))
    uv = triangulate(model.face_uvs[solid].long())[drawn.triangle_index]
    uv = (model.uvs[uv] * drawn.barycentric[..., None]).sum(dim=-2)
    _paint_parts(albedo, part, (uv - 0.5).norm(dim=-1))
    lit = albedo * (harmonics(torch.nn.functional.normalize(normals, dim=-1)) @ shone)
    image = srgb_from_linear(lit.clamp(0, 1))
    image = torch.where(drawn.covered[..., None], image, torch.tensor(BACKDROP))
    pixels = (255 * image.clamp(0, 1) + 0.5).byte().numpy()
    return Portrait(pixels_srgb=pixels, colours=colours)


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


def detect(pixels_srgb: UInt8[np.ndarray, "height width 3"]) -> Landmarks:
    """The landmarks as for any photo."""
    photo = Photo(
        pixels_srgb=pixels_srgb, focal_px=None, sha256="", name="portrait", path=Path()
    )
    return detect_landmarks(photo)
