"""What operators ask the artist for, once for all of them; each is mixed in."""

from pathlib import Path

import bpy
from bpy.props import EnumProperty, FloatProperty, IntProperty, StringProperty

from ...core.messages import Done
from ...core.transfer import Transfer, transfer_motion
from ..properties import (
    END_DESCRIPTION,
    FACE_DESCRIPTION,
    LIGHT_CHOICES,
    LIGHT_DESCRIPTION,
    MORE_PHOTO_DESCRIPTION,
    PHOTO_DESCRIPTION,
    START_DESCRIPTION,
    VIDEO_DESCRIPTION,
)
from ..scene import AddedDouble, checked_settings
from .into_scene import apply_stored_motion, read_performance
from .job import Stage
from .requests import (
    capture_stage,
    chosen_clip,
    chosen_file,
    is_stored_performance,
)


class AsksForPhoto:
    """Mixed into an operator that makes a double: of whom, and its name."""

    photo: StringProperty(
        name="Photo",
        description=PHOTO_DESCRIPTION,
        subtype="FILE_PATH",
        options={"SKIP_SAVE"},
    )
    name: StringProperty(
        name="Name", description="Empty: the photo's name", options={"SKIP_SAVE"}
    )
    face: IntProperty(
        name="Face", description=FACE_DESCRIPTION, min=0, options={"SKIP_SAVE"}
    )
    second_photo: StringProperty(
        name="Second Photo",
        description=MORE_PHOTO_DESCRIPTION,
        subtype="FILE_PATH",
        options={"SKIP_SAVE"},
    )
    third_photo: StringProperty(
        name="Third Photo",
        description=MORE_PHOTO_DESCRIPTION,
        subtype="FILE_PATH",
        options={"SKIP_SAVE"},
    )

    def more_photos(self) -> list[Path]:
        """The further photos that were chosen. Raises FileRefusedError."""
        chosen = {"second": self.second_photo, "third": self.third_photo}
        return [
            chosen_file(path, f"{which} photo")
            for which, path in chosen.items()
            if path
        ]


class AsksForVideo:
    """Mixed into an operator that takes a performance: from where, and which part."""

    video: StringProperty(
        name="Video",
        description=VIDEO_DESCRIPTION,
        subtype="FILE_PATH",
        options={"SKIP_SAVE"},
    )
    start_s: FloatProperty(
        name="From",
        description=START_DESCRIPTION,
        min=0.0,
        unit="TIME_ABSOLUTE",
        options={"SKIP_SAVE"},
    )
    end_s: FloatProperty(
        name="To",
        description=END_DESCRIPTION,
        min=0.0,
        unit="TIME_ABSOLUTE",
        options={"SKIP_SAVE"},
    )

    def check_performance(self) -> None:
        """Look whether the video is there, and read it if it is a stored performance.

        What is wrong is then said before any work. Raises FileRefusedError,
        EmptyTakeError and TakeRefusedError.
        """
        if is_stored_performance(self.video):
            motion = read_performance(chosen_file(self.video, "performance"))
            transfer_motion(motion, self.part())
        else:
            chosen_clip(self.video)

    def performance_stages(self, *, start: float) -> list[Stage]:
        """Capture the video; nothing to do if it is a performance that is stored.

        Raises FileRefusedError and EngineMissingError.
        """
        if is_stored_performance(self.video):
            return []
        video = chosen_clip(self.video)
        part = {"start_s": self.start_s, "end_s": self.end_s}
        return [capture_stage(video, **part, start=start, end=1)]

    def apply_performance(
        self, context: bpy.types.Context, added: AddedDouble, results: list[Done]
    ) -> str:
        """Let a double perform what was captured, or what was stored already.

        A part of that is a setting of the take, so that the rest is not lost. Gives
        back what to tell the artist.
        """
        chosen = Path(bpy.path.abspath(self.video))
        panel = context.window_manager.photo_double
        if not results:
            panel.motion = str(chosen)
            return apply_stored_motion(context, added, chosen, settings=self.part())
        panel.motion = results[0].asset
        return apply_stored_motion(context, added, Path(results[0].asset), clip=chosen)

    def part(self) -> Transfer:
        """The part of a stored performance that was asked for.

        Raises TakeRefusedError.
        """
        name = Path(self.video).name
        return checked_settings(name, start_s=self.start_s, end_s=self.end_s)

    def take_panels_video(self, context: bpy.types.Context) -> None:
        """What the operator was not given is as the panel says."""
        settings = context.window_manager.photo_double
        self.video = self.video or settings.video
        self.start_s = self.start_s or settings.start_s
        self.end_s = self.end_s or settings.end_s


class AsksForLight:
    """Mixed into an operator that adds a double: what lights it."""

    light: EnumProperty(
        name="Light",
        description=LIGHT_DESCRIPTION,
        items=LIGHT_CHOICES,
        options={"SKIP_SAVE"},
    )

    def choose_light(self, context: bpy.types.Context) -> str:
        """The light that the operator was given, else the panel's."""
        if not self.properties.is_property_set("light"):
            self.light = context.window_manager.photo_double.light
        return self.light
