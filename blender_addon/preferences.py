"""The add-on's preferences: which Python runs the engine, installing, checking it."""

import bpy
from bpy.props import StringProperty

from . import engine
from .progress import draw_job, draw_text

ADDON_PACKAGE = __package__.rpartition(".")[0] if __package__ else ""
"""The extension's own package; this one lies inside of it."""

WHEELS_DESCRIPTION = (
    "Install from the packages in this folder, without a network. Empty: download them"
)


def _forget_outcome(_: bpy.types.AddonPreferences, context: bpy.types.Context) -> None:
    """What came of another choice says nothing about this one."""
    context.window_manager.photo_double_job.outcome = ""


class PHOTODOUBLE_Preferences(bpy.types.AddonPreferences):
    """Where the engine is."""

    bl_idname = ADDON_PACKAGE

    engine_python: StringProperty(
        name="Engine's Python",
        description="A Python that has the engine's packages already, or the one that "
        "Install Engine makes the engine with. Empty: the installed engine",
        subtype="FILE_PATH",
        update=_forget_outcome,
    )
    wheels: StringProperty(
        name="Folder of Wheels",
        description=WHEELS_DESCRIPTION,
        subtype="DIR_PATH",
        update=_forget_outcome,
    )

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the engine's state and what can be done about it."""
        layout = self.layout
        busy = context.window_manager.photo_double_job.running
        self._draw_state(layout.box(), context, busy=busy)
        self._draw_installing(layout.box(), busy=busy)
        draw_job(layout, context)

    def _draw_state(
        self, box: bpy.types.UILayout, context: bpy.types.Context, *, busy: bool
    ) -> None:
        """Draw which engine there is."""
        state = engine.find_engine(self.engine_python)
        row = box.row()
        if state.python is None:
            row.label(text="Engine missing", icon="ERROR")
        elif engine.is_installed() and not self.engine_python:
            row.label(text="Engine installed", icon="CHECKMARK")
        else:  # whether it has what it takes is found out by trying it
            row.label(text="Python chosen: check whether it works", icon="QUESTION")
        check = row.row()
        check.enabled = state.python is not None and not busy
        check.operator("photo_double.check_engine", icon="VIEWZOOM")
        draw_text(box, context, state.why, "BLANK1")
        box.prop(self, "engine_python")

    def _draw_installing(self, box: bpy.types.UILayout, *, busy: bool) -> None:
        """Draw what an installation takes, and the button for it."""
        column = box.column(align=True)
        column.label(text=f"To install: {engine.DOWNLOAD_SIZE}")
        column.label(text=f"Licences: {engine.LICENCES}")
        box.prop(self, "wheels")
        possible = bool(self.wheels) or bpy.app.online_access
        if not possible:
            box.label(
                text="Allow online access in the System preferences, or choose a "
                "folder of wheels.",
                icon="INTERNET_OFFLINE",
            )
        row = box.row()
        row.enabled = possible and not busy
        row.operator(
            "photo_double.install_engine",
            text="Install Engine Again" if engine.is_installed() else "Install Engine",
            icon="IMPORT",
        )
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
