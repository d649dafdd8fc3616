"""Skin that nobody saw, in the manner of the skin that was.

A square of well-seen, featureless skin is taken from the cheeks or the forehead, its
broad colour removed, and spread over the whole head: each texel blends four randomly
shifted copies, with weights whose squares sum to one, so that contrast is kept and
nothing repeats. Source: Heitz and Neyret, "High-performance by-example noise using a
histogram-preserving blending operator" (2018), without the histogram's transform.
"""

from functools import cache

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from .sampling import blurred, box_mean

_PATCH_PARTS = 11
"""The texture is this many times as wide as the square that is taken."""

_CELL = 0.3
"""Side of a cell of the plane, over the patch's: twice that is taken from the patch at
each corner of a cell, from anywhere in it."""

_MOST_CONTRAST = 2.5
"""Detail beyond this many standard deviations is a spot, and is not spread."""

_LARGEST_DEVIATION = 0.05
"""Of the spread detail: more would be a feature, not skin."""


def find_patch(
    detail: Float[Tensor, "channels height width"],
    seen: Float[Tensor, "height width"],
) -> tuple[slice, slice] | None:
    """Rows and columns of the plainest square that was wholly seen; None if none."""
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
    return slice(row, row + size), slice(column, column + size)


def plain_patch(
    patch: Float[np.ndarray, "side side channels"],
) -> Float[np.ndarray, "side side channels"]:
    """A square of detail without its broad colour and its spots."""
    square = torch.from_numpy(patch).movedim(2, 0)
    square = square - blurred(square, max(1, len(patch) // 10))
    deviation = square.std().clamp(min=1e-6)
    square = square.clamp(-_MOST_CONTRAST * deviation, _MOST_CONTRAST * deviation)
    square = square * (_LARGEST_DEVIATION / deviation).clamp(max=1)
    return square.movedim(0, 2).numpy()


def spread_patch(
    patch: Float[np.ndarray, "side side channels"],
    size_px: int,
    rows: slice,
    *,
    seed: int = 11,
) -> Float[np.ndarray, "rows size channels"]:
    """Some rows of a picture of that width, full of the patch's detail.

    The same rows whatever the portions they are asked for in: what is taken from the
    patch at each corner of a cell depends on the corner alone.
    """
    cell = max(1, int(_CELL * len(patch)))
    weights = _weights(cell)
    columns = size_px // cell + 2
    first, last = rows.start // cell, (rows.stop - 1) // cell + 1
    picture = np.zeros(
        ((last - first) * cell, columns * cell, patch.shape[2]), np.float32
    )
    for row in range(first, last + 1):
        random = np.random.default_rng([seed, row])
        shifts = random.integers(0, len(patch) - 2 * cell + 1, (columns, 2))
        for column, (down, right) in enumerate(shifts):
            piece = patch[down : down + 2 * cell, right : right + 2 * cell] * weights
            _add(picture, piece, (row - first - 1) * cell, (column - 1) * cell)
    start = rows.start - first * cell
    return picture[start : start + rows.stop - rows.start, :size_px]


@cache
def _weights(cell: int) -> NDArray[np.float32]:
    """What the pieces around a corner count, over the root of all squares' sum."""
    inside = (np.arange(cell) + 0.5) / cell
    rise = inside * inside * (3 - 2 * inside)
    line = np.concatenate([rise, rise[::-1]])
    squares = np.tile(rise**2 + rise[::-1] ** 2, 2)
    root = np.sqrt(squares[:, None] * squares)
    return (line[:, None] * line / root)[..., None].astype(np.float32)


def _add(
    picture: NDArray[np.float32], piece: NDArray[np.float32], top: int, left: int
) -> None:
    """Add what of the piece lies in the picture."""
    height, width = picture.shape[:2]
    bottom, right = min(top + len(piece), height), min(left + len(piece), width)
    first_row, first_column = max(top, 0), max(left, 0)
    if first_row < bottom and first_column < right:
        part = piece[first_row - top : bottom - top, first_column - left : right - left]
        picture[first_row:bottom, first_column:right] += part
