"""The average scan's offsets, known on the face, carried on to the whole head.

The skin bends on smoothly (squared Laplacian) and is still at neck and ears. Eyes move
with the rims of their lids and the teeth with the lips, each as one, so that lids still
lie on the eyeballs they were made for; the lids' skin follows its rim, less with every
edge loop outward, as in a blink.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import SuperLU, splu

from core.assets import JOINT_NAMES
from core.expressions import EXPRESSION_INDEX
from core.head_model import HeadModel
from core.head_model.eyelids import FOLLOWING
from core.mesh import edges

from .registration import skin_laplacian

_STIFFNESS = 0.5
_FLIP = np.array([-1.0, 1.0, 1.0])
_JOINT_MIRROR = (0, 1, 2, 3, 5, 4)
_LIP_REACH_M = 0.005
"""How far from the seam the lips still follow it."""
_FAR = 1e-3
"""Pulls what the scans do not show to no offset."""


def average_head(
    model: HeadModel,
    mean: NDArray[np.float64],
    vertices: NDArray[np.int64],
    offsets: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The average person [our vertices, 3] and its joints [joints, 3].

    `mean` are the average coefficients, `offsets` what some vertices add to them.
    """
    whole = _extended(model, vertices, offsets)
    joint_offsets = _move_wholes(model, whole)
    head = model.template.double().numpy() + whole
    head += np.tensordot(mean, model.identity_basis.double().numpy(), 1)
    head = 0.5 * (head + head[model.mirror.numpy()] * _FLIP)
    joints = model.joint_template.double().numpy() + joint_offsets
    joints += np.tensordot(mean, model.joint_identity_basis.double().numpy(), 1)
    joints = 0.5 * (joints + joints[list(_JOINT_MIRROR)] * _FLIP)
    _close_lips(model, head)
    _clear_eyes(model, head, joints)
    return head, joints


def loadings_everywhere(
    model: HeadModel,
    vertices: NDArray[np.int64],
    loadings: NDArray[np.float64],
    signs: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Loadings [identities, our vertices, 3] and [identities, joints, 3].

    Those of sign 1 move both sides alike, the others are asymmetries.
    """
    everywhere, joints = [], []
    for loading, sign in zip(loadings, signs, strict=True):
        whole = _extended(model, vertices, loading, sign=sign)
        joints.append(_move_wholes(model, whole))
        everywhere.append(whole)
    return np.stack(everywhere), np.stack(joints)


def _extended(
    model: HeadModel,
    vertices: NDArray[np.int64],
    offsets: NDArray[np.float64],
    *,
    sign: float = 1.0,
) -> NDArray[np.float64]:
    """Offsets of the whole skin; mirrored they are the same, times the sign."""
    known, skin, solver = _plate(model, tuple(vertices.tolist()))
    wanted = np.zeros((len(known), 3))
    wanted[vertices] = offsets
    whole = np.zeros_like(wanted)
    whole[skin] = solver.solve(known[skin, None] * wanted[skin])
    return 0.5 * (whole + sign * whole[model.mirror.numpy()] * _FLIP)


@lru_cache(maxsize=1)
def _plate(
    model: HeadModel, vertices: tuple[int, ...]
) -> tuple[NDArray[np.float64], NDArray[np.int64], SuperLU]:
    """How well each vertex is known, the skin, and what bends it."""
    faces = model.faces[model.part_faces("skin")]
    skin = np.unique(faces[faces >= 0].numpy())
    laplacian = skin_laplacian(edges(faces).numpy(), skin)
    known = np.zeros(len(model.template))
    chosen = list(vertices)
    known[chosen] = model.region("face").double().numpy()[chosen]
    system = (
        sparse.diags(known[skin])
        + _STIFFNESS * laplacian.T @ laplacian
        + _FAR * sparse.identity(len(skin))
    )
    return known, skin, splu(system.tocsc())


def _move_wholes(model: HeadModel, whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Move eyes and mouth parts in place; the joints' offsets."""
    joints = np.zeros((len(JOINT_NAMES), 3))
    is_left = model.template[:, 0].numpy() > 0
    lashes = _vertices(model, "eyelashes")
    sides = ((is_left, "eye_left", "eye.L"), (~is_left, "eye_right", "eye.R"))
    for side, part, joint in sides:
        eye = 0 if joint == "eye.L" else 1
        moved = whole[model.lid_pairs[eye].numpy().ravel()].mean(axis=0)
        for loop, share in zip(model.lid_loops[eye].numpy(), FOLLOWING, strict=True):
            whole[loop] = (1 - share) * whole[loop] + share * moved
        whole[_vertices(model, part)] = moved
        whole[lashes[side[lashes]]] = moved
        joints[JOINT_NAMES.index(joint)] = moved
    lips = model.region("lips").numpy() > 0.5
    for part in ("teeth", "gums", "tongue"):
        whole[_vertices(model, part)] = whole[lips].mean(axis=0) * [0, 1, 1]
    return joints


def _close_lips(model: HeadModel, head: NDArray[np.float64]) -> None:
    """Bring the lips together where the mean left a gap, half from above and below."""
    lips = model.region("lips").numpy() > 0.5
    drop = model.expression_basis[EXPRESSION_INDEX["jawOpen"], :, 2].numpy()
    lower = drop < 0.4 * drop[lips].min()
    across, height = np.abs(head[:, 0]), head[:, 2].copy()
    stations = np.linspace(0.0, 0.028, 15)
    seam, gap = np.zeros((2, len(stations)))
    for i, station in enumerate(stations):
        near = lips & (np.abs(across - station) < 0.0024)
        if (near & lower).any() and (near & ~lower).any():
            over, under = height[near & ~lower].min(), height[near & lower].max()
            seam[i], gap[i] = (over + under) / 2, max(0.0, over - under + 1e-4)
        elif i:
            seam[i] = seam[i - 1]
    skin = _vertices(model, "skin")
    near = np.interp(across, stations, gap, right=0.0) / 2
    away = (height - np.interp(across, stations, seam)) / _LIP_REACH_M
    share = np.exp(-(away**2)) * (head[:, 1] < head[lips, 1].max() + 0.004)
    head[skin, 2] += (np.where(lower, near, -near) * share)[skin]


def _clear_eyes(
    model: HeadModel, head: NDArray[np.float64], joints: NDArray[np.float64]
) -> None:
    """Move the eyes back until closed lids lie outside of them."""
    lashless = model.lid_loops.numpy()
    for eye, (side, part) in enumerate((("Left", "eye_left"), ("Right", "eye_right"))):
        joint = JOINT_NAMES.index("eye.L") + eye
        ball = _vertices(model, part)
        blink = model.expression_basis[EXPRESSION_INDEX[f"eyeBlink{side}"]].numpy()
        lids = (head + blink)[lashless[eye].ravel()]
        radius = np.median(np.linalg.norm(head[ball] - joints[joint], axis=1))
        for back in np.arange(0.0, 0.004, 0.0001):
            middle = joints[joint] + [0, back, 0]
            if (np.linalg.norm(lids - middle, axis=1) > radius + 1e-4).all():
                break
        head[ball, 1] += back
        joints[joint, 1] += back


def _vertices(model: HeadModel, part: str) -> NDArray[np.int64]:
    corners = np.unique(model.faces[model.part_faces(part)].numpy())
    return corners[corners >= 0]
