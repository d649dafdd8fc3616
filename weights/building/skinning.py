"""Joints and skin weights, from MakeHuman's own rig.

Its default rig spreads the face over some forty bones; they are gathered into ours.
The jaw's joint is put where a jaw turns: between the two points in front of the ears.
"""

import numpy as np
from numpy.typing import NDArray

from .source import Source

BONE_TO_JOINT = {
    "neck01": "neck",
    "neck02": "neck",
    "neck03": "neck",
    "jaw": "jaw",
    "oris05": "jaw",
    "oris06": "jaw",
    "oris06.L": "jaw",
    "oris06.R": "jaw",
    "oris07.L": "jaw",
    "oris07.R": "jaw",
    "special04": "jaw",
}
"""Other bones of the head belong to `head`, all below the neck to `root`."""

BODY_BONES = (
    "spine clavicle shoulder breast upperarm lowerarm wrist finger metacarpal pelvis "
    "upperleg lowerleg foot toe root"
).split()

JOINTS = ("root", "neck", "head", "jaw", "eye.L", "eye.R")

JAW_POINT_UNDER_HEAD_M = (0.012, 0.004)
"""From the head joint: forward and up, to the axis of the jaw's hinge."""


def base_skin_weights(source: Source, count: int) -> NDArray[np.float64]:
    """Weights [base vertices, joints] of our joints on the body's skin."""
    weights = np.zeros((count, len(JOINTS)))
    for bone, (vertices, values) in source.rig_weights().items():
        weights[vertices, JOINTS.index(_joint_of(bone))] += values
    total = weights.sum(axis=1, keepdims=True)
    weights[:, 2] += np.where(total[:, 0] <= 0, 1.0, 0.0)
    return weights / weights.sum(axis=1, keepdims=True)


def _joint_of(bone: str) -> str:
    if bone in BONE_TO_JOINT:
        return BONE_TO_JOINT[bone]
    return "root" if bone.startswith(tuple(BODY_BONES)) else "head"


def smooth_weights(
    weights: NDArray[np.float64],
    faces: NDArray[np.int32],
    *,
    rim: NDArray[np.int64],
    rounds: int,
) -> NDArray[np.float64]:
    """Weights averaged over neighbours, with the rim held on `root`."""
    count = len(weights)
    total = np.zeros(count)
    edges = np.concatenate(
        [np.stack([faces[:, i], faces[:, (i + 1) % 4]], axis=1) for i in range(4)]
    )
    np.add.at(total, edges[:, 0], 1.0)
    np.add.at(total, edges[:, 1], 1.0)
    for _ in range(rounds):
        weights[rim] = np.eye(len(JOINTS))[0]
        around = np.zeros_like(weights)
        np.add.at(around, edges[:, 0], weights[edges[:, 1]])
        np.add.at(around, edges[:, 1], weights[edges[:, 0]])
        weights = 0.5 * weights + 0.5 * around / total[:, None]
    weights[rim] = np.eye(len(JOINTS))[0]
    return strongest(weights, keep=4)


def strongest(weights: NDArray[np.float64], *, keep: int) -> NDArray[np.float64]:
    """Rows with their `keep` largest weights only, summing to one."""
    weights = np.where(weights < 1e-3, 0.0, weights)
    least = np.sort(weights, axis=1)[:, -keep][:, None]
    weights = np.where(weights >= least, weights, 0.0)
    return weights / weights.sum(axis=1, keepdims=True)
