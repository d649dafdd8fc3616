"""What every way of adding a double does to the scene once its assets are there."""

from pathlib import Path

import bpy

from ...core.assets import Double, Motion
from ...core.live_link import read_live_link
from ...core.transfer import Transfer, transfer_motion
from ..scene import (
    AddedDouble,
    add_double,
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
    settings: Transfer | None = None,
) -> str:
    """Let `added` perform the Motion or CSV at `path` from the scene's first frame.

    It is a new take, of the video `clip` if that is known, carried over by `settings`.
    Gives back what to tell the artist.
    """
    motion, settings = read_performance(path), settings or Transfer()
    scene, panel = context.scene, context.window_manager.photo_double
    add_take(
        context, added, motion, clip=clip, settings=settings, sound=panel.add_sound
    )
    last = last_frame(scene, transfer_motion(motion, settings))
    if panel.fit_range:
        scene.frame_end = last
    told = f"{added.name} performs from frame {scene.frame_start} to {last}"
    if last > scene.frame_end:
        told += f", but the scene ends at {scene.frame_end} already"
    if not motion.facts.get("rate_is_sure", True):
        told += (
            f". {path.name} is too short to show its frame rate, so "
            f"{motion.facts['rate_fps']:g} was assumed"
        )
    return told


def read_performance(path: Path) -> Motion:
    """The Motion or Live Link Face CSV at `path`. Raises FileRefusedError."""
    is_csv = path.suffix.lower() == ".csv"
    return read_live_link(path) if is_csv else Motion.load(path)


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
