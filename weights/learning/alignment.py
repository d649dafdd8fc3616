"""The best rotation, scale and offset between two point sets of known correspondence.

Source: Umeyama (1991).
"""

import numpy as np
from numpy.typing import NDArray

Similarity = tuple[float, NDArray[np.float64], NDArray[np.float64]]
"""Scale, rotation and offset: aligned = scale * points @ rotation.T + offset."""


def align(
    points: NDArray[np.floating],
    onto: NDArray[np.floating],
    weights: NDArray[np.floating] | None = None,
    *,
    scaled: bool = True,
) -> Similarity:
    """What brings points [n, 3] onto others best."""
    share = np.ones(len(points)) if weights is None else weights
    share = (share / share.sum())[:, None]
    middle, other = (share * points).sum(axis=0), (share * onto).sum(axis=0)
    a, b = points - middle, onto - other
    u, s, v = np.linalg.svd((share * a).T @ b)
    sign = np.array([1, 1, np.sign(np.linalg.det(u @ v))])
    rotation = (u * sign @ v).T
    scale = float((s * sign).sum() / (share * a * a).sum()) if scaled else 1.0
    return scale, rotation, other - scale * rotation @ middle
