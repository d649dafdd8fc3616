"""What operators ask the artist for, once for all of them; each is mixed in."""

from pathlib import Path

import bpy
from bpy.props import EnumProperty, FloatProperty, IntProperty, StringProperty

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
from .requests import chosen_file


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
