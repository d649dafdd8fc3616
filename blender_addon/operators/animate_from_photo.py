"""Animate from Photo: the main click, from two files to an animated head."""

from pathlib import Path

import bpy
from bpy.props import IntProperty, StringProperty

from ...core.messages import Done
from ..preferences import engine_state
from .into_scene import add_stored_double, apply_stored_motion
from .job import JobOperator, Stage
from .requests import build_stage, capture_stage, chosen_file

_BUILD_SHARE = 0.35
"""Of the whole bar: a photo takes about a third of a ten-second clip's time."""


class PHOTODOUBLE_OT_animate_from_photo(JobOperator, bpy.types.Operator):
    """Animate a digital double from one photo and one video"""

    bl_idname = "photo_double.animate_from_photo"
    bl_label = "Animate from Photo"
    bl_options = {"UNDO"}
    title = "Animate from Photo"

    photo: StringProperty(
        name="Photo", description="One photo of the person", subtype="FILE_PATH"
    )
    video: StringProperty(
        name="Video", description="The performance to follow", subtype="FILE_PATH"
    )
    name: StringProperty(name="Name", description="Empty: the photo's name")
    face: IntProperty(
        name="Face",
        description="Which face of the photo, from left to right; 0: there is one",
        min=0,
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask for the two files, beginning with those chosen last."""
        settings = context.window_manager.photo_double
        self._from_window = True
        self.photo = self.photo or settings.photo
        self.video = self.video or settings.video
        return context.window_manager.invoke_props_dialog(
            self, width=460, confirm_text="Animate"
        )

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the dialog."""
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "photo")
        layout.prop(self, "video")
        layout.prop(self, "name", placeholder=Path(self.photo).stem)
        layout.prop(self, "face")
        settings = context.window_manager.photo_double
        column = layout.column(heading="Add")
        column.prop(settings, "add_camera")
        column.prop(settings, "add_lights")
        column.prop(settings, "add_sound")
        state = engine_state()
        if state.python is None:
            layout.label(
                text="The engine is missing: see the preferences", icon="ERROR"
            )

    def stages(self, context: bpy.types.Context) -> list[Stage]:
        """Build the double, then capture the motion."""
        photo = chosen_file(self.photo, "photo")
        video = chosen_file(self.video, "video")
        settings = context.window_manager.photo_double
        settings.photo, settings.video = str(photo), str(video)
        name = self.name or photo.stem
        return [
            build_stage(photo, face=self.face, name=name, start=0, end=_BUILD_SHARE),
            capture_stage(video, start=_BUILD_SHARE, end=1),
        ]

    def finish(self, context: bpy.types.Context, results: list[Done]) -> str:
        """Add the double and let it perform."""
        double, motion = (Path(result.asset) for result in results)
        settings = context.window_manager.photo_double
        settings.double, settings.motion = str(double), str(motion)
        added = add_stored_double(context, double, self.name)
        seconds = apply_stored_motion(context, added, motion).times_s[-1]
        return f"{added.name} performs {seconds:.1f} seconds"
