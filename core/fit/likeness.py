"""The last millimetres of likeness: what the landmarks still ask for, spread smoothly.

After the model has been fitted, each landmark is a few pixels off. The offset wanted
there, in the photo's plane only (with several photos, in those that they show well), is
spread over the skin as a thin plate would bend (squared Laplacian). Eyes move as wholes
and lips where they meet, so that lids still close on eyeballs and lips on each other,
and no vertex moves further than three millimetres.

What a photo's landmarks still ask for after that is how the person acts in it.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float
from scipy import sparse
from scipy.sparse.linalg import splu

from ..assets import JOINT_NAMES, PART_NAMES
from ..head_model import HeadModel
from ..landmarks.topology import (
    FACE_COUNT,
    FACE_OVAL,
    LIDS_LEFT,
    LIDS_RIGHT,
    LIPS_INNER,
    LIPS_OUTER,
)
from .acting import how_far_acted
from .mouth import Mouth

LARGEST_OFFSET_M = 0.003
STIFFNESS = 30.0
"""Weight of bending against following a landmark. Tuned on three portraits: softer
follows the detector's noise into bumps, stiffer leaves the likeness in the pixels."""
HARDLY_SHOWN = 0.75
"""Over the direction best shown. A depth that two photos from less than about 75
degrees apart tell is mostly the detector's error: with 0.3 three photos of scan-made
heads give 1.77 mm, with 0.75 1.70 mm."""
LIP_STIFFNESS = 3.0
"""The same at the lips, whose borders are sharp."""
FAR_WEIGHT = 4e-3
"""Pulls what no landmark touches (neck, back of the head) to no offset at all."""


@dataclass(frozen=True, kw_only=True)
class LikenessOffsets:
    """Where to move a fitted head so that it meets its landmarks, in metres."""

    vertices: Float[np.ndarray, "vertices 3"]
    """Of every vertex of every part."""
    joints: Float[np.ndarray, "joints 3"]
    """Of the joints: the eyes' follow their eyes."""
    landmarks: Float[np.ndarray, "landmarks 3"]
    """Of the landmarks, as the vertices carry them."""


def likeness_offsets(
    model: HeadModel,
    *,
    error: Float[np.ndarray, "landmarks seen"],
    error_per_head: Float[np.ndarray, "landmarks seen 3"],
) -> LikenessOffsets:
    """Smooth offsets of the neutral head that take `error` away.

    The error is what was observed minus what was predicted; `seen` are the picture axes
    of all photos, two each. Directions that they hardly show are left alone.
    """
    wanted = _wanted(error, error_per_head)
    offsets = _plate(model).bend(wanted)
    offsets = _shortened(offsets, LARGEST_OFFSET_M)
    offsets = _move_wholes(model, offsets, wanted)
    joints = np.zeros((len(JOINT_NAMES), 3))
    for joint, part in (("eye.L", "eye_left"), ("eye.R", "eye_right")):
        eye = model.part_vertices(part).numpy()
        joints[JOINT_NAMES.index(joint)] = offsets[eye].mean(axis=0)
    return LikenessOffsets(
        vertices=offsets, joints=joints, landmarks=_at_landmarks(model, offsets)
    )


def acting_offsets(
    model: HeadModel,
    *,
    error: Float[np.ndarray, "landmarks 2"],
    error_per_head: Float[np.ndarray, "landmarks 2 3"],
    expression: Float[np.ndarray, "expressions"],
) -> Float[np.ndarray, "vertices 3"]:
    """The same for what one photo's expression leaves, in metres: of skin alone.

    Lids stay, and so does the face's outline, which the detector sees where the photo
    does, not where the skin went.
    """
    wanted = _wanted(error, error_per_head)
    offsets = _plate(model, acting=True).bend(wanted)
    offsets = _shortened(offsets, LARGEST_OFFSET_M)
    offsets *= 1 - model.region("eyelids").double().numpy()[:, None]
    offsets = _mouth(model).moved(offsets, _shortened(wanted, LARGEST_OFFSET_M))
    return how_far_acted(model, expression)[:, None] * offsets


def _wanted(
    error: Float[np.ndarray, "landmarks seen"],
    error_per_head: Float[np.ndarray, "landmarks seen 3"],
) -> Float[np.ndarray, "landmarks 3"]:
    toward = np.linalg.pinv(error_per_head, rcond=HARDLY_SHOWN)
    wanted = np.einsum("lci,li->lc", toward, error)
    wanted[FACE_COUNT:] = 0
    return _shortened(wanted, 2 * LARGEST_OFFSET_M)


def _at_landmarks(
    model: HeadModel, offsets: Float[np.ndarray, "vertices 3"]
) -> Float[np.ndarray, "landmarks 3"]:
    weights = model.landmark_barycentric.double().numpy()
    return np.einsum("lk,lkc->lc", weights, offsets[model.landmark_vertices.numpy()])


@dataclass(frozen=True)
class _Plate:
    """The skin as a thin plate that landmarks pull on."""

    solver: "sparse.linalg.SuperLU"
    pull: sparse.csr_matrix
    """Landmarks from skin vertices [468, skin]."""
    skin: np.ndarray
    """Vertices that belong to the skin."""
    vertex_count: int

    def bend(self, wanted: np.ndarray) -> np.ndarray:
        offsets = np.zeros((self.vertex_count, 3))
        offsets[self.skin] = self.solver.solve(self.pull.T @ wanted[:FACE_COUNT])
        return offsets


@lru_cache(maxsize=2)
def _mouth(model: HeadModel) -> Mouth:
    return Mouth.of(model)


@lru_cache(maxsize=4)
def _plate(model: HeadModel, *, acting: bool = False) -> _Plate:
    """The face's outline does not pull on what is `acting`."""
    vertices = model.template.double().numpy()
    faces = model.faces.numpy()
    skin_faces = faces[model.face_parts.numpy() == PART_NAMES.index("skin")]
    skin = np.unique(skin_faces[skin_faces >= 0])
    index = np.full(len(vertices), -1)
    index[skin] = np.arange(len(skin))
    laplacian = _laplacian(index, skin_faces, len(skin))
    corners = index[model.landmark_vertices.numpy()[:FACE_COUNT]]
    weights = model.landmark_barycentric.double().numpy()[:FACE_COUNT]
    weights = np.where(corners >= 0, weights, 0)
    if acting:
        weights[list(FACE_OVAL)] = 0
    rows = np.repeat(np.arange(FACE_COUNT), 3)
    pull = sparse.csr_matrix(
        (weights.ravel(), (rows, np.maximum(corners, 0).ravel())),
        shape=(FACE_COUNT, len(skin)),
    )
    lips = model.region("lips").double().numpy()[skin]
    stiffness = STIFFNESS + (LIP_STIFFNESS - STIFFNESS) * lips
    system = (
        pull.T @ pull
        + laplacian.T @ sparse.diags(stiffness) @ laplacian
        + FAR_WEIGHT * sparse.identity(len(skin))
    )
    return _Plate(splu(system.tocsc()), pull, skin, len(vertices))


def _laplacian(index: np.ndarray, faces: np.ndarray, count: int) -> sparse.csr_matrix:
    """The uniform graph Laplacian over the edges of the faces, rows sum to zero."""
    edges = []
    for k in range(4):
        start, end = faces[:, k], faces[:, (k + 1) % 4]
        end = np.where(end < 0, faces[:, 0], end)
        edges.append(np.stack([start, end], axis=1)[start >= 0])
    pairs = index[np.concatenate(edges)]
    both = np.concatenate([pairs, pairs[:, ::-1]])
    adjacency = sparse.csr_matrix(
        (np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(count, count)
    )
    adjacency.data[:] = 1
    degree = np.asarray(adjacency.sum(axis=1)).ravel()
    return sparse.identity(count) - sparse.diags(1 / degree) @ adjacency


def _move_wholes(
    model: HeadModel, offsets: np.ndarray, wanted: np.ndarray
) -> np.ndarray:
    """Eyes move as one with their lids, teeth with the mouth, lips on their line."""
    regions = dict(zip(model.region_names, model.region_masks.double(), strict=True))
    template = model.template.numpy()
    is_left = template[:, 0] > 0
    eyes = (
        (LIDS_LEFT, is_left, "eye_left"),
        (LIDS_RIGHT, ~is_left, "eye_right"),
    )
    moved = offsets.copy()
    lashes = model.part_vertices("eyelashes").numpy()
    for lids, side, part in eyes:
        whole = _shortened(wanted[list(lids)].mean(axis=0)[None], LARGEST_OFFSET_M)[0]
        mask = (regions["eyelids"].numpy() * side)[:, None]
        moved = moved * (1 - mask) + mask * whole
        moved[model.part_vertices(part).numpy()] = whole
        moved[lashes[side[lashes]]] = whole
    mouth = _mouth(model)
    moved = mouth.moved(moved, _shortened(wanted, LARGEST_OFFSET_M))
    lips = wanted[list({*LIPS_OUTER, *LIPS_INNER})].mean(axis=0)
    whole = _shortened(lips[None], LARGEST_OFFSET_M)[0]
    moved[model.part_vertices("teeth", "gums", "tongue").numpy()] = whole
    return moved


def _shortened(vectors: np.ndarray, longest: float) -> np.ndarray:
    """Vectors no longer than `longest`; short ones hardly change (tanh)."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    safe = np.maximum(length, 1e-12)
    return vectors * (longest * np.tanh(safe / longest) / safe)
