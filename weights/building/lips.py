"""Lips that meet at rest.

MakeHuman's mouth stands about a millimetre open, and no unit closes it further, so a
photo with a closed mouth could not be matched. The gap is measured on the average
person, across the mouth, and both lips move half of it toward each other; the skin
around follows less and less.
"""

import numpy as np
from numpy.typing import NDArray

HALF_MOUTH_M = 0.0255
REACH_M = 0.007
OVERLAP_M = 0.0007
"""The lips press into each other by this much, so that no light gets through."""

CORNER_OVERLAP_M = 0.0016
"""More toward the corners, where the lips' edges part behind what is seen."""


def closing_offsets(
    skin: NDArray[np.float64], lips: NDArray[np.float64], jaw_open: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Offsets [skin vertices, 3] that close the mouth of the average person.

    `lips` is a mask; `jaw_open` [skin vertices, 3] are that unit's offsets, which tell
    the lower lip from the upper one.
    """
    x = np.abs(skin[:, 0])
    lower = lower_share(skin, lips, jaw_open)
    stations = np.linspace(0.0, HALF_MOUTH_M, 13)
    upper_lip, lower_lip = (lips > 0.5) & (lower < 0.5), (lips > 0.5) & (lower > 0.5)
    top = _edge(skin, upper_lip, stations, side=-1)
    bottom = _edge(skin, lower_lip, stations, side=1)
    overlap = np.interp(stations, [0.013, 0.019], [OVERLAP_M, CORNER_OVERLAP_M])
    opening = np.maximum(top - bottom + overlap, 0.0)
    opening[-1] = 0.0
    gap = np.interp(x, stations, opening, right=0.0)
    middle = np.interp(x, stations, 0.5 * (top + bottom))
    nearness = np.exp(-(((skin[:, 2] - middle) / REACH_M) ** 2))
    at_mouth = np.clip((-skin[:, 1] - 0.085) / 0.010, 0.0, 1.0)
    offsets = np.zeros_like(skin)
    offsets[:, 2] = (lower - 0.5) * gap * nearness * at_mouth
    return offsets


def lower_share(
    skin: NDArray[np.float64], lips: NDArray[np.float64], jaw_open: NDArray[np.float64]
) -> NDArray[np.float64]:
    """1 on the lower lip and what goes with it, 0 on the upper, soft at the corners."""
    drop = -jaw_open[:, 2]
    return np.clip((drop / drop[lips > 0.5].max() - 0.25) / 0.2, 0.0, 1.0)


def _edge(
    skin: NDArray[np.float64],
    lip: NDArray[np.bool_],
    stations: NDArray[np.float64],
    *,
    side: int,
) -> NDArray[np.float64]:
    """Highest (side 1) or lowest (-1) line of a lip, even across the mouth."""
    x, z = np.abs(skin[lip, 0]), skin[lip, 2]
    ends = []
    for station in stations:
        near = np.argsort(np.abs(x - station))[:6]
        near = np.union1d(near, np.flatnonzero(np.abs(x - station) < 0.0024))
        ends.append((side * z[near]).max() * side)
    return np.polyval(np.polyfit(stations**2, ends, 2), stations**2)
