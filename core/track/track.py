"""The performance in a clip: expressions, head pose and gaze in every frame.

The driver is calibrated first; then every frame is solved on the driver's own head,
the gaze is sought in the irises, the lids are measured against the driver's own range,
and from all of it the reader says what lids and eyes do, and what it expects of the
rest of the face. With that the frames are solved once more. At last everything is
smoothed without moving in time: pose strongly, the mouth hardly, lids and eyes not at
all.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ..assets import PinholeCamera
from ..expressions import EXPRESSION_NAMES, GAZE_EXPRESSIONS
from ..head_model import HeadModel
from ..landmarks.topology import FACE_COUNT, LIP_PAIRS
from ..landmarks.types import LandmarkTrack
from ..messages import Progress, Say, part_of, silent
from ..residuals.person import ShapeImpression
from ..residuals.prediction import landmark_points_px
from ..residuals.start import eye_distances_px
from .calibration import Driver
from .confidence import confidence, facing
from .curves import Curves
from .first_look import DEFAULT_TRACK, FirstLook, look_first
from .frames import Frames, Observations, TrackSettings, solve_frames
from .lids import BLINKS, WIDES
from .looks import gaze_of
from .reader import ExpressionReader
from .reading import ASKED_FOR_THE_USUAL, Reading

_KNOWN = [*BLINKS, *WIDES, *map(EXPRESSION_NAMES.index, GAZE_EXPRESSIONS)]
"""Expressions that are as the reader says: lids leave the landmarks little to add."""
_KNOWN_DEVIATION = 0.01
"""How far they may be while the others are solved."""
_READ_DEVIATION = 0.022
"""How far the others may be from what is read. Held closer, painted heads are solved
better still, but marks of real people are explained worse."""
_SPARING = 0.04
"""How much lower than read they are sought. It costs each of them the same, however
strong it is, so that few say what many would say faintly: the sparse weights of
Bouaziz, Wang and Pauly, Online Modeling for Realtime Facial Animation, 2013."""
_AS_READ = [*_KNOWN, EXPRESSION_NAMES.index("tongueOut")]
"""But for these: no landmark can give a tongue back that is read faintly."""
_DOUBTED_DEVIATION = 0.15
"""The same of a mouth that is read as open while its lips are seen to touch: pouts of
real people were."""
_PARTED = (0.02, 0.05)
"""By how much such lips are read as parted, in eye distances, where doubt begins, and
where it is greatest."""
_TOUCHING = 0.05
"""Lips that are nearer all along touch, in eye distances."""
_MOUTH = [
    n
    for n, name in enumerate(EXPRESSION_NAMES)
    if name.startswith(("mouth", "jaw", "cheekPuff", "tongue"))
]


@dataclass(frozen=True, kw_only=True)
class HeadTrack:
    """One performance as the clip's camera saw it, and how the tracking went."""

    expressions: Float[np.ndarray, "frames expressions"]
    """Weights in 0 to 1; frames without a face are bridged."""
    T_camera_head: Float[np.ndarray, "frames 4 4"]
    """The head in camera space."""
    gaze_rad: Float[np.ndarray, "frames 2 2"]
    """Yaw and pitch of the left and the right eye."""
    seen: Bool[np.ndarray, "frames"]
    """Whether a face was seen in each frame."""
    confidence: Float[np.ndarray, "frames"]
    """How sure each frame is, 0 (guessed) to 1."""
    camera: PinholeCamera
    """The clip's camera; its principal point is the picture's middle."""
    identity: Float[np.ndarray, "identities"]
    """The driver's own identity coefficients."""
    rest: Float[np.ndarray, "expressions"]
    """The face of the driver's calmest frames, which counts as none at all."""
    rms_px: float
    """Root mean square distance of the face landmarks from those detected."""
    landmark_error_percent: float
    """Their median distance, in percent of the eye distance."""
    focal_source: str
    """`given`, or `calibrated` from the clip."""


def track_head(
    model: HeadModel,
    track: LandmarkTrack,
    *,
    focal_px: float | None = None,
    device: torch.device | str = "cpu",
    say: Say = silent,
    settings: TrackSettings = DEFAULT_TRACK,
    person: ShapeImpression | None = None,
) -> HeadTrack:
    """The performance that explains a clip's landmarks. Some frame must show a face.

    `person` is whom the clip seems to show.
    """
    assert track.seen.any(), "a clip without a face must be refused before"
    first = look_first(
        model,
        track,
        focal_px=focal_px,
        device=device,
        say=part_of(say, 0.0, 0.6),
        settings=settings,
        person=person,
    )
    reader = ExpressionReader.load(model.version_sha256).to(first.frames.x)
    residue = _solve_as_read(
        first, reader, say=part_of(say, 0.6, 0.95), settings=settings
    )
    say(Progress(fraction=0.95, doing="Smoothing"))
    return _finish(
        track,
        driver=first.driver,
        frames=first.frames,
        residue=residue,
        focal_known=focal_px is not None,
    )


@dataclass(frozen=True, kw_only=True)
class _Residue:
    """What the solved frames leave unexplained."""

    rms_px: float
    percent: float
    frame_percents: Float[np.ndarray, "seen"]
    """Root mean square in each frame, in percent of the eye distance."""


def _solve_as_read(
    first: FirstLook, reader: ExpressionReader, *, say: Say, settings: TrackSettings
) -> _Residue:
    """Solve all frames once more, with lids and gaze as they are read, in place."""
    clip, frames = first.clip, first.frames
    driver = first.driver.as_marked(reader.motion)
    reading = Reading(first, reader)
    square_px, percents, frame_percents = 0.0, list[Tensor](), list[Tensor]()
    stride = clip.spread(ASKED_FOR_THE_USUAL).step
    for window in clip.windows():
        say(Progress(fraction=window.start / len(clip), doing="Reading lids and gaze"))
        observed = clip.at(window)
        expected = reading.of(window, observed)
        start = frames.at(window)
        solved = solve_frames(
            driver.bases,
            driver.products,
            _as_read(driver, start, observed, expected),
            start,
            settings.refining(),
        )
        solved = replace(solved, x=_with_known(solved, expected))
        frames.put(window, solved)
        error_px, eyes_px = _errors_px(driver, solved, observed)
        square_px += float(error_px.double().square().sum())
        shown = slice(-window.start % stride, None, stride)
        error_percent = 100 * error_px / eyes_px[:, None]
        frame_percents.append(error_percent.square().mean(dim=1).sqrt())
        percents.append(error_percent[shown].clone())  # or it would keep the others
    mean_square = square_px / (len(clip) * FACE_COUNT)
    return _Residue(
        rms_px=math.sqrt(mean_square),
        percent=float(torch.cat(percents).median()),
        frame_percents=torch.cat(frame_percents).double().cpu().numpy(),
    )


def _errors_px(
    driver: Driver, frames: Frames, observed: Observations
) -> tuple[Float[Tensor, "frames landmarks"], Float[Tensor, "frames"]]:
    """How far the face's landmarks are from those detected, and the eyes' distance."""
    points_px = landmark_points_px(driver.bases, frames.view, frames.x)
    error_px = (points_px - observed.points_px)[:, :FACE_COUNT].norm(dim=-1)
    return error_px, eye_distances_px(frames.view, frames.x)


def _as_read(
    driver: Driver,
    frames: Frames,
    observed: Observations,
    read: Float[Tensor, "frames expressions"],
) -> Observations:
    """Observations that expect what was read, of a mouth unless its lips gainsay it."""
    deviation = torch.full_like(observed.deviation, _READ_DEVIATION)
    start, end = _PARTED
    parted = _wrongly_parted(driver, frames, observed, read)
    doubt = ((parted - start) / (end - start)).clamp(0, 1)
    more = doubt * (_DOUBTED_DEVIATION - _READ_DEVIATION)
    deviation[:, _MOUTH] += more[:, None]
    deviation[:, _KNOWN] = _KNOWN_DEVIATION
    expected = read - _SPARING
    expected[:, _AS_READ] = read[:, _AS_READ]
    return replace(observed, expected=expected, deviation=deviation)


def _wrongly_parted(
    driver: Driver,
    frames: Frames,
    observed: Observations,
    read: Float[Tensor, "frames expressions"],
) -> Float[Tensor, "frames"]:
    """How much farther apart lips are read than they are seen to touch: eye distances.

    Zero where they are seen to be open.
    """
    x, view = frames.x.clone(), frames.view
    x[:, view.unknowns.expression] = read
    chosen, pairs = torch.tensor(LIP_PAIRS, device=x.device).unique(return_inverse=True)
    eye_px = eye_distances_px(view, x)

    def widest(points_px: Tensor) -> Tensor:
        upper, lower = points_px[:, pairs].unbind(dim=2)
        return (upper - lower).norm(dim=-1).amax(dim=1) / eye_px

    seen = widest(observed.points_px[:, chosen])
    parted = widest(landmark_points_px(driver.bases.at(chosen), view, x)) - seen
    return torch.where(seen < _TOUCHING, parted, torch.zeros_like(parted))


def _with_known(
    frames: Frames, expected: Float[Tensor, "frames expressions"]
) -> Float[Tensor, "frames size"]:
    """The unknowns, lids and gaze exactly as expected."""
    x = frames.x.clone()
    first = frames.view.unknowns.expression.start
    x[:, [first + index for index in _KNOWN]] = expected[:, _KNOWN]
    return x


def _finish(
    track: LandmarkTrack,
    *,
    driver: Driver,
    frames: Frames,
    residue: _Residue,
    focal_known: bool,
) -> HeadTrack:
    """The curves of all frames, smoothed and bridged."""
    width, height = track.image_size_px
    curves = Curves(seen=track.seen, times_s=track.times_s)
    weights = frames.x[:, frames.view.unknowns.expression]
    poses = curves.poses(frames)
    return HeadTrack(
        expressions=curves.expressions(frames),
        T_camera_head=poses,
        gaze_rad=curves.gaze(gaze_of(weights), weights[:, list(BLINKS)]),
        seen=track.seen.copy(),
        confidence=confidence(
            residue.frame_percents, facing(poses[track.seen]), track.seen
        ),
        camera=PinholeCamera(
            focal_px=float(driver.focal_px),
            center_x_px=width / 2,
            center_y_px=height / 2,
            width_px=width,
            height_px=height,
        ),
        identity=driver.identity.float().cpu().numpy(),
        rest=driver.rest.float().cpu().numpy(),
        rms_px=residue.rms_px,
        landmark_error_percent=residue.percent,
        focal_source="given" if focal_known else "calibrated",
    )
