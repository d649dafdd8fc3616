"""From Live Link Face's CSV to a Motion: files of strangers, read line by line.

The app's own files and those of other tools differ: capitals, with or without the nine
rotations, 51 shapes before there was a tongue, columns of their own. What is known is
taken by its name. A row without values is a frame without a face. What could only be
guessed is refused, with the line that it stands in.
"""

import csv
import hashlib
import math
import os
import stat
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..assets import Motion, PinholeCamera
from ..errors import EmptyTakeError, UnreadableCurvesError
from ..expressions import EXPRESSION_INDEX, EXPRESSION_NAMES, FULL_LOOK_RAD
from .angles import head_rotations
from .columns import ROTATION_NAMES, TIMECODE, known_columns
from .timecode import Counting, Timecode, counting_of, frames_counted, timecode_of

MOST_BYTES = 1 << 30
"""Two hours at 60 frames a second are a third of this."""
MOST_ROWS = 1_000_000
FEWEST_SHAPES = 10
"""A file with fewer of the 52 is of something else."""

WEIGHT_RANGE = (-0.5, 1.5)
"""Calibrated captures leave 0 to 1 a little and are cut to it; what lies outside of
this is counted in percent, or no weight."""
LARGEST_ANGLE = 2 * math.pi
"""Beyond it an angle is in degrees."""

DAY_S = 24 * 3600

CAMERA = PinholeCamera(
    focal_px=1100.0,
    center_x_px=640.0,
    center_y_px=360.0,
    width_px=1280,
    height_px=720,
)
DISTANCE_M = 0.5
"""The file does not tell camera and place: a phone at arm's length stands for them."""

VALUES = (*EXPRESSION_NAMES, *ROTATION_NAMES)


@dataclass
class _Rows:
    """What was read so far."""

    codes: list[Timecode] = field(default_factory=list[Timecode])
    values: array = field(default_factory=lambda: array("f"))
    seen: list[bool] = field(default_factory=list[bool])
    skipped: int = 0


def read_live_link(path: Path | str, *, rate_fps: float | None = None) -> Motion:
    """The performance in such a file; `rate_fps` overrules what its timecodes say.

    Convention: as `live_link_csv` writes it. A file without eye rotations gets the gaze
    that its eyeLook weights stand for; the eyes' roll is not kept. Rows whose timecode
    comes again are skipped, and so is a last row that was not written to its end.

    Raises UnreadableCurvesError, or EmptyTakeError if no row shows a face.
    """
    path = Path(path)
    _require_file(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as text:
            places, rows = _read(path, csv.reader(text, strict=True))
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except UnicodeDecodeError as error:
        raise _refusal(path, "it is not UTF-8 text") from error
    except csv.Error as error:
        raise _refusal(path, str(error)) from error
    except OSError as error:
        raise _refusal(path, error.strerror or str(error)) from error
    if not any(rows.seen):
        raise EmptyTakeError(
            f"{path} has no row that shows a face. Export the take again."
        )
    return _motion(path, sha256, places, rows, rate_fps)


def _require_file(path: Path) -> None:
    try:
        facts = os.stat(path)
    except (OSError, ValueError) as error:
        raise UnreadableCurvesError(
            f"There is no CSV at {path}. Check the path.", path=path
        ) from error
    if not stat.S_ISREG(facts.st_mode):
        raise _refusal(path, "it is not an ordinary file")
    if facts.st_size > MOST_BYTES:
        raise _refusal(path, f"it has more than {MOST_BYTES >> 20} MB")


def _read(path: Path, lines: Iterator[list[str]]) -> tuple[dict[str, int], _Rows]:
    """Where the known columns are, and all rows."""
    header = next(lines, [])
    places = known_columns(header)
    _check_header(path, places)
    rows, unfinished = _Rows(), 0
    for number, cells in enumerate(lines, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if unfinished:
            raise _refusal(
                path, f"line {unfinished} has not as many columns as its header"
            )
        if len(cells) < len(header):
            unfinished = number  # fine if it is the last
            continue
        if len(rows.codes) >= MOST_ROWS:
            raise _refusal(path, f"it has more than {MOST_ROWS} rows")
        _take_row(path, number, cells, places, rows)
    rows.skipped += bool(unfinished)
    return places, rows


def _check_header(path: Path, places: dict[str, int]) -> None:
    shapes = [name for name in EXPRESSION_NAMES if name in places]
    if TIMECODE not in places or len(shapes) < FEWEST_SHAPES:
        raise _refusal(
            path, f"its first line does not name {TIMECODE} and the ARKit shapes"
        )
    if twice := [name for name, place in places.items() if place < 0]:
        raise _refusal(path, f"it has two columns {twice[0]}")


def _take_row(
    path: Path, number: int, cells: list[str], places: dict[str, int], rows: _Rows
) -> None:
    code = timecode_of(cells[places[TIMECODE]])
    if code is None:
        raise _refusal(
            path,
            f"line {number} has the timecode {cells[places[TIMECODE]][:40]!r}, which "
            "is not HH:MM:SS:FF",
        )
    if rows.codes and not _is_later(path, number, rows.codes[-1], code):
        rows.skipped += 1
        return
    texts = [cells[places[name]] if name in places else "0" for name in VALUES]
    blank = not any(
        cells[place].strip()
        for name, place in places.items()
        if name in EXPRESSION_INDEX
    )
    rows.codes.append(code)
    rows.seen.append(not blank)
    rows.values.extend([0.0] * len(VALUES) if blank else _values(path, number, texts))


def _is_later(path: Path, number: int, last: Timecode, code: Timecode) -> bool:
    """Whether a row is the next one; a repetition is not. A day may end in between."""
    ahead_s = code.second - last.second
    if ahead_s < -DAY_S // 2:
        return True
    if ahead_s < -1:
        raise _refusal(
            path,
            f"line {number} lies {-ahead_s} s before the line above it, as if two "
            "takes were in one file",
        )
    return (code.second, code.frame) > (last.second, last.frame)


def _values(path: Path, number: int, texts: Sequence[str]) -> list[float]:
    """The 61 numbers of a row, each checked."""
    values: list[float] = []
    for name, text in zip(VALUES, texts, strict=True):
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        low, high = WEIGHT_RANGE
        if name in ROTATION_NAMES:
            low, high, meant = -LARGEST_ANGLE, LARGEST_ANGLE, "angles are in radians"
        else:
            meant = "weights go from 0 to 1"
        if not low <= value <= high:  # nor is NaN
            raise _refusal(
                path, f"line {number} has {text[:40]!r} for {name}, but {meant}"
            )
        values.append(value)
    return values


def _motion(
    path: Path,
    sha256: str,
    places: dict[str, int],
    rows: _Rows,
    rate_fps: float | None,
) -> Motion:
    seconds = np.array([code.second for code in rows.codes], np.int64)
    seconds += DAY_S * np.cumsum(np.diff(seconds, prepend=seconds[0]) < -DAY_S // 2)
    numbers = np.array([code.frame for code in rows.codes])
    counting = counting_of(
        seconds, numbers, marked_drop=rows.codes[0].drop, rate_fps=rate_fps
    )
    frames = frames_counted(seconds, numbers, counting)
    if (np.diff(frames) <= 0).any():
        raise _refusal(
            path,
            f"its timecodes do not count {counting.nominal} frames a second. Say how "
            "many it has (--fps)",
        )
    seen = np.array(rows.seen)
    values = np.frombuffer(rows.values, np.float32).reshape(len(frames), len(VALUES))
    values = _bridged(values, seen, frames)
    poses = np.tile(np.eye(4, dtype=np.float32), (len(frames), 1, 1))
    poses[:, :3, :3] = head_rotations(values[:, 52:55])
    poses[:, 1, 3] = DISTANCE_M
    expressions = np.clip(values[:, :52], 0.0, 1.0)
    gaze = values[:, [55, 56, 58, 59]].reshape(-1, 2, 2) * np.array([1, -1], np.float32)
    if not {"LeftEyeYaw", "RightEyeYaw"} <= set(places):
        gaze = _gaze_of(expressions)
    times_s = (frames - frames[0]) / counting.rate_fps
    return Motion(
        times_s=times_s,
        expressions=expressions,
        T_world_head=poses,
        gaze_rad=gaze,
        seen=seen,
        camera=CAMERA,
        source=_source(path, sha256, rows, counting, frames),
        facts=_facts(places, rows, counting, times_s),
    )


def _bridged(
    values: NDArray[np.float32], seen: NDArray[np.bool_], frames: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Values of every row; where no face was seen, between those around it."""
    if seen.all():
        return values
    curves = [np.interp(frames, frames[seen], column) for column in values[seen].T]
    return np.stack(curves, axis=1).astype(np.float32)


def _gaze_of(expressions: NDArray[np.float32]) -> NDArray[np.float32]:
    """The gaze [frames, 2 eyes, 2] that eyeLook weights stand for."""

    def angle(direction: str, side: str) -> NDArray[np.float32]:
        weights = expressions[:, EXPRESSION_INDEX[f"eyeLook{direction}{side}"]]
        return weights * np.float32(FULL_LOOK_RAD[direction])

    eyes = [
        np.stack(
            [
                sign * (angle("Out", side) - angle("In", side)),
                angle("Up", side) - angle("Down", side),
            ],
            axis=1,
        )
        for side, sign in (("Left", np.float32(1)), ("Right", np.float32(-1)))
    ]
    return np.stack(eyes, axis=1)


def _source(
    path: Path, sha256: str, rows: _Rows, counting: Counting, frames: NDArray[Any]
) -> dict[str, Any]:
    step = round(float(np.median(np.diff(frames)))) if len(frames) > 1 else 1
    first = rows.codes[0]
    minutes, second = divmod(first.second, 60)
    hours, minute = divmod(minutes, 60)
    return {
        "name": path.name,
        "sha256": sha256,
        "rate_fps": counting.rate_fps / max(1, step),
        "timecode_start": f"{hours:02}:{minute:02}:{second:02}:{first.frame:06.3f}",
        "timecode_rate_fps": counting.rate_fps,
        "timecode_drop_frame": counting.drop,
    }


def _facts(
    places: dict[str, int],
    rows: _Rows,
    counting: Counting,
    times_s: NDArray[np.float64],
) -> dict[str, Any]:
    return {
        "frames": len(times_s),
        "frames_seen": sum(rows.seen),
        "frames_skipped": rows.skipped,
        "rate_fps": round(counting.rate_fps, 3),
        "rate_is_sure": counting.sure,
        "duration_s": round(float(times_s[-1]) + 1 / counting.rate_fps, 3),
        "has_sound": False,
        "has_head": "HeadYaw" in places,
        "shapes_missing": [n for n in EXPRESSION_NAMES if n not in places],
    }


def _refusal(path: Path, why: str) -> UnreadableCurvesError:
    return UnreadableCurvesError(
        f"{path} cannot be used as a Live Link Face CSV: {why}. Export the take again, "
        "or choose another file.",
        path=path,
    )
