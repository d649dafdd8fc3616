"""Several takes for one double: from a video, chosen among, carried over, compared."""

from pathlib import Path

import bpy
from bpy.props import BoolProperty, StringProperty

from ...core.errors import MissingDoubleError, PhotoDoubleError, TakeRefusedError
from ...core.messages import Done
from ..scene import (
    AddedDouble,
    carry_over_take,
    is_edited,
    remove_take,
    show_clip,
    use_take,
)
from ..takes import active_take
from .asks import AsksForVideo
from .into_scene import double_of
from .job import JobOperator, Stage
from .requests import chosen_file


class NeedsDouble:
    """Mixed into an operator that works on the selected double."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a double: the active object's, or the only one."""
        if double_of(context):
            return True
        cls.poll_message_set("Select a double first")
        return False


class NeedsTake:
    """Mixed into an operator that works on what the selected double performs."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a take that is active."""
        if _performed(context):
            return True
        cls.poll_message_set("Select a double that performs a take")
        return False


class PHOTODOUBLE_OT_add_take(
    NeedsDouble, AsksForVideo, JobOperator, bpy.types.Operator
):
    """Let the selected double perform another video, or a performance that is stored; its other takes stay"""  # noqa: E501 - a tooltip is one line

    bl_idname = "photo_double.add_take"
    bl_label = "Add Take from Video"
    bl_options = {"UNDO"}
    title = "Add Take"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Take the panel's video, and the part of it that is chosen there."""
        self._from_window = True
        self.take_panels_video(context)
        return self.execute(context)

    def stages(self, context: bpy.types.Context) -> list[Stage]:
        """Capture the motion, unless the video is a performance that is stored."""
        added = _double(context)
        self._name = added.name
        self.check_performance()
        return self.performance_stages(start=0)

    def finish(self, context: bpy.types.Context, results: list[Done]) -> str:
        """Let the double that was chosen then perform it."""
        return self.apply_performance(context, AddedDouble.named(self._name), results)


class PHOTODOUBLE_OT_use_take(NeedsDouble, bpy.types.Operator):
    """Let the selected double perform this take"""

    bl_idname = "photo_double.use_take"
    bl_label = "Use Take"
    bl_options = {"REGISTER", "UNDO"}

    action: StringProperty(
        name="Take", description="Name of the take's action", options={"SKIP_SAVE"}
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Use it."""
        added = _double(context)
        try:
            action = _take_named(self.action, added)
            use_take(context, added, action)
        except PhotoDoubleError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"{added.name} performs {action.name}")
        return {"FINISHED"}


class PHOTODOUBLE_OT_remove_take(NeedsDouble, bpy.types.Operator):
    """Remove this take from the file, with its sound. The files that it came from stay on the disk"""  # noqa: E501 - a tooltip is one line

    bl_idname = "photo_double.remove_take"
    bl_label = "Remove Take"
    bl_options = {"UNDO"}

    action: StringProperty(
        name="Take", description="Name of the take's action", options={"SKIP_SAVE"}
    )
    edited_too: BoolProperty(
        name="Even If Edited",
        description="Remove it even if its keys were changed since they were made",
        options={"SKIP_SAVE"},
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask first, and say so if work would be lost."""
        action = bpy.data.actions.get(self.action)
        self.edited_too = action is not None and is_edited(action)
        told = f"{self.action} leaves the file, with its sound."
        if self.edited_too:
            told += " You changed its keys: they are in no other take."
        return context.window_manager.invoke_confirm(
            self,
            event,
            title="Remove Take",
            message=told,
            confirm_text="Remove",
            icon="WARNING" if self.edited_too else "QUESTION",
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Remove it, and let the double perform another take if there is one."""
        added = _double(context)
        try:
            action = _take_named(self.action, added)
            if is_edited(action) and not self.edited_too:
                raise TakeRefusedError(
                    f"Keys of {action.name} were changed since they were made, and no "
                    "other take has them. Remove it with Even If Edited."
                )
            remove_take(context, added, action)
        except PhotoDoubleError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"{self.action} was removed")
        return {"FINISHED"}


class PHOTODOUBLE_OT_carry_over(NeedsTake, bpy.types.Operator):
    """Make the take's keys anew with these settings. Keys that you changed are kept in an action of their own"""  # noqa: E501 - a tooltip is one line

    bl_idname = "photo_double.carry_over"
    bl_label = "Apply to Take"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Carry it over."""
        action, added = _performed(context), _double(context)
        edited = is_edited(action)
        try:
            made = carry_over_take(context, added, action)
            _follow_with_camera(context, added, made)
        except PhotoDoubleError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if edited:
            self.report(
                {"WARNING"},
                f"You changed keys of {action.name}, so it stays as it is; "
                f"{made.name} is new",
            )
        else:
            self.report({"INFO"}, f"{made.name} was made anew")
        return {"FINISHED"}


class PHOTODOUBLE_OT_show_clip(NeedsTake, bpy.types.Operator):
    """Add a camera that sees the double as the clip's camera saw the driver, with the clip behind it"""  # noqa: E501 - a tooltip is one line

    bl_idname = "photo_double.show_clip"
    bl_label = "Clip behind Camera"
    bl_options = {"REGISTER", "UNDO"}

    filepath: StringProperty(
        name="Video",
        description="The video that the take was captured from",
        subtype="FILE_PATH",
        options={"SKIP_SAVE"},
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Take the video that the take came from, or ask for it."""
        known = _performed(context).photo_double_take.clip
        if not self.filepath and known and Path(bpy.path.abspath(known)).is_file():
            self.filepath = known
        if self.filepath:
            return self.execute(context)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Add the camera, and look through it in the view that it was asked for in."""
        action, added = _performed(context), _double(context)
        take = action.photo_double_take
        try:
            path = chosen_file(self.filepath or take.clip, "video")
            camera, told = show_clip(context, added, action, path)
        except PhotoDoubleError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        take.clip = take.clip or str(path)
        _look_through(context, camera)
        self.report(
            {"WARNING"} if told else {"INFO"}, f"{camera.name} shows the clip.{told}"
        )
        return {"FINISHED"}


def _double(context: bpy.types.Context) -> AddedDouble:
    added = double_of(context)
    if added is None:
        raise MissingDoubleError("No double is selected. Select one.")
    return added


def _take_named(name: str, added: AddedDouble) -> bpy.types.Action:
    action = bpy.data.actions.get(name)
    if action is None or action.photo_double_take.double != added.name:
        raise TakeRefusedError(
            f"{added.name} has no take {name!r}. Choose one of its list."
        )
    return action


def _performed(context: bpy.types.Context) -> bpy.types.Action | None:
    """The take that the selected double performs."""
    added = double_of(context)
    return active_take(added.rig_object()) if added else None


def _follow_with_camera(
    context: bpy.types.Context, added: AddedDouble, action: bpy.types.Action
) -> None:
    """Set the clip's camera anew where there is one: it may be mirrored now."""
    take = action.photo_double_take
    path = Path(bpy.path.abspath(take.clip)) if take.clip else None
    if take.camera in bpy.data.objects and path is not None and path.is_file():
        show_clip(context, added, action, path)


def _look_through(context: bpy.types.Context, camera: bpy.types.Object) -> None:
    """By a camera of the view's own, which leaves the scene's as it is."""
    space = context.space_data
    if space is None or space.type != "VIEW_3D":
        return
    space.use_local_camera = True
    space.camera = camera
    space.region_3d.view_perspective = "CAMERA"
