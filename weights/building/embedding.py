"""From marks on the template to one point and one covariance per landmark."""

import numpy as np
from numpy.typing import NDArray

from .landmarks import LANDMARKS, Marks

LEAST_MARKS = 8
FLOOR_M = 0.0004
"""Standard deviation that no landmark goes below: the detector's own resolution."""


def geometric_median(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The point with the least summed distance. Source: Weiszfeld (1937)."""
    middle = np.median(points, axis=0)
    for _ in range(30):
        weights = 1.0 / (np.linalg.norm(points - middle, axis=1) + 1e-5)
        middle = (weights[:, None] * points).sum(axis=0) / weights.sum()
    return middle


def mirror_landmarks(places: NDArray[np.float64]) -> NDArray[np.int64]:
    """The landmark on the other side of each landmark, by mutual nearness."""
    reflected = places * [-1.0, 1.0, 1.0]
    distance = np.linalg.norm(places[:, None] - reflected[None], axis=2)
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(distance + distance.T)
    twin = np.empty(LANDMARKS, np.int64)
    twin[rows] = columns
    return twin


def summarise(
    marks: Marks,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Places [478, 3], covariances [478, 3, 3] and mirror twins [478]."""
    places = np.stack(
        [geometric_median(marks.point[marks.landmark == i]) for i in range(LANDMARKS)]
    )
    twin = mirror_landmarks(places)
    flip = np.array([-1.0, 1.0, 1.0])
    covariances = np.zeros((LANDMARKS, 3, 3))
    symmetric = np.zeros_like(places)
    for i in range(LANDMARKS):
        own = marks.point[marks.landmark == i]
        other = marks.point[marks.landmark == twin[i]] * flip
        both = np.concatenate([own, other])
        middle = geometric_median(both)
        if twin[i] == i:
            middle[0] = 0.0
        symmetric[i] = middle
        offset = both - middle
        distance = np.linalg.norm(offset, axis=1)
        kept = offset[distance < 4.0 * np.median(distance) + 1e-6]
        covariances[i] = kept.T @ kept / len(kept) + FLOOR_M**2 * np.eye(3)
    return symmetric, covariances, twin


def nearest_on_triangles(
    point: NDArray[np.float64], corners: NDArray[np.float64]
) -> tuple[int, NDArray[np.float64]]:
    """Index of the nearest of triangles [n, 3, 3] and barycentric coordinates there.

    Source: Ericson, Real-Time Collision Detection (2005), 5.1.5, by projecting on the
    plane and, where that is outside, on the three edges.
    """
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    ab, ac, ap = b - a, c - a, point - a
    d00, d01, d11 = (ab * ab).sum(1), (ab * ac).sum(1), (ac * ac).sum(1)
    d20, d21 = (ap * ab).sum(1), (ap * ac).sum(1)
    scale = np.maximum(d00 * d11 - d01 * d01, 1e-20)
    v, w = (d11 * d20 - d01 * d21) / scale, (d00 * d21 - d01 * d20) / scale
    candidates = [np.stack([1 - v - w, v, w], axis=1)]
    candidates[0][(candidates[0] < 0).any(axis=1)] = np.nan
    for i, j in ((0, 1), (1, 2), (2, 0)):
        start, edge = corners[:, i], corners[:, j] - corners[:, i]
        t = ((point - start) * edge).sum(1) / np.maximum((edge * edge).sum(1), 1e-20)
        weights = np.zeros((len(corners), 3))
        weights[:, j] = np.clip(t, 0.0, 1.0)
        weights[:, i] = 1.0 - weights[:, j]
        candidates.append(weights)
    weights = np.stack(candidates, axis=1)
    places = np.einsum("nkc,nci->nki", weights, corners)
    distance = np.linalg.norm(places - point, axis=2)
    distance[np.isnan(distance)] = np.inf
    triangle, kind = np.unravel_index(np.argmin(distance), distance.shape)
    return int(triangle), weights[triangle, kind]
