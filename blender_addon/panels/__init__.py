"""The panel in the 3D view's sidebar."""

import bpy

from ..preferences import ADDON_PACKAGE, engine_state
from ..progress import draw_job
from ..properties import draw_options
from .appearance import PHOTODOUBLE_PT_appearance
from .takes import PHOTODOUBLE_PT_takes, PHOTODOUBLE_PT_transfer


class PHOTODOUBLE_PT_main(bpy.types.Panel):
    """The main click, and the running job"""

    bl_label = "Photo Double"
    bl_idname = "PHOTODOUBLE_PT_main"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Photo Double"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the files and the button."""
        layout = self.layout
        settings = context.window_manager.photo_double
        if engine_state().python is None:
            box = layout.box()
            box.label(text="The engine is missing", icon="ERROR")
            box.operator(
                "preferences.addon_show", text="Open Preferences", icon="PREFERENCES"
            ).module = ADDON_PACKAGE
        column = layout.column()
        column.prop(settings, "photo", text="", icon="IMAGE_DATA", placeholder="Photo")
        column.prop(settings, "video", text="", icon="FILE_MOVIE", placeholder="Video")
        row = layout.row()
        row.scale_y = 1.4
        row.enabled = not context.window_manager.photo_double_job.running
        row.operator("photo_double.animate_from_photo", icon="USER")
        draw_job(layout, context)


class PHOTODOUBLE_PT_steps(bpy.types.Panel):
    """One step at a time, and assets that are there already"""

    bl_label = "Step by Step"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Photo Double"
    bl_parent_id = "PHOTODOUBLE_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the single steps."""
        layout = self.layout
        settings = context.window_manager.photo_double
        column = layout.column(align=True)
        column.enabled = not context.window_manager.photo_double_job.running
        column.operator("photo_double.build_double", icon="OUTLINER_OB_ARMATURE")
        column.operator("photo_double.capture_motion", icon="RENDER_ANIMATION")
        column = layout.column()
        column.prop(settings, "double", placeholder="NAME.double")
        column.operator("photo_double.add_double", icon="IMPORT")
        column.prop(settings, "motion", placeholder="NAME.motion.npz, or a CSV")
        column.operator("photo_double.apply_motion", icon="ACTION")


class PHOTODOUBLE_PT_options(bpy.types.Panel):
    """Which part of photo and video is used, and what is added beside the head"""

    bl_label = "Options"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Photo Double"
    bl_parent_id = "PHOTODOUBLE_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the options."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        settings = context.window_manager.photo_double
        layout.prop(settings, "face")
        column = layout.column(align=True)
        column.prop(settings, "second_photo")
        column.prop(settings, "third_photo")
        column = layout.column(align=True)
        column.prop(settings, "start_s")
        column.prop(settings, "end_s")
        layout.prop(settings, "light")
        draw_options(layout, settings)


CLASSES = (
    PHOTODOUBLE_PT_main,
    PHOTODOUBLE_PT_takes,
    PHOTODOUBLE_PT_transfer,
    PHOTODOUBLE_PT_appearance,
    PHOTODOUBLE_PT_steps,
    PHOTODOUBLE_PT_options,
)


def register() -> None:
    """Make the panels known."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)


def unregister() -> None:
    """Take them back."""
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
