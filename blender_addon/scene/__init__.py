"""What the add-on does to a scene, one verb each; nothing beyond what is asked for."""

from .add import add_double
from .added import AddedDouble
from .animate import animate_double, last_frame
from .build import build_scene
from .camera import match_camera
from .clip_camera import show_clip
from .light import light_double
from .photo_light import refuse_unknown_light, shine_photo_light
from .show import show_double
from .sound import add_sound
from .takes import (
    add_take,
    carry_over_take,
    checked_settings,
    is_edited,
    remove_take,
    settings_of,
    use_take,
)

__all__ = [
    "AddedDouble",
    "add_double",
    "add_sound",
    "add_take",
    "animate_double",
    "build_scene",
    "carry_over_take",
    "checked_settings",
    "is_edited",
    "last_frame",
    "light_double",
    "match_camera",
    "refuse_unknown_light",
    "remove_take",
    "settings_of",
    "shine_photo_light",
    "show_clip",
    "show_double",
    "use_take",
]
