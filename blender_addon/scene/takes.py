"""Several performances for one double: added, chosen among, carried over anew."""

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import bpy

from ...core.assets import Motion
from ...core.errors import TakeRefusedError
from ...core.transfer import Transfer, transfer_motion
from ..rig import fingerprint, require_assignable, rest_what_moves, use_action
from ..takes import REGIONS, SWITCHES, TIMING, active_take, takes_of
from .added import AddedDouble
from .animate import animate_again, animate_double, frame_rate
from .sound import add_sound, is_moved, place_sound

MOTION = "photo_double_motion"
"""The action's own property that holds the performance as captured: a Motion's file."""

LONGEST_NAME = 58
"""Bytes of an action's name, so that Blender's number behind it fits into 63."""


def add_take(
    context: bpy.types.Context,
    added: AddedDouble,
    motion: Motion,
    *,
    clip: str | Path | None = None,
    settings: Transfer | None = None,
    sound: bool = False,
) -> bpy.types.Action:
    """A new action with the performance, from the scene's first frame; it is active.

    It is called after the double and the clip, which is stored as it is given if it
    is a string. The keys are made as `settings` want them, and `sound` adds a strip.
    The other takes stay in the file. Raises TakeRefusedError and EmptyTakeError.
    """
    settings = settings or Transfer()
    carried = transfer_motion(motion, settings)
    source = Path(str(clip or motion.source.get("name") or "")).stem
    name = _fitting(f"{added.name} {source or 'Performance'}")
    action = animate_double(context, added, carried, name=name)
    action.use_fake_user = True
    action[MOTION] = _packed(motion)
    take = action.photo_double_take
    take.double = added.name
    take.clip = clip if isinstance(clip, str) else _stored_path(clip)
    take.start_frame = context.scene.frame_start
    _set(action, settings)
    _remember(action, motion, carried, settings)
    if sound:
        take.sound = add_sound(context, added, motion) or ""
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
    TakeRefusedError and EmptyTakeError.
    """
    require_assignable(head=added.head_object(), rig=added.rig_object())
    settings, motion = settings_of(action), captured_motion(action)
    carried = transfer_motion(motion, settings)
    if is_edited(action):
        older, action = action, action.copy()
        action.use_fake_user = older.use_fake_user = True
        _set(older, applied_settings(older))
    start_frame = action.photo_double_take.start_frame
    animate_again(context, added, carried, action, start_frame=start_frame)
    _remember(action, motion, carried, settings)
    use_take(context, added, action)
    return action


def remove_take(
    context: bpy.types.Context, added: AddedDouble, action: bpy.types.Action
) -> None:
    """Take an action of the double out of the file, and the sound that is its alone.

    If it was active, the next take is, or the double rests. Raises TakeRefusedError if
    something else in the file uses it.
    """
    head, rig = added.head_object(), added.rig_object()
    require_assignable(head=head, rig=rig)
    animations = (head.data.shape_keys.animation_data, rig.animation_data)
    ours = sum(data is not None and data.action == action for data in animations)
    if action.users - ours - action.use_fake_user > 0:
        raise TakeRefusedError(
            f"{action.name} is used elsewhere in the file too, as by a strip of the "
            "Nonlinear Animation editor. Remove it there first."
        )
    if active_take(rig) == action:
        left = [take for take in takes_of(rig) if take != action]
        if left:
            use_take(context, added, left[0])
        else:
            rest_what_moves(action, head=head, rig=rig)
    sound = action.photo_double_take.sound
    bpy.data.actions.remove(action)
    _remove_sound(context, added, sound)
    context.view_layer.update()


def is_edited(action: bpy.types.Action) -> bool:
    """Whether somebody worked on a take's keys since they were written."""
    return fingerprint(action) != action.photo_double_take.fingerprint


def settings_of(action: bpy.types.Action) -> Transfer:
    """How the panel wants a take to be carried over. Raises TakeRefusedError."""
    take = action.photo_double_take
    names = (*REGIONS, *SWITCHES, *TIMING)
    return checked_settings(action.name, **{n: getattr(take, n) for n in names})


def checked_settings(name: str, **settings: float | bool) -> Transfer:
    """The panel's numbers as a Transfer of the performance that is called `name`.

    Raises TakeRefusedError if it would end before it starts.
    """
    # a slider's number is a float32: 1.2 is 1.2000000477 there
    settings = {
        name: value if isinstance(value, bool) else round(value, 4)
        for name, value in settings.items()
    }
    start_s, end_s = settings["start_s"], settings.pop("end_s") or None
    if end_s is not None and end_s <= start_s:
        raise TakeRefusedError(
            f"{name} would end at second {end_s:g}, before it starts at {start_s:g}. "
            "Let To be later than From, or 0 for its end."
        )
    return Transfer(**settings, end_s=end_s)


def applied_settings(action: bpy.types.Action) -> Transfer:
    """How a take's keys were made, whatever the panel's sliders say since."""
    return Transfer(**json.loads(action.photo_double_take.applied))


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
    for name in (*REGIONS, *SWITCHES, *TIMING):
        setattr(action.photo_double_take, name, getattr(settings, name) or 0)


def _remember(
    action: bpy.types.Action, motion: Motion, carried: Motion, settings: Transfer
) -> None:
    """What the keys of a take were made with, and which part of the performance."""
    take = action.photo_double_take
    take.fingerprint = fingerprint(action)
    take.applied = json.dumps(dict(settings.changes()))
    start_s, began_s = (m.source.get("start_s") or 0.0 for m in (carried, motion))
    take.skipped_s = float(start_s) - float(began_s)
    duration_s = float(carried.times_s[-1]) + 1.0 / carried.rate_fps
    take.lasts_s = duration_s / settings.stretch


def _let_sound_be_heard(
    context: bpy.types.Context, added: AddedDouble, action: bpy.types.Action
) -> None:
    """Let the take's sound start with its keys; mute those of the other takes."""
    editor = context.scene.sequence_editor
    if editor is None:
        return
    take, rate = action.photo_double_take, frame_rate(context.scene)
    for name in {a.photo_double_take.sound for a in takes_of(added.rig_object())}:
        strip = editor.strips.get(name)
        if strip is not None:
            strip.mute = name != take.sound or applied_settings(action).stretch != 1.0
    if strip := editor.strips.get(take.sound):
        place_sound(
            strip,
            start_frame=take.start_frame,
            skipped=round(take.skipped_s * rate),
            lasts=max(1, round(take.lasts_s * rate)),
        )


def _remove_sound(context: bpy.types.Context, added: AddedDouble, name: str) -> None:
    """Remove a strip that no take has any more, unless an artist worked on it."""
    editor = context.scene.sequence_editor
    strip = editor.strips.get(name) if editor else None
    takes = takes_of(added.rig_object())
    if strip is None or any(take.photo_double_take.sound == name for take in takes):
        return
    if not is_moved(strip):
        sound = strip.sound
        editor.strips.remove(strip)
        if sound and not sound.users:
            bpy.data.sounds.remove(sound)


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
