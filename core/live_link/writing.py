"""From a Motion to Live Link Face's CSV.

One row a frame: a timecode, how many values follow, the 52 ARKit weights with capital
first letters, and nine rotations of head and eyes in radians.
"""

import csv
import io

import numpy as np
from numpy.typing import NDArray

from ..assets import Motion
from ..expressions import EXPRESSION_NAMES
from .angles import head_angles
from .columns import COLUMNS, ROTATION_NAMES, WEIGHT_ORDER
from .timecode import Counting, frames_counted, timecode, timecode_of


def live_link_csv(motion: Motion) -> bytes:
    """The motion as such a file.

    Convention: angles turn about the axes of ARKit's face, as in `angles`; the eyes'
    have the same signs. The timecode counts hours, minutes, seconds and frames of the
    nominal rate, with thousandths. It starts at zero, or where the file started that
    the motion was read from.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    count = len(EXPRESSION_NAMES) + len(ROTATION_NAMES)
    angles = _angles(motion)
    counting, start = _counting(motion)
    for time_s, weights, rotation in zip(
        motion.times_s, motion.expressions[:, WEIGHT_ORDER], angles, strict=True
    ):
        values = [f"{value:.8f}" for value in (*weights, *rotation)]
        code = timecode(start + float(time_s) * counting.rate_fps, counting)
        writer.writerow([code, count, *values])
    return text.getvalue().encode()


def _counting(motion: Motion) -> tuple[Counting, float]:
    """How the timecodes count, and the frames since midnight of the first one."""
    source = motion.source
    rate_fps = float(source.get("timecode_rate_fps") or motion.rate_fps)
    drop = bool(source.get("timecode_drop_frame"))
    counting = Counting(nominal=max(1, round(rate_fps)), drop=drop, rate_fps=rate_fps)
    first = timecode_of(str(source.get("timecode_start") or ""))
    if first is None:
        return counting, 0.0
    start = frames_counted(np.array([first.second]), np.array([first.frame]), counting)
    return counting, float(start[0])


def _angles(motion: Motion) -> NDArray[np.float64]:
    """The nine rotations [frames, 9]."""
    head = head_angles(motion.T_world_head[:, :3, :3])
    gaze = motion.gaze_rad.astype(np.float64)
    roll = np.zeros(len(gaze))
    left = np.stack([gaze[:, 0, 0], -gaze[:, 0, 1], roll], axis=1)
    right = np.stack([gaze[:, 1, 0], -gaze[:, 1, 1], roll], axis=1)
    return np.concatenate([head, left, right], axis=1)
