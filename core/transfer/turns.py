"""Turns of the head: a part of one, and what lies between two."""

import numpy as np
from numpy.typing import NDArray

from ..spaces import (
    continuous_quaternions,
    quaternions_wxyz,
    rotations_of_quaternions,
)

Rotations = NDArray[np.float64]


def middle_rotation(rotations: Rotations) -> Rotations:
    """The rotation [3, 3] nearest to all of [frames, 3, 3]."""
    u, _, vt = np.linalg.svd(rotations.mean(axis=0))
    flip = np.diag([1.0, 1.0, np.linalg.det(u @ vt)])
    return u @ flip @ vt


def angles_of(rotations: Rotations) -> NDArray[np.float64]:
    """How far each rotation [frames, 3, 3] turns, in radians [frames]."""
    q = quaternions_wxyz(rotations)
    return 2.0 * np.arctan2(np.linalg.norm(q[:, 1:], axis=1), q[:, 0])


def scaled_turns(
    rotations: Rotations, factors: NDArray[np.float64] | float
) -> Rotations:
    """The same turns by a multiple of their angle, the short way round."""
    q = quaternions_wxyz(rotations)
    half = np.arctan2(np.linalg.norm(q[:, 1:], axis=1), q[:, 0])
    axis = q[:, 1:] / np.maximum(np.sin(half), 1e-12)[:, None]
    half = half * factors
    return rotations_of_quaternions(
        np.concatenate([np.cos(half)[:, None], np.sin(half)[:, None] * axis], axis=1)
    )


def rotations_at(
    rotations: Rotations, times: NDArray[np.float64], at: NDArray[np.float64]
) -> Rotations:
    """Rotations known at `times`, read at other times along the shortest turns."""
    if len(times) < 2:
        return np.repeat(rotations, len(at), axis=0)
    at = np.clip(at, times[0], times[-1])
    right = np.clip(np.searchsorted(times, at, side="right"), 1, len(times) - 1)
    left = right - 1
    x = ((at - times[left]) / (times[right] - times[left]))[:, None]
    q = continuous_quaternions(quaternions_wxyz(rotations))
    a, b = q[left], q[right]
    angle = np.arccos(np.clip((a * b).sum(axis=1, keepdims=True), -1.0, 1.0))
    near = angle < 1e-6
    sine = np.where(near, 1.0, np.sin(angle))
    first = np.where(near, 1.0 - x, np.sin((1.0 - x) * angle) / sine)
    second = np.where(near, x, np.sin(x * angle) / sine)
    mixed = first * a + second * b
    return rotations_of_quaternions(
        mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    )
