"""One Action with two slots: the face's keys and the bones, in one piece.

The layered-action calls below are the part of Blender's API that is the same from 4.5
to 5.2. A slot that does not fit would be ignored without a word, so it is checked.
"""

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.expressions import EXPRESSION_NAMES
from .pose import BoneCurves

LINEAR = 1
"""Interpolation between keys, as `foreach_set` counts it."""


def write_action(
    name: str,
    *,
    head: bpy.types.Object,
    rig: bpy.types.Object,
    expressions: NDArray[np.floating],
    bones: BoneCurves,
    start_frame: int,
) -> bpy.types.Action:
    """Key `head`'s expressions and `rig`'s bones on every frame from `start_frame`.

    An action that was there before stays in the file, kept by a fake user.
    """
    action = bpy.data.actions.new(name)
    face = action.slots.new(id_type="KEY", name="Face")
    body = action.slots.new(id_type="OBJECT", name="Rig")
    strip = action.layers.new("Layer").strips.new(type="KEYFRAME")
    frames = start_frame + np.arange(len(expressions), dtype=np.float32)

    bag = strip.channelbag(face, ensure=True)
    group = bag.groups.new("Expressions")
    for index, expression in enumerate(EXPRESSION_NAMES):
        path = f'key_blocks["{expression}"].value'
        _write_curve(bag, group, path, 0, frames, expressions[:, index])

    bag = strip.channelbag(body, ensure=True)
    group = bag.groups.new("root")
    path = 'pose.bones["root"].location'
    for index in range(3):
        _write_curve(bag, group, path, index, frames, bones.root_location[:, index])
    for bone, quaternions in bones.rotations_wxyz.items():
        group = bag.groups.new(bone)
        path = f'pose.bones["{bone}"].rotation_quaternion'
        for index in range(4):
            _write_curve(bag, group, path, index, frames, quaternions[:, index])

    _assign(head.data.shape_keys, action, face)
    _assign(rig, action, body)
    return action


def _write_curve(
    bag: bpy.types.ActionChannelbag,
    group: bpy.types.ActionGroup,
    path: str,
    index: int,
    frames: NDArray[np.float32],
    values: NDArray[np.floating],
) -> None:
    curve = bag.fcurves.new(path, index=index)
    curve.group = group
    points = curve.keyframe_points
    points.add(len(frames))
    coordinates = np.stack([frames, values.astype(np.float32)], axis=1)
    points.foreach_set("co", coordinates.ravel())
    points.foreach_set("interpolation", np.full(len(frames), LINEAR, np.int32))
    curve.update()


def _assign(
    animated: bpy.types.Key | bpy.types.Object,
    action: bpy.types.Action,
    slot: bpy.types.ActionSlot,
) -> None:
    data = animated.animation_data or animated.animation_data_create()
    if data.action is not None and data.action != action:
        data.action.use_fake_user = True
    data.action = action
    data.action_slot = slot
    assert data.action_slot == slot, "the slot does not fit what it animates"
