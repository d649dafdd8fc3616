"""The first look at a clip: who performs, and every frame solved for itself."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..head_model import HeadModel
from ..landmarks.types import LandmarkTrack
from ..messages import Progress, Say, part_of, silent
from ..residuals.gaze import APART_GAZE, DEFAULT_GAZE, Eyes, solve_gaze
from ..residuals.person import ShapeImpression
from ..residuals.prediction import HeadUnknowns, LandmarkBases
from ..residuals.start import eye_distances_px
from .calibration import Driver, calibrate_driver
from .clip import Clip
from .frames import Frames, Observations, TrackSettings, solve_frames, start_frames
from .lids import LidRange, eye_openings
from .lids_shown import ShownLids
from .looks import look_weights
from .reader import Impressions

FOCAL_OF_LONG_SIDE = 1.3
"""Expected focal length over the longer side of the picture."""

DEFAULT_TRACK = TrackSettings()


@dataclass(frozen=True, kw_only=True)
class FirstLook:
    """What is known of a clip before its expressions are read.

    Frames are those that show a face, counted among themselves.
    """

    clip: Clip
    """What the detector saw."""
    driver: Driver
    """Who performs."""
    frames: Frames
    """All frames, solved with what the detector's scores suggest."""
    openings: Float[Tensor, "frames 2"]
    """How far the left and the right eye are open, relative to the model's."""
    gaze_rad: Float[Tensor, "frames 2 2"]
    """Yaw and pitch of the left and the right eye, as the irises lie if both look at
    one thing."""
    crossing_rad: Float[Tensor, "frames"]
    """By how much the eyes look toward each other, if each looks where it likes."""
    shown: ShownLids | None
    """How far the eyes are open as their pixels show it, if they were looked at."""

    def lid_range(self) -> LidRange:
        """How far the eyes open and close in the clip."""
        return LidRange.of(self.openings, self.clip.blink_scores())

    def impressions(
        self, chosen: slice = slice(None), observed: Observations | None = None
    ) -> Impressions:
        """All that a reader looks at in some frames; `observed` spares a look."""
        if observed is None:
            observed = self.clip.at(chosen)
        return Impressions.of(
            self.driver.bases,
            self.frames.at(chosen),
            observed.points_px,
            scores=self.clip.scores(chosen),
            hints=self.clip.hints(chosen),
            openings=self.openings[chosen],
            gaze_rad=self.gaze_rad[chosen],
        )


def look_first(
    model: HeadModel,
    track: LandmarkTrack,
    *,
    focal_px: float | None = None,
    device: torch.device | str = "cpu",
    say: Say = silent,
    settings: TrackSettings = DEFAULT_TRACK,
    person: ShapeImpression | None = None,
) -> FirstLook:
    """Get to know the driver and solve the frames. Some frame must show a face."""
    width, height = track.image_size_px
    bases = LandmarkBases.of(model, refined=track.refined).to(torch.device(device))
    clip = Clip.of(
        track,
        like=bases.neutral,
        silent_deviation=settings.expression_deviation,
    )
    center_px = bases.neutral.new_tensor([width / 2, height / 2])
    say(Progress(fraction=0.05, doing="Getting to know the performer"))
    driver = calibrate_driver(
        bases,
        clip,
        identities=model.identity_count,
        focal_px=focal_px or FOCAL_OF_LONG_SIDE * max(width, height),
        focal_known=focal_px is not None,
        center_px=center_px,
        settings=settings,
        person=person,
    )
    eyes = _eyeballs(model, driver).to(bases.neutral)
    say = part_of(say, 0.4, 1.0)
    frames: Frames | None = None
    seen: list[tuple[Tensor, Tensor, Tensor, ShownLids | None]] = []
    for window in clip.windows():
        say(Progress(fraction=window.start / len(clip), doing=_DOING))
        observed = clip.at(window)
        start = start_frames(
            driver.bases,
            observed,
            layout=HeadUnknowns(),
            focal_px=driver.focal_px,
            center_px=center_px,
        )
        solved = solve_frames(driver.bases, driver.products, observed, start, settings)
        if frames is None:
            frames = Frames.room_for(len(clip), solved)
        frames.put(window, solved)
        seen.append(_eyes(eyes, driver, observed, solved, clip.eyes(window)))
    assert frames is not None, "a clip without a face must be refused before"
    openings, gaze_rad, crossing_rad, shown = zip(*seen, strict=True)
    return FirstLook(
        clip=clip,
        driver=driver,
        frames=frames,
        openings=torch.cat(openings),
        gaze_rad=torch.cat(gaze_rad),
        crossing_rad=torch.cat(crossing_rad),
        shown=ShownLids.joined(shown),
    )


_DOING = "Tracking the performance"


def _eyeballs(model: HeadModel, driver: Driver) -> Eyes:
    identity = driver.identity.cpu()
    return Eyes.of(model, identity, model.joints(identity))


def _eyes(
    eyes: Eyes,
    driver: Driver,
    observed: Observations,
    frames: Frames,
    gaps: Float[Tensor, "frames 2 2"] | None,
) -> tuple[Tensor, Tensor, Tensor, ShownLids | None]:
    """How far the eyes are open by their marks, where they look, how crossed they are.

    At last, how far they are open as pixels show it, if these `gaps` are known.
    """
    view, x = frames.view, frames.x
    noise_px = DEFAULT_GAZE.iris_noise * eye_distances_px(view, x)
    gaze, apart = (
        solve_gaze(
            eyes, view, x, observed.points_px, noise_px=noise_px, settings=settings
        )
        for settings in (DEFAULT_GAZE, APART_GAZE)
    )
    open_eyed = x.clone()
    open_eyed[:, view.unknowns.expression] = look_weights(gaze)
    openings = eye_openings(driver.bases, view, open_eyed, observed.points_px)
    shown = None
    if gaps is not None:
        shown = ShownLids.of(driver.bases, view, open_eyed, observed.points_px, gaps)
    return openings, gaze, apart[:, 1, 0] - apart[:, 0, 0], shown
