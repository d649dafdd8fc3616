"""The add-on's operators: the main click, its parts, and the engine's care."""

import bpy

from .animate_from_photo import PHOTODOUBLE_OT_animate_from_photo
from .engine_jobs import (
    PHOTODOUBLE_OT_build_double,
    PHOTODOUBLE_OT_cancel,
    PHOTODOUBLE_OT_capture_motion,
    PHOTODOUBLE_OT_check_engine,
    PHOTODOUBLE_OT_install_engine,
)
from .stored import PHOTODOUBLE_OT_add_double, PHOTODOUBLE_OT_apply_motion
from .takes import (
    PHOTODOUBLE_OT_add_take,
    PHOTODOUBLE_OT_carry_over,
    PHOTODOUBLE_OT_remove_take,
    PHOTODOUBLE_OT_show_clip,
    PHOTODOUBLE_OT_use_take,
)

CLASSES = (
    PHOTODOUBLE_OT_animate_from_photo,
    PHOTODOUBLE_OT_build_double,
    PHOTODOUBLE_OT_capture_motion,
    PHOTODOUBLE_OT_add_double,
    PHOTODOUBLE_OT_apply_motion,
    PHOTODOUBLE_OT_add_take,
    PHOTODOUBLE_OT_use_take,
    PHOTODOUBLE_OT_remove_take,
    PHOTODOUBLE_OT_carry_over,
    PHOTODOUBLE_OT_show_clip,
    PHOTODOUBLE_OT_install_engine,
    PHOTODOUBLE_OT_check_engine,
    PHOTODOUBLE_OT_cancel,
)


def _import_menu(self: bpy.types.Menu, context: bpy.types.Context) -> None:
    self.layout.operator_context = "INVOKE_DEFAULT"
    self.layout.operator(
        PHOTODOUBLE_OT_animate_from_photo.bl_idname, text="Photo Double (photo + video)"
    )


def register() -> None:
    """Make the operators known and add the entry under File > Import."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.TOPBAR_MT_file_import.append(_import_menu)


def unregister() -> None:
    """Take them back."""
    bpy.types.TOPBAR_MT_file_import.remove(_import_menu)
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
