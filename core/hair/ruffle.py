"""Locks that part from each other: no hair is a shell.

Locks of combed hair end at their own lengths, lie over or under each other and go a
little their own ways towards the tips. A few locks together do the same as one, so that
gaps are seen at two sizes.
"""

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial import KDTree

from .chart import Chart
from .strands import shortened

_TOGETHER = 9
"""Locks that go the same way, in the mean."""


def ruffle(
    paths: Float[np.ndarray, "strands points 3"],
    locks: Int[np.ndarray, "strands"],
    chart: Chart,
    *,
    apart_m: float,
    shorter: float,
    random: np.random.Generator,
) -> Float[np.ndarray, "strands points 3"]:
    """The strands, those of each lock moved and shortened together.

    Tips go `apart_m` aside and outward, for one spread, and locks may lack the part
    `shorter` of their length. `locks` says which strand each follows, as `gather` does.
    """
    leaders, lock = np.unique(locks, return_inverse=True)
    group = _groups(paths[leaders], random)
    lacking = random.uniform(0, 0.5, group.max() + 1)[group]
    lacking = shorter * (lacking + random.uniform(0, 0.5, len(leaders)))
    count = paths.shape[1]
    paths = shortened(paths, (1 - lacking[lock]) * (count - 1))
    along = np.linspace(0, 1, count) ** 1.5
    out = chart.outward(paths[:, count // 2])
    side = np.cross(paths[:, -1] - paths[:, 0], out)
    side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-9)
    aside, over = (apart_m * _two_sizes(group, random)[lock, None] for _ in range(2))
    move = aside * side + np.abs(over) * out
    return paths + along[None, :, None] * move[:, None]


def _groups(
    leaders: Float[np.ndarray, "locks points 3"], random: np.random.Generator
) -> Int[np.ndarray, "locks"]:
    """Which group each lock goes with: those that lie next to each other."""
    count = max(1, len(leaders) // _TOGETHER)
    middle = leaders[:, leaders.shape[1] // 2]
    chosen = random.choice(len(leaders), count, replace=False)
    return np.asarray(KDTree(middle[chosen]).query(middle)[1])


def _two_sizes(
    group: Int[np.ndarray, "locks"], random: np.random.Generator
) -> Float[np.ndarray, "locks"]:
    """A number for every lock, of spread one: partly its group's, partly its own."""
    shared = random.normal(0, 0.8, group.max() + 1)[group]
    return shared + random.normal(0, 0.6, len(group))
