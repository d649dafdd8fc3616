"""The head model as arrays, and how it is written to one safetensors file."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from core.assets import JOINT_NAMES, PART_NAMES
from core.expressions import EXPRESSION_NAMES

FORMAT_VERSION = 1

HALF_PRECISION = ("identity_basis", "expression_basis", "region_masks")
"""Offsets of at most some centimetres: half floats keep them to 0.02 mm."""


@dataclass(frozen=True, kw_only=True)
class HeadArrays:
    """Everything in the file, named as there."""

    template: NDArray[np.float32]
    identity_basis: NDArray[np.float32]
    expression_basis: NDArray[np.float32]
    faces: NDArray[np.int32]
    uvs: NDArray[np.float32]
    face_uvs: NDArray[np.int32]
    face_parts: NDArray[np.int8]
    joint_template: NDArray[np.float32]
    joint_identity_basis: NDArray[np.float32]
    skin_weights: NDArray[np.float32]
    region_masks: NDArray[np.float32]
    mirror: NDArray[np.int32]
    lid_pairs: NDArray[np.int32]
    lid_loops: NDArray[np.int32]
    lash_roots: NDArray[np.int32]
    rim: NDArray[np.int32]
    landmark_vertices: NDArray[np.int32]
    landmark_barycentric: NDArray[np.float32]
    landmark_covariance: NDArray[np.float32]

    def save(self, path: Path, region_names: tuple[str, ...]) -> None:
        """Write the file; names and version go into its header."""
        arrays = {
            name: np.ascontiguousarray(
                value.astype(np.float16) if name in HALF_PRECISION else value
            )
            for name, value in vars(self).items()
        }
        header = {
            "format_version": FORMAT_VERSION,
            "region_names": region_names,
            "part_names": PART_NAMES,
            "joint_names": JOINT_NAMES,
            "expression_names": EXPRESSION_NAMES,
        }
        metadata = {key: json.dumps(value) for key, value in header.items()}
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(arrays, path, metadata=metadata)


def read_arrays(path: Path) -> HeadArrays:
    """The arrays of a file that `HeadArrays.save` wrote, in full precision."""
    arrays = load_file(path)
    for name in HALF_PRECISION:
        arrays[name] = arrays[name].astype(np.float32)
    return HeadArrays(**arrays)
