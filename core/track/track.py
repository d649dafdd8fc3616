"""The performance in a clip: expressions, head pose and gaze in every frame.

The driver is calibrated first; then every frame is solved on the driver's own head,
the gaze is sought in the irises, the lids are measured against the driver's own range,
and from all of it the reader says what lids and eyes do. With that known the frames are
solved once more, for the rest of the face. At last everything is smoothed without
moving in time: pose strongly, the mouth hardly, lids and eyes not at all.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ..assets import PinholeCamera
from ..expressions import EXPRESSION_NAMES, GAZE_EXPRESSIONS
from ..head_model import HeadModel
from ..landmarks.topology import FACE_COUNT
from ..landmarks.types import LandmarkTrack
from ..messages import Progress, Say, silent
from ..residuals.prediction import landmark_points_px
from ..residuals.start import eye_distances_px
from .calibration import Driver
from .confidence import confidence, facing
from .curves import Curves
from .first_look import DEFAULT_TRACK, look_first
from .frames import Frames, Observations, TrackSettings, solve_frames
from .lids import BLINKS, WIDES
from .looks import gaze_of
from .reader import ExpressionReader

_KNOWN = [*BLINKS, *WIDES, *map(EXPRESSION_NAMES.index, GAZE_EXPRESSIONS)]
"""Expressions that are as the reader says: lids leave the landmarks little to add."""
_KNOWN_DEVIATION = 0.01
"""How far they may be while the others are solved."""


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
) -> HeadTrack:
    """The performance that explains a clip's landmarks. Some frame must show a face."""
    assert track.seen.any(), "a clip without a face must be refused before"
    first = look_first(
        model, track, focal_px=focal_px, device=device, say=say, settings=settings
    )
    reader = ExpressionReader.load(model.version_sha256).to(first.frames.x)
    expected = reader.read(first.impressions)
    frames = solve_frames(
        first.driver.bases,
        first.driver.products,
        _as_read(first.observed, expected),
        first.frames,
        settings,
    )
    say(Progress(fraction=0.9, doing="Smoothing"))
    return _finish(
        track,
        driver=first.driver,
        observed=first.observed,
        frames=replace(frames, x=_with_known(frames, expected)),
        gaze=gaze_of(expected),
        closed=expected[:, list(BLINKS)],
        focal_known=focal_px is not None,
    )


def _as_read(
    observed: Observations, read: Float[Tensor, "frames expressions"]
) -> Observations:
    """Observations that expect of lids and gaze what was read."""
    expected, deviation = observed.expected.clone(), observed.deviation.clone()
    expected[:, _KNOWN] = read[:, _KNOWN]
    deviation[:, _KNOWN] = _KNOWN_DEVIATION
    return replace(observed, expected=expected, deviation=deviation)


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
    observed: Observations,
    frames: Frames,
    gaze: Tensor,
    closed: Tensor,
    focal_known: bool,
) -> HeadTrack:
    """The curves of all frames, smoothed and bridged, and how well they explain."""
    points_px = landmark_points_px(driver.bases, frames.view, frames.x)
    error_px = (points_px - observed.points_px)[:, :FACE_COUNT].norm(dim=-1)
    eyes_px = eye_distances_px(frames.view, frames.x)
    errors_percent = 100 * error_px / eyes_px[:, None]
    width, height = track.image_size_px
    curves = Curves(seen=track.seen, times_s=track.times_s)
    poses = curves.poses(frames)
    return HeadTrack(
        expressions=curves.expressions(frames),
        T_camera_head=poses,
        gaze_rad=curves.gaze(gaze, closed),
        seen=track.seen.copy(),
        confidence=confidence(
            errors_percent.square().mean(dim=1).sqrt().double().cpu().numpy(),
            facing(poses[track.seen]),
            track.seen,
        ),
        camera=PinholeCamera(
            focal_px=float(driver.focal_px),
            center_x_px=width / 2,
            center_y_px=height / 2,
            width_px=width,
            height_px=height,
        ),
        identity=driver.identity.float().cpu().numpy(),
        rms_px=float(error_px.square().mean().sqrt()),
        landmark_error_percent=float(errors_percent.median()),
        focal_source="given" if focal_known else "calibrated",
    )
