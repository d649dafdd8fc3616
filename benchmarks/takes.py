"""Films of acting heads, captured, and how far the captured weights are from the acted.

Errors in millimetres are those of the acting head itself: its own units, driven by the
captured weights and by the true ones. MediaPipe's scores of the same frames are asked
the same questions.
"""

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float
from numpy.typing import NDArray

from benchmarks.acting import Performance, perform
from benchmarks.puppets import (
    Puppet,
    film,
    own_puppet,
    scanned_puppets,
    turned,
)
from core.expressions import EXPRESSION_INDEX
from core.fit.shape_reader import load_shape_reader
from core.head_model import load_head_model
from core.images.video import open_video
from core.landmarks.closer import load_closer_look
from core.landmarks.video_landmarks import track_landmarks
from core.spaces import T_WORLD_CAMERA
from core.track import track_head
from core.track.lids import BLINKS

UNSEEN_SEED = 7001
"""Of people and performances; those learned from have others."""
FILMS = ((720, 20), (480, 28), (480, 34))
"""Size and quality of the films, in turn: from good to a poor connection."""
CLOSED, OPEN = 0.7, 0.35
"""How far lids come together from where an eye is shut, and up to where it is open.
The weight of a blink says less: at 0.65 the lids of some heads nearly meet."""
TOUCHING_M = 0.0015
"""Lips nearer than this, beyond what is so at rest, touch."""
_ACTIVE = 0.02
"""Standard deviation of a weight that is worth a correlation."""


@dataclass(frozen=True, kw_only=True)
class Take:
    """One film and what was made of it; only frames in which a face was seen."""

    puppet: Puppet
    """Who acts."""
    truth: Performance
    """What was acted."""
    seen: Bool[np.ndarray, "all"]
    """The frames that show a face."""
    weights: Float[np.ndarray, "frames expressions"]
    """Our weights."""
    scores: Float[np.ndarray, "frames expressions"]
    """MediaPipe's."""
    gaze_rad: Float[np.ndarray, "frames eyes 2"]
    """Our gaze."""
    rotations: Float[np.ndarray, "frames 3 3"]
    """Our rotations of the head in the world."""

    def offsets(
        self, weights: NDArray[np.float64], vertices: NDArray[np.intp]
    ) -> Float[np.ndarray, "frames vertices 3"]:
        """How far some vertices are from where they were, frame by frame [metres]."""
        wrong = weights - self.truth.weights[self.seen]
        return np.einsum("fe,evc->fvc", wrong, self.puppet.units[:, vertices])


def shoot(heads: int, frames: int, scans: Path) -> Iterator[Take]:
    """Film and capture everybody."""
    puppets: list[Puppet] = [own_puppet(UNSEEN_SEED + i) for i in range(heads)]
    if scans.is_file():
        puppets += scanned_puppets(scans, seed=UNSEEN_SEED, count=heads)
    else:
        print(f"No scan-made heads: there is no {scans}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        for index, puppet in enumerate(puppets):
            size_px, quality = FILMS[index % len(FILMS)]
            path = Path(folder) / f"{index}.mp4"
            truth = perform(UNSEEN_SEED + index, frames)
            if not puppet.rolls:
                truth = replace(truth, turn_deg=truth.turn_deg * [1, 1, 0])
            film(puppet.frames(truth), path, size_px=size_px, quality=quality)
            print(f"{puppet.name}: filmed", file=sys.stderr)
            yield capture(puppet, truth, path)


def capture(puppet: Puppet, truth: Performance, path: Path) -> Take:
    """Capture one film."""
    model = load_head_model()
    closer = load_closer_look(model.version_sha256)
    reader = load_shape_reader(model.version_sha256)
    landmarks = track_landmarks(open_video(path), closer=closer, who_is=reader.who_is)
    head = track_head(model, landmarks, person=reader.of_clip(landmarks.person))
    seen = landmarks.seen
    return Take(
        puppet=puppet,
        truth=truth,
        seen=seen,
        weights=head.expressions[seen].astype(np.float64),
        scores=landmarks.scores[seen].astype(np.float64),
        gaze_rad=head.gaze_rad[seen].astype(np.float64),
        rotations=(T_WORLD_CAMERA @ head.T_camera_head)[seen, :3, :3],
    )


def figures_of(takes: list[Take]) -> dict[str, float]:
    """Everything that the films tell."""
    figures: dict[str, float] = {
        "films": len(takes),
        "frames": sum(len(take.weights) for take in takes),
        "frames_seen_percent": 100 * float(np.mean([t.seen.mean() for t in takes])),
        "head_pose_deg": float(np.mean([_pose_error_deg(take) for take in takes])),
        "gaze_deg": float(np.median(np.concatenate([*map(_gaze_deg, takes)]))),
        "lag_frames": float(np.median([_lag(take) for take in takes])),
    }
    ours = [take.weights for take in takes]
    theirs = [take.scores for take in takes]
    figures |= _errors(takes, ours, "") | _errors(takes, theirs, "mediapipe_")
    for name, index in EXPRESSION_INDEX.items():
        figures |= _correlations(takes, name, index)
    return {name: round(value, 4) for name, value in figures.items()}


def _errors(
    takes: list[Take], found: list[NDArray[np.float64]], prefix: str
) -> dict[str, float]:
    """What can be asked of any weights."""
    wrong, vertices, lips, jitter = [], [], [], []
    for take, weights in zip(takes, found, strict=True):
        wrong.append(np.abs(weights - take.truth.weights[take.seen]).mean())
        moved = take.offsets(weights, take.puppet.moving)
        vertices.append(1000 * np.linalg.norm(moved, axis=2).mean())
        lip = np.linalg.norm(take.offsets(weights, take.puppet.lips), axis=2)
        lips.append(1000 * lip.max(axis=1))
        jitter.append(_jitter(take, weights))
    figures = {
        "weight_error": float(np.mean(wrong)),
        "vertex_error_mm": float(np.mean(vertices)),
        "lip_error_mm": float(np.median(np.concatenate(lips))),
        "jitter_ratio": float(np.mean(jitter)),
        **_events(takes, found),
    }
    return {f"{prefix}{name}": value for name, value in figures.items()}


def _jitter(take: Take, weights: NDArray[np.float64]) -> float:
    """Accelerations of the face's skin over the true ones, rms."""
    some = take.puppet.moving[::40]
    units = take.puppet.units[:, some]

    def shaking(curves: NDArray[np.float64]) -> float:
        moved = np.einsum("fe,evc->fvc", np.diff(curves, n=2, axis=0), units)
        return float(np.sqrt(np.square(moved).mean()))

    return shaking(weights) / shaking(take.truth.weights[take.seen])


def _events(takes: list[Take], found: list[NDArray[np.float64]]) -> dict[str, float]:
    """Shut eyes, winks, and lips that touch: are they told as what they are?"""
    closing, blinks, contact = [], [], []
    for take, weights in zip(takes, found, strict=True):
        true = take.truth.weights[take.seen]
        closing.append((take.puppet.closing(true), take.puppet.closing(weights)))
        blinks.append((true[:, BLINKS], weights[:, BLINKS]))
        mouth_moves = true[:, EXPRESSION_INDEX["jawOpen"]] > 0.1
        touching = _lips_touch(take.puppet, true, 1.0) & mouth_moves
        contact.append((touching, _lips_touch(take.puppet, weights, 1.5) & touching))
    return {
        "closed_eye_f1": _f1([(_shut(a), _shut(b)) for a, b in closing]),
        "wink_f1": _f1([(_winks(a), _winks(b)) for a, b in closing]),
        "closed_weight_f1": _f1([(_shut(a), _shut(b)) for a, b in blinks]),
        "wink_weight_f1": _f1([(_winks(a), _winks(b)) for a, b in blinks]),
        "lip_contact_recall": _recall(contact),
    }


def _shut(lids: NDArray[np.float64]) -> NDArray[np.bool_]:
    return lids.ravel() > CLOSED


def _winks(lids: NDArray[np.float64]) -> NDArray[np.bool_]:
    return ((lids > CLOSED) & (lids[:, ::-1] < OPEN)).ravel()


def _lips_touch(
    puppet: Puppet, weights: NDArray[np.float64], share: float
) -> NDArray[np.bool_]:
    """Whether the middle of the lips is not farther apart than at rest."""
    upper, lower = puppet.lip_pairs.T
    apart = puppet.units[:, upper] - puppet.units[:, lower]
    gap = np.einsum("fe,epc->fpc", weights, apart)
    return np.linalg.norm(gap, axis=2).max(axis=1) < share * TOUCHING_M


def _f1(pairs: list[tuple[NDArray[np.bool_], NDArray[np.bool_]]]) -> float:
    true, found = (np.concatenate(each) for each in zip(*pairs, strict=True))
    return float(2 * (true & found).sum() / max(true.sum() + found.sum(), 1))


def _recall(pairs: list[tuple[NDArray[np.bool_], NDArray[np.bool_]]]) -> float:
    true, found = (np.concatenate(each) for each in zip(*pairs, strict=True))
    return float((true & found).sum() / max(true.sum(), 1))


def _pose_error_deg(take: Take) -> float:
    """Mean angle to the true rotation, but for a turn that all frames have in common.

    Where a head looks at rest is a matter of its model.
    """
    true = np.stack([turned(*turn) for turn in take.truth.turn_deg[take.seen]])
    left, _, right = np.linalg.svd((true.swapaxes(1, 2) @ take.rotations).mean(axis=0))
    wrong = (true @ (left @ right)).swapaxes(1, 2) @ take.rotations
    cosine = (np.trace(wrong, axis1=1, axis2=2) - 1) / 2
    return float(np.degrees(np.arccos(cosine.clip(-1, 1))).mean())


def _gaze_deg(take: Take) -> NDArray[np.float64]:
    """Angle between the true and the found gaze of every eye that is open."""
    true = take.truth.gaze_rad[take.seen]
    is_open = take.truth.weights[take.seen][:, BLINKS] < OPEN
    cosine = (_direction(true) * _direction(take.gaze_rad)).sum(axis=-1)
    return np.degrees(np.arccos(cosine.clip(-1, 1)))[is_open]


def _direction(gaze_rad: NDArray[np.float64]) -> NDArray[np.float64]:
    yaw, pitch = np.moveaxis(gaze_rad, -1, 0)
    flat = np.cos(pitch)
    return np.stack([np.sin(yaw) * flat, -np.cos(yaw) * flat, np.sin(pitch)], axis=-1)


def _lag(take: Take) -> float:
    """By how many frames our weights come late: where they correlate most."""
    true, found = take.truth.weights[take.seen], take.weights
    shifts = range(-3, 4)
    fits = []
    for shift in shifts:
        a = true[3 : len(true) - 3]
        b = found[3 + shift : len(found) - 3 + shift]
        fits.append(float(((a - a.mean(axis=0)) * (b - b.mean(axis=0))).sum()))
    return float(shifts[int(np.argmax(fits))])


def _correlations(takes: list[Take], name: str, index: int) -> dict[str, float]:
    """Of one weight over all films, ours and MediaPipe's; none if nobody acted it."""
    true = np.concatenate([take.truth.weights[take.seen, index] for take in takes])
    if true.std() < _ACTIVE:
        return {}
    figures = {}
    for prefix, curves in (
        ("", [take.weights[:, index] for take in takes]),
        ("mediapipe_", [take.scores[:, index] for take in takes]),
    ):
        found = np.concatenate(curves)
        figures[f"{prefix}correlation_{name}"] = (
            float(np.corrcoef(true, found)[0, 1]) if found.std() > 0 else 0.0
        )
    return figures
