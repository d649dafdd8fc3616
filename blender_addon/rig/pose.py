"""From a performance to the bones' own channels.

A bone's channel turns it in its rest axes: with rest axes `R` and a wanted turn `D` in
the armature's space, and a parent already turned by `P`, the channel is
`R^T P^T D R`. The neck takes a part of the head's turn and the head the rest, so the
head's turn in the world is the performer's exactly. What the neck's turn moves the
head joint by is taken off the translation, so the shoulders stay still when only the
head moves.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...core import spaces
from ...core.assets import JOINT_NAMES
from ...core.transfer.turns import scaled_turns
from .resample import FramedMotion

NECK_SHARE = 0.4
"""The part of the head's turn that the neck takes."""


@dataclass(frozen=True, kw_only=True)
class BoneCurves:
    """What to key on the pose bones, in their own rest axes."""

    rotations_wxyz: dict[str, NDArray[np.float64]]
    """Unit quaternions [frames, 4] of neck, head, eye.L and eye.R; signs continuous."""
    root_location: NDArray[np.float64]
    """[frames, 3] in metres."""
    offset: NDArray[np.float64]
    """From the world of the motion to the armature's space [3]: where the double stays
    while the performer is somewhere before a camera."""


def bone_curves(
    motion: FramedMotion,
    rest: dict[str, NDArray[np.float64]],
    joints: NDArray[np.float64],
) -> BoneCurves:
    """The channels that give a rig with `rest` axes and `joints` this motion."""
    head = spaces.rotations_of_quaternions(motion.rotations_wxyz)
    neck = scaled_turns(head, NECK_SHARE)
    turns = {
        "neck": neck,
        "head": np.swapaxes(neck, -1, -2) @ head,
        "eye.L": gaze_rotations(motion.gaze_rad[:, 0]),
        "eye.R": gaze_rotations(motion.gaze_rad[:, 1]),
    }
    rotations = {
        name: spaces.continuous_quaternions(
            spaces.quaternions_wxyz(rest[name].T @ turn @ rest[name])
        )
        for name, turn in turns.items()
    }
    lever = joints[JOINT_NAMES.index("head")] - joints[JOINT_NAMES.index("neck")]
    shoulders = motion.positions - (neck - np.eye(3)) @ lever
    middle = np.median(shoulders, axis=0)
    return BoneCurves(
        rotations_wxyz=rotations,
        root_location=(shoulders - middle) @ rest["root"],
        offset=joints[JOINT_NAMES.index("head")] - middle,
    )


def gaze_rotations(gaze_rad: NDArray[np.floating]) -> NDArray[np.float64]:
    """Turns [frames, 3, 3] of an eye that looks along -Y, from yaw and pitch.

    Convention: yaw to the subject's left (+X), pitch up; the pitch comes first.
    """
    yaw, pitch = np.asarray(gaze_rad, np.float64).T
    zero = np.zeros_like(yaw)
    half_yaw = np.stack([np.cos(yaw / 2), zero, zero, np.sin(yaw / 2)], axis=1)
    half_pitch = np.stack([np.cos(pitch / 2), -np.sin(pitch / 2), zero, zero], axis=1)
    turns = spaces.rotations_of_quaternions(np.stack([half_yaw, half_pitch]))
    return turns[0] @ turns[1]
