"""Yaw, pitch and roll of Live Link Face, and the rotations they stand for.

Convention: a turn about Z (up), then about X (the subject's left), then about -Y (where
the face looks). Yaw is positive when the head turns to the subject's left, pitch when
it looks down, roll when it tilts to the subject's right. All in radians.
"""

import numpy as np
from numpy.typing import NDArray


def head_angles(rotations: NDArray[np.floating]) -> NDArray[np.float64]:
    """Yaw, pitch and roll [frames, 3] of head rotations [frames, 3, 3] in the world."""
    m = np.asarray(rotations, np.float64)
    pitch = np.arcsin(np.clip(m[:, 2, 1], -1.0, 1.0))
    yaw = np.arctan2(-m[:, 0, 1], m[:, 1, 1])
    roll = np.arctan2(m[:, 2, 0], m[:, 2, 2])
    return np.stack([yaw, pitch, roll], axis=1)


def head_rotations(angles: NDArray[np.floating]) -> NDArray[np.float64]:
    """The rotations [frames, 3, 3] in the world of yaw, pitch and roll [frames, 3]."""
    yaw, pitch, roll = np.asarray(angles, np.float64).T
    return _turn(2, yaw) @ _turn(0, pitch) @ _turn(1, -roll)


def _turn(axis: int, angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Right-handed turns [frames, 3, 3] about X, Y or Z."""
    a, b = (axis + 1) % 3, (axis + 2) % 3
    turns = np.tile(np.eye(3), (len(angles), 1, 1))
    turns[:, a, a] = turns[:, b, b] = np.cos(angles)
    turns[:, b, a], turns[:, a, b] = np.sin(angles), -np.sin(angles)
    return turns
