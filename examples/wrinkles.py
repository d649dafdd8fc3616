"""Wrinkles where faces fold, and the relief that they and the pores make.

Folds run across the direction in which the muscles below them pull, in the same places
on everybody: level on the forehead, upright between the brows, fanning from the outer
corners of the eyes, from the nose's wings past the mouth. They are lines in front view
that start from MediaPipe's landmarks, so they lie right on every head.
"""

from collections.abc import Iterator

import numpy as np
from canvas import Canvas, Plane, faces_front, front, noise, noise_at
from numpy.typing import NDArray
from people import Person
from scipy.spatial import cKDTree

Line = NDArray[np.float64]
"""Points [points, 2] in front view, x and z in metres."""

SMILE_FOLDS = ((129, 203, 206, 216, 212), (358, 423, 426, 436, 432))
LOWER_LIDS = (
    (31, 228, 229, 230, 231, 232, 233),
    (261, 448, 449, 450, 451, 452, 453),
)
EYE_CORNERS, MOUTH_CORNERS, BROW_TOPS = (33, 263), (61, 291), (105, 334)
FOREHEAD_TOP, BETWEEN_BROWS = 10, 9
"""MediaPipe's landmarks, right side first."""

FOLD_M = 0.0011
"""Half the width of a fold."""

RELIEF_M = 0.001
"""Height between black and white of a relief."""

PORE_M = 0.0007
"""From pore to pore."""


def paint_relief(person: Person, canvas: Canvas) -> Plane:
    """The skin's height [size, size], 0 to 1 over `RELIEF_M`; 0.5 is the surface."""
    bare = 1 - np.clip(canvas.masks["scalp"] + canvas.masks["lips"], 0, 1)
    pores = person.pores_m * (noise(canvas, PORE_M, person.seed + 10) - 0.5) * 2
    folds = person.wrinkles_m * wrinkles(canvas, person.seed)
    return np.clip(0.5 + bare * (pores - folds) / RELIEF_M, 0, 1).astype(np.float32)


def wrinkles(canvas: Canvas, seed: int) -> Plane:
    """Depth of the folds [size, size], 1 in the middle of the deepest."""
    random = np.random.default_rng(seed + 9)
    lines = list(_folds(canvas.landmarks.astype(np.float64), random))
    dots = np.concatenate([line for line, _ in lines])
    ink = np.concatenate([depth * _tapered(len(line)) for line, depth in lines])
    shaken = front(canvas.positions) + 0.0012 * (_shake(canvas, seed) - 0.5)
    away, which = cKDTree(dots).query(shaken, distance_upper_bound=0.006)
    near = np.exp(-((np.minimum(away, 1) / FOLD_M) ** 2))
    depth = near * ink[np.minimum(which, len(dots) - 1)]
    broken = 0.55 + 0.45 * noise(canvas, 0.004, seed + 11)
    return (depth * broken * faces_front(canvas)).astype(np.float32)


def _folds(
    marks: NDArray[np.float64], random: np.random.Generator
) -> Iterator[tuple[Line, float]]:
    """All lines, and how deep each is, 0 to 1."""
    flat = marks[:, [0, 2]]
    yield from _forehead(flat, random)
    for side in (-1.0, 1.0):
        low = flat[BETWEEN_BROWS] + (side * random.uniform(0.005, 0.008), -0.008)
        high = low + np.array([0.001 * side, 0.018])
        yield _drawn([low, high]), 0.7
    for index, side in enumerate((-1.0, 1.0)):
        yield _drawn(flat[list(SMILE_FOLDS[index])]), 1.0
        yield _drawn(flat[list(LOWER_LIDS[index])]), 0.8
        yield _drawn(flat[list(LOWER_LIDS[index])] - (0.0, 0.005)), 0.35
        corner = flat[MOUTH_CORNERS[index]] + (0.004 * side, -0.003)
        yield _drawn([corner, corner + np.array([0.004 * side, -0.016])]), 0.6
        yield from _crows_feet(flat[EYE_CORNERS[index]], side, random)


def _forehead(
    flat: NDArray[np.float64], random: np.random.Generator
) -> Iterator[tuple[Line, float]]:
    """Four level lines between brows and hairline, a little bent."""
    low, high = flat[list(BROW_TOPS), 1].max(), flat[FOREHEAD_TOP, 1]
    half = 1.15 * np.abs(flat[list(BROW_TOPS), 0]).mean()
    for share in (0.2, 0.4, 0.6, 0.8):
        x = np.linspace(-half, half, 9) * random.uniform(0.8, 1.05)
        z = low + share * (high - low) + random.normal(0, 0.001, 9)
        yield _drawn(np.stack([x, z + 0.004 * np.cos(4 * x / half)], axis=1)), 0.75


def _crows_feet(
    corner: NDArray[np.float64], side: float, random: np.random.Generator
) -> Iterator[tuple[Line, float]]:
    """Short lines that fan out beside an eye."""
    for tilt_deg in (-38, -16, 6, 28):
        tilt = np.radians(tilt_deg + random.normal(0, 4))
        away = np.array([side * np.cos(tilt), np.sin(tilt)])
        reach = random.uniform(0.012, 0.018)
        yield _drawn([corner + 0.005 * away, corner + reach * away]), 0.6


def _drawn(corners: Line | list[Line]) -> Line:
    """A line through the corners, with points a fifth of a millimetre apart."""
    corners = np.asarray(corners)
    steps = np.linalg.norm(np.diff(corners, axis=0), axis=1)
    at = np.concatenate([[0.0], np.cumsum(steps)])
    along = np.arange(0.0, at[-1], 0.0002)
    return np.stack([np.interp(along, at, axis) for axis in corners.T], axis=1)


def _tapered(count: int) -> NDArray[np.float64]:
    """Ink along a line, less towards both ends."""
    return np.sin(np.pi * (np.arange(count) + 0.5) / count) ** 0.6


def _shake(canvas: Canvas, seed: int) -> NDArray[np.float32]:
    """Noise for x and z [size, size, 2], so that no line is ruled."""
    planes = [noise_at(canvas.positions / 0.003, seed + 12 + axis) for axis in (0, 1)]
    return np.stack(planes, axis=-1)
