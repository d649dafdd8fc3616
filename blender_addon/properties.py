"""What the panel remembers until another file is opened, and the one running job.

It lives on the window manager, not in the scene: an artist's file gets nothing of it.
"""

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

PHOTO_DESCRIPTION = "One photo of the person, sharp and from the front"
MORE_PHOTO_DESCRIPTION = (
    "Another photo of the same person alone, from another side; may stay empty"
)
VIDEO_DESCRIPTION = (
    "The performance to follow, of anyone's face: a video, an animated GIF or WebP, or "
    "an image sequence (its folder, frame_####.png, or one of its pictures), which "
    "plays at the scene's frame rate. A NAME.motion.npz or a Live Link Face CSV will "
    "do as well, and needs no capturing"
)
FACE_DESCRIPTION = "Which face of the photo, counted from the left; 0: the only one"
START_DESCRIPTION = "Second of the video to start at"
END_DESCRIPTION = "Second of the video to stop at; 0: its end"

LIGHT_DESCRIPTION = "What lights the double"
LIGHT_CHOICES = (
    (
        "STUDIO",
        "Studio",
        "Add four soft lights around the head. They belong to the double's collection",
    ),
    (
        "PHOTO",
        "From the Photo",
        "Let the light that the photo was taken in fall on the whole scene. The scene "
        "gets a new world for it, behind which the camera sees the old backdrop. Your "
        "own world stays in the file unchanged: choose it in the World properties to "
        "go back",
    ),
    ("NONE", "None", "Add no light: the scene's own is all there is"),
)

SKIN_CONTROLS = "Skin Controls"
"""Name of the node in a skin's material that holds what an artist may turn."""

SKIN_CONTROL_NAMES = ("Melanin", "Redness", "Oil", "Lip Wetness", "Shadows")
"""Names of that node's inputs that are the artist's."""


def skin_controls(active: bpy.types.Object | None) -> bpy.types.Node | None:
    """The node that holds the sliders of the double that `active` is a part of."""
    if active is None:
        return None
    beside = active.parent.children if active.parent else ()
    for item in (active, *active.children, *beside):
        for slot in item.material_slots:
            tree = slot.material and slot.material.node_tree
            if tree and (node := tree.nodes.get(SKIN_CONTROLS)):
                return node
    return None


def hair_object(active: bpy.types.Object | None) -> bpy.types.Object | None:
    """The hair of the double that `active` is a part of."""
    if active is None:
        return None
    root = active.parent or active
    return next((item for item in root.children if item.type == "CURVES"), None)


def _is_hair_shown(_: bpy.types.bpy_struct) -> bool:
    hair = hair_object(bpy.context.active_object)
    return hair is not None and not hair.hide_render


def _show_hair(_: bpy.types.bpy_struct, shown: bool) -> None:
    if hair := hair_object(bpy.context.active_object):
        hair.hide_render = hair.hide_viewport = not shown


class PHOTODOUBLE_PG_job(bpy.types.PropertyGroup):
    """The job that runs now, and how the last one ended."""

    running: BoolProperty()
    title: StringProperty()
    fraction: FloatProperty(subtype="FACTOR", min=0.0, max=1.0)
    doing: StringProperty()
    cancelled: BoolProperty()
    outcome: StringProperty()
    refused: BoolProperty()


class PHOTODOUBLE_PG_settings(bpy.types.PropertyGroup):
    """What the artist chose last."""

    photo: StringProperty(
        name="Photo", description=PHOTO_DESCRIPTION, subtype="FILE_PATH"
    )
    second_photo: StringProperty(
        name="Second Photo", description=MORE_PHOTO_DESCRIPTION, subtype="FILE_PATH"
    )
    third_photo: StringProperty(
        name="Third Photo", description=MORE_PHOTO_DESCRIPTION, subtype="FILE_PATH"
    )
    video: StringProperty(
        name="Video", description=VIDEO_DESCRIPTION, subtype="FILE_PATH"
    )
    double: StringProperty(
        name="Double", description="A stored NAME.double folder", subtype="DIR_PATH"
    )
    motion: StringProperty(
        name="Motion",
        description="A stored NAME.motion.npz, or a Live Link Face CSV",
        subtype="FILE_PATH",
    )
    face: IntProperty(
        name="Face",
        description=FACE_DESCRIPTION,
        min=0,
        default=0,
    )
    start_s: FloatProperty(
        name="From",
        description=START_DESCRIPTION,
        min=0.0,
        unit="TIME_ABSOLUTE",
    )
    end_s: FloatProperty(
        name="To", description=END_DESCRIPTION, min=0.0, unit="TIME_ABSOLUTE"
    )
    add_camera: BoolProperty(
        name="Camera", description="Add a camera that matches the photo", default=True
    )
    light: EnumProperty(
        name="Light",
        description=LIGHT_DESCRIPTION,
        items=LIGHT_CHOICES,
        default="STUDIO",
    )
    add_hair: BoolProperty(
        name="Hair",
        description="Add the strands that were grown where the photo shows hair",
        default=True,
    )
    show_hair: BoolProperty(
        name="Hair",
        description="Show the selected double's hair, in the view and in renders",
        get=_is_hair_shown,
        set=_show_hair,
    )
    add_sound: BoolProperty(
        name="Sound", description="Add the clip's sound to the sequencer", default=True
    )
    frame_in_view: BoolProperty(
        name="Frame in View",
        description="Select the double and bring it into view (in Object Mode)",
        default=True,
    )
    fit_range: BoolProperty(
        name="Scene Range",
        description="Let the scene end with the performance",
        default=False,
    )


def draw_options(layout: bpy.types.UILayout, settings: PHOTODOUBLE_PG_settings) -> None:
    """Draw what is done to the scene beside adding the head."""
    column = layout.column(heading="Add")
    column.prop(settings, "add_hair")
    column.prop(settings, "add_camera")
    column.prop(settings, "add_sound")
    column = layout.column(heading="Set")
    column.prop(settings, "frame_in_view")
    column.prop(settings, "fit_range")


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
