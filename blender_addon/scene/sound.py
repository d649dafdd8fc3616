"""The clip's sound in the sequencer, packed into the file."""

import contextlib
import tempfile
from pathlib import Path

import bpy

from ...core.assets import Motion
from .added import AddedDouble

PLACED = "photo_double_placed"
"""The strip's own property that holds where it was put; elsewhere it was moved."""

_IS_RENAMED = "content_start" in bpy.types.Strip.bl_rna.properties
_START, _LEFT, _RIGHT, _LENGTH = (
    ("content_start", "left_handle_offset", "right_handle_offset", "content_duration")
    if _IS_RENAMED
    else ("frame_start", "frame_offset_start", "frame_offset_end", "frame_duration")
)
"""What a strip calls its first frame, what is cut off it, and its length."""


def add_sound(
    context: bpy.types.Context,
    added: AddedDouble,
    motion: Motion,
    *,
    start_frame: int | None = None,
) -> str | None:
    """Name of the new sound strip that starts with the performance; None if silent.

    It takes the channel above all others.
    """
    if motion.sound is None:
        return None
    scene = context.scene
    start = scene.frame_start if start_frame is None else start_frame
    name = f"{added.name} Sound"
    strips = _strips(scene)
    file = f"{name}.flac"
    # A strip keeps for ever the path that it was made with, even if its sound is
    # packed: from within the folder it is a bare name.
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path(file).write_bytes(motion.sound)
        top = max((strip.channel for strip in strips), default=0)
        strip = strips.new_sound(name, file, min(top + 1, 128), start)
        strip.sound.pack()
        strip.sound.name = name
        strip.sound.filepath = f"//{file}"
    strip[PLACED] = _place_of(strip)
    return strip.name


def place_sound(
    strip: bpy.types.Strip, *, start_frame: int, skipped: int, lasts: int
) -> None:
    """Let a strip of `add_sound` be heard from `start_frame` for `lasts` frames.

    Its first `skipped` frames are left off. A strip that somebody moved or cut since
    stays as it is.
    """
    if is_moved(strip):
        return
    setattr(strip, _RIGHT, 0)
    setattr(strip, _LEFT, 0)
    setattr(strip, _START, start_frame - skipped)
    length = round(getattr(strip, _LENGTH))
    setattr(strip, _LEFT, min(skipped, length - 1))
    setattr(strip, _RIGHT, max(0, length - skipped - lasts))
    strip[PLACED] = _place_of(strip)


def is_moved(strip: bpy.types.Strip) -> bool:
    """Whether somebody moved or cut a strip since it was placed."""
    return _place_of(strip) != list(strip.get(PLACED, ()))


def _place_of(strip: bpy.types.Strip) -> list[float]:
    return [float(getattr(strip, name)) for name in (_START, _LEFT, _RIGHT)]


def _strips(scene: bpy.types.Scene) -> bpy.types.bpy_prop_collection:
    return (scene.sequence_editor or scene.sequence_editor_create()).strips
