"""The performance in a clip: expressions, head pose and gaze in every frame.

The driver is calibrated first; then every frame is solved on the driver's own head,
the lids are measured against the driver's own range, the gaze is read from the irises,
and everything is smoothed without moving in time: pose strongly, the mouth hardly, lids
and eyes not at all.
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
from ..residuals.expectations import expected_expressions
from ..residuals.gaze import DEFAULT_GAZE, Eyes, solve_gaze
from ..residuals.prediction import HeadUnknowns, LandmarkBases, landmark_points_px
from ..residuals.start import eye_distances_px
from .calibration import Driver, calibrate_driver
from .curves import Curves
from .frames import (
    Frames,
    Observations,
    TrackSettings,
    solve_frames,
    start_frames,
)
from .lids import BLINKS, WIDES, eye_openings, lid_weights
from .looks import look_weights

FOCAL_OF_LONG_SIDE = 1.3
"""Expected focal length over the longer side of the picture."""

DEFAULT_TRACK = TrackSettings()


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
    width, height = track.image_size_px
    bases = LandmarkBases.of(model).to(torch.device(device))
    points_px = torch.from_numpy(track.points_px[track.seen]).to(bases.neutral)
    scores = torch.from_numpy(track.scores[track.seen]).to(bases.neutral)
    mean, deviation = expected_expressions(
        scores, silent_deviation=settings.expression_deviation
    )
    observed = Observations(points_px=points_px, expected=mean, deviation=deviation)
    center_px = points_px.new_tensor([width / 2, height / 2])
    say(Progress(fraction=0.05, doing="Getting to know the performer"))
    driver = calibrate_driver(
        bases,
        observed,
        focal_px=focal_px or FOCAL_OF_LONG_SIDE * max(width, height),
        focal_known=focal_px is not None,
        center_px=center_px,
        settings=settings,
    )
    say(Progress(fraction=0.4, doing="Tracking the performance"))
    eyes = Eyes.of(
        model, driver.identity.cpu(), model.joints(driver.identity.cpu())
    ).to(points_px)
    frames, gaze, closed = _perform(
        driver,
        observed=observed,
        scores=scores,
        eyes=eyes,
        center_px=center_px,
        settings=settings,
    )
    say(Progress(fraction=0.9, doing="Smoothing"))
    return _finish(
        track,
        driver=driver,
        observed=observed,
        frames=frames,
        gaze=gaze,
        closed=closed,
        focal_known=focal_px is not None,
    )


def _perform(
    driver: Driver,
    *,
    observed: Observations,
    scores: Tensor,
    eyes: Eyes,
    center_px: Tensor,
    settings: TrackSettings,
) -> tuple[Frames, Float[Tensor, "frames 2 2"], Float[Tensor, "frames 2"]]:
    """The solved frames, the gaze, and how far each eye is closed."""
    start = start_frames(
        driver.bases,
        observed,
        layout=HeadUnknowns(),
        focal_px=driver.focal_px,
        center_px=center_px,
    )
    frames = solve_frames(driver.bases, driver.products, observed, start, settings)
    gaze = solve_gaze(
        eyes,
        frames.view,
        frames.x,
        observed.points_px,
        noise_px=DEFAULT_GAZE.iris_noise * eye_distances_px(frames.view, frames.x),
    )
    expression = frames.view.unknowns.expression
    looks = look_weights(gaze)
    open_eyed = frames.x.clone()
    open_eyed[:, expression] = looks
    openings = eye_openings(driver.bases, frames.view, open_eyed, observed.points_px)
    blink, wide = lid_weights(openings, scores[:, list(BLINKS)])
    known = [*BLINKS, *WIDES, *map(EXPRESSION_NAMES.index, GAZE_EXPRESSIONS)]
    expected, deviation = observed.expected.clone(), observed.deviation.clone()
    expected[:, list(BLINKS)] = blink
    expected[:, list(WIDES)] = wide
    looking = known[4:]
    expected[:, looking] = looks[:, looking]
    deviation[:, known] = 0.01
    frames = solve_frames(
        driver.bases,
        driver.products,
        replace(observed, expected=expected, deviation=deviation),
        frames,
        settings,
    )
    x = frames.x.clone()
    x[:, [expression.start + index for index in known]] = expected[:, known]
    return replace(frames, x=x), gaze, blink


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
    percent = 100 * (error_px / eyes_px[:, None]).median()
    width, height = track.image_size_px
    curves = Curves(seen=track.seen, times_s=track.times_s)
    return HeadTrack(
        expressions=curves.expressions(frames),
        T_camera_head=curves.poses(frames),
        gaze_rad=curves.gaze(gaze, closed),
        seen=track.seen.copy(),
        camera=PinholeCamera(
            focal_px=float(driver.focal_px),
            center_x_px=width / 2,
            center_y_px=height / 2,
            width_px=width,
            height_px=height,
        ),
        identity=driver.identity.float().cpu().numpy(),
        rms_px=float(error_px.square().mean().sqrt()),
        landmark_error_percent=float(percent),
        focal_source="given" if focal_known else "calibrated",
    )
