"""Pictures of an iris and of eyelashes, made to measure: never baked from the photo.

The eye's texture has the pupil in the middle, the iris out to a quarter of the width
and the white beyond, as the head model lays its eyeballs out. The lashes' texture has
the upper lashes in its upper half, each half running from root (bottom) to tip.
"""

import numpy as np
from numpy.typing import NDArray

IRIS_UV_RADIUS = 0.25
_PUPIL = 0.36
"""Radius of the pupil over that of the iris, in room light."""


def eye_picture(
    iris_srgb: tuple[float, float, float], *, size_px: int = 512, seed: int = 3
) -> NDArray[np.uint8]:
    """An sRGB picture [size, size, 3] of iris, pupil and white."""
    generator = np.random.default_rng(seed)
    axis = (np.arange(size_px) + 0.5) / size_px - 0.5
    x, y = np.meshgrid(axis, -axis)
    radius, angle = np.hypot(x, y) / IRIS_UV_RADIUS, np.arctan2(y, x)
    fibre = _fibres(angle, radius, generator)
    iris = np.asarray(iris_srgb)[None, None] * (0.78 + 0.42 * fibre)[..., None]
    collarette = np.exp(-(((radius - 0.55) / 0.12) ** 2))
    iris = iris * (1 + 0.18 * collarette)[..., None]
    iris *= (1 - 0.55 * _ramp(radius, 0.78, 1.0))[..., None]
    iris *= (0.25 + 0.75 * _ramp(radius, _PUPIL - 0.03, _PUPIL + 0.09))[..., None]
    pupil = _ramp(radius, _PUPIL + 0.02, _PUPIL - 0.03)[..., None]
    iris = iris * (1 - pupil) + 0.012 * pupil
    white = _white(radius, angle, generator)
    limbus = _ramp(radius, 0.93, 1.10)[..., None]
    picture = iris * (1 - limbus) + white * limbus
    return (picture.clip(0, 1) * 255 + 0.5).astype(np.uint8)


def lash_picture(
    *, width_px: int = 512, height_px: int = 256, seed: int = 4
) -> NDArray[np.uint8]:
    """Curved strands as an RGBA picture [height, width, 4]."""
    generator = np.random.default_rng(seed)
    alpha = np.zeros((height_px, width_px), np.float32)
    half = height_px // 2
    for bottom, strands, longest in ((half, 85, 0.98), (height_px, 55, 0.9)):
        for start in np.linspace(0.01, 0.99, strands):
            root = start + generator.normal(0, 0.004)
            lean = (root - 0.5) * 0.10 + generator.normal(0, 0.012)
            length = longest * generator.uniform(0.55, 1.0)
            _draw_strand(alpha, bottom, half, root, lean, length)
    picture = np.zeros((height_px, width_px, 4), np.uint8)
    picture[..., :3] = (22, 16, 13)
    picture[..., 3] = (alpha.clip(0, 1) * 255).astype(np.uint8)
    return picture


def _draw_strand(
    alpha: NDArray[np.float32],
    bottom: int,
    height: int,
    root: float,
    lean: float,
    length: float,
) -> None:
    """Darken the pixels of one strand that tapers to its tip."""
    width = alpha.shape[1]
    rows = np.arange(int(height * length))
    along = rows / height
    middle = (root + lean * along**1.6) * width
    thickness = 1.5 * (1 - along / length) ** 0.7 + 0.25
    columns = np.arange(width)
    for row, centre, thick in zip(rows, middle, thickness, strict=True):
        low, high = int(max(centre - 4, 0)), int(min(centre + 5, width))
        cover = np.clip(thick + 0.5 - np.abs(columns[low:high] + 0.5 - centre), 0, 1)
        line = alpha[bottom - 1 - row, low:high]
        np.maximum(line, cover, out=line)


def _fibres(
    angle: NDArray[np.floating],
    radius: NDArray[np.floating],
    generator: np.random.Generator,
) -> NDArray[np.float64]:
    """Radial streaks, 0 to 1."""
    total = np.zeros_like(angle)
    for frequency in (9, 17, 31, 53, 83):
        phase, bend = generator.uniform(0, 2 * np.pi), generator.normal(0, 0.5)
        total += np.sin(frequency * angle + phase + bend * 4 * radius) / frequency**0.35
    return 0.5 + 0.5 * np.tanh(total / 0.9)


def _white(
    radius: NDArray[np.floating],
    angle: NDArray[np.floating],
    generator: np.random.Generator,
) -> NDArray[np.float64]:
    """The sclera: warm white, redder and veined away from the iris."""
    away = _ramp(radius, 1.1, 2.0)[..., None]
    colour = (
        np.array([0.87, 0.83, 0.80]) * (1 - away) + np.array([0.82, 0.68, 0.64]) * away
    )
    veins = np.zeros_like(angle)
    for _ in range(26):
        at = generator.uniform(-np.pi, np.pi)
        wiggle = 0.05 * np.sin(
            radius * generator.uniform(6, 14) + generator.uniform(0, 6)
        )
        off = np.angle(np.exp(1j * (angle - at - wiggle)))
        veins = np.maximum(veins, np.exp(-((off / 0.012) ** 2)))
    strength = 0.22 * veins * _ramp(radius, 1.25, 1.8)
    return colour * (1 - strength[..., None] * np.array([0.25, 0.8, 0.8]))


def _ramp(
    value: NDArray[np.floating], start: float, end: float
) -> NDArray[np.floating]:
    """0 at `start`, 1 at `end` (which may be the smaller), smooth between."""
    t = np.clip((value - start) / (end - start), 0, 1)
    return t * t * (3 - 2 * t)
