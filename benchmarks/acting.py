"""Performances whose every weight is known: what a captured clip is compared with.

Faces act in phrases: something that a face does is raised, held and let go, the upper
face beside the lower one, sides seldom alike. Between them eyes blink and jump, the
mouth speaks, and the head moves. A clip begins wherever it does: nothing says that its
first frame is neutral.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray

from core.expressions import EXPRESSION_INDEX, EXPRESSION_NAMES
from core.track.looks import look_weights

RATE_FPS = 30.0

_UPPER: tuple[tuple[str, ...], ...] = (
    ("browInnerUp", "browOuterUpLeft", "browOuterUpRight"),
    ("browDownLeft", "browDownRight"),
    ("browInnerUp",),
    ("browOuterUpLeft",),
    ("browOuterUpRight",),
    ("eyeSquintLeft", "eyeSquintRight"),
    ("eyeWideLeft", "eyeWideRight"),
    ("cheekSquintLeft", "cheekSquintRight", "eyeSquintLeft", "eyeSquintRight"),
    ("noseSneerLeft", "noseSneerRight"),
    ("eyeBlinkLeft",),
    ("eyeBlinkRight",),
    ("eyeBlinkLeft", "eyeBlinkRight"),
)
"""What the upper face does as one."""

_LOWER: tuple[tuple[str, ...], ...] = (
    ("mouthSmileLeft", "mouthSmileRight"),
    ("mouthSmileLeft", "mouthSmileRight", "jawOpen"),
    ("mouthSmileLeft",),
    ("mouthSmileRight",),
    ("mouthFrownLeft", "mouthFrownRight"),
    ("jawOpen",),
    ("jawOpen", "mouthFunnel"),
    ("jawOpen", "mouthClose"),
    ("mouthPucker",),
    ("mouthFunnel",),
    ("cheekPuff",),
    ("jawLeft",),
    ("jawRight",),
    ("jawForward",),
    ("mouthLeft",),
    ("mouthRight",),
    ("mouthRollLower", "mouthRollUpper"),
    ("mouthPressLeft", "mouthPressRight"),
    ("mouthStretchLeft", "mouthStretchRight"),
    ("mouthDimpleLeft", "mouthDimpleRight"),
    ("mouthUpperUpLeft", "mouthUpperUpRight"),
    ("mouthLowerDownLeft", "mouthLowerDownRight", "jawOpen"),
    ("mouthShrugLower", "mouthShrugUpper"),
    ("jawOpen", "tongueOut"),
)
"""The same of the lower face."""

_VOWELS: tuple[dict[str, float], ...] = (
    {"jawOpen": 0.5},
    {"jawOpen": 0.25, "mouthStretchLeft": 0.3, "mouthStretchRight": 0.3},
    {"jawOpen": 0.3, "mouthFunnel": 0.5},
    {"jawOpen": 0.1, "mouthPucker": 0.7},
    {"mouthPressLeft": 0.4, "mouthPressRight": 0.4, "mouthRollLower": 0.2},
    {"jawOpen": 0.05, "mouthRollLower": 0.4, "mouthUpperUpLeft": 0.2},
)
"""What a speaking mouth passes through."""

_BLINK = (0.5, 1.0, 1.0, 0.6, 0.2)
"""A blink, frame by frame."""


@dataclass(frozen=True, kw_only=True)
class Performance:
    """What a head does, frame by frame."""

    weights: Float[np.ndarray, "frames expressions"]
    """Expression weights, 0 to 1."""
    gaze_rad: Float[np.ndarray, "frames eyes 2"]
    """Yaw to the left and pitch upward of the left and the right eye."""
    turn_deg: Float[np.ndarray, "frames 3"]
    """Yaw to the left, pitch upward and roll of the head."""
    offset_m: Float[np.ndarray, "frames 3"]
    """How far it is from its place."""


def perform(seed: int, frames: int) -> Performance:
    """A performance of its own for every seed."""
    random = np.random.default_rng(seed)
    weights = np.zeros((frames, len(EXPRESSION_NAMES)))
    _act(weights, _UPPER, random)
    _act(weights, _LOWER, random)
    _speak(weights, random)
    _blink(weights, random)
    gaze = _look(frames, random)
    lids = look_weights(torch.from_numpy(gaze)).numpy()
    return Performance(
        weights=(weights + lids).clip(0, 1),
        gaze_rad=gaze,
        turn_deg=_drift(frames, random) * [14.0, 6.0, 4.0],
        offset_m=_drift(frames, random) * [0.02, 0.03, 0.01],
    )


def _act(
    weights: NDArray[np.float64],
    repertoire: tuple[tuple[str, ...], ...],
    random: np.random.Generator,
) -> None:
    """Phrase after phrase, each somewhat longer than its neighbours leave room for."""
    frames = len(weights)
    start = -int(random.integers(0, 20))
    order = list(random.permutation(len(repertoire)))
    while start < frames:
        phrase = repertoire[order.pop() if order else random.integers(len(repertoire))]
        rise, hold, fall = random.integers((4, 3, 4), (12, 16, 14))
        way = np.concatenate(
            [_ease(rise), np.ones(hold), _ease(fall)[::-1]]
        ) * random.uniform(0.5, 1.0)
        for name in phrase:
            _add(weights, start, EXPRESSION_INDEX[name], way * random.uniform(0.7, 1.0))
        start += int(rise + hold + random.integers(0, 8))


def _speak(weights: NDArray[np.float64], random: np.random.Generator) -> None:
    """A third of the clip in quick vowels, over what else the mouth does."""
    frames = len(weights)
    first = int(random.integers(0, frames))
    quiet = 0.3
    weights[first : first + frames // 3, EXPRESSION_INDEX["jawOpen"]] *= quiet
    for start in range(first, min(first + frames // 3, frames), 5):
        vowel = _VOWELS[random.integers(len(_VOWELS))]
        way = np.concatenate([_ease(4), _ease(4)[::-1]])
        for name, most in vowel.items():
            _add(weights, start, EXPRESSION_INDEX[name], most * way)


def _blink(weights: NDArray[np.float64], random: np.random.Generator) -> None:
    start = int(random.integers(5, 30))
    while start < len(weights):
        for name in ("eyeBlinkLeft", "eyeBlinkRight"):
            _add(weights, start, EXPRESSION_INDEX[name], np.array(_BLINK))
        start += int(random.integers(30, 80))


def _look(
    frames: int, random: np.random.Generator
) -> Float[np.ndarray, "frames eyes 2"]:
    """Jumps of the gaze within two frames, the eyes turned in for near things."""
    gaze = np.zeros((frames, 2, 2))
    start = 0
    while start < frames:
        yaw, pitch = random.normal(0, (0.2, 0.1))
        near = random.uniform(0, 0.06)
        gaze[start:] = [[yaw - near, pitch], [yaw + near, pitch]]
        start += int(random.integers(8, 40))
    before = np.concatenate([gaze[:1], gaze[:-1]])
    return 0.5 * (gaze + before)


def _drift(frames: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Three slow, smooth wanderings of unit size."""
    times = np.arange(frames)[:, None] / RATE_FPS
    rates = random.uniform(0.08, 0.5, (4, 3))
    phases = random.uniform(0, 2 * np.pi, (4, 3))
    waves = np.sin(2 * np.pi * rates * times[:, None] + phases) / np.sqrt(2)
    return waves.mean(axis=1) * 2


def _ease(count: int) -> NDArray[np.float64]:
    """From above 0 to 1, slow at both ends."""
    t = (np.arange(count) + 1) / count
    return t * t * (3 - 2 * t)


def _add(
    weights: NDArray[np.float64], start: int, column: int, way: NDArray[np.float64]
) -> None:
    """Raise a column to `way` from frame `start` on, as far as the clip goes."""
    first, last = max(start, 0), min(start + len(way), len(weights))
    if first < last:
        part = weights[first:last, column]
        np.maximum(part, way[first - start : last - start], out=part)
