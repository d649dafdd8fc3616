"""The room around a head as a chart: which way, how high, how far out.

Above the middle of the skull a place is told by direction and distance from that middle
(as on a globe), below it by direction around the upright axis, by height and by the
distance from the axis. In these coordinates the head is a surface `radius(way, height)`
and hair a layer over it, whatever its length.

Convention: `way` is the angle around the head in radians, 0 in front and growing to the
left side (+X); `rise` is metres: the arc on a sphere of `GLOBE_M` above the middle, the
height below it.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

WAYS = 64
"""Columns of a map: six degrees each."""

LOWEST_M, STEP_M = -0.26, 0.008
"""Of the rows: the lowest rise, and how far they are apart."""

GLOBE_M = 0.1
ROWS = round((GLOBE_M * np.pi / 2 - LOWEST_M) / STEP_M) + 1

Map = Float[np.ndarray, "rows ways"]
"""Values by rise (upward) and way."""


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Coordinates around one head."""

    middle: Float[np.ndarray, "3"]
    """The skull's middle, in head space."""

    def place(
        self, points: Float[np.ndarray, "*any 3"]
    ) -> tuple[
        Float[np.ndarray, "*any"], Float[np.ndarray, "*any"], Float[np.ndarray, "*any"]
    ]:
        """Way, rise and distance of points."""
        away = points - self.middle
        flat = np.hypot(away[..., 0], away[..., 1])
        up = away[..., 2]
        way = np.arctan2(away[..., 0], -away[..., 1])
        above = up > 0
        rise = np.where(above, GLOBE_M * np.arctan2(up, flat), up)
        return way, rise, np.where(above, np.hypot(flat, up), flat)

    def outward(
        self, points: Float[np.ndarray, "*any 3"]
    ) -> Float[np.ndarray, "*any 3"]:
        """Unit vectors along which the distance grows."""
        away = points - self.middle
        away[..., 2] = np.maximum(away[..., 2], 0)
        return away / np.maximum(np.linalg.norm(away, axis=-1, keepdims=True), 1e-6)

    def points(
        self,
        way: NDArray[np.floating],
        rise: NDArray[np.floating],
        far: NDArray[np.floating],
    ) -> Float[np.ndarray, "*any 3"]:
        """The points at these coordinates."""
        angle = np.clip(rise / GLOBE_M, 0, np.pi / 2)
        flat = far * np.cos(angle)
        up = np.where(rise > 0, far * np.sin(angle), rise)
        away = np.stack([flat * np.sin(way), -flat * np.cos(way), up], axis=-1)
        return away + self.middle


def read_map(
    values: Map, way: NDArray[np.floating], rise: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Values of a map at these coordinates, straight between its cells."""
    column = (way / (2 * np.pi) % 1.0) * WAYS
    row = np.clip((rise - LOWEST_M) / STEP_M, 0, ROWS - 1.001)
    wrapped = np.concatenate([values, values[:, :1]], axis=1).astype(np.float32)
    left, low = np.floor(column).astype(int) % WAYS, np.floor(row).astype(int)
    right, high = column - np.floor(column), row - low
    lower = wrapped[low, left] * (1 - right) + wrapped[low, left + 1] * right
    upper = wrapped[low + 1, left] * (1 - right) + wrapped[low + 1, left + 1] * right
    return (lower * (1 - high) + upper * high).astype(np.float32)


def cells() -> tuple[Map, Map]:
    """Way and rise in the middle of every cell."""
    way = 2 * np.pi * np.arange(WAYS) / WAYS
    rise = LOWEST_M + STEP_M * np.arange(ROWS)
    ways, rises = np.meshgrid(way, rise)
    return ways, rises


def evened(values: Map, reach: float) -> NDArray[np.float32]:
    """A map blurred by that many cells; it goes on around the head."""
    margin = int(3 * reach) + 1
    wide = np.concatenate([values[:, -margin:], values, values[:, :margin]], axis=1)
    soft = cv2.GaussianBlur(
        wide.astype(np.float32), (0, 0), reach, borderType=cv2.BORDER_REPLICATE
    )
    return np.asarray(soft[:, margin:-margin], np.float32)


def farthest(
    chart: Chart, points: Float[np.ndarray, "points 3"]
) -> NDArray[np.float32]:
    """The map of the greatest distance among points that lie close to each other."""
    way, rise, far = chart.place(points)
    column = np.round(way / (2 * np.pi) * WAYS).astype(int) % WAYS
    row = np.round((rise - LOWEST_M) / STEP_M).astype(int)
    held = (row >= 0) & (row < ROWS)
    found = np.zeros((ROWS, WAYS), np.float32)
    np.maximum.at(found, (row[held], column[held]), far[held].astype(np.float32))
    return _without_gaps(found)


def _without_gaps(found: NDArray[np.float32]) -> NDArray[np.float32]:
    """Empty cells get the mean of their neighbours, from near to far."""
    for _ in range(ROWS):
        empty = found <= 0
        if not empty.any():
            break
        wide = np.concatenate([found[:, -1:], found, found[:, :1]], axis=1)
        total = cv2.blur(wide, (3, 3), borderType=cv2.BORDER_REPLICATE)
        share = cv2.blur(
            (wide > 0).astype(np.float32), (3, 3), borderType=cv2.BORDER_REPLICATE
        )
        mean = (total / np.maximum(share, 1e-6))[:, 1:-1]
        found = np.where(empty & (share[:, 1:-1] > 0), mean, found)
    return found
