"""Performances that are stored already: read, and carried over. No tracking."""

from dataclasses import replace
from pathlib import Path

from ..assets import Motion
from ..live_link import read_live_link
from ..messages import Advice, Say
from ..transfer import Transfer, transfer_motion


def read_motion(path: Path | str, *, rate_fps: float | None, say: Say) -> Motion:
    """The performance in a NAME.motion.npz or a Live Link Face CSV.

    `rate_fps` is that of the CSV, if its timecodes do not show it. Raises
    UnreadableAssetError or UnreadableCurvesError.
    """
    path = Path(path)
    if path.suffix.lower() != ".csv":
        return Motion.load(path)
    motion = read_live_link(path, rate_fps=rate_fps)
    if not motion.facts["rate_is_sure"]:
        text = (
            f"{path.name} is too short to show how many frames a second it has, so "
            f"{motion.facts['rate_fps']:g} was assumed. Say it if it is not so (--fps)."
        )
        say(Advice(text=text))
    return motion


def carry_over(motion: Motion, settings: Transfer) -> Motion:
    """As `transfer_motion`, with the sound of the part that was taken."""
    result = transfer_motion(motion, settings)
    if motion.sound is None or result.sound is not None or settings.stretch != 1.0:
        return result
    from ..images.sound import cut_sound

    began_s = float(motion.source.get("start_s") or 0.0)
    start_s = float(result.source["start_s"]) - began_s
    end_s = float(result.source["end_s"]) - began_s
    sound = cut_sound(motion.sound, start_s=start_s, end_s=end_s)
    facts = {**result.facts, "has_sound": sound is not None}
    return replace(result, sound=sound, facts=facts)
