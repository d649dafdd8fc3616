"""A performance at the whole frames of a scene, whatever rate it was filmed at.

A clip of 60 frames a second in a scene of 24 loses samples, and a blink that closes
for one of them would be lost too. So besides interpolating, each local extremum of a
curve is handed to the frame nearest to it: eyes that closed still close, lips that
met still meet.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...core import spaces
from ...core.assets import Motion
from ...core.transfer.curves import with_extrema

SAME_FRAME = 0.02
"""Times within this part of a frame of whole frames are taken as they are."""


@dataclass(frozen=True, kw_only=True)
class FramedMotion:
    """One sample at each whole frame of a scene, the first at frame 0."""

    expressions: NDArray[np.float64]
    """[frames, 52]"""
    rotations_wxyz: NDArray[np.float64]
    """Rotation of the head in the world [frames, 4], signs continuous."""
    positions: NDArray[np.float64]
    """Position of the head joint in the world [frames, 3]."""
    gaze_rad: NDArray[np.float64]
    """[frames, 2 eyes, 2 (yaw, pitch)]"""

    def __len__(self) -> int:
        return len(self.expressions)


def frame_count(motion: Motion, rate_fps: float) -> int:
    """How many frames of `rate_fps` the clip lasts; its last picture lasts one too."""
    duration_s = float(motion.times_s[-1]) + 1.0 / motion.rate_fps
    return max(1, round(duration_s * rate_fps))


def motion_at_frames(motion: Motion, rate_fps: float) -> FramedMotion:
    """`motion` sampled at every frame of `rate_fps`, for as long as it lasts."""
    where = np.asarray(motion.times_s, np.float64) * rate_fps
    frames = np.arange(frame_count(motion, rate_fps))
    curves = np.concatenate(
        [
            motion.expressions,
            motion.gaze_rad.reshape(len(where), 4),
            motion.T_world_head[:, :3, 3],
        ],
        axis=1,
    ).astype(np.float64)
    rotations = spaces.continuous_quaternions(
        spaces.quaternions_wxyz(motion.T_world_head[:, :3, :3])
    )
    if len(where) != len(frames) or np.abs(where - frames).max() > SAME_FRAME:
        moving = curves
        curves = _interpolated(moving, where, frames)
        curves[:, :52] = with_extrema(curves[:, :52], moving[:, :52], where)
        rotations = _interpolated(rotations, where, frames)
        rotations /= np.linalg.norm(rotations, axis=1, keepdims=True)
    return FramedMotion(
        expressions=np.clip(curves[:, :52], 0.0, 1.0),
        rotations_wxyz=rotations,
        positions=curves[:, 56:59],
        gaze_rad=curves[:, 52:56].reshape(-1, 2, 2),
    )


def _interpolated(
    values: NDArray[np.float64], where: NDArray[np.float64], at: NDArray[np.int64]
) -> NDArray[np.float64]:
    columns = [np.interp(at, where, column) for column in values.T]
    return np.stack(columns, axis=1)
