"""What the panel remembers while Blender runs, and the state of the one running job.

It lives on the window manager, not in the scene: an artist's file gets nothing of it.
"""

import bpy
from bpy.props import (
    BoolProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)


class PHOTODOUBLE_PG_job(bpy.types.PropertyGroup):
    """The job that runs now."""

    running: BoolProperty()
    title: StringProperty()
    fraction: FloatProperty(subtype="FACTOR", min=0.0, max=1.0)
    doing: StringProperty()
    cancelled: BoolProperty()


class PHOTODOUBLE_PG_settings(bpy.types.PropertyGroup):
    """What the artist chose last."""

    photo: StringProperty(
        name="Photo", description="One photo of the person", subtype="FILE_PATH"
    )
    video: StringProperty(
        name="Video", description="The performance to follow", subtype="FILE_PATH"
    )
    double: StringProperty(
        name="Double", description="A stored NAME.double folder", subtype="DIR_PATH"
    )
    motion: StringProperty(
        name="Motion", description="A stored NAME.motion.npz", subtype="FILE_PATH"
    )
    face: IntProperty(
        name="Face",
        description="Which face of the photo, from left to right; 0: there is one",
        min=0,
        default=0,
    )
    add_camera: BoolProperty(
        name="Camera", description="Add a camera that matches the photo", default=True
    )
    add_lights: BoolProperty(name="Lights", description="Add soft lights", default=True)
    add_sound: BoolProperty(
        name="Sound", description="Add the clip's sound to the sequencer", default=True
    )


CLASSES = (PHOTODOUBLE_PG_job, PHOTODOUBLE_PG_settings)


def register() -> None:
    """Make the properties known."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    window_manager = bpy.types.WindowManager
    window_manager.photo_double_job = PointerProperty(type=PHOTODOUBLE_PG_job)
    window_manager.photo_double = PointerProperty(type=PHOTODOUBLE_PG_settings)


def unregister() -> None:
    """Forget them."""
    del bpy.types.WindowManager.photo_double
    del bpy.types.WindowManager.photo_double_job
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
