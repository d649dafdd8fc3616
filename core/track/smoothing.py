"""Zero-phase smoothing of curves that counts each frame by how well it was seen.

A curve is replaced by the one that minimises the weighted distance from it plus its
curvature (Whittaker 1923). That moves nothing in time, bridges frames of no weight by
themselves, and what it lets pass is a frequency, the same for every frame rate.
"""

import math

import numpy as np
from jaxtyping import Float
from scipy.linalg import solveh_banded


def smooth_curves(
    curves: Float[np.ndarray, "frames curves"],
    weights: Float[np.ndarray, "frames curves"],
    *,
    cutoff_hz: float,
    rate_fps: float,
) -> Float[np.ndarray, "frames curves"]:
    """The smooth version of each curve; at `cutoff_hz` half the amplitude is left.

    Weights are relative to a curve's typical frame (1); 0 leaves a gap to be bridged.
    """
    frames = len(curves)
    if frames < 3:
        return curves.copy()
    bend = (rate_fps / (2 * math.pi * cutoff_hz)) ** 4
    bands = np.zeros((3, frames))
    bands[2, :-2] += bend
    bands[2, 1:-1] += 4 * bend
    bands[2, 2:] += bend
    bands[1, 1:-1] -= 2 * bend
    bands[1, 2:] -= 2 * bend
    bands[0, 2:] += bend
    smooth = np.empty_like(curves, dtype=np.float64)
    for column in range(curves.shape[1]):
        weight = np.maximum(weights[:, column], 1e-6)
        system = bands.copy()
        system[2] += weight
        smooth[:, column] = solveh_banded(system, weight * curves[:, column])
    return smooth


def bridge_gaps(
    curves: Float[np.ndarray, "frames curves"], seen: np.ndarray, times_s: np.ndarray
) -> Float[np.ndarray, "frames curves"]:
    """Curves whose unseen frames are interpolated in time; the ends are held."""
    columns = [np.interp(times_s, times_s[seen], column[seen]) for column in curves.T]
    return np.stack(columns, axis=1) if columns else curves
