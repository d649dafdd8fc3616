"""Which way hair lies over the head: the photo's lines where it shows them.

How it is combed is one of a few plain styles (back, forward from the whorl, or from a
parting to both sides), the one that agrees best with the lines that the photo shows in
the hair. Near those lines it follows them. A line has no sense of direction; it is
taken from the style (Chai et al., "Single-view hair modeling for portrait
manipulation", 2012, ask the artist for it).
"""

from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from .chart import cells, evened, read_map
from .hair_mask import FINER, HairPicture
from .shape import Fall, HairShape
from .sight import Sight

_LINE_PX = 1.0
"""Blur of the picture before its lines are read."""

_SHADE_PX = 4.0
"""What is broader is the shading of the whole head, not its lines."""

_AREA_PX = 6.0
"""Size of the area whose lines are told together."""

_PARTINGS_M = (-0.035, -0.018, 0.0, 0.018, 0.035)
_BACKWARD = (0.15, 0.5, 0.9)
_FOLLOWED = 0.8
"""How far clear lines of the photo replace the style's."""

_PARTED_M = (0.03, 0.08)
"""Behind the skull's middle: a parting ends over the back of the crown."""

_WHORL_M = np.array([0.0, 0.06, 0.085])
"""From the skull's middle."""

_THICK_M = 0.0105
"""Thicker hair goes to the whorl, thinner hair that stays up comes from it."""

_FALLING = ((0.0, 0.5), (0.045, 0.95), (0.0, 1.0))
"""By `Fall`: over the skull's middle, where hair begins to fall, and how straight."""

_NEEDED = 0.08
"""A style that agrees so much better than the usual one is taken for it."""


@dataclass(frozen=True, kw_only=True)
class Style:
    """How hair is combed, in a few numbers."""

    parting_m: float | None = None
    """Where the parting is, to the left of the middle; None: there is none."""
    backward: float = 1.0
    """How much it goes back."""
    whorl: float = 0.0
    """1: away from the whorl at the back of the crown, forward over the forehead; -1:
    from the forehead to there, and down behind it."""


@dataclass(frozen=True, kw_only=True)
class Flow:
    """Directions on the head."""

    style: Style
    lines: Float[np.ndarray, "rows ways 3"]
    """The photo's, where it shows any, by their weight."""
    weight: Float[np.ndarray, "rows ways"]
    """How far they replace the style's."""
    coherence: float
    """How clear the lines are: low for curly or unkempt hair."""
    shape: HairShape

    def at(self, points: Float[np.ndarray, "*any 3"]) -> Float[np.ndarray, "*any 3"]:
        """Unit directions along the head at points."""
        normal = self.shape.chart.outward(points)
        plain = _along(self.style, self.shape, points, normal)
        way, rise, _ = self.shape.chart.place(points)
        weight = read_map(self.weight, way, rise)[..., None]
        lines = [read_map(self.lines[..., i], way, rise) for i in range(3)]
        return _laid((1 - weight) * plain + np.stack(lines, axis=-1), normal)


def read_flow(shape: HairShape, sight: Sight) -> Flow:
    """The style that the photo shows, and its lines."""
    way, rise = cells()
    far = read_map(shape.head, way, rise) + 0.9 * read_map(shape.layer, way, rise)
    points = shape.chart.points(way, rise, far)
    normal = shape.chart.outward(points)
    facing = (normal * sight.to_camera(points)).sum(axis=-1)
    seen = sight.shows_hair(points) & (facing > 0.15)
    orientation, clear = _lines(sight.picture)
    pixels = np.clip(sight.project(points)[0], 0, len(clear) - 1).astype(int)
    clear = np.where(seen, clear[pixels[..., 1], pixels[..., 0]], 0)
    along_px = orientation[pixels[..., 1], pixels[..., 0]]
    lines = _on_surface(sight, points, normal, along_px)
    style = _best_style(shape, points, normal, lines, clear)
    plain = _along(style, shape, points, normal)
    agree = (lines * plain).sum(axis=-1)
    weight = _FOLLOWED * np.clip(2 * clear, 0, 1) * np.clip(2 * np.abs(agree), 0, 1)
    signed = lines * np.sign(agree)[..., None] * weight[..., None]
    soft = [evened(signed[..., i], 1.5) for i in range(3)]
    return Flow(
        style=style,
        lines=np.stack(soft, axis=-1),
        weight=evened(weight, 1.5),
        coherence=float(np.median(clear[seen])) if seen.any() else 0.5,
        shape=shape,
    )


def _lines(
    picture: HairPicture,
) -> tuple[Float[np.ndarray, "side side 2"], Float[np.ndarray, "side side"]]:
    """Direction of the lines in a picture, and how clear they are, 0 to 1."""
    grey = picture.sharp_srgb.astype(np.float32).mean(axis=2)
    hair = cv2.resize(picture.hair.astype(np.float32), grey.shape[::-1])
    grey = grey * hair
    broad = cv2.GaussianBlur(grey, (0, 0), _SHADE_PX)
    broad /= np.maximum(cv2.GaussianBlur(hair, (0, 0), _SHADE_PX), 0.05)
    fine = cv2.GaussianBlur((grey - broad) * hair, (0, 0), _LINE_PX)
    grey = np.asarray(fine) / np.maximum(broad, 12.0) * 100.0
    share = cv2.erode(hair, np.ones((11, 11), np.uint8))
    dx = cv2.Sobel(grey, cv2.CV_32F, 1, 0) * share
    dy = cv2.Sobel(grey, cv2.CV_32F, 0, 1) * share
    xx, yy, xy = (
        np.asarray(cv2.GaussianBlur(product_, (0, 0), _AREA_PX))
        for product_ in (dx * dx, dy * dy, dx * dy)
    )
    angle = 0.5 * np.arctan2(2 * xy, xx - yy) + np.pi / 2
    difference = np.hypot(xx - yy, 2 * xy)
    clear = difference / np.maximum(xx + yy, 1e-3) * (xx + yy > 4.0) * share
    direction = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    step = FINER // 2
    return direction[step::FINER, step::FINER], clear[step::FINER, step::FINER]


def _on_surface(
    sight: Sight,
    points: NDArray[np.floating],
    normal: NDArray[np.floating],
    along_px: NDArray[np.floating],
) -> NDArray[np.floating]:
    """Unit directions along the surface that look like those in the picture."""
    flat = sight.from_picture(along_px)
    ray = sight.to_camera(points)
    facing = np.maximum((ray * normal).sum(axis=-1, keepdims=True), 0.15)
    laid = flat - (flat * normal).sum(axis=-1, keepdims=True) / facing * ray
    return laid / np.maximum(np.linalg.norm(laid, axis=-1, keepdims=True), 1e-6)


def _best_style(
    shape: HairShape,
    points: NDArray[np.floating],
    normal: NDArray[np.floating],
    lines: NDArray[np.floating],
    clear: NDArray[np.floating],
) -> Style:
    """The style whose directions agree best with the lines."""
    first, others = _styles(shape)

    def agreement(style: Style) -> float:
        plain = _along(style, shape, points, normal)
        cosine = (plain * lines).sum(axis=-1)
        total = max(float(clear.sum()), 1e-6)
        return float((clear * (2 * cosine**2 - 1)).sum()) / total

    best = max(others, key=agreement)
    return best if agreement(best) > agreement(first) + _NEEDED else first


def _styles(shape: HairShape) -> tuple[Style, list[Style]]:
    """What is taken unless others agree better, and those others.

    Hair that is seen beside the cheeks falls there from a parting; hair that stays up
    goes back, or, if it is short, comes from the whorl whatever its lines.
    """
    back = Style()
    partings = [
        Style(parting_m=parting, backward=backward)
        for parting, backward in product(_PARTINGS_M, _BACKWARD)
    ]
    if shape.falls != Fall.STAYS_UP:
        return Style(parting_m=0.0, backward=_BACKWARD[0]), [back, *partings]
    if float(np.median(shape.layer[cells()[1] > 0.05])) < _THICK_M:
        return Style(whorl=1.0), [Style(whorl=1.0)]
    return back, [Style(whorl=-1.0), *partings]


def _along(
    style: Style,
    shape: HairShape,
    points: NDArray[np.floating],
    normal: NDArray[np.floating],
) -> NDArray[np.floating]:
    """Directions of a style along the head."""
    away = points - shape.chart.middle
    x, y, z = np.moveaxis(away, -1, 0)
    down = np.full_like(x, -0.35)
    if style.parting_m is not None:
        sideways = np.tanh((x - style.parting_m) / 0.012)
        sideways *= np.clip((_PARTED_M[1] - y) / (_PARTED_M[1] - _PARTED_M[0]), 0, 1)
        flow = np.stack([sideways, 0 * x + style.backward, 0 * x - 0.8], axis=-1)
    elif style.whorl:
        flow = away - _WHORL_M
        flow = flow / np.maximum(np.linalg.norm(flow, axis=-1, keepdims=True), 0.03)
        if style.whorl < 0:
            behind = np.clip(y / 0.04, 0, 1)[..., None]
            flow = behind * np.array([0.0, 0.0, -1.0]) - (1 - behind) * flow
    else:
        flow = np.stack([0 * x, 0 * x + style.backward, down], axis=-1)
    start, most = _FALLING[shape.falls]
    falling = most * np.clip((start - z) / 0.04, 0, 1)[..., None]
    flow = (1 - falling) * flow + falling * np.array([0.0, 0.15, -1.0])
    return _laid(flow, normal)


def _laid(
    flow: NDArray[np.floating], normal: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Directions laid onto a surface, of length one."""
    flow = flow - (flow * normal).sum(axis=-1, keepdims=True) * normal
    return flow / np.maximum(np.linalg.norm(flow, axis=-1, keepdims=True), 1e-6)
