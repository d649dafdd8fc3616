"""The add-on's preferences: which Python runs the engine, installing, checking it."""

import bpy
from bpy.props import StringProperty

from . import engine

ADDON_PACKAGE = __package__.rpartition(".")[0] if __package__ else ""
"""The extension's own package; this one lies inside of it."""


class PHOTODOUBLE_Preferences(bpy.types.AddonPreferences):
    """Where the engine is."""

    bl_idname = ADDON_PACKAGE

    engine_python: StringProperty(
        name="Engine's Python",
        description="Python that has the engine's packages; empty: Photo Double's own",
        subtype="FILE_PATH",
    )
    wheels: StringProperty(
        name="Folder of Wheels",
        description="Install from these files without a network; empty: download",
        subtype="DIR_PATH",
    )
    report: StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the engine's state and what can be done about it."""
        layout = self.layout
        state = engine.find_engine(self.engine_python)
        box = layout.box()
        row = box.row()
        row.label(
            text="Engine ready" if state.python else "Engine missing",
            icon="CHECKMARK" if state.python else "ERROR",
        )
        row.operator("photo_double.check_engine", icon="VIEWZOOM")
        _wrapped(box, self.report or state.why)
        box.prop(self, "engine_python")
        box = layout.box()
        box.label(text=f"Install: {engine.DOWNLOAD_SIZE}")
        box.label(text=engine.LICENCES)
        box.prop(self, "wheels")
        if not (self.wheels or bpy.app.online_access):
            box.label(
                text="Allow online access in System preferences, or choose wheels.",
                icon="INTERNET_OFFLINE",
            )
        box.operator("photo_double.install_engine", icon="IMPORT")
        draw_job(box, context)
        if engine.log_file().exists():
            box.operator(
                "wm.path_open", text="Open Installation Log", icon="TEXT"
            ).filepath = str(engine.log_file())


def draw_job(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Draw the running job, if there is one."""
    job = context.window_manager.photo_double_job
    if job.running:
        row = layout.row(align=True)
        row.progress(text=job.doing or job.title, factor=job.fraction)
        row.operator("photo_double.cancel", text="", icon="X")


def addon_preferences() -> PHOTODOUBLE_Preferences | None:
    """The preferences; None where the add-on runs without being installed (tests)."""
    addon = bpy.context.preferences.addons.get(ADDON_PACKAGE)
    return addon.preferences if addon else None


def engine_state() -> engine.EngineState:
    """Which engine would be used now."""
    preferences = addon_preferences()
    return engine.find_engine(preferences.engine_python if preferences else "")


def _wrapped(layout: bpy.types.UILayout, text: str, width: int = 90) -> None:
    """Draw a text over as many lines as it needs."""
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            layout.label(text=line)
            line = word
        else:
            line = f"{line} {word}".strip()
    layout.label(text=line)


CLASSES = (PHOTODOUBLE_Preferences,)


def register() -> None:
    """Make the preferences known."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)


def unregister() -> None:
    """Forget them."""
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
