"""The bones: root, neck, head, jaw and two eyes, where the Double's joints are."""

from collections.abc import Iterator
from contextlib import contextmanager

import bpy
import numpy as np
from mathutils import Vector
from numpy.typing import NDArray

from ...core.assets import JOINT_NAMES, JOINT_PARENTS, Double

MOST_INFLUENCES = 4
"""Game engines take four bones a vertex."""

LEAST_WEIGHT = 1e-4
"""Influences below this move nothing that can be seen."""

FORWARD = Vector((0.0, -1.0, 0.0))
UP = Vector((0.0, 0.0, 1.0))


def build_rig(
    context: bpy.types.Context,
    double: Double,
    name: str,
    *,
    collection: bpy.types.Collection,
    offset: NDArray[np.float32],
) -> bpy.types.Object:
    """An armature object in `collection`, its joints moved by `offset`.

    Mode, selection and active object are as before afterwards: bones can only be made
    in Edit Mode, so it is entered and left again.
    """
    armature = bpy.data.armatures.new(name)
    armature.display_type = "STICK"
    rig = bpy.data.objects.new(name, armature)
    rig.show_in_front = True
    collection.objects.link(rig)
    joints = [Vector(joint) for joint in (double.joints + offset).tolist()]
    with _edit_mode(context, rig):
        for index, (bone_name, parent) in enumerate(
            zip(JOINT_NAMES, JOINT_PARENTS, strict=True)
        ):
            bone = armature.edit_bones.new(bone_name)
            bone.head = joints[index]
            bone.tail = joints[index] + _bone_vector(bone_name, joints)
            bone.align_roll(UP if bone_name in ("jaw", "eye.L", "eye.R") else FORWARD)
            if parent >= 0:
                bone.parent = armature.edit_bones[JOINT_NAMES[parent]]
    for bone in rig.pose.bones:
        bone.rotation_mode = "QUATERNION"
    return rig


def bind_to_rig(
    head: bpy.types.Object, rig: bpy.types.Object, weights: NDArray[np.float32]
) -> None:
    """Let the bones of `rig` carry `head`, by skin weights [vertices, 6].

    At most `MOST_INFLUENCES` a vertex are kept, and they sum to one.
    """
    for index, name in enumerate(JOINT_NAMES):
        group = head.vertex_groups.new(name=name)
        column = limited_weights(weights)[:, index]
        for vertex in np.flatnonzero(column).tolist():
            group.add((vertex,), float(column[vertex]), "REPLACE")
    head.parent = rig
    modifier = head.modifiers.new("Armature", "ARMATURE")
    modifier.object = rig


def limited_weights(weights: NDArray[np.floating]) -> NDArray[np.float64]:
    """`weights` [vertices, joints] with few influences a vertex; rows sum to one."""
    kept = weights.astype(np.float64)
    weakest_kept = np.sort(kept, axis=1)[:, -MOST_INFLUENCES, None]
    kept[(kept < weakest_kept) | (kept < LEAST_WEIGHT)] = 0.0
    return kept / kept.sum(axis=1, keepdims=True)


def rest_rotations(rig: bpy.types.Object) -> dict[str, NDArray[np.float64]]:
    """Each bone's rest axes [3, 3] in the armature's space, as columns."""
    return {bone.name: np.array(bone.matrix_local.to_3x3()) for bone in rig.data.bones}


def rest_joints(rig: bpy.types.Object) -> NDArray[np.float64]:
    """Where the joints [6, 3] are at rest in the armature's space."""
    bones = rig.data.bones
    return np.array([bones[name].head_local[:] for name in JOINT_NAMES])


def _bone_vector(name: str, joints: list[Vector]) -> Vector:
    """From head to tail: along the body, the jaw to the chin, an eye to its front."""
    size = (joints[JOINT_NAMES.index("head")] - joints[1]).length or 0.1
    match name:
        case "root" | "neck":
            index = JOINT_NAMES.index(name)
            along = joints[index + 1] - joints[index]
            return along if along.length > 0.01 else UP * 0.05
        case "head":
            return UP * max(1.4 * size, 0.1)
        case "jaw":
            return Vector((0.0, -0.8, -0.6)) * 0.09
        case _:
            return FORWARD * 0.03


@contextmanager
def _edit_mode(context: bpy.types.Context, rig: bpy.types.Object) -> Iterator[None]:
    """Edit Mode on `rig` alone; afterwards everything is as it was found."""
    layer = context.view_layer
    active = layer.objects.active
    mode = active.mode if active else "OBJECT"
    selected = [item for item in layer.objects if item.select_get(view_layer=layer)]
    together = [item for item in layer.objects if item.mode == mode != "OBJECT"]
    if mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    for item in selected:
        item.select_set(False, view_layer=layer)
    layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    try:
        yield
    finally:
        bpy.ops.object.mode_set(mode="OBJECT")
        rig.select_set(False, view_layer=layer)
        layer.objects.active = active
        if mode != "OBJECT":
            for item in together:
                item.select_set(True, view_layer=layer)
            bpy.ops.object.mode_set(mode=mode)
            for item in together:
                item.select_set(False, view_layer=layer)
        for item in selected:
            item.select_set(True, view_layer=layer)
