"""What a driver does little of, brought to what faces can do.

One person's widest smile is half of another's. Each expression gets one gain for the
whole clip, the same for left and right: timing, proportions and crookedness stay the
driver's. What hardly happens gets none, as it would be noise.
"""

import numpy as np
from numpy.typing import NDArray

from .curves import ramp, strengthened
from .regions import BLINKS, MIRRORED, REGION_OF_EXPRESSION

PERCENTILE = 98.0
"""Of a curve: its peaks, without the tracker's slips."""
FULL = 0.7
"""What that is brought to. Two actors' strongest clips have 0.5 to 1 there."""
GAINS = (0.8, 1.6)
"""The smallest and the largest."""
NOISE, ACTED = 0.1, 0.25
"""Curves whose peaks are lower get no gain; higher, all of it."""


def gains_of(
    expressions: NDArray[np.float64], seen: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """The gain [52] of each expression of a clip; one for those of the gaze."""
    known = expressions[seen] if seen.any() else expressions
    peaks = np.percentile(known, PERCENTILE, axis=0)
    peaks[list(BLINKS)] = known[:, list(BLINKS)].max(axis=0)
    peaks = np.maximum(peaks, peaks[MIRRORED])
    full = np.full(len(peaks), FULL)
    full[list(BLINKS)] = 1.0
    gains = np.clip(full / np.maximum(peaks, 1e-6), *GAINS)
    gains = 1.0 + (gains - 1.0) * ramp(peaks, NOISE, ACTED)
    gains[[region == "gaze" for region in REGION_OF_EXPRESSION]] = 1.0
    return gains


def with_full_range(
    expressions: NDArray[np.float64], seen: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """The weights [frames, 52] with those gains; the largest blink closes the eye."""
    gains = gains_of(expressions, seen)
    result = strengthened(expressions, gains)
    blinks = list(BLINKS)
    result[:, blinks] = np.minimum(expressions[:, blinks] * gains[blinks], 1.0)
    return result
