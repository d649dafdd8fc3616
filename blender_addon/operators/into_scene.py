"""What every way of adding a double does to the scene once its assets are there."""

from pathlib import Path

import bpy

from ...core.assets import Double, Motion
from ..scene import (
    AddedDouble,
    add_double,
    add_sound,
    animate_double,
    light_double,
    match_camera,
)


def add_stored_double(context: bpy.types.Context, path: Path, name: str) -> AddedDouble:
    """Add the Double at `path`, with camera and lights if the artist wants them."""
    settings = context.window_manager.photo_double
    double = Double.load(path)
    added = add_double(context, double, name=name or double.name)
    camera = match_camera(context, added, double) if settings.add_camera else None
    if settings.add_lights:
        light_double(context, added, camera=camera)
    return added


def apply_stored_motion(
    context: bpy.types.Context, added: AddedDouble, path: Path
) -> Motion:
    """Let `added` perform the Motion at `path` from the scene's first frame."""
    motion = Motion.load(path)
    animate_double(context, added, motion)
    if context.window_manager.photo_double.add_sound:
        add_sound(context, added, motion)
    return motion


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
