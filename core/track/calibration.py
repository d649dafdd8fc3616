"""Who performs: the driver's own head, focal length, and landmark offsets.

A performance is only as good as the neutral it is measured against. From a handful of
varied frames the driver's identity and the focal length are found together with each
frame's pose and expression. Then, from the calmest frames, each landmark learns where
it sits on this face: with synthetic clips that takes the expression error from 1.06 mm
to 0.38 mm, where subtracting the weights of a neutral frame reaches 0.76 mm.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..expressions import EXPRESSION_NAMES, GAZE_EXPRESSIONS
from ..mesh import farthest_first
from ..residuals.expectations import MEETING_PAIRS
from ..residuals.known_person import ExpressionProducts
from ..residuals.person import ShapeImpression
from ..residuals.prediction import (
    HeadUnknowns,
    LandmarkBases,
    landmark_motion,
    landmark_points_px,
)
from ..residuals.start import eye_distances_px
from .clip import Clip
from .frames import (
    Frames,
    Observations,
    TrackSettings,
    solve_frames,
    solve_shared,
    start_frames,
)

KEY_FRAMES = 12
"""Frames the person is fitted to; eight give 0.30 mm, thirty 0.20 mm."""
MOST_CANDIDATES = 4000
"""Frames among which varied ones are sought."""
MOST_FRAMES_LOOKED_AT = 100
"""Frames that are considered when calm ones are sought."""
CALM_SHARE = 0.15
"""How much of a clip counts as calm."""
CALM_DEVIATION = 0.03
"""Standard deviation of expressions in calm frames, around none."""
AS_MARKED = 0.5
"""How far marks go from a head's own motion toward that of the marks on the reader's
films, which are painted and hard to see. Marks of five real clips and of nine films by
other painters are explained best in the middle."""
NOISES_OF_A_CALM_CLIP = 4.0
"""How many independent looks the calm frames are worth together: their errors are
mostly the same ones."""


@dataclass(frozen=True, kw_only=True)
class Driver:
    """The person who performs, as far as the landmarks are concerned."""

    identity: Float[Tensor, "identities"]
    """Coefficients of the head model's identity basis."""
    focal_px: Float[Tensor, ""]
    """Focal length of the clip's camera."""
    bases: LandmarkBases
    """The landmarks on this person, with their own offsets."""
    products: ExpressionProducts
    """What the tracker needs to have worked out of them once."""
    rest: Float[Tensor, "expressions"]
    """The face of the calmest frames, which is taken for none at all."""

    def as_marked(self, motion: Float[Tensor, "expressions landmarks 3"]) -> "Driver":
        """The same, whose landmarks move half as the head's do and half by `motion`."""
        basis = torch.lerp(self.bases.expression, motion, AS_MARKED)
        bases = replace(self.bases, expression=basis)
        products = ExpressionProducts.of(bases, self.products.meeting)
        return replace(self, bases=bases, products=products)


def calibrate_driver(
    bases: LandmarkBases,
    clip: Clip,
    *,
    identities: int,
    focal_px: float,
    focal_known: bool,
    center_px: Float[Tensor, "2"],
    settings: TrackSettings,
    person: ShapeImpression | None = None,
) -> Driver:
    """The driver of a clip; the first `identities` columns of the bases are a person's.

    The others are ways in which marks err together. `person` is whom the clip seems to
    show.
    """
    layout = HeadUnknowns(identities=len(bases.identity), focal=not focal_known)
    candidates = clip.spread(MOST_CANDIDATES)
    sights = torch.cat([clip.expected(candidates)[0], clip.turns(candidates)], dim=1)
    chosen = varied_frames(sights, KEY_FRAMES)
    keys = clip.at(torch.arange(len(clip))[candidates][chosen.cpu()])
    focal = keys.points_px.new_tensor(focal_px)
    start = start_frames(
        bases, keys, layout=layout, focal_px=focal, center_px=center_px
    )
    bundle = solve_shared(bases, keys, start, settings, person=person)
    identity = bundle.x[0, layout.identity]
    focal = bundle.view.focals_px(bundle.x)[0]
    meeting = torch.tensor(MEETING_PAIRS, device=focal.device)
    known = bases.of_person(identity)
    products = ExpressionProducts.of(known, meeting)
    looked_at = clip.at(clip.spread(MOST_FRAMES_LOOKED_AT))
    start = start_frames(
        known,
        looked_at,
        layout=HeadUnknowns(),
        focal_px=focal,
        center_px=center_px,
    )
    frames = solve_frames(known, products, looked_at, start, settings)
    calm = calm_frames(frames)
    offsets = landmark_offsets(
        known, products, looked_at.at(calm), frames.at(calm), settings
    )
    moved = known.moved(offsets)
    sure = replace(moved, covariance=moved.covariance * settings.calibrated_share)
    return Driver(
        identity=identity[:identities],
        focal_px=focal,
        bases=sure,
        products=products,
        rest=frames.x[calm][:, frames.view.unknowns.expression].quantile(0.5, dim=0),
    )


def varied_frames(
    sights: Float[Tensor, "frames sights"], count: int
) -> Int[Tensor, "chosen"]:
    """Frames that differ most from each other in face and turn, the calmest first."""
    calmest = int(sights.square().sum(dim=1).argmin())
    chosen = farthest_first(sights, count, first=calmest)
    return torch.tensor(sorted(chosen), device=sights.device)


def calm_frames(frames: Frames) -> Int[Tensor, "chosen"]:
    """The frames with least expression that look most into the camera."""
    weights = frames.x[:, frames.view.unknowns.expression]
    counted = [
        index
        for index, name in enumerate(EXPRESSION_NAMES)
        if name not in GAZE_EXPRESSIONS
    ]
    activity = weights[:, counted].square().sum(dim=1)
    away = 1 - frames.view.rotation(frames.x)[:, 2, 1]
    activity = activity + 2 * away
    count = int(np.clip(round(CALM_SHARE * len(activity)), min(5, len(activity)), 60))
    return activity.argsort()[:count]


def landmark_offsets(
    bases: LandmarkBases,
    products: ExpressionProducts,
    calm: Observations,
    start: Frames,
    settings: TrackSettings,
) -> Float[Tensor, "landmarks 3"]:
    """Where each landmark sits on this face, relative to the model, from calm frames.

    The expressions of those frames are held near none, so that what is left over is
    the person's.
    """
    held = replace(
        calm,
        deviation=calm.deviation.clamp(max=CALM_DEVIATION),
        expected=calm.expected * 0.5,
    )
    frames = solve_frames(bases, products, held, start, settings)
    error_px = calm.points_px - landmark_points_px(bases, frames.view, frames.x)
    noise_px = settings.noise * eye_distances_px(frames.view, frames.x)
    worth = NOISES_OF_A_CALM_CLIP / len(error_px)
    weight = (worth / noise_px.square())[:, None, None, None]
    m = landmark_motion(bases, frames.view, frames.x)
    information = (m.mT @ m * weight).sum(dim=0)
    pull = (m.mT @ error_px[..., None] * weight).sum(dim=0)
    prior = torch.linalg.inv(bases.covariance)
    return torch.linalg.solve(information + prior, pull)[..., 0]
