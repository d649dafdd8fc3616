"""Use assets that are there already: no engine, no waiting."""

from pathlib import Path

import bpy
from bpy.props import StringProperty

from ...core.errors import PhotoDoubleError
from .asks import AsksForLight
from .into_scene import (
    add_stored_double,
    apply_stored_motion,
    double_of,
)


class PHOTODOUBLE_OT_add_double(AsksForLight, bpy.types.Operator):
    """Add a stored double (a NAME.double folder) to the scene"""

    bl_idname = "photo_double.add_double"
    bl_label = "Add Stored Double"
    bl_options = {"REGISTER", "UNDO"}

    filepath: StringProperty(
        name="Double",
        description="A stored NAME.double folder",
        subtype="DIR_PATH",
        options={"SKIP_SAVE"},
    )
    directory: StringProperty(subtype="DIR_PATH", options={"HIDDEN", "SKIP_SAVE"})
    name: StringProperty(
        name="Name",
        description="Empty: the double's own name",
        options={"SKIP_SAVE"},
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Take the panel's double, or ask for the folder."""
        self.choose_light(context)
        stored = context.window_manager.photo_double.double
        if stored:
            self.filepath = stored
            return self.execute(context)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Add it."""
        path = _asset_folder(Path(bpy.path.abspath(self.filepath or self.directory)))
        try:
            added = add_stored_double(
                context, path, self.name, light=self.choose_light(context)
            )
        except PhotoDoubleError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"{added.name} was added")
        return {"FINISHED"}


class PHOTODOUBLE_OT_apply_motion(bpy.types.Operator):
    """Let the double perform a stored motion (a NAME.motion.npz) or a Live Link Face CSV; its other takes stay"""  # noqa: E501 - a tooltip is one line

    bl_idname = "photo_double.apply_motion"
    bl_label = "Add Stored Take"
    bl_options = {"UNDO"}

    filepath: StringProperty(
        name="Motion",
        description="A stored NAME.motion.npz, or a Live Link Face CSV",
        subtype="FILE_PATH",
    )
    filter_glob: StringProperty(default="*.motion.npz;*.csv", options={"HIDDEN"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a double: the active object's, or the only one."""
        if double_of(context):
            return True
        cls.poll_message_set("Select a double first")
        return False

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Take the panel's motion, or ask for the file."""
        stored = context.window_manager.photo_double.motion
        if stored:
            self.filepath = stored
            return self.execute(context)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Write the action."""
        added = double_of(context)
        try:
            told = apply_stored_motion(
                context, added, Path(bpy.path.abspath(self.filepath))
            )
        except PhotoDoubleError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, told)
        return {"FINISHED"}


def _asset_folder(path: Path) -> Path:
    """The folder itself where a file inside of it was picked."""
    return path.parent if path.name == "double.json" or not path.name else path
