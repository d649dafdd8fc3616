"""Pictures of drawn people, with the surface point behind every pixel.

A small painter for the landmark table: it need not be beautiful, but a face detector
must take it for a face. Regions get colours, light is a soft random one.
"""

import numpy as np
import torch
from numpy.typing import NDArray

from core.rasterise import Fragments, rasterise

SIZE_PX = 400


def draw(
    points_px: NDArray[np.float64],
    depth: NDArray[np.float64],
    triangles: NDArray[np.int64],
) -> Fragments:
    """The nearest triangle at every pixel of a square picture."""
    return rasterise(
        torch.from_numpy(points_px).float(),
        torch.from_numpy(depth).float(),
        torch.from_numpy(triangles),
        width_px=SIZE_PX,
        height_px=SIZE_PX,
    )


def shade(
    fragments: Fragments,
    points: NDArray[np.float64],
    triangles: NDArray[np.int64],
    colours: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """A picture [size, size, 3] in 0 to 1, on black."""
    normals = np.zeros_like(points)
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    flat = np.cross(b - a, c - a)
    for corner in range(3):
        np.add.at(normals, triangles[:, corner], flat)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-12
    light = rng.normal(size=3) * [0.8, 0.3, 0.6] + [0.0, -1.0, 0.5]
    light /= np.linalg.norm(light)
    strength = rng.uniform(0.25, 0.8)
    tint = 1.0 + 0.08 * rng.normal(size=3)
    shown = fragments.covered.numpy()
    corners = triangles[fragments.triangle_index.numpy()[shown]]
    weights = fragments.barycentric.numpy()[shown][..., None]
    normal = (normals[corners] * weights).sum(axis=1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-12
    lit = (1 - strength) * (0.85 + 0.15 * normal[:, 2]) + strength * (
        0.25 + 0.75 * np.clip(normal @ light, 0.0, 1.0)
    )
    picture = np.zeros((SIZE_PX, SIZE_PX, 3))
    picture[shown] = (colours[corners] * weights).sum(axis=1) * lit[:, None] * tint
    return picture
