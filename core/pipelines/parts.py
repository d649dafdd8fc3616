"""A Double with more parts than the head model gave it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

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
        faces=np.concatenate([double.faces, part.faces + first]),
        uvs=np.concatenate([double.uvs, part.uvs]),
        face_uvs=np.concatenate([double.face_uvs, part.faces + first_uv]),
        face_parts=np.concatenate(
            [double.face_parts, np.full(len(part.faces), index, np.int8)]
        ),
        blendshapes=np.concatenate([double.blendshapes, part.blendshapes], axis=1),
        skin_weights=np.concatenate([double.skin_weights, part.skin_weights]),
        region_masks=np.concatenate([double.region_masks, nowhere], axis=1),
    )
