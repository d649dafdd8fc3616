"""One Action with two slots: the face's keys and the bones, in one piece.

The layered-action calls below are the part of Blender's API that is the same from 4.5
to 5.2. A slot that does not fit would be ignored without a word, so it is checked.
"""

import hashlib

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.errors import TakeRefusedError
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

    An action that was there before stays in the file, kept by a fake user. Raises
    TakeRefusedError if the rig or the head cannot take another action now.
    """
    require_assignable(head=head, rig=rig)
    action = bpy.data.actions.new(name)
    action.slots.new(id_type="KEY", name="Face")
    action.slots.new(id_type="OBJECT", name="Rig")
    action.layers.new("Layer").strips.new(type="KEYFRAME")
    fill_action(action, expressions=expressions, bones=bones, start_frame=start_frame)
    use_action(action, head=head, rig=rig)
    return action


def fill_action(
    action: bpy.types.Action,
    *,
    expressions: NDArray[np.floating],
    bones: BoneCurves,
    start_frame: int,
) -> None:
    """Put these keys into an action of `write_action`, in place of all it has."""
    strip = action.layers[0].strips[0]
    frames = start_frame + np.arange(len(expressions), dtype=np.float32)

    bag = _emptied(strip.channelbag(_slot(action, "KEY"), ensure=True))
    group = bag.groups.new("Expressions")
    for index, expression in enumerate(EXPRESSION_NAMES):
        path = f'key_blocks["{expression}"].value'
        _write_curve(bag, group, path, 0, frames, expressions[:, index])

    bag = _emptied(strip.channelbag(_slot(action, "OBJECT"), ensure=True))
    group = bag.groups.new("root")
    path = 'pose.bones["root"].location'
    for index in range(3):
        _write_curve(bag, group, path, index, frames, bones.root_location[:, index])
    for bone, quaternions in bones.rotations_wxyz.items():
        group = bag.groups.new(bone)
        path = f'pose.bones["{bone}"].rotation_quaternion'
        for index in range(4):
            _write_curve(bag, group, path, index, frames, quaternions[:, index])


def use_action(
    action: bpy.types.Action, *, head: bpy.types.Object, rig: bpy.types.Object
) -> None:
    """Let head and rig perform an action of `write_action`."""
    require_assignable(head=head, rig=rig)
    _assign(head.data.shape_keys, action, _slot(action, "KEY"))
    _assign(rig, action, _slot(action, "OBJECT"))


def rest_what_moves(
    action: bpy.types.Action, *, head: bpy.types.Object, rig: bpy.types.Object
) -> None:
    """Let an action go, and bring what it moved to rest; other poses stay."""
    for animated in (head.data.shape_keys, rig):
        animated.animation_data.action = None
    for expression in EXPRESSION_NAMES:
        head.data.shape_keys.key_blocks[expression].value = 0.0
    bag = action.layers[0].strips[0].channelbag(_slot(action, "OBJECT"))
    for group in bag.groups if bag else ():
        if bone := rig.pose.bones.get(group.name):
            bone.matrix_basis.identity()


def require_assignable(*, head: bpy.types.Object, rig: bpy.types.Object) -> None:
    """Raise TakeRefusedError if Blender would not let an action be exchanged."""
    for animated in (head.data.shape_keys, rig):
        data = animated.animation_data
        if data is not None and data.use_tweak_mode:
            raise TakeRefusedError(
                f"{rig.name} is being tweaked in the Nonlinear Animation editor. Leave "
                "that mode (Tab in that editor), then try again."
            )


def fingerprint(action: bpy.types.Action) -> str:
    """What tells keys that were written from keys that somebody worked on."""
    digest = hashlib.sha256()
    for layer in action.layers:
        for strip in layer.strips:
            for bag in strip.channelbags:
                for curve in bag.fcurves:
                    digest.update(_told(curve))
    return digest.hexdigest()


def _told(curve: bpy.types.FCurve) -> bytes:
    points = curve.keyframe_points
    coordinates = np.empty(2 * len(points), np.float32)
    interpolation = np.empty(len(points), np.int32)
    points.foreach_get("co", coordinates)
    points.foreach_get("interpolation", interpolation)
    facts = (curve.data_path, curve.array_index, len(curve.modifiers), curve.mute)
    return repr(facts).encode() + coordinates.tobytes() + interpolation.tobytes()


def _slot(action: bpy.types.Action, kind: str) -> bpy.types.ActionSlot:
    for slot in action.slots:
        if slot.target_id_type == kind:
            return slot
    raise TakeRefusedError(
        f"The action {action.name!r} has lost the slot for its "
        f"{'expressions' if kind == 'KEY' else 'bones'}. Add the take again."
    )


def _emptied(bag: bpy.types.ActionChannelbag) -> bpy.types.ActionChannelbag:
    bag.fcurves.clear()
    for group in list(bag.groups):
        bag.groups.remove(group)
    return bag


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
