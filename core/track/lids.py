"""How far each eye is closed, measured against the driver's own range.

Eyes are closed for three frames and stared at by everybody, and the detector's lids
never quite meet. So the opening of each eye, relative to what the calibrated face shows
at this pose and gaze, is scaled from the driver's own open eye to the driver's own
closed eye, and nearly closed is closed.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..expressions import EXPRESSION_INDEX
from ..landmarks.topology import LID_PAIRS_LEFT, LID_PAIRS_RIGHT
from ..residuals.prediction import LandmarkBases, View, landmark_points_px

BLINKS = (EXPRESSION_INDEX["eyeBlinkLeft"], EXPRESSION_INDEX["eyeBlinkRight"])
WIDES = (EXPRESSION_INDEX["eyeWideLeft"], EXPRESSION_INDEX["eyeWideRight"])

CLOSED_UNLESS_SEEN = 0.22
"""Opening of a closed eye, of the open one, when the clip shows no closed eye: what
the detector leaves open on average."""
CLOSED_AT_MOST = 0.5
"""An eye that never gets below this part of its open state was not closed."""
OPEN_WITHIN = 0.08
"""Closing less than this is the detector's jitter."""
CLOSED_FROM = 0.8
"""Closing more than this is a closed eye."""
LOOKED_OPEN = 0.8
"""The quantile of a lid's opening that is called open."""
_SHUT = 1e-3
"""Lids may be seen to cross; no eye is less open than this."""
WIDE_RANGE = 0.45
"""How much further than normal, relative to normal, an eye is at eyeWide one."""


def eye_openings(
    bases: LandmarkBases,
    view: View,
    x: Float[Tensor, "frames size"],
    observed_px: Float[Tensor, "frames landmarks 2"],
) -> Float[Tensor, "frames 2"]:
    """How far each eye (left, right) is open, relative to the open eye of the model.

    `x` holds poses, and of the expressions only those that move open lids: with the
    gaze. Turned heads are made up for, since the model is seen under the same pose.
    """
    predicted_px = landmark_points_px(bases, view, x)
    openings = []
    for pairs in (LID_PAIRS_LEFT[1:-1], LID_PAIRS_RIGHT[1:-1]):
        upper, lower = torch.tensor(pairs, device=x.device).unbind(dim=1)
        seen = observed_px[:, lower] - observed_px[:, upper]
        open_px = predicted_px[:, lower] - predicted_px[:, upper]
        along = (seen * open_px).sum(dim=(1, 2))
        openings.append(along / open_px.square().sum(dim=(1, 2)).clamp(min=1e-6))
    return torch.stack(openings, dim=1)


@dataclass(frozen=True, kw_only=True)
class LidRange:
    """How far each eye of a driver (left, right) opens and closes in a clip."""

    ordinary: Float[Tensor, "2"]
    """The opening of the eye that is awake."""
    closed: Float[Tensor, "2"]
    """The opening of the closed eye, as the detector sees it."""
    wide: Float[Tensor, "2"]
    """The opening of the eye that is called open."""

    @classmethod
    def of(
        cls, openings: Float[Tensor, "frames 2"], scores: Float[Tensor, "frames 2"]
    ) -> "LidRange":
        """That of a clip's openings.

        `scores` are the detector's blink scores; they only say whether an eye that
        hardly opens at all was ever closed.
        """
        wide = openings.quantile(LOOKED_OPEN, dim=0).clamp(min=0.1)
        openings = openings.clamp(min=_SHUT)
        ordinary = ordinary_openings(openings)
        lowest = openings.quantile(0.02, dim=0, interpolation="lower")
        was_closed = (lowest < CLOSED_AT_MOST * ordinary) & (scores.amax(dim=0) > 0.35)
        closed = torch.where(was_closed, lowest, CLOSED_UNLESS_SEEN * ordinary)
        return cls(ordinary=ordinary, closed=closed, wide=wide)

    def weights(
        self, openings: Float[Tensor, "frames 2"]
    ) -> tuple[Float[Tensor, "frames 2"], Float[Tensor, "frames 2"]]:
        """The weights of eyeBlink and eyeWide (left, right)."""
        openings = openings.clamp(min=_SHUT)
        closing = (self.ordinary - openings) / (self.ordinary - self.closed)
        blink = ((closing - OPEN_WITHIN) / (CLOSED_FROM - OPEN_WITHIN)).clamp(0, 1)
        wide = (openings / self.ordinary - 1 - OPEN_WITHIN) / WIDE_RANGE
        return blink, wide.clamp(0, 1)


def ordinary_openings(openings: Float[Tensor, "frames 2"]) -> Float[Tensor, "2"]:
    """How far each eye is open while it is awake: not much less than at its widest."""
    openings = openings.clamp(min=_SHUT)
    awake = openings > 0.6 * openings.quantile(0.95, dim=0)
    kept = torch.where(awake, openings, torch.full_like(openings, float("nan")))
    return kept.nanmedian(dim=0).values


def ramp(values: Tensor, start: float, end: float) -> Tensor:
    """0 up to `start`, 1 from `end` on, straight between."""
    return ((values - start) / (end - start)).clamp(0, 1)
