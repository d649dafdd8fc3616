"""Several performances for one double: added, chosen among, carried over anew."""

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import bpy

from ...core.assets import Motion
from ...core.errors import TakeRefusedError
from ...core.transfer import Transfer, transfer_motion
from ..rig import fingerprint, require_assignable, use_action
from ..takes import REGIONS, SWITCHES, takes_of
from .added import AddedDouble
from .animate import animate_again, animate_double

MOTION = "photo_double_motion"
"""The action's own property that holds the performance as captured: a Motion's file."""

LONGEST_NAME = 58
"""Bytes of an action's name, so that Blender's number behind it fits into 63."""


def add_take(
    context: bpy.types.Context,
    added: AddedDouble,
    motion: Motion,
    *,
    clip: Path | None = None,
) -> bpy.types.Action:
    """A new action with the performance, from the scene's first frame; it is active.

    It is called after the double and the clip. The other takes stay in the file.
    """
    source = clip.stem if clip else Path(str(motion.source.get("name") or "")).stem
    action = animate_double(
        context, added, motion, name=_fitting(f"{added.name} {source or 'Performance'}")
    )
    action.use_fake_user = True
    action[MOTION] = _packed(motion)
    take = action.photo_double_take
    take.double = added.name
    take.clip = _stored_path(clip)
    take.start_frame = context.scene.frame_start
    take.fingerprint = fingerprint(action)
    _let_sound_be_heard(context, added, action)
    return action


def use_take(
    context: bpy.types.Context, added: AddedDouble, action: bpy.types.Action
) -> None:
    """Let the double perform another of its takes, with the sound that belongs to it.

    What it did before stays in the file. Raises TakeRefusedError.
    """
    use_action(action, head=added.head_object(), rig=added.rig_object())
    _let_sound_be_heard(context, added, action)
    context.view_layer.update()


def carry_over_take(
    context: bpy.types.Context, added: AddedDouble, action: bpy.types.Action
) -> bpy.types.Action:
    """Make a take's keys anew, as its settings want them; gives back the action.

    Keys that an artist worked on are left as they are: a new action gets the new ones,
    and the settings of the old one are again those it was made with. Raises
    TakeRefusedError.
    """
    require_assignable(head=added.head_object(), rig=added.rig_object())
    take, settings = action.photo_double_take, settings_of(action)
    motion = transfer_motion(captured_motion(action), settings)
    if is_edited(action):
        older, action = action, action.copy()
        action.use_fake_user = older.use_fake_user = True
        _set(older, Transfer(**json.loads(take.applied)))
        take = action.photo_double_take
    animate_again(context, added, motion, action, start_frame=take.start_frame)
    take.fingerprint = fingerprint(action)
    take.applied = json.dumps(dict(settings.changes()))
    use_take(context, added, action)
    return action


def is_edited(action: bpy.types.Action) -> bool:
    """Whether somebody worked on a take's keys since they were written."""
    return fingerprint(action) != action.photo_double_take.fingerprint


def settings_of(action: bpy.types.Action) -> Transfer:
    """How the panel wants a take to be carried over."""
    take = action.photo_double_take
    # a slider's number is a float32: 1.2 is 1.2000000477 there
    strengths = {name: round(getattr(take, name), 4) for name in REGIONS}
    return Transfer(**strengths, **{name: getattr(take, name) for name in SWITCHES})


def captured_motion(action: bpy.types.Action) -> Motion:
    """The performance as it was captured, silent. Raises TakeRefusedError."""
    packed = action.get(MOTION)
    if not isinstance(packed, bytes):
        raise TakeRefusedError(
            f"The action {action.name!r} does not hold the performance that it was "
            "made from. Add the take again, from its video or its stored motion."
        )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "take.motion.npz"
        file.write_bytes(packed)
        return Motion.load(file)


def _packed(motion: Motion) -> bytes:
    """A Motion's file; its sound is in the sequencer."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "take.motion.npz"
        return replace(motion, sound=None).save(file).read_bytes()


def _set(action: bpy.types.Action, settings: Transfer) -> None:
    for name in (*REGIONS, *SWITCHES):
        setattr(action.photo_double_take, name, getattr(settings, name))


def _let_sound_be_heard(
    context: bpy.types.Context, added: AddedDouble, action: bpy.types.Action
) -> None:
    """Mute the sounds of the double's other takes."""
    editor = context.scene.sequence_editor
    if editor is None:
        return
    for other in takes_of(added.rig_object()):
        strip = editor.strips.get(other.photo_double_take.sound)
        if strip is not None:
            strip.mute = other != action


def _stored_path(path: Path | None) -> str:
    """Relative to the file where there is one, so that both can move together."""
    if path is None:
        return ""
    try:
        return bpy.path.relpath(str(path)) if bpy.data.filepath else str(path)
    except ValueError:  # on another drive
        return str(path)


def _fitting(name: str) -> str:
    while len(name.encode()) > LONGEST_NAME:
        name = name[:-1]
    return name
