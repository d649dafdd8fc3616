"""The first look at a clip: who performs, and every frame solved for itself."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..head_model import HeadModel
from ..landmarks.types import LandmarkTrack
from ..messages import Progress, Say, silent
from ..residuals.expectations import expected_expressions
from ..residuals.gaze import DEFAULT_GAZE, Eyes, solve_gaze
from ..residuals.prediction import HeadUnknowns, LandmarkBases
from ..residuals.start import eye_distances_px
from .calibration import Driver, calibrate_driver
from .frames import Frames, Observations, TrackSettings, solve_frames, start_frames
from .lids import eye_openings
from .looks import look_weights
from .reader import Impressions

FOCAL_OF_LONG_SIDE = 1.3
"""Expected focal length over the longer side of the picture."""

DEFAULT_TRACK = TrackSettings()


@dataclass(frozen=True, kw_only=True)
class FirstLook:
    """What is known of a clip before its expressions are read."""

    driver: Driver
    """Who performs."""
    observed: Observations
    """What the detector saw where it saw a face."""
    frames: Frames
    """Those frames, solved with what the detector's scores suggest."""
    impressions: Impressions
    """All that a reader looks at."""


def look_first(
    model: HeadModel,
    track: LandmarkTrack,
    *,
    focal_px: float | None = None,
    device: torch.device | str = "cpu",
    say: Say = silent,
    settings: TrackSettings = DEFAULT_TRACK,
) -> FirstLook:
    """Get to know the driver and solve the frames. Some frame must show a face."""
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
    start = start_frames(
        driver.bases,
        observed,
        layout=HeadUnknowns(),
        focal_px=driver.focal_px,
        center_px=center_px,
    )
    frames = solve_frames(driver.bases, driver.products, observed, start, settings)
    return FirstLook(
        driver=driver,
        observed=observed,
        frames=frames,
        impressions=_impressions(model, driver, observed, frames, scores),
    )


def _impressions(
    model: HeadModel,
    driver: Driver,
    observed: Observations,
    frames: Frames,
    scores: Float[Tensor, "frames expressions"],
) -> Impressions:
    """All that is told by the solved frames, the irises and the lids."""
    view, x = frames.view, frames.x
    identity = driver.identity.cpu()
    gaze = solve_gaze(
        Eyes.of(model, identity, model.joints(identity)).to(x),
        view,
        x,
        observed.points_px,
        noise_px=DEFAULT_GAZE.iris_noise * eye_distances_px(view, x),
    )
    open_eyed = x.clone()
    open_eyed[:, view.unknowns.expression] = look_weights(gaze)
    return Impressions.of(
        driver.bases,
        frames,
        observed.points_px,
        scores=scores,
        openings=eye_openings(driver.bases, view, open_eyed, observed.points_px),
        gaze_rad=gaze,
    )
