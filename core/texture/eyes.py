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

SCLERA_SRGB = (0.80, 0.76, 0.72)
SCLERA_RIM_SRGB = (0.72, 0.57, 0.52)
"""The white beside the iris and towards the lids' corners. In photos it is about as
bright as lit skin, never white: paper-white eyes stare."""

_EDGE = (0.05, 0.22)
"""Of the lashes' length, as far as thin and full ones stand too close to be told
apart."""


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
    full: float = 0.0, *, width_px: int = 1024, height_px: int = 256, seed: int = 4
) -> NDArray[np.uint8]:
    """Curved strands in tufts as an RGBA picture [height, width, 4].

    None stand beside the caruncle, and those next to it are short. From `full` 0 to 1
    the upper lashes are thin or thick, and darken the lid's edge where they stand.
    """
    generator = np.random.default_rng(seed)
    alpha = np.zeros((height_px, width_px), np.float32)
    half = height_px // 2
    for bottom, first, strands, longest, dense in (
        (half, 0.13, round(105 * (1 + full)), 0.98, full),
        (height_px, 0.20, 58, 0.82, 0.0),
    ):
        tufts = np.sort(generator.uniform(first, 0.99, strands // 4))
        for start in np.linspace(first, 0.985, strands):
            root = start + generator.normal(0, 0.004)
            tuft = tufts[np.abs(tufts - root).argmin()]
            lean = (root - 0.5) * 0.12 + 0.45 * (tuft - root)
            lean += generator.normal(0, 0.006)
            grown = 0.45 + 0.55 * min(1.0, max(0.0, (root - first) / 0.3))
            length = longest * grown * generator.uniform(0.6, 1.0)
            _draw_strand(alpha, bottom, half, root, lean, length, 1 + 0.5 * dense)
        _darken_edge(alpha[bottom - half : bottom], first, dense)
    picture = np.zeros((height_px, width_px, 4), np.uint8)
    picture[..., :3] = (22, 16, 13)
    picture[..., 3] = (alpha.clip(0, 1) * 255).astype(np.uint8)
    return picture


def _darken_edge(alpha: NDArray[np.float32], first: float, full: float) -> None:
    """Roots stand too close to be told apart: a line along the lid's edge."""
    height, width = alpha.shape
    along = ((np.arange(height) + 0.5) / height)[::-1, None]
    across = ((np.arange(width) + 0.5) / width)[None]
    reach = _EDGE[0] + (_EDGE[1] - _EDGE[0]) * full
    grown = _ramp(across, first, first + 0.3) * _ramp(across, 1.0, 0.96)
    line = _ramp(along / (reach * grown + 1e-6), 1.0, 0.4) * (0.6 + 0.35 * full)
    np.maximum(alpha, line.astype(np.float32), out=alpha)


def _draw_strand(
    alpha: NDArray[np.float32],
    bottom: int,
    height: int,
    root: float,
    lean: float,
    length: float,
    times: float,
) -> None:
    """Darken the pixels of one strand, `times` as thick as usual, that tapers."""
    width = alpha.shape[1]
    rows = np.arange(int(height * length))
    along = rows / height
    middle = (root + lean * along**1.6) * width
    thickness = 2.0 * times * (1 - along / length) ** 0.7 + 0.2
    columns = np.arange(width)
    for row, centre, thick in zip(rows, middle, thickness, strict=True):
        low, high = int(max(centre - 5, 0)), int(min(centre + 6, width))
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
    """The sclera: a warm grey, redder and veined away from the iris.

    Open lids show no more of it than out to a radius of 1.3, or 1.7 on an eye that
    looks aside: what lies behind gets no veins.
    """
    away = _ramp(radius, 1.04, 1.32)[..., None]
    colour = np.array(SCLERA_SRGB) * (1 - away) + np.array(SCLERA_RIM_SRGB) * away
    veins = np.zeros_like(angle)
    shown = (radius > 1.0) & (radius < 1.7)
    for _ in range(30):
        vein = _vein(radius[shown], angle[shown], generator)
        veins[shown] = np.maximum(veins[shown], vein)
    blush = 0.5 * veins[..., None] * np.array([0.12, 0.55, 0.5])
    return colour * (1 - blush)


def _vein(
    radius: NDArray[np.floating],
    angle: NDArray[np.floating],
    generator: np.random.Generator,
) -> NDArray[np.float64]:
    """A crooked thread from the back towards the iris, 0 to 1, thinning out."""
    at, end = generator.uniform(-np.pi, np.pi), generator.uniform(1.03, 1.2)
    off = angle - at
    for wave in (20.0, 47.0, 90.0):
        phase, size = generator.uniform(0, 2 * np.pi), generator.uniform(0.3, 1.0)
        off = off - 1.2 * size / wave * np.sin(wave * radius + phase)
    off = np.mod(off + np.pi, 2 * np.pi) - np.pi
    thread = np.exp(-((off / generator.uniform(0.007, 0.014)) ** 2))
    return generator.uniform(0.3, 1.0) * thread * _ramp(radius, end, end + 0.12)


def _ramp(
    value: NDArray[np.floating], start: float, end: float
) -> NDArray[np.floating]:
    """0 at `start`, 1 at `end` (which may be the smaller), smooth between."""
    t = np.clip((value - start) / (end - start), 0, 1)
    return t * t * (3 - 2 * t)
