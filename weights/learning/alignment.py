"""What rotation, scale and offset do to point sets of known correspondence."""

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

Similarity = tuple[float, NDArray[np.float64], NDArray[np.float64]]
"""Scale, rotation and offset: aligned = scale * points @ rotation.T + offset."""


def align(
    points: NDArray[np.floating],
    onto: NDArray[np.floating],
    weights: NDArray[np.floating] | None = None,
    *,
    scaled: bool = True,
) -> Similarity:
    """What brings points [n, 3] onto others best. Source: Umeyama (1991)."""
    share = np.ones(len(points)) if weights is None else weights
    share = (share / share.sum())[:, None]
    middle, other = (share * points).sum(axis=0), (share * onto).sum(axis=0)
    a, b = points - middle, onto - other
    u, s, v = np.linalg.svd((share * a).T @ b)
    sign = np.array([1, 1, np.sign(np.linalg.det(u @ v))])
    rotation = (u * sign @ v).T
    scale = float((s * sign).sum() / (share * a * a).sum()) if scaled else 1.0
    return scale, rotation, other - scale * rotation @ middle


def without_alignment(
    points: Float[Tensor, "points 3"], basis: Float[Tensor, "ways points 3"]
) -> Float[Tensor, "ways points 3"]:
    """The basis without what rotation, offset and scale of the points can do."""
    middle = points - points.mean(dim=0)
    axes = torch.eye(3).to(points)
    ways = [axis.expand_as(points) for axis in axes]
    ways += [torch.linalg.cross(axis.expand_as(points), middle) for axis in axes]
    frame, _ = torch.linalg.qr(torch.stack([*ways, middle]).flatten(1).double().T)
    flat = basis.flatten(1).double()
    return (flat - flat @ frame @ frame.T).to(basis).view_as(basis)
