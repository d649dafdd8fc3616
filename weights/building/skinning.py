"""Joints and skin weights, from MakeHuman's own rig.

Its default rig spreads the face over some forty bones; they are gathered into ours: all
that hang on its jaw bone are the jaw, all others of the face the head.
"""

import numpy as np
from numpy.typing import NDArray

from .source import Source

JOINTS = ("root", "neck", "head", "jaw", "eye.L", "eye.R")

LEADING_BONES = {"jaw": "jaw", "head": "head", "neck01": "neck"}
"""A bone belongs to the joint of the first of these among itself and its parents."""


def base_skin_weights(source: Source, count: int) -> NDArray[np.float64]:
    """Weights [base vertices, joints] of our joints on the body's skin."""
    weights = np.zeros((count, len(JOINTS)))
    parents = source.bone_parents()
    for bone, (vertices, values) in source.rig_weights().items():
        weights[vertices, JOINTS.index(_joint_of(bone, parents))] += values
    total = weights.sum(axis=1, keepdims=True)
    weights[:, 2] += np.where(total[:, 0] <= 0, 1.0, 0.0)
    return weights / weights.sum(axis=1, keepdims=True)


def _joint_of(bone: str, parents: dict[str, str]) -> str:
    while bone and bone not in LEADING_BONES:
        bone = parents.get(bone, "")
    return LEADING_BONES.get(bone, "root")


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
