"""What the person in the clip does: a spoken line, blinks, looks, a smile.

Everything is a function of time: keys at chosen seconds with smooth ways between
them. The result is a Motion, the same record that tracking a video gives, so the clip
comes with the truth about itself.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass

import av
import numpy as np
from numpy.typing import NDArray
from speech import RATE_HZ, Spoken, place, speak

from core.assets import Motion, PinholeCamera
from core.expressions import EXPRESSION_INDEX, EXPRESSION_NAMES, GAZE_EXPRESSIONS

FRAME_RATE = 25
LENGTH_S = 6.0

LINE = place(
    # "Hello. My face came from one photo."
    "HH:70 EH:80 L:70 OW1:190 -:330 "
    "M:90 AY1:150 IY:50 F:100 EY1:150 S:110 K:80 EY1:140 M:90 F:80 R:60 AH:80 M:80 "
    "W:90 AH:110 N:80 F:110 OW1:160 T:80 OW1:230",
    start_s=0.5,
)

VISEMES: dict[str, dict[str, float]] = {
    "-": {},
    "AA": {"jawOpen": 0.55},
    "AH": {"jawOpen": 0.35},
    "AY1": {"jawOpen": 0.5, "mouthStretch": 0.12},
    "EH": {"jawOpen": 0.32, "mouthStretch": 0.15, "mouthUpperUp": 0.12},
    "EY1": {"jawOpen": 0.28, "mouthStretch": 0.22, "mouthSmile": 0.2},
    "IY": {"jawOpen": 0.12, "mouthStretch": 0.3, "mouthSmile": 0.25},
    "OW1": {"jawOpen": 0.25, "mouthFunnel": 0.4, "mouthPucker": 0.25},
    "UW": {"jawOpen": 0.12, "mouthFunnel": 0.25, "mouthPucker": 0.6},
    "L": {"jawOpen": 0.25, "mouthLowerDown": 0.1},
    "M": {"mouthPress": 0.35, "mouthRollLower": 0.15, "mouthRollUpper": 0.1},
    "N": {"jawOpen": 0.12, "mouthLowerDown": 0.1},
    "R": {"jawOpen": 0.12, "mouthFunnel": 0.3},
    "W": {"jawOpen": 0.06, "mouthPucker": 0.6},
    "F": {"jawOpen": 0.06, "mouthRollLower": 0.4, "mouthUpperUp": 0.2},
    "HH": {"jawOpen": 0.25},
    "K": {"jawOpen": 0.15, "mouthLowerDown": 0.12},
    "S": {"jawOpen": 0.05, "mouthStretch": 0.2, "mouthLowerDown": 0.2},
    "T": {"jawOpen": 0.08, "mouthLowerDown": 0.15, "mouthUpperUp": 0.08},
}
"""What the mouth does for each phone; a name without a side is both sides."""

BLINKS_S = (0.32, 1.36, 3.5, 5.25)

ACTING: dict[str, tuple[tuple[float, float], ...]] = {
    "mouthSmile": (
        (0.0, 0.08),
        (0.4, 0.1),
        (3.6, 0.1),
        (4.1, 0.85),
        (5.1, 0.8),
        (5.7, 0.3),
    ),
    "jawOpen": ((3.6, 0.0), (4.1, 0.13), (5.1, 0.12), (5.6, 0.0)),
    "cheekSquint": ((3.6, 0.0), (4.1, 0.45), (5.1, 0.4)),
    "eyeSquint": ((3.6, 0.0), (4.1, 0.25), (5.1, 0.2)),
    "mouthUpperUp": ((3.6, 0.0), (4.1, 0.45), (5.1, 0.4), (5.6, 0.1)),
    "mouthLowerDown": ((3.6, 0.0), (4.1, 0.25), (5.1, 0.2), (5.6, 0.05)),
    "browInnerUp": (
        (0.4, 0.0),
        (0.65, 0.6),
        (1.1, 0.1),
        (2.6, 0.1),
        (2.9, 0.45),
        (3.4, 0),
    ),
    "browOuterUp": (
        (0.4, 0.0),
        (0.65, 0.5),
        (1.1, 0.05),
        (2.6, 0.05),
        (2.9, 0.3),
        (3.4, 0),
    ),
    "browDown": ((1.3, 0.0), (1.8, 0.3), (2.4, 0.0)),
}
"""(second, weight) keys of what is acted, not said."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """What a sitter does when the picture is taken."""

    turn_deg: tuple[float, float, float]
    """The head's turn: to the subject's left, up, and to their left shoulder."""
    look_deg: tuple[float, float]
    """Gaze against the head: to the subject's left, and up."""
    expression: Mapping[str, float]
    """Weights 0 to 1; a name without a side is both sides."""


IN_THE_PHOTO = Moment(
    turn_deg=(9.0, 0.0, 2.0),
    look_deg=(-7.0, 0.0),
    expression={"mouthSmile": 0.35, "browInnerUp": 0.08, "eyeBlink": 0.04},
)
"""Turned a little, a small smile, a look into the camera."""

YAW_DEG = ((0.0, -3), (0.9, -4), (2.0, 12), (2.9, 14), (3.5, -2), (4.4, -18), (5.4, -4))
PITCH_DEG = ((0.0, 0), (0.6, 5), (0.9, -3), (1.9, 2), (2.8, -4), (3.5, 3), (4.4, 0))
ROLL_DEG = ((0.0, 0), (1.5, -3), (3.0, 3), (4.4, -5), (5.6, 0))
"""Head turns: to the subject's left, up, and to their left shoulder."""

LOOK_YAW_DEG = ((0.0, 2), (2.0, -9), (2.9, -12), (3.5, 1), (4.4, 14), (5.4, 3))
LOOK_PITCH_DEG = ((0.0, 0), (1.2, 0), (1.5, -12), (1.9, 0), (4.2, 0))
"""Gaze against the head: mostly back to the camera, once down."""


def pose_for_the_photo(camera: PinholeCamera, moment: Moment = IN_THE_PHOTO) -> Motion:
    """A performance of one frame."""
    pose = np.eye(4, dtype=np.float32)
    pose[:3, :3] = _rotations(np.array([moment.turn_deg]))[0]
    weights = np.zeros(len(EXPRESSION_NAMES), np.float32)
    for name, weight in moment.expression.items():
        weights[_columns(name)] = weight
    gaze = np.radians(np.array([moment.look_deg] * 2, np.float32))
    return Motion(
        times_s=np.zeros(1),
        expressions=weights[None],
        T_world_head=pose[None],
        gaze_rad=gaze[None],
        seen=np.ones(1, bool),
        camera=camera,
        source={"name": "synthetic portrait", "rate_fps": FRAME_RATE},
    )


def perform(camera: PinholeCamera) -> Motion:
    """The whole performance: the line, the acting, the turns of the head."""
    times_s = np.arange(round(LENGTH_S * FRAME_RATE)) / FRAME_RATE
    gaze_deg = np.stack(
        [_curve(LOOK_YAW_DEG, times_s), _curve(LOOK_PITCH_DEG, times_s)], axis=1
    )
    poses = np.tile(np.eye(4), (len(times_s), 1, 1))
    poses[:, :3, :3] = _turns(times_s)
    poses[:, 0, 3] = 0.004 * np.sin(2 * np.pi * times_s / 5.1)
    poses[:, 2, 3] = 0.002 * np.sin(2 * np.pi * times_s / 3.3)
    expressions = _expressions(times_s)
    _follow_gaze(expressions, gaze_deg)
    return Motion(
        times_s=times_s,
        expressions=np.clip(expressions, 0, 1).astype(np.float32),
        T_world_head=poses.astype(np.float32),
        gaze_rad=np.radians(np.stack([gaze_deg, gaze_deg], axis=1)).astype(np.float32),
        seen=np.ones(len(times_s), bool),
        camera=camera,
        source={"name": "synthetic performance", "rate_fps": FRAME_RATE},
        sound=_flac(speak(LINE, pitch_hz=112.0, length_s=LENGTH_S)),
    )


def _expressions(times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights [frames, 52]: speech and acting together, then the blinks on top."""
    weights = np.zeros((len(times_s), len(EXPRESSION_NAMES)))
    for name, weight in _mouth(times_s).items():
        weights[:, _columns(name)] += weight[:, None]
    for name, keys in ACTING.items():
        weights[:, _columns(name)] += _curve(keys, times_s)[:, None]
    closed = np.zeros(len(times_s))
    for blink_s in BLINKS_S:
        closed = np.maximum(closed, _blink(times_s - blink_s))
    weights[:, _columns("eyeBlink")] = np.maximum(0.04, closed)[:, None]
    weights[:, _columns("eyeSquint")] *= (1 - closed)[:, None]
    return weights


def _mouth(times_s: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Each viseme around the middle of its phone, blended into its neighbours."""
    total: dict[str, NDArray[np.float64]] = {}
    share = np.full(len(times_s), 1e-3)
    for part in LINE:
        share += _influence(part, times_s)
    for part in LINE:
        influence = _influence(part, times_s) / np.maximum(share, 1.0)
        for name, weight in VISEMES[part.phone].items():
            total[name] = total.get(name, np.zeros(len(times_s))) + weight * influence
    return total


def _influence(part: Spoken, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much one phone shapes the mouth: it starts a little before the sound."""
    middle_s = (part.start_s + part.end_s) / 2 - 0.02
    width_s = 0.55 * (part.end_s - part.start_s) + 0.015
    return np.exp(-(((times_s - middle_s) / width_s) ** 2))


def _blink(since_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lid closure around a blink: shut in 80 ms, closed for 60, open in 160."""
    return np.interp(since_s, (-0.11, -0.03, 0.03, 0.19), (0.0, 1.0, 1.0, 0.0))


def _follow_gaze(
    expressions: NDArray[np.float64], gaze_deg: NDArray[np.float64]
) -> None:
    """Let the lids follow the eyes: 30 degrees of gaze are a weight of one."""
    yaw, pitch = gaze_deg.T / 30.0
    moves = {"Up": pitch, "Down": -pitch}
    for name in GAZE_EXPRESSIONS:
        direction = name.removeprefix("eyeLook").removesuffix("Left")
        direction = direction.removesuffix("Right")
        outward = yaw if name.endswith("Left") else -yaw
        move = {**moves, "Out": outward, "In": -outward}[direction]
        expressions[:, EXPRESSION_INDEX[name]] = np.maximum(move, 0.0)


def _turns(times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """How the head turns [frames, 3, 3]."""
    keys = (YAW_DEG, PITCH_DEG, ROLL_DEG)
    return _rotations(np.stack([_curve(key, times_s) for key in keys], axis=1))


def _rotations(turns_deg: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rotations [frames, 3, 3] of turns [frames, 3] left, up, to the left shoulder."""
    yaw, pitch, roll = np.radians(turns_deg).T
    return _about(2, yaw) @ _about(0, -pitch) @ _about(1, roll)


def _about(axis: int, angles: NDArray[np.float64]) -> NDArray[np.float64]:
    first, second = (axis + 1) % 3, (axis + 2) % 3
    rotations = np.tile(np.eye(3), (len(angles), 1, 1))
    rotations[:, first, first] = rotations[:, second, second] = np.cos(angles)
    rotations[:, second, first] = np.sin(angles)
    rotations[:, first, second] = -np.sin(angles)
    return rotations


def _curve(
    keys: tuple[tuple[float, float], ...], times_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """A smooth way through (second, value) keys, level at each of them."""
    at, values = np.array(keys, float).T
    place_of = np.clip(np.searchsorted(at, times_s, side="right") - 1, 0, len(at) - 2)
    along = (times_s - at[place_of]) / (at[place_of + 1] - at[place_of])
    along = np.clip(along, 0.0, 1.0)
    ease = along**3 * (10 - 15 * along + 6 * along**2)
    return values[place_of] + ease * (values[place_of + 1] - values[place_of])


def _columns(name: str) -> list[int]:
    """The columns of an expression, of both its sides if it has two."""
    if name in EXPRESSION_INDEX:
        return [EXPRESSION_INDEX[name]]
    return [EXPRESSION_INDEX[f"{name}Left"], EXPRESSION_INDEX[f"{name}Right"]]


def _flac(sound: NDArray[np.float32]) -> bytes:
    """A mono sound as a FLAC file."""
    file = io.BytesIO()
    with av.open(file, "w", format="flac") as container:
        stream = container.add_stream("flac", rate=RATE_HZ, layout="mono")
        samples = (sound * 32767).astype(np.int16)[None]
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = RATE_HZ
        container.mux([*stream.encode(frame), *stream.encode(None)])
    return file.getvalue()
