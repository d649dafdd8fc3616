"""Live Link Face's CSV, which Unreal, Maya and many rigs read.

One row a frame: a timecode, how many values follow, the 52 ARKit weights with capital
first letters, and nine rotations of head and eyes in radians. Source: the header of
files recorded by Epic's Live Link Face app, as open importers spell it.
"""

import csv
import io

import numpy as np
from jaxtyping import Float

from ..assets import Motion
from ..expressions import EXPRESSION_INDEX, EXPRESSION_NAMES

ROTATION_NAMES = (
    "HeadYaw",
    "HeadPitch",
    "HeadRoll",
    "LeftEyeYaw",
    "LeftEyePitch",
    "LeftEyeRoll",
    "RightEyeYaw",
    "RightEyePitch",
    "RightEyeRoll",
)

_SWAPPED = {
    "jawLeft": "jawRight",
    "jawRight": "jawLeft",
    "mouthLeft": "mouthRight",
    "mouthRight": "mouthLeft",
}
"""The app writes these right before left, unlike all other pairs."""

WEIGHT_ORDER: tuple[int, ...] = tuple(
    EXPRESSION_INDEX[_SWAPPED.get(name, name)] for name in EXPRESSION_NAMES
)
"""Index into `EXPRESSION_NAMES` of each of the file's 52 weights."""

COLUMNS: tuple[str, ...] = (
    "Timecode",
    "BlendShapeCount",
    *(EXPRESSION_NAMES[i][0].upper() + EXPRESSION_NAMES[i][1:] for i in WEIGHT_ORDER),
    *ROTATION_NAMES,
)


def live_link_csv(motion: Motion) -> bytes:
    """The motion as such a file.

    Convention: angles turn about the axes of ARKit's face. HeadYaw is positive when
    the head turns to the subject's left, HeadPitch when it looks down, HeadRoll when it
    tilts to the subject's right; the eyes' angles have the same signs. The timecode
    counts hours, minutes, seconds and frames of the nominal rate, with thousandths.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    count = len(EXPRESSION_NAMES) + len(ROTATION_NAMES)
    angles = _angles(motion)
    for time_s, weights, rotation in zip(
        motion.times_s, motion.expressions[:, WEIGHT_ORDER], angles, strict=True
    ):
        values = [f"{value:.8f}" for value in (*weights, *rotation)]
        code = timecode(float(time_s), motion.rate_fps)
        writer.writerow([code, count, *values])
    return text.getvalue().encode()


def timecode(time_s: float, rate_fps: float) -> str:
    """HH:MM:SS:FF.fff at a nominal rate."""
    rate = max(1, round(rate_fps))
    thousandths = round(time_s * rate_fps * 1000)
    frames, thousandths = divmod(thousandths, 1000)
    seconds, frame = divmod(frames, rate)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02}:{minute:02}:{second:02}:{frame:02}.{thousandths:03}"


def head_angles(
    rotations: Float[np.ndarray, "frames 3 3"],
) -> Float[np.ndarray, "frames 3"]:
    """Yaw, pitch and roll of head rotations in the world, in that order of turning.

    Convention: a turn about Z (up), then about X (the subject's left), then about -Y
    (where the face looks); signs as in `live_link_csv`.
    """
    m = rotations
    pitch = np.arcsin(np.clip(m[:, 2, 1], -1.0, 1.0))
    yaw = np.arctan2(-m[:, 0, 1], m[:, 1, 1])
    roll = np.arctan2(m[:, 2, 0], m[:, 2, 2])
    return np.stack([yaw, pitch, roll], axis=1)


def _angles(motion: Motion) -> Float[np.ndarray, "frames 9"]:
    head = head_angles(motion.T_world_head[:, :3, :3].astype(np.float64))
    gaze = motion.gaze_rad.astype(np.float64)
    roll = np.zeros(len(gaze))
    left = np.stack([gaze[:, 0, 0], -gaze[:, 0, 1], roll], axis=1)
    right = np.stack([gaze[:, 1, 0], -gaze[:, 1, 1], roll], axis=1)
    return np.concatenate([head, left, right], axis=1)
