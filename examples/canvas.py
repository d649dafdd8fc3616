"""A head's skin as a canvas, and the brushes that every painter of it takes.

A plane is a number for each texel [size, size]. Brushes are functions of a texel's
place on the neutral head, so what they paint knows nothing of the texture's layout.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

Plane = NDArray[np.float32]

NOSE_TIP = 4
"""MediaPipe's landmark."""


@dataclass(frozen=True, kw_only=True)
class Canvas:
    """Where each texel of the skin lies."""

    positions: NDArray[np.float32]
    """Place on the neutral head [size, size, 3], head space, metres."""
    covered: NDArray[np.bool_]
    """Whether a texel belongs to the skin at all."""
    masks: Mapping[str, Plane]
    """The head model's regions [size, size], 0 to 1."""
    landmarks: NDArray[np.float32]
    """MediaPipe's landmarks on that head [478, 3]."""


def smooth(value: NDArray[np.floating], low: float, high: float) -> Plane:
    """0 up to `low`, 1 from `high`, a smooth step between."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def noise(canvas: Canvas, size_m: float, seed: int) -> Plane:
    """Smooth noise 0 to 1 with grains of about `size_m`, three octaves."""
    octaves = [
        0.5**k * noise_at(canvas.positions * (2**k / size_m), seed + 17 * k)
        for k in range(3)
    ]
    return sum(octaves, np.zeros(canvas.covered.shape, np.float32)) / 1.75


def noise_at(places: NDArray[np.float32], seed: int) -> Plane:
    """Noise 0 to 1 that is given on whole numbers and repeats after 32."""
    lattice = np.random.default_rng(seed).random((32, 32, 32)).astype(np.float32)
    axes = np.moveaxis(places, -1, 0)
    return map_coordinates(lattice, axes, order=1, mode="grid-wrap")


def distance(points: NDArray[np.float32], place: NDArray[np.float32]) -> Plane:
    """How far every point [..., 3] is from a place, metres."""
    return np.linalg.norm(points - place, axis=-1)


def front(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Points as seen from the front: x and z."""
    return points[..., [0, 2]]


def faces_front(canvas: Canvas) -> Plane:
    """1 on the front of the face, 0 from the ears back."""
    depth = canvas.landmarks[NOSE_TIP, 1] + 0.075
    return smooth(depth - canvas.positions[..., 1], 0.0, 0.01)


def dense(outline: NDArray[np.float32]) -> NDArray[np.float32]:
    """A closed outline with 16 points on each of its sides."""
    steps = np.linspace(0, 1, 16, endpoint=False)[:, None, None]
    following = np.roll(outline, -1, axis=0)
    return (outline + steps * (following - outline)).reshape(-1, outline.shape[-1])
