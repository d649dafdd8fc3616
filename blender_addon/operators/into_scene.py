"""What every way of adding a double does to the scene once its assets are there."""

from pathlib import Path

import bpy

from ...core.assets import Double, Motion
from ...core.live_link import read_live_link
from ..scene import (
    AddedDouble,
    add_double,
    add_sound,
    add_take,
    last_frame,
    light_double,
    match_camera,
    refuse_unknown_light,
    shine_photo_light,
    show_double,
)


def add_stored_double(
    context: bpy.types.Context, path: Path, name: str, *, light: str
) -> AddedDouble:
    """Add the Double at `path`, with camera and `light`, if the artist wants them.

    Started in the background there is no view to show it in.
    """
    settings = context.window_manager.photo_double
    double = Double.load(path)
    if light == "PHOTO":
        refuse_unknown_light(double)
    added = add_double(
        context, double, name=name or double.name, hair=settings.add_hair
    )
    camera = match_camera(context, added, double) if settings.add_camera else None
    if context.scene.camera is None:  # as Blender's own Add > Camera does
        context.scene.camera = camera
    match light:
        case "STUDIO":
            light_double(context, added, camera=camera)
        case "PHOTO":
            shine_photo_light(context, added, double)
    if settings.frame_in_view and not bpy.app.background:
        show_double(context, added)
    return added


def apply_stored_motion(
    context: bpy.types.Context,
    added: AddedDouble,
    path: Path,
    *,
    clip: Path | None = None,
) -> str:
    """Let `added` perform the Motion or CSV at `path` from the scene's first frame.

    It is a new take, of the video `clip` if that is known. Gives back what to tell the
    artist.
    """
    is_csv = path.suffix.lower() == ".csv"
    motion = read_live_link(path) if is_csv else Motion.load(path)
    scene, settings = context.scene, context.window_manager.photo_double
    action = add_take(context, added, motion, clip=clip)
    if settings.add_sound:
        take = action.photo_double_take
        take.sound = add_sound(context, added, motion) or ""
    last = last_frame(scene, motion)
    if settings.fit_range:
        scene.frame_end = last
    told = f"{added.name} performs from frame {scene.frame_start} to {last}"
    if last > scene.frame_end:
        told += f", but the scene ends at {scene.frame_end} already"
    return told


def double_of(context: bpy.types.Context) -> AddedDouble | None:
    """The double that the active object belongs to, else the only one in the file."""
    doubles = [
        AddedDouble.named(collection.name)
        for collection in bpy.data.collections
        if f"{collection.name} Rig" in collection.objects
        and f"{collection.name} Head" in collection.objects
    ]
    active = context.active_object
    for added in doubles:
        if active and active.name in bpy.data.collections[added.collection].objects:
            return added
    return doubles[0] if len(doubles) == 1 else None
