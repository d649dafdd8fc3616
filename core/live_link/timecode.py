"""Timecodes HH:MM:SS:FF.fff: what they mean, and at which rate they were counted.

A timecode counts frames of a nominal, whole rate. Video of 29.97 and 59.94 frames a
second is counted as if it were 30 and 60, and would lag behind the clock by 3.6 seconds
an hour; drop-frame timecode skips the first two (or four) numbers of each minute but
every tenth to keep up. It is written with a semicolon, though not by everybody. A file
does not name its rate: it shows in the highest frame number before a second is full.
"""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NOMINAL_RATES = (24, 25, 30, 48, 50, 60, 90, 100, 120, 240)
"""Rates that anybody records at."""

ASSUMED_RATE = 60
"""The app's own, for a file that is too short to show its rate."""

_FORM = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})([:;.])(\d{1,3})(?:\.(\d{1,9}))?")


@dataclass(frozen=True, kw_only=True)
class Timecode:
    """One timecode, as written."""

    second: int
    """Of the day, as the first three numbers say."""
    frame: float
    """Within that second, with its fraction."""
    drop: bool
    """Whether it is marked as drop-frame."""


@dataclass(frozen=True, kw_only=True)
class Counting:
    """How a row of timecodes counts frames."""

    nominal: int
    """Frame numbers a second."""
    drop: bool = False
    """Whether numbers are skipped to keep up with the clock."""
    rate_fps: float
    """Frames counted in a second of real time."""
    sure: bool = True
    """Whether the timecodes show it; False: it was assumed."""


def timecode_of(text: str) -> Timecode | None:
    """A timecode as it is written; None if it is none."""
    match = _FORM.fullmatch(text.strip())
    if match is None:
        return None
    hours, minutes, seconds = (int(match[i]) for i in (1, 2, 3))
    if minutes > 59 or seconds > 59:
        return None
    return Timecode(
        second=3600 * hours + 60 * minutes + seconds,
        frame=float(f"{match[5]}.{match[6] or 0}"),
        drop=match[4] == ";",
    )


def counting_of(
    seconds: NDArray[np.int64],
    frames: NDArray[np.float64],
    *,
    marked_drop: bool,
    rate_fps: float | None = None,
) -> Counting:
    """How a file counts, from all its timecodes in order; `rate_fps` overrules them."""
    whole = np.diff(seconds)
    steps = np.diff(frames)[whole == 0]
    step = float(np.median(steps[steps > 0])) if (steps > 0).any() else 1.0
    turns = np.flatnonzero(whole == 1)
    lengths = frames[turns] + step - frames[turns + 1]
    """Frame numbers that each second seems to have, where a next one begins."""
    possible = [rate for rate in NOMINAL_RATES if rate > frames.max()]
    sure = rate_fps is not None or len(turns) > 0
    if rate_fps is not None:
        nominal = max(1, round(rate_fps))
    elif len(turns) and possible:
        length = float(np.median(lengths))
        nominal = min(possible, key=lambda rate: abs(rate - length))
    else:
        nominal = min((r for r in possible if r >= ASSUMED_RATE), default=ASSUMED_RATE)
    drop = nominal in (30, 60) and (
        marked_drop or _skips_numbers(seconds[turns + 1], lengths, nominal)
    )
    real = nominal * 1000 / 1001 if drop else float(nominal)
    return Counting(nominal=nominal, drop=drop, rate_fps=rate_fps or real, sure=sure)


def _skips_numbers(
    seconds: NDArray[np.int64], lengths: NDArray[np.float64], nominal: int
) -> bool:
    """Whether the minutes that should begin with skipped numbers do."""
    minutes = (seconds % 60 == 0) & (seconds % 600 != 0)
    skipped = nominal / 15
    return bool(minutes.any() and (lengths[minutes] <= nominal - skipped / 2).all())


def frames_counted(
    seconds: NDArray[np.int64], frames: NDArray[np.float64], counting: Counting
) -> NDArray[np.float64]:
    """Frames since midnight of timecodes."""
    counted = seconds * counting.nominal + frames
    if counting.drop:
        minutes = seconds // 60
        counted = counted - (counting.nominal // 15) * (minutes - minutes // 10)
    return counted


def timecode(frames: float, counting: Counting) -> str:
    """HH:MM:SS:FF.fff of frames since midnight, to the thousandth of a frame."""
    number, thousandths = divmod(round(frames * 1000), 1000)
    mark = ":"
    if counting.drop:
        mark = ";"
        skipped = counting.nominal // 15
        minute, ten = 60 * counting.nominal - skipped, 600 * counting.nominal
        tens, rest = divmod(number, ten - 9 * skipped)
        gone = max(0, (rest - skipped) // minute)
        number += skipped * (9 * tens + gone)
    second, frame = divmod(number, counting.nominal)
    minutes, second = divmod(second, 60)
    hours, minute = divmod(minutes, 60)
    hours %= 24
    return f"{hours:02}:{minute:02}:{second:02}{mark}{frame:02}.{thousandths:03}"
