"""Skin that nobody saw, in the manner of the skin that was.

A square of well-seen, featureless skin is taken from the cheeks or the forehead, its
broad colour removed, and spread over the whole head: each texel blends four randomly
shifted copies, with weights whose squares sum to one, so that contrast is kept and
nothing repeats. Source: Heitz and Neyret, "High-performance by-example noise using a
histogram-preserving blending operator" (2018), without the histogram's transform.
"""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from .sampling import blurred, box_mean, sample

_PATCH_PARTS = 11
"""The texture is this many times as wide as the square that is taken."""

_CELL = 0.3
"""Side of a cell of the plane, over the patch's: twice that is taken from the patch at
each corner of a cell, from anywhere in it."""

_MOST_CONTRAST = 2.5
"""Detail beyond this many standard deviations is a spot, and is not spread."""

_LARGEST_DEVIATION = 0.05
"""Of the spread detail: more would be a feature, not skin."""


def take_patch(
    detail: Float[Tensor, "channels height width"],
    seen: Float[Tensor, "height width"],
) -> Float[Tensor, "channels patch patch"] | None:
    """The plainest square that was wholly seen, without broad colour; None if none."""
    size = max(16, detail.shape[1] // _PATCH_PARTS)
    stride = max(1, size // 6)
    corners = slice(size // 2, seen.shape[0] - size + size // 2 + 1, stride)
    share = box_mean((seen > 0.95).float()[None], size)[0, corners, corners]
    fine = (detail - blurred(detail, max(1, size // 10))).mean(dim=0)
    coarse = detail.mean(dim=0)
    unevenness = box_mean((fine**2 + coarse**2)[None], size)[0, corners, corners]
    cost = torch.where(share > 0.97, unevenness, torch.inf)
    best = int(cost.argmin())
    if not bool(torch.isfinite(cost.flatten()[best])):
        return None
    row, column = (stride * i for i in divmod(best, cost.shape[1]))
    patch = detail[:, row : row + size, column : column + size]
    patch = patch - blurred(patch, max(1, size // 10))
    deviation = patch.std().clamp(min=1e-6)
    patch = patch.clamp(-_MOST_CONTRAST * deviation, _MOST_CONTRAST * deviation)
    return patch * (_LARGEST_DEVIATION / deviation).clamp(max=1)


def spread_patch(
    patch: Float[Tensor, "channels patch patch"],
    points: Float[Tensor, "points 2"],
    *,
    seed: int = 11,
) -> Float[Tensor, "points channels"]:
    """The patch's detail at points given in its own pixels, anywhere on the plane."""
    size = patch.shape[1]
    side = _CELL * size
    picture = patch.movedim(0, 2)
    random = np.random.default_rng(seed).uniform(0, size - 2 * side, (64, 64, 2))
    shifts = torch.from_numpy(random).to(points)
    corner = (points / side).floor()
    inside = points / side - corner
    inside = inside * inside * (3 - 2 * inside)
    total = points.new_zeros(len(points), len(patch))
    squares = points.new_zeros(len(points), 1)
    for step in ((0, 0), (0, 1), (1, 0), (1, 1)):
        offset = points.new_tensor(step)
        weight = (offset * inside + (1 - offset) * (1 - inside)).prod(dim=1)[:, None]
        cell = corner + offset
        at = cell.long() % 64
        where = points - (cell - 1) * side + shifts[at[:, 1], at[:, 0]]
        total += weight * sample(picture, where)
        squares += weight**2
    return total / squares.sqrt()
