"""The identity basis: principal components of many drawn people.

Every drawn person is put together by the assembly, moved so that the head joint is the
origin, and mirrored too, so that the average is symmetric. The face counts more than
the scalp, and the neck and shoulders least, when components are chosen. Coefficients
are scaled to unit variance, so the prior of an identity is a standard normal.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

HEAD_JOINT = 2


@dataclass(frozen=True, kw_only=True)
class IdentityBasis:
    """A linear model of heads and their joints."""

    template: NDArray[np.float32]
    """[vertices, 3] the average head, origin in its head joint."""
    vertices: NDArray[np.float32]
    """[identity, vertices, 3] change of the vertices per standard deviation."""
    joint_template: NDArray[np.float32]
    """[joints, 3]."""
    joints: NDArray[np.float32]
    """[identity, joints, 3]."""
    explained: float
    """Share of the weighted variance that the components hold."""


def identity_basis(
    heads: NDArray[np.float32],
    joints: NDArray[np.float32],
    importance: NDArray[np.float64],
    mirror: NDArray[np.int64],
    joint_mirror: NDArray[np.int64],
    *,
    components: int,
) -> IdentityBasis:
    """Components of people [people, vertices, 3] and their joints."""
    origin = joints[:, HEAD_JOINT : HEAD_JOINT + 1]
    heads, joints = heads - origin, joints - origin
    flip = np.array([-1.0, 1.0, 1.0], np.float32)
    heads = np.concatenate([heads, heads[:, mirror] * flip])
    joints = np.concatenate([joints, joints[:, joint_mirror] * flip])
    template, joint_template = heads.mean(axis=0), joints.mean(axis=0)
    heads -= template
    joints -= joint_template
    count = len(heads)
    weighted = (heads * np.sqrt(importance)[:, None].astype(np.float32)).reshape(
        count, -1
    )
    values, vectors = np.linalg.eigh((weighted @ weighted.T).astype(np.float64))
    values, vectors = values[::-1], vectors[:, ::-1]
    scores = vectors[:, :components] * np.sqrt(count)
    basis = np.einsum("pk,pvi->kvi", scores / count, heads, optimize=True)
    joint_basis = np.einsum("pk,pji->kji", scores / count, joints, optimize=True)
    return IdentityBasis(
        template=template.astype(np.float32),
        vertices=basis.astype(np.float32),
        joint_template=joint_template.astype(np.float32),
        joints=joint_basis.astype(np.float32),
        explained=float(values[:components].sum() / values.clip(0).sum()),
    )


def mirror_of(
    template: NDArray[np.float64],
    parts: NDArray[np.int8],
    skin: NDArray[np.int64],
    twins: list[tuple[slice, slice]],
) -> NDArray[np.int64]:
    """The vertex on the other side of each vertex.

    `skin` says it for the skin, and `twins` are pieces that mirror each other vertex by
    vertex; in the other parts the vertex nearest to the reflected position is the one.
    """
    mirror = np.arange(len(template))
    mirror[: len(skin)] = skin
    other_eye = {1: 2, 2: 1}
    for part in np.unique(parts[len(skin) :]).tolist():
        here = np.flatnonzero(parts == part)
        there = np.flatnonzero(parts == other_eye.get(part, part))
        reflected = template[here] * [-1.0, 1.0, 1.0]
        mirror[here] = there[cKDTree(template[there]).query(reflected)[1]]
    for left, right in twins:
        mirror[left] = np.arange(right.start, right.stop)
        mirror[right] = np.arange(left.start, left.stop)
    return mirror
