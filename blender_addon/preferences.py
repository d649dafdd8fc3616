"""The add-on's preferences: which Python runs the engine, installing, checking it."""

import bpy
from bpy.props import StringProperty

from . import engine
from .progress import draw_job, draw_text

ADDON_PACKAGE = __package__.rpartition(".")[0] if __package__ else ""
"""The extension's own package; this one lies inside of it."""


def _forget_outcome(_: bpy.types.AddonPreferences, context: bpy.types.Context) -> None:
    """What was found out about another Python says nothing about this one."""
    context.window_manager.photo_double_job.outcome = ""


class PHOTODOUBLE_Preferences(bpy.types.AddonPreferences):
    """Where the engine is."""

    bl_idname = ADDON_PACKAGE

    engine_python: StringProperty(
        name="Engine's Python",
        description="Python that has the engine's packages; empty: Photo Double's own",
        subtype="FILE_PATH",
        update=_forget_outcome,
    )
    wheels: StringProperty(
        name="Folder of Wheels",
        description="Install from these files without a network; empty: download",
        subtype="DIR_PATH",
    )

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the engine's state and what can be done about it."""
        layout = self.layout
        state = engine.find_engine(self.engine_python)
        box = layout.box()
        row = box.row()
        row.label(
            text="Engine found" if state.python else "Engine missing",
            icon="CHECKMARK" if state.python else "ERROR",
        )
        row.operator("photo_double.check_engine", icon="VIEWZOOM")
        draw_text(box, context, state.why, "BLANK1")
        box.prop(self, "engine_python")
        draw_job(box, context)
        box = layout.box()
        column = box.column(align=True)
        column.label(text=f"To install: {engine.DOWNLOAD_SIZE}")
        column.label(text=f"Licences: {engine.LICENCES}")
        box.prop(self, "wheels")
        if not (self.wheels or bpy.app.online_access):
            box.label(
                text="Allow online access in the System preferences, or choose wheels.",
                icon="INTERNET_OFFLINE",
            )
        box.operator("photo_double.install_engine", icon="IMPORT")
        if engine.log_file().exists():
            box.operator(
                "wm.path_open", text="Open Installation Log", icon="TEXT"
            ).filepath = str(engine.log_file())


def addon_preferences() -> PHOTODOUBLE_Preferences | None:
    """The preferences; None where the add-on runs without being installed (tests)."""
    addon = bpy.context.preferences.addons.get(ADDON_PACKAGE)
    return addon.preferences if addon else None


def engine_state() -> engine.EngineState:
    """Which engine would be used now."""
    preferences = addon_preferences()
    return engine.find_engine(preferences.engine_python if preferences else "")


CLASSES = (PHOTODOUBLE_Preferences,)


def register() -> None:
    """Make the preferences known."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)


def unregister() -> None:
    """Forget them."""
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
