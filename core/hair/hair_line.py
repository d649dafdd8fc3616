"""The hair line: hair begins there thinly, short and close to the skin.

No line is drawn on a head where hair begins: over a finger's breadth strands stand ever
more closely and become longer, among them baby hairs that never grow. How far behind
that line a root stands decides how likely it is there, how long its strand becomes, and
how far up in the hair it may rise.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from numpy.typing import NDArray
from scipy.spatial import KDTree

_THIN_M = 0.013
"""Hair is as dense as anywhere so far behind its line."""

_FEWEST = 0.06
"""Of that density, on the line."""

_UNEVEN_M = 0.0035
"""The line itself strays so far: it is not cut with a knife."""

_BABY_M, _BABY_SHARE = 0.011, 0.65
"""So far behind the line some hairs stay short, on the line so many of them."""

_BABY_LENGTH_M = (0.004, 0.016)
"""The shortest and longest of them."""

_SHORT_M, _SHORTEST = 0.012, 0.6
"""So near the line strands are shorter, on it this part of their length."""

_BEYOND_M = (0.001, 0.006)
"""So far over the line cropped hair may reach that is combed towards it."""

_FLAT_M, _LOWEST = 0.022, 0.3
"""So near the line strands lie lower in the hair, on it in this part of it."""


@dataclass(frozen=True, kw_only=True)
class HairLine:
    """Where the hair ends, as points of bare skin beside it."""

    bare: Float[np.ndarray, "points 3"]
    """Points of the skin that no hair grows on."""

    def behind_m(self, points: Float[np.ndarray, "strands 3"]) -> NDArray[np.float64]:
        """How far points are behind the hair line, which strays a little."""
        if len(self.bare) == 0:
            return np.full(len(points), np.inf)
        away = np.asarray(KDTree(self.bare).query(points, workers=2)[0])
        return np.maximum(away + _stray(points), 0)


def _stray(points: Float[np.ndarray, "strands 3"]) -> NDArray[np.float64]:
    """Smooth noise in space: waves of one to three centimetres."""
    random = np.random.default_rng(11)
    waves = random.normal(0, 1, (6, 3))
    waves /= np.linalg.norm(waves, axis=1, keepdims=True)
    waves *= 2 * np.pi / random.uniform(0.01, 0.03, (6, 1))
    phase = random.uniform(0, 2 * np.pi, 6)
    return _UNEVEN_M * np.sin(points @ waves.T + phase).mean(axis=1) * 6**0.5


def dense_enough(
    behind_m: Float[np.ndarray, "strands"], random: np.random.Generator
) -> Bool[np.ndarray, "strands"]:
    """Which of roots that stand evenly are there: ever fewer towards the line."""
    share = _FEWEST + (1 - _FEWEST) * np.clip(behind_m / _THIN_M, 0, 1) ** 1.5
    return random.uniform(0, 1, len(behind_m)) < share


def lengths_at(
    behind_m: Float[np.ndarray, "strands"],
    length_m: Float[np.ndarray, "strands"],
    random: np.random.Generator,
    *,
    cropped: bool,
) -> NDArray[np.float64]:
    """The lengths that strands really have so near the line."""
    if cropped:
        beyond = random.uniform(*_BEYOND_M, len(behind_m))
        length_m = np.minimum(length_m, behind_m + beyond)
    near = 1 - np.clip(behind_m / _SHORT_M, 0, 1)
    shorter = length_m * (1 - (1 - _SHORTEST) * near)
    baby = _BABY_SHARE * (1 - np.clip(behind_m / _BABY_M, 0, 1))
    stays = random.uniform(0, 1, len(behind_m)) < baby
    short = random.uniform(*_BABY_LENGTH_M, len(behind_m))
    return np.where(stays, np.minimum(short, shorter), shorter)


def layers_at(
    behind_m: Float[np.ndarray, "strands"], layer: Float[np.ndarray, "strands"]
) -> NDArray[np.float64]:
    """How high in the hair strands lie so near the line."""
    return layer * (_LOWEST + (1 - _LOWEST) * np.clip(behind_m / _FLAT_M, 0, 1))
