"""Let a double in the scene perform a Motion, at the scene's own frame rate."""

import bpy

from ...core.assets import Motion
from ..rig import (
    bone_curves,
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
) -> bpy.types.Action:
    """Key the whole performance from `start_frame` (None: the scene's first frame).

    Second for second as it was filmed: the scene's rate says how many keys there are,
    one on each frame. Rate and range of the scene stay as they are.
    """
    scene = context.scene
    rig, head = added.rig_object(), added.head_object()
    framed = motion_at_frames(motion, frame_rate(scene))
    action = write_action(
        f"{added.name} Performance",
        head=head,
        rig=rig,
        expressions=framed.expressions,
        bones=bone_curves(framed, rest_rotations(rig), rest_joints(rig)),
        start_frame=scene.frame_start if start_frame is None else start_frame,
    )
    context.view_layer.update()
    return action


def last_frame(scene: bpy.types.Scene, motion: Motion) -> int:
    """The frame of the last key of a performance that starts with the scene."""
    return scene.frame_start + frame_count(motion, frame_rate(scene)) - 1


def frame_rate(scene: bpy.types.Scene) -> float:
    """Frames a second of a scene."""
    return scene.render.fps / scene.render.fps_base
