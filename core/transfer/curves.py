"""Curves over time: made stronger without breaking their range, and sampled anew."""

import numpy as np
from numpy.typing import NDArray

Curves = NDArray[np.float64]


def strengthened(weights: Curves, strengths: NDArray[np.float64] | float) -> Curves:
    """Weights made `strengths` times as strong, without leaving 0 to 1.

    Up to 1 it is a plain product. Beyond, small weights grow by that factor and large
    ones ever less: none stays on 0 and one on 1, so that a strong expression keeps its
    shape over time instead of being cut flat.
    """
    s = np.asarray(strengths, np.float64)
    grown = s * weights / np.sqrt(1.0 + np.maximum(s * s - 1.0, 0.0) * weights**2)
    return np.where(s > 1.0, np.maximum(grown, weights), s * weights)


def ramp(values: Curves, start: float, end: float) -> Curves:
    """0 up to `start`, 1 from `end`, smooth in between."""
    x = np.clip((values - start) / (end - start), 0.0, 1.0)
    return x * x * (3.0 - 2.0 * x)


def interpolated(values: Curves, times: Curves, at: Curves) -> Curves:
    """Curves [frames, curves] known at `times`, read at other times; ends are held.

    Between two samples a curve stays between their values, and its slope goes on
    smoothly. Source: Fritsch & Butland (1984), the weighted harmonic mean of slopes.
    """
    if len(times) < 2:
        return np.repeat(values, len(at), axis=0)
    at = np.clip(at, times[0], times[-1])
    slopes = _slopes(values, times)
    right = np.clip(np.searchsorted(times, at, side="right"), 1, len(times) - 1)
    left = right - 1
    span = (times[right] - times[left])[:, None]
    x = (at[:, None] - times[left][:, None]) / span
    rise = values[right] - values[left]
    start, end = span * slopes[left], span * slopes[right]
    cubic = start + end - 2.0 * rise
    square = 3.0 * rise - 2.0 * start - end
    return values[left] + x * (start + x * (square + x * cubic))


def _slopes(values: Curves, times: Curves) -> Curves:
    """A slope at each sample that lets no curve overshoot: flat at every extremum."""
    steps = np.diff(times)[:, None]
    secants = np.diff(values, axis=0) / steps
    before, after = secants[:-1], secants[1:]
    w_before, w_after = steps[:-1] + 2 * steps[1:], 2 * steps[:-1] + steps[1:]
    along = before * after > 0
    safe_before, safe_after = np.where(along, before, 1.0), np.where(along, after, 1.0)
    mean = (w_before + w_after) / (w_after / safe_before + w_before / safe_after)
    inner = np.where(along, mean, 0.0)
    return np.concatenate([secants[:1], inner, secants[-1:]])


def with_extrema(sampled: Curves, values: Curves, where: Curves) -> Curves:
    """`sampled` [frames, curves] with each extremum of `values` at its nearest frame.

    `where` says at which of the new frames each of `values` lies. A blink that closes
    for one sample, or lips that meet, would be lost between two frames. Where a minimum
    and a maximum meet in one frame, the maximum stays.
    """
    result = sampled.copy()
    before, here, after = values[:-2], values[1:-1], values[2:]
    nearest = np.clip(np.rint(where[1:-1]).astype(int), 0, len(sampled) - 1)
    for bound, lows in ((np.minimum, True), (np.maximum, False)):
        sign = -1.0 if lows else 1.0
        found = (sign * here >= sign * before) & (sign * here > sign * after)
        sample, curve = np.nonzero(found)
        bound.at(result, (nearest[sample], curve), here[sample, curve])
    return result
