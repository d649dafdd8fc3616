"""A Double's geometry as one Blender mesh: all parts, with corner UVs and slots."""

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.assets import JOINT_NAMES, PART_NAMES, Double
from .fold_weights import store_fold_weights

MATERIAL_SLOTS: tuple[str, ...] = (
    "skin",
    "eyes",
    "teeth",
    "gums",
    "tongue",
    "eyelashes",
    "tears",
    "lid_shade",
    "caruncles",
    "brows",
)
"""What each material slot of the head is for, in order."""

SHADED_REGIONS: tuple[str, ...] = ("mouth_inside", "lips", "eyelids")
"""Regions that the skin's material shades differently: stored as attributes."""

LID_MARGIN = "lid_margin"
"""Attribute of the skin that lies on an eyeball: the rim of the lids is wet."""

_MARGIN_M = 0.0004, 0.0011
"""How far off the eyeball the margin begins to dry, and is dry."""

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
    _store(mesh, LID_MARGIN, lid_margin(double))
    store_fold_weights(mesh, double)
    mesh.update()
    return mesh


def flat(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """The numbers in one row, as `foreach_set` takes them fastest."""
    return np.ascontiguousarray(values, np.float32).ravel()


def lid_margin(double: Double) -> NDArray[np.float32]:
    """How much each vertex [vertices] of the neutral head is the lids' wet rim."""
    off = np.full(len(double.vertices), np.inf, np.float32)
    for part, joint in (("eye_left", "eye.L"), ("eye_right", "eye.R")):
        center = double.joints[JOINT_NAMES.index(joint)]
        distance = np.linalg.norm(double.vertices - center, axis=1)
        faces = double.faces[double.face_parts == PART_NAMES.index(part)]
        radius = np.median(distance[np.unique(faces[faces >= 0])])
        off = np.minimum(off, distance - radius)
    wet, dry = _MARGIN_M
    return np.clip((dry - off) / (dry - wet), 0.0, 1.0)


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
        _store(mesh, region, mask)


def _store(mesh: bpy.types.Mesh, name: str, values: NDArray[np.floating]) -> None:
    attribute = mesh.attributes.new(name, "FLOAT", "POINT")
    attribute.data.foreach_set("value", flat(values))
