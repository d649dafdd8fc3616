"""Let a double in the scene perform a Motion, at the scene's own frame rate."""

import bpy

from ...core.assets import Motion
from ..rig import (
    BoneCurves,
    FramedMotion,
    bone_curves,
    fill_action,
    frame_count,
    motion_at_frames,
    rest_rotations,
    write_action,
)
from ..rig.armature import rest_joints
from .added import AddedDouble


def animate_double(
    context: bpy.types.Context,
    added: AddedDouble,
    motion: Motion,
    *,
    start_frame: int | None = None,
    name: str | None = None,
) -> bpy.types.Action:
    """Key the whole performance from `start_frame` (None: the scene's first frame).

    Second for second as it was filmed: the scene's rate says how many keys there are,
    one on each frame. Rate and range of the scene stay as they are.
    """
    scene = context.scene
    framed, bones = curves_for(context, added, motion)
    action = write_action(
        name or f"{added.name} Performance",
        head=added.head_object(),
        rig=added.rig_object(),
        expressions=framed.expressions,
        bones=bones,
        start_frame=scene.frame_start if start_frame is None else start_frame,
    )
    context.view_layer.update()
    return action


def animate_again(
    context: bpy.types.Context,
    added: AddedDouble,
    motion: Motion,
    action: bpy.types.Action,
    *,
    start_frame: int,
) -> None:
    """Put the performance into an action of `animate_double`, in place of its keys."""
    framed, bones = curves_for(context, added, motion)
    fill_action(
        action, expressions=framed.expressions, bones=bones, start_frame=start_frame
    )
    context.view_layer.update()


def curves_for(
    context: bpy.types.Context, added: AddedDouble, motion: Motion
) -> tuple[FramedMotion, BoneCurves]:
    """What to key on face and bones at each frame of the scene."""
    rig = added.rig_object()
    framed = motion_at_frames(motion, frame_rate(context.scene))
    return framed, bone_curves(framed, rest_rotations(rig), rest_joints(rig))


def last_frame(scene: bpy.types.Scene, motion: Motion) -> int:
    """The frame of the last key of a performance that starts with the scene."""
    return scene.frame_start + frame_count(motion, frame_rate(scene)) - 1


def frame_rate(scene: bpy.types.Scene) -> float:
    """Frames a second of a scene."""
    return scene.render.fps / scene.render.fps_base
