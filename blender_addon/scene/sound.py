"""The clip's sound in the sequencer, packed into the file."""

import contextlib
import tempfile
from pathlib import Path

import bpy

from ...core.assets import Motion
from .added import AddedDouble


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
    return strip.name


def _strips(scene: bpy.types.Scene) -> bpy.types.bpy_prop_collection:
    return (scene.sequence_editor or scene.sequence_editor_create()).strips
