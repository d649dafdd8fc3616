"""Several takes for one double: from a video, chosen among, carried over, compared."""

from pathlib import Path

import bpy
from bpy.props import StringProperty

from ...core.errors import MissingDoubleError, PhotoDoubleError
from ...core.messages import Done
from ..scene import (
    AddedDouble,
    carry_over_take,
    is_edited,
    show_clip,
    use_take,
)
from ..takes import active_take
from .asks import AsksForVideo
from .into_scene import apply_stored_motion, double_of
from .job import JobOperator, Stage
from .requests import capture_stage, chosen_clip, chosen_file


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
    """Let the selected double perform another video; its other takes stay"""

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
        """Capture the motion."""
        added = _double(context)
        self._name = added.name
        video = chosen_clip(self.video)
        return [
            capture_stage(video, start_s=self.start_s, end_s=self.end_s, start=0, end=1)
        ]

    def finish(self, context: bpy.types.Context, results: list[Done]) -> str:
        """Let the double that was chosen then perform it."""
        path = Path(results[0].asset)
        context.window_manager.photo_double.motion = str(path)
        clip = Path(bpy.path.abspath(self.video))
        return apply_stored_motion(
            context, AddedDouble.named(self._name), path, clip=clip
        )


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
        action = bpy.data.actions.get(self.action)
        added = _double(context)
        if action is None or action.photo_double_take.double != added.name:
            self.report(
                {"ERROR"},
                f"{added.name} has no take {self.action!r}. Choose one of its list.",
            )
            return {"CANCELLED"}
        try:
            use_take(context, added, action)
        except PhotoDoubleError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"{added.name} performs {action.name}")
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
