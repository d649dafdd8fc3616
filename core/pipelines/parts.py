"""A Double with more parts than the head model gave it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..assets import PART_NAMES, Double
from ..head_model import Part


def with_parts(double: Double, parts: Sequence[Part]) -> Double:
    """The double with these parts behind its own; they belong to no region."""
    for part in parts:
        double = _with_part(double, part)
    return double


def _with_part(double: Double, part: Part) -> Double:
    first, first_uv = len(double.vertices), len(double.uvs)
    index = PART_NAMES.index(part.name)
    nowhere = np.zeros((len(double.region_names), len(part.vertices)), np.float32)
    return replace(
        double,
        vertices=np.concatenate([double.vertices, part.vertices]),
        faces=np.concatenate([double.faces, _from(first, part.faces)]),
        uvs=np.concatenate([double.uvs, part.uvs]),
        face_uvs=np.concatenate([double.face_uvs, _from(first_uv, part.faces)]),
        face_parts=np.concatenate(
            [double.face_parts, np.full(len(part.faces), index, np.int8)]
        ),
        blendshapes=np.concatenate([double.blendshapes, part.blendshapes], axis=1),
        skin_weights=np.concatenate([double.skin_weights, part.skin_weights]),
        region_masks=np.concatenate([double.region_masks, nowhere], axis=1),
    )


def _from(first: int, faces: NDArray[np.int32]) -> NDArray[np.int32]:
    """Faces whose numbers begin at `first`; -1 still pads a triangle."""
    return np.where(faces < 0, -1, faces + first).astype(np.int32)
