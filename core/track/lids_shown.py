"""How far eyes are closed, as their own pixels show it (`landmarks.open_eyes`).

The marks of lids hardly follow lids that close half-way, and the reader learned from
them. Pixels show how wide the gap between lids is, whatever makes it so; how much of it
is a blink follows from what the driver's eyes do in the clip, open and shut.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..expressions import EXPRESSION_INDEX
from ..landmarks.topology import (
    EYE_CORNERS_LEFT,
    EYE_CORNERS_RIGHT,
    LID_PAIRS_LEFT,
    LID_PAIRS_RIGHT,
)
from ..residuals.prediction import LandmarkBases, View, landmark_points_px
from .lids import BLINKS, ordinary_openings, ramp

_SQUINTS = (EXPRESSION_INDEX["eyeSquintLeft"], EXPRESSION_INDEX["eyeSquintRight"])

LEAST = 0.01
"""The quantile of openings that may be a shut eye: a blink in ten seconds is seen."""
SHUT_AT_MOST, SCORED_SHUT = (0.3, 0.55), 0.45
"""An eye that never gets below the first part of its ordinary opening was not shut,
unless the detector's score of a blink reaches so much: then the second holds, for a
line of lashes counts as up to a half. Those of three made-up eyes read as 0.2 to 0.5 of
the open ones, with scores above 0.55."""
SHUT_UNLESS_SEEN = 0.05
"""Opening of a shut eye, of the ordinary one, when the clip shows none."""
OPEN_AT_MOST = 1.1
"""Opening that counts as ordinary at most: of somebody who stares through a whole clip,
the ordinary eye is none that is half closed. Such a one is at 1.3, eight people who do
not are below 1.2."""
CLEAR = 0.25
"""Openings that may be off by more tell nothing of the range."""
OPEN_WITHIN, CLOSED_FROM = 0.1, 0.85
"""Closing less than the first is none, more than the second is a closed eye."""
OF_A_SQUINT = 0.3
"""What a squint closes of what a blink does, on the head model."""
HIDDEN = (0.47, 0.57)
"""Width of an eye as the head is turned, over that from the front: below the first it
is behind the nose, and reads as shut however open it is (heads of four people that turn
by 45 degrees and more); above the second it reads as it is. A hidden eye does what the
other one does."""
LOOKS_SHUT, EVIDENT = (1.0, 1.2), (0.35, 0.6)
"""Closing that looks like a shut eye, and what marks or scores say of it at least. Of
210 shut eyes of 14 clips all are evident by 0.6; eyes that are nearly shut need not be.
Behind drawn hair and microphones eyes look shut, and are evident by 0.1 to 0.45, behind
a hand by up to 0.7."""
UNSEEN_OFF = 0.1
"""How far off what a hidden eye does is."""
READ_OFF, SHOWN_OFF = 0.15, 0.06
"""How far off blinks are as the reader tells them, and as pixels show them beyond what
is known of their error."""


@dataclass(frozen=True, kw_only=True)
class ShownLids:
    """How far each eye (left, right) is open in some frames."""

    openings: Float[Tensor, "frames 2"]
    """Relative to what the model shows at this pose and gaze."""
    errors: Float[Tensor, "frames 2"]
    """By how much they are probably off."""
    sights: Float[Tensor, "frames 2"]
    """How far each is in view, 0 to 1: the far eye of a turned head is not."""

    @classmethod
    def of(
        cls,
        bases: LandmarkBases,
        view: View,
        x: Float[Tensor, "frames size"],
        observed_px: Float[Tensor, "frames landmarks 2"],
        eyes: Float[Tensor, "frames 2 2"],
    ) -> "ShownLids":
        """Those of frames whose gaps and their errors are known in widths of the eye.

        `x` holds poses, and of the expressions only those that move open lids: with the
        gaze.
        """
        predicted_px = landmark_points_px(bases, view, x)
        px_per_m = view.focals_px(x) / view.translation(x)[:, 2]
        scales, sights = [], []
        for (outer, inner), pairs in (
            (EYE_CORNERS_LEFT, LID_PAIRS_LEFT),
            (EYE_CORNERS_RIGHT, LID_PAIRS_RIGHT),
        ):
            upper, lower = torch.tensor(pairs[1:-1], device=x.device).unbind(dim=1)
            gap = (predicted_px[:, lower] - predicted_px[:, upper]).mean(dim=1)
            width = observed_px[:, outer] - observed_px[:, inner]
            scales.append(width.norm(dim=1) / gap.norm(dim=1).clamp(min=1e-6))
            whole_m = (bases.neutral[outer] - bases.neutral[inner]).norm()
            across = predicted_px[:, outer] - predicted_px[:, inner]
            sights.append(across.norm(dim=1) / (whole_m * px_per_m))
        openings, errors = (eyes * torch.stack(scales, dim=1)[..., None]).unbind(dim=2)
        sight = ramp(torch.stack(sights, dim=1), *HIDDEN)
        return cls(openings=openings, errors=errors, sights=sight)

    @classmethod
    def joined(cls, parts: Sequence["ShownLids | None"]) -> "ShownLids | None":
        """Those of windows that follow each other, if eyes were looked at."""
        known = [part for part in parts if part is not None]
        if not known:
            return None
        return cls(
            openings=torch.cat([part.openings for part in known]),
            errors=torch.cat([part.errors for part in known]),
            sights=torch.cat([part.sights for part in known]),
        )

    def at(self, chosen: slice) -> "ShownLids":
        """Only some of the frames."""
        return ShownLids(
            openings=self.openings[chosen],
            errors=self.errors[chosen],
            sights=self.sights[chosen],
        )

    def range(self, scores: Float[Tensor, "frames 2"]) -> "ShownRange":
        """How far these eyes open and close in a clip.

        `scores` are the detector's blink scores; they say whether what is hardly shut
        is.
        """
        awake = ordinary_openings(self.openings)
        ordinary = awake.clamp(max=OPEN_AT_MOST)
        clear = (self.errors < CLEAR * awake) & (self.sights > 0.5)
        least = [
            own[seen].quantile(LEAST, interpolation="lower") if seen.any() else usual
            for own, seen, usual in zip(
                self.openings.unbind(dim=1), clear.unbind(dim=1), awake, strict=True
            )
        ]
        shut = _shut(torch.stack(least) / ordinary, scores.amax(dim=0))
        return ShownRange(ordinary=ordinary, shut=shut)


def _shut(both: Float[Tensor, "2"], scored: Float[Tensor, "2"]) -> Float[Tensor, "2"]:
    """The least opening if that is a shut eye; of one that is none, the other's."""
    surely, maybe = SHUT_AT_MOST
    known = (both < surely) | ((both < maybe) & (scored > SCORED_SHUT))
    other = torch.where(known, both, both.flip(0))
    nobody = torch.full_like(both, SHUT_UNLESS_SEEN)
    return torch.where(known.any(), other, nobody)


@dataclass(frozen=True, kw_only=True)
class ShownRange:
    """How far the eyes (left, right) of a driver open and close in a clip."""

    ordinary: Float[Tensor, "2"]
    """The opening of the eye that is awake."""
    shut: Float[Tensor, "2"]
    """That of the shut eye, of the ordinary one."""


def with_shown_lids(
    read: Float[Tensor, "frames expressions"],
    shown: ShownLids,
    range_: ShownRange,
    evident: Float[Tensor, "frames 2"],
) -> Float[Tensor, "frames expressions"]:
    """The weights with eyes as closed as they look, the more so the surer that is.

    `evident` is how far they are closed as marks or scores show it: an eye that looks
    shut and by them is not lies behind a hand or hair.
    """
    blinks, squints = list(BLINKS), list(_SQUINTS)
    closing = (1 - shown.openings / range_.ordinary) / (1 - range_.shut)
    closing = (closing - OPEN_WITHIN) / (CLOSED_FROM - OPEN_WITHIN)
    covered = ramp(closing, *LOOKS_SHUT) * (1 - ramp(evident, *EVIDENT))
    sights = shown.sights * (1 - covered)
    hidden = (sights.flip(1) - sights).clamp(min=0)
    closing = torch.lerp(closing, closing.flip(1), hidden)
    blink = (closing - OF_A_SQUINT * read[:, squints]).clamp(0, 1)
    errors = torch.lerp(shown.errors, shown.errors.flip(1), hidden)
    unseen = UNSEEN_OFF * (1 - sights)
    variance = (errors / range_.ordinary).square() + SHOWN_OFF**2 + unseen.square()
    share = READ_OFF**2 / (READ_OFF**2 + variance)
    result = read.clone()
    result[:, blinks] = torch.lerp(read[:, blinks], blink, share)
    return result
