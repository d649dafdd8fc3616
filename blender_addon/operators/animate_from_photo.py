"""Animate from Photo: the main click, from two files to an animated head."""

from pathlib import Path

import bpy

from ...core.messages import Done
from ..preferences import engine_state
from ..properties import draw_options
from .asks import AsksForLight, AsksForPhoto, AsksForVideo
from .into_scene import add_stored_double
from .job import JobOperator, Stage
from .requests import build_stage, chosen_file, is_stored_performance

_BUILD_SHARE = 0.35
"""Of the whole bar: a photo takes about a third of a ten-second clip's time."""

_CHOICES = (
    *("photo", "second_photo", "third_photo", "face"),
    *("video", "start_s", "end_s"),
)
"""What the dialog takes from the panel, and keeps there even if it is refused."""


class PHOTODOUBLE_OT_animate_from_photo(
    AsksForPhoto, AsksForVideo, AsksForLight, JobOperator, bpy.types.Operator
):
    """Animate a digital double from one photo and one video"""

    bl_idname = "photo_double.animate_from_photo"
    bl_label = "Animate from Photo"
    bl_options = {"UNDO"}
    title = "Animate from Photo"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask for the two files, beginning with what was chosen last."""
        settings = context.window_manager.photo_double
        self._from_window = True
        for choice in _CHOICES:
            if not self.properties.is_property_set(choice):
                setattr(self, choice, getattr(settings, choice))
        self.choose_light(context)
        return context.window_manager.invoke_props_dialog(
            self, width=460, confirm_text="Animate"
        )

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the dialog."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(self, "photo")
        layout.prop(self, "face")
        layout.prop(self, "name", placeholder=Path(self.photo).stem)
        column = layout.column(align=True)
        column.prop(self, "second_photo", placeholder="From another side, if any")
        if self.second_photo or self.third_photo:
            column.prop(self, "third_photo", placeholder="From another side, if any")
        layout.separator()
        layout.prop(self, "video")
        column = layout.column(align=True)
        column.prop(self, "start_s")
        column.prop(self, "end_s")
        layout.separator()
        layout.prop(self, "light")
        draw_options(layout, context.window_manager.photo_double)
        state = engine_state()
        if state.python is None:
            layout.label(
                text="The engine is missing: see the preferences", icon="ERROR"
            )

    def stages(self, context: bpy.types.Context) -> list[Stage]:
        """Build the double, then capture the motion if it is not stored already."""
        settings = context.window_manager.photo_double
        for choice in _CHOICES:
            setattr(settings, choice, getattr(self, choice))
        settings.light = self.choose_light(context)
        photo = chosen_file(self.photo, "photo")
        self.check_performance()
        is_stored = is_stored_performance(self.video)
        name = self.name or photo.stem
        building = build_stage(
            photo,
            *self.more_photos(),
            face=self.face,
            name=name,
            start=0,
            end=1 if is_stored else _BUILD_SHARE,
        )
        return [building, *self.performance_stages(start=_BUILD_SHARE)]

    def finish(self, context: bpy.types.Context, results: list[Done]) -> str:
        """Add the double and let it perform."""
        double, *captured = results
        context.window_manager.photo_double.double = double.asset
        name = self.name or Path(self.photo).stem
        added = add_stored_double(context, Path(double.asset), name, light=self.light)
        return self.apply_performance(context, added, captured)
