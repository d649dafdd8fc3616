"""The takes of a double: each an action of its own that remembers where it came from.

What an artist chose for a take lies on its action, so that it is saved with the file,
undone with it, and goes where the action goes. The performance as it was captured lies
there too, packed: a take can be carried over anew when its file is long gone.
"""

from typing import Any

import bpy
from bpy.props import (
    BoolProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..core.transfer import REGIONS
from ..core.transfer.settings import STRETCHES

__all__ = ["REGIONS", "SWITCHES", "TIMING", "active_take", "rig_of", "takes_of"]

SWITCHES = ("relative", "full_range", "mirror")
"""What the panel offers of a transfer beside the strengths of its regions."""

TIMING = ("start_s", "end_s", "stretch")
"""What it offers of when things happen; an end of 0 is the performance's own."""


def _strength(name: str, what: str) -> Any:
    return FloatProperty(
        name=name,
        description=f"{what}: 0 is still, 1 as it was acted, 2 exaggerated",
        default=1.0,
        min=0.0,
        max=2.0,
        subtype="FACTOR",
        options=set(),
    )


class PHOTODOUBLE_PG_take(bpy.types.PropertyGroup):
    """What an action knows of the performance that it was made from"""

    double: StringProperty()
    """Name of the double that performs it; empty: this action is no take."""
    clip: StringProperty(subtype="FILE_PATH")
    """Path of the video, if it is known."""
    sound: StringProperty()
    """Name of its strip in the sequencer."""
    camera: StringProperty()
    """Name of the camera that shows the clip."""
    start_frame: IntProperty()
    """Frame of the first key."""
    fingerprint: StringProperty()
    """Of the keys as they were written: other keys are the artist's work."""
    applied: StringProperty(default="{}")
    """The settings that the keys were made with, as JSON."""
    skipped_s: FloatProperty()
    """Seconds of the performance that come before the first key."""
    lasts_s: FloatProperty()
    """Seconds of the performance that the keys hold."""

    brows: _strength("Brows", "Strength of the brows")
    eyes: _strength("Eyes", "Strength of the lids; closed eyes stay closed")
    mouth: _strength("Mouth", "Strength of lips, cheeks, nose and tongue")
    jaw: _strength("Jaw", "Strength of the jaw")
    head: _strength("Head", "Strength of the head's turns around its rest")
    gaze: _strength("Gaze", "Strength of the eyes' turns")
    relative: BoolProperty(
        name="Relative to Rest",
        description="Take off how the driver's face, gaze and head rest in the clip",
        options=set(),
    )
    full_range: BoolProperty(
        name="Full Range",
        description="Bring what the driver does little of to what faces can do",
        options=set(),
    )
    mirror: BoolProperty(
        name="Mirror",
        description="Let left and right change places",
        options=set(),
    )
    start_s: FloatProperty(
        name="From",
        description="Second of the performance to start at",
        min=0.0,
        unit="TIME_ABSOLUTE",
        options=set(),
    )
    end_s: FloatProperty(
        name="To",
        description="Second of the performance to stop at; 0: its end",
        min=0.0,
        unit="TIME_ABSOLUTE",
        options=set(),
    )
    stretch: FloatProperty(
        name="Stretch",
        description="How many times as long it becomes; its sound is muted unless 1",
        default=1.0,
        min=STRETCHES[0],
        max=STRETCHES[1],
        options=set(),
    )


def rig_of(active: bpy.types.Object | None) -> bpy.types.Object | None:
    """The rig of the double that `active` is a part of."""
    if active is None:
        return None
    return active if active.type == "ARMATURE" else active.parent


def takes_of(rig: bpy.types.Object | None) -> list[bpy.types.Action]:
    """The takes of a rig's double, by name."""
    if rig is None:
        return []
    name = rig.name.removesuffix(" Rig")
    return [a for a in bpy.data.actions if a.photo_double_take.double == name]


def active_take(rig: bpy.types.Object | None) -> bpy.types.Action | None:
    """The take that a rig performs now."""
    data = rig.animation_data if rig else None
    action = data.action if data else None
    return action if action and action.photo_double_take.double else None


def register() -> None:
    """Let actions be takes."""
    bpy.utils.register_class(PHOTODOUBLE_PG_take)
    bpy.types.Action.photo_double_take = PointerProperty(type=PHOTODOUBLE_PG_take)


def unregister() -> None:
    """Forget how to read them; the file keeps what they hold."""
    del bpy.types.Action.photo_double_take
    bpy.utils.unregister_class(PHOTODOUBLE_PG_take)
