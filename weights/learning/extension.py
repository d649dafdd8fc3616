"""The average scan's offsets, known on the face, carried on to the whole head.

The skin bends on smoothly (squared Laplacian) and is still at neck and ears. Eyes move
with their lids and the teeth with the lips, each as one, so that lids still lie on the
eyeballs they were made for.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from core.assets import JOINT_NAMES
from core.head_model import HeadModel
from core.mesh import edges

from .registration import skin_laplacian

_STIFFNESS = 3.0
_FAR = 1e-3
"""Pulls what the scans do not show to no offset."""


def extend(
    model: HeadModel, vertices: NDArray[np.int64], offsets: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Offsets [our vertices, 3] and [joints, 3] from those of some vertices."""
    faces = model.faces[model.part_faces("skin")]
    skin = np.unique(faces[faces >= 0].numpy())
    laplacian = skin_laplacian(edges(faces).numpy(), skin)
    known = np.zeros(len(model.template))
    known[vertices] = model.region("face").double().numpy()[vertices]
    wanted = np.zeros((len(known), 3))
    wanted[vertices] = offsets
    system = (
        sparse.diags(known[skin])
        + _STIFFNESS * laplacian.T @ laplacian
        + _FAR * sparse.identity(len(skin))
    )
    whole = np.zeros_like(wanted)
    whole[skin] = splu(system.tocsc()).solve(known[skin, None] * wanted[skin])
    flip = np.array([-1.0, 1.0, 1.0])
    whole = 0.5 * (whole + whole[model.mirror.numpy()] * flip)
    return whole, _move_wholes(model, whole)


def _move_wholes(
    model: HeadModel, whole: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Move eyes and mouth parts in place; the joints' offsets."""
    joints = np.zeros((len(JOINT_NAMES), 3))
    lids = model.region("eyelids").double().numpy()
    is_left = model.template[:, 0].numpy() > 0
    lashes = _vertices(model, "eyelashes")
    sides = ((is_left, "eye_left", "eye.L"), (~is_left, "eye_right", "eye.R"))
    for side, part, joint in sides:
        mask = lids * side
        rims = model.lid_pairs[0 if joint == "eye.L" else 1].numpy().ravel()
        moved = whole[rims].mean(axis=0)
        whole[:] = whole * (1 - mask[:, None]) + mask[:, None] * moved
        whole[_vertices(model, part)] = moved
        whole[lashes[side[lashes]]] = moved
        joints[JOINT_NAMES.index(joint)] = moved
    lips = model.region("lips").numpy() > 0.5
    for part in ("teeth", "gums", "tongue"):
        whole[_vertices(model, part)] = whole[lips].mean(axis=0) * [0, 1, 1]
    return joints


def _vertices(model: HeadModel, part: str) -> NDArray[np.int64]:
    corners = np.unique(model.faces[model.part_faces(part)].numpy())
    return corners[corners >= 0]
