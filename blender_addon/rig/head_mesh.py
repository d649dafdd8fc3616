"""A Double's geometry as one Blender mesh: all parts, with corner UVs and slots."""

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.assets import PART_NAMES, Double

MATERIAL_SLOTS: tuple[str, ...] = (
    "skin",
    "eyes",
    "teeth",
    "gums",
    "tongue",
    "eyelashes",
)
"""What each material slot of the head is for, in order."""

SHADED_REGIONS: tuple[str, ...] = ("mouth_inside", "lips", "eyelids")
"""Regions that the skin's material shades differently: stored as attributes."""

UV_LAYER = "UVMap"


def build_head_mesh(
    double: Double, name: str, *, offset: NDArray[np.float32]
) -> bpy.types.Mesh:
    """The mesh of the neutral head, `offset` metres away from head space's origin.

    Smooth shaded, one UV layer, one material index per part (see `MATERIAL_SLOTS`).
    """
    mesh = bpy.data.meshes.new(name)
    corners = double.faces >= 0
    counts = corners.sum(axis=1).astype(np.int32)
    mesh.vertices.add(len(double.vertices))
    mesh.loops.add(int(counts.sum()))
    mesh.polygons.add(len(counts))
    mesh.vertices.foreach_set("co", flat(double.vertices + offset))
    mesh.loops.foreach_set("vertex_index", double.faces[corners].astype(np.int32))
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int32)
    mesh.polygons.foreach_set("loop_start", starts)
    mesh.polygons.foreach_set("material_index", _slots_of_faces(double.face_parts))
    mesh.update(calc_edges=True)
    mesh.shade_smooth()
    layer = mesh.uv_layers.new(name=UV_LAYER)
    layer.uv.foreach_set("vector", flat(double.uvs[double.face_uvs[corners]]))
    _store_regions(mesh, double)
    mesh.update()
    return mesh


def flat(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """The numbers in one row, as `foreach_set` takes them fastest."""
    return np.ascontiguousarray(values, np.float32).ravel()


def _slots_of_faces(face_parts: NDArray[np.int8]) -> NDArray[np.int32]:
    slot_of_part = [
        MATERIAL_SLOTS.index("eyes" if part.startswith("eye_") else part)
        for part in PART_NAMES
    ]
    return np.array(slot_of_part, np.int32)[face_parts]


def _store_regions(mesh: bpy.types.Mesh, double: Double) -> None:
    for region in SHADED_REGIONS:
        if region not in double.region_names:
            continue
        mask = double.region_masks[double.region_names.index(region)]
        attribute = mesh.attributes.new(region, "FLOAT", "POINT")
        attribute.data.foreach_set("value", flat(mask))
