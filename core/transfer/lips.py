"""Lips that touch still touch, whatever became of the weights.

How far the lips are apart is nearly linear in the weights, so the same factor on all of
them keeps a closed mouth closed. Different strengths for mouth and jaw, gains, and the
bending of large weights do not: an *m* would stay open, or the lips would go through
each other.
"""

import numpy as np
from numpy.typing import NDArray

from .curves import ramp
from .regions import JAW_OPEN, LIP_OPENING_MM, MOUTH_CLOSE

TOUCHING_MM, APART_MM = 0.8, 2.5
"""Lips nearer than the first are closed; farther apart than the second, open."""

SHUT_JAW = 0.02
"""A jaw that opens much less than this leaves mouthClose to its own strength."""


def with_lips_kept(
    weights: NDArray[np.float64], acted: NDArray[np.float64]
) -> NDArray[np.float64]:
    """`weights` [frames, 52] with lips that touch where they touch in `acted`.

    mouthClose undoes what the jaw opens, so it goes with the jaw. If lips then are
    farther apart than acted, all that parts them is lessened alike; if they overlap
    more than acted, all that presses them is.
    """
    result = weights.copy()
    jaw = acted[:, JAW_OPEN]
    own = result[:, MOUTH_CLOSE] / np.maximum(acted[:, MOUTH_CLOSE], 1e-6)
    share = (result[:, JAW_OPEN] + SHUT_JAW * own) / (jaw + SHUT_JAW)
    result[:, MOUTH_CLOSE] = np.minimum(acted[:, MOUTH_CLOSE] * share, 1.0)

    opening = np.maximum(LIP_OPENING_MM, 0.0)
    closing = np.minimum(LIP_OPENING_MM, 0.0)
    before = acted @ LIP_OPENING_MM
    parts, presses = result @ opening, result @ closing
    touch = 1.0 - ramp(before, TOUCHING_MM, APART_MM)
    excess = touch * np.maximum(parts + presses - np.maximum(before, 0.0), 0.0)
    overlap = np.maximum(np.minimum(before, 0.0) - (parts + presses), 0.0)
    less = 1.0 - np.divide(excess, parts, where=parts > 0, out=np.zeros_like(parts))
    softer = 1.0 - np.divide(
        overlap, -presses, where=presses < 0, out=np.zeros_like(parts)
    )
    result *= np.where(opening > 0, less[:, None], 1.0)
    result *= np.where(closing < 0, softer[:, None], 1.0)
    return result
