"""Pictures of scan-made heads: painted by region, lit softly, the camera known."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from core.camera import rotation_from_vector
from core.mesh import triangulate, vertex_normals
from core.rasterise import Fragments, interpolate, rasterise
from core.spaces import T_WORLD_CAMERA, inverse_rigid, transform_points

from .scans import EYEBALLS, SHOWN_VERTICES, Scans

SIZE_PX = 720
FOCAL_PX = 1400.0
GAMMA = 1 / 2.2


@dataclass(frozen=True, kw_only=True)
class Portrait:
    """One picture and what is known about it."""

    pixels_srgb: NDArray[np.uint8]
    """[height, width, 3]."""
    fragments: Fragments
    """What each pixel shows: triangles of `shown_triangles`."""
    points_px: NDArray[np.float64]
    """[vertices, 2] where every vertex of the scan falls."""
    focal_px: float
    """Focal length of the camera that took it."""


@dataclass(frozen=True, kw_only=True)
class Sitting:
    """How one head is shown."""

    yaw_deg: float = 0.0
    """To the head's left."""
    pitch_deg: float = 0.0
    """Upward."""
    focal_px: float = FOCAL_PX
    """Focal length; the head's distance follows, so that it fills the picture."""
    seed: int = 0
    """Draws colours and light."""


def shown_triangles(scans: Scans) -> NDArray[np.int64]:
    """[triangles, 3] of everything that a photo would show."""
    kept = np.zeros(len(scans.neutral) + 1, bool)
    for vertices in SHOWN_VERTICES:
        kept[vertices] = True
    kept[-1] = True  # the index -1 that pads triangles
    faces = scans.faces[kept[scans.faces].all(axis=1)]
    return triangulate(torch.from_numpy(faces)).numpy()


def take(
    scans: Scans,
    head: NDArray[np.float64],
    masks: dict[str, NDArray[np.float64]],
    sitting: Sitting,
) -> Portrait:
    """The picture of a head; `masks` [vertices] say what is lip, brow and so on."""
    random = np.random.default_rng(sitting.seed)
    triangles = torch.from_numpy(shown_triangles(scans))
    camera = before_camera(scans, head, sitting)
    points_px = sitting.focal_px * camera[:, :2] / camera[:, 2:] + SIZE_PX / 2
    points = torch.from_numpy(camera).float()
    fragments = rasterise(
        torch.from_numpy(points_px).float(),
        points[:, 2].contiguous(),
        triangles,
        width_px=SIZE_PX,
        height_px=SIZE_PX,
    )
    normals = vertex_normals(points, triangles)
    colours = torch.from_numpy(_colours(scans, head, masks, random)).float()
    lit = colours * torch.from_numpy(_light(normals.numpy(), random)).float()
    image = interpolate(fragments, triangles, lit).numpy()
    backdrop = random.uniform(0.1, 0.7, 3) * np.ones_like(image)
    image = np.where(fragments.covered.numpy()[..., None], image, backdrop)
    image = image.clip(0, 1) ** GAMMA + random.normal(0, 0.008, image.shape)
    return Portrait(
        pixels_srgb=(255 * image.clip(0, 1)).astype(np.uint8),
        fragments=fragments,
        points_px=points_px,
        focal_px=sitting.focal_px,
    )


def before_camera(
    scans: Scans, head: NDArray[np.float64], sitting: Sitting
) -> NDArray[np.float64]:
    """The head in camera space, its face in the middle of the picture."""
    turn = rotation_from_vector(torch.tensor([0, 0, np.deg2rad(sitting.yaw_deg)]))
    lift = rotation_from_vector(torch.tensor([-np.deg2rad(sitting.pitch_deg), 0, 0]))
    middle = head[scans.landmarks[17:]].mean(axis=0) + np.array([0, 0.03, 0])
    turned = (head - middle) @ (turn @ lift).double().numpy().T
    turned[:, 1] += sitting.focal_px * 0.24 / (0.72 * SIZE_PX)
    return transform_points(inverse_rigid(T_WORLD_CAMERA), turned)


def _light(
    normals: NDArray[np.floating], random: np.random.Generator
) -> NDArray[np.float64]:
    """[vertices, 1] of a lamp in front and above, and of the sky."""
    lamp = np.array([random.uniform(-0.7, 0.7), -random.uniform(0.1, 0.8), -1.0])
    lamp /= np.linalg.norm(lamp)
    strength = random.uniform(0.4, 0.7)
    direct = np.clip(normals @ lamp, 0, 1)
    sky = 0.7 - 0.3 * normals[:, 1]
    return (strength * direct + (1 - strength) * sky)[:, None] * 1.1


def _colours(
    scans: Scans,
    head: NDArray[np.float64],
    masks: dict[str, NDArray[np.float64]],
    random: np.random.Generator,
) -> NDArray[np.float64]:
    """[vertices, 3] linear colours of a random but plausible person."""
    tone = random.beta(2.2, 1.4)
    skin = (1 - tone) * np.array([0.13, 0.07, 0.045])
    skin = skin + tone * np.array([0.68, 0.45, 0.35])
    hair = np.array([0.02, 0.015, 0.012]) + random.beta(1, 4) * np.array(
        [0.35, 0.22, 0.1]
    )
    colours = np.tile(skin, (len(head), 1))
    colours *= 1 + 0.03 * random.normal(size=(len(head), 1))
    layers = (
        ("cheeks", skin * [1.08, 0.86, 0.83], 0.4),
        ("lips", skin * [0.92, 0.52, 0.52], random.uniform(0.6, 1.0)),
        ("brows", hair, random.uniform(0.6, 0.9)),
        ("eyelids", skin * 0.8, random.uniform(0.1, 0.4)),
        ("scalp", hair, 0.95),
    )
    for name, colour, strength in layers:
        share = strength * masks[name][:, None]
        colours = colours * (1 - share) + share * colour
    colours[11248:17039] = (0.16, 0.05, 0.045)
    colours[13294:14062] = skin * 0.6
    colours[17039:21451] = (0.72, 0.68, 0.58)
    iris = np.array([0.03, 0.02, 0.012]) + random.random(3) * [0.1, 0.13, 0.2]
    for eye in EYEBALLS:
        offset = scans.neutral[eye] - scans.neutral[eye].mean(axis=0)
        angle = np.degrees(
            np.arccos(-offset[:, 1] / np.linalg.norm(offset, axis=1).clip(1e-9))
        )
        colours[eye] = (0.72, 0.69, 0.67)
        colours[np.arange(eye.start, eye.stop)[angle < 28]] = iris
        colours[np.arange(eye.start, eye.stop)[angle < 11]] = 0.004
    return colours
