"""What the eyes themselves show, where the reader has never seen the like.

The reader learned from people who look at one thing with both eyes, and who hardly ever
narrow them. So it lets crossed eyes look straight ahead, closes eyes that are half
open, and takes narrow eyes for open ones when they close. Where irises and lids say
otherwise beyond doubt, they are believed instead.
"""

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from ..expressions import EXPRESSION_NAMES
from .lids import BLINKS, LidRange, ramp
from .looks import gaze_of, look_weights

CROSSED_FROM_RAD, CROSSED_RAD = 0.22, 0.36
"""Eyes that look toward each other by less than the first are not crossed, and their
irises' places are noise; from the second on it is as they show. People who do not cross
their eyes stay below 0.2 in 98 of 100 frames of three clips."""
UNCROSSED_BELOW = (0.3, 0.55)
"""Openings, of the ordinary one, between which an iris begins to be seen well."""
STEADY_FRAMES = 5
"""A median over so many frames: in a small picture irises jump by 0.06 a frame."""

OPEN_AT_MOST = 1.05
"""Opening, relative to the model's, that counts as ordinary at most: of somebody who
stares through half a clip, the ordinary eye is none that is half closed. In three clips
of people who do not it is 0.9."""
SCORE_COUNTS = 1.5
"""How much the detector's score of a blink counts beside the lids' own closing."""
DOUBT = (0.5, 0.75)
"""Closing up to the first is no closed eye, whatever is read; from the second on it may
be one. In a clip of narrowed and of closed eyes the closed ones are seen to close by
more than 0.8, with scores above 0.3, and those that were wrongly read as closed by less
than 0.6, with scores below it."""
SHUT = (0.6, 0.9)
"""Closing from which an eye begins to be shut, and is. Of nine films' open eyes 97 in
100 are seen to close by less than 0.2, and none but one of narrow eyes by more than
0.35; that one's the reader took for open when they were closed."""
WINKS = (0.2, 0.5)
"""An eye that is read as more closed than the other by so much winks. The detector sees
half a wink, so winks are left to the reader."""
_SURPLUS = 0.15
"""What may be read beyond what is seen, in any case."""


def steadied(crossing_rad: Float[Tensor, "frames"]) -> Float[Tensor, "frames"]:
    """The median of each frame and its neighbours; the ends are repeated."""
    reach = STEADY_FRAMES // 2
    ends = [crossing_rad[:1].repeat(reach), crossing_rad[-1:].repeat(reach)]
    padded = torch.cat([ends[0], crossing_rad, ends[1]])
    return padded.unfold(0, STEADY_FRAMES, 1).median(dim=1).values


def with_crossing(
    read: Float[Tensor, "frames expressions"],
    crossing_rad: Float[Tensor, "frames"],
    opening: Float[Tensor, "frames"],
) -> Float[Tensor, "frames expressions"]:
    """The weights with eyes as crossed as the irises are.

    Where both look on average stays as it was read. `opening` is that of the eye that
    is less open, relative to what is ordinary.
    """
    gaze = gaze_of(read)
    yaw = gaze[..., 0]
    believed = ramp(crossing_rad, CROSSED_FROM_RAD, CROSSED_RAD)
    believed = believed * ramp(opening, *UNCROSSED_BELOW)
    was = yaw[:, 1] - yaw[:, 0]
    more = (believed * (crossing_rad - was)).clamp(min=0)
    turned = torch.stack([yaw[:, 0] - more / 2, yaw[:, 1] + more / 2], dim=1)
    looks = look_weights(torch.stack([turned, gaze[..., 1]], dim=-1))
    result = read.clone()
    aside = [n for n, name in enumerate(EXPRESSION_NAMES) if name.startswith(_ASIDE)]
    crossed = (more > 0)[:, None]
    result[:, aside] = torch.where(crossed, looks[:, aside], read[:, aside])
    return result


_ASIDE = ("eyeLookIn", "eyeLookOut")


def with_narrowed_eyes(
    read: Float[Tensor, "frames expressions"],
    openings: Float[Tensor, "frames 2"],
    lids: LidRange,
    scores: Float[Tensor, "frames expressions"],
) -> Float[Tensor, "frames expressions"]:
    """The weights with eyes no more closed than lids or scores let them be.

    `openings` are those of each eye (left, right), `scores` the detector's.
    """
    blinks = list(BLINKS)
    shown = evident_closing(openings, lids, scores)
    most = shown + _SURPLUS + ramp(shown, *DOUBT)
    result = read.clone()
    apart = (read[:, blinks[:1]] - read[:, blinks[1:]]).abs()
    most = most + ramp(apart, *WINKS)
    result[:, blinks] = torch.minimum(read[:, blinks], most)
    return result


def with_shut_eyes(
    read: Float[Tensor, "frames expressions"],
    openings: Float[Tensor, "frames 2"],
    lids: LidRange,
) -> Float[Tensor, "frames expressions"]:
    """The weights with eyes closed that are seen to be, whatever is read.

    `openings` are those of each eye (left, right).
    """
    blinks = list(BLINKS)
    shut = ramp(_closing(openings, lids), *SHUT)
    result = read.clone()
    result[:, blinks] = torch.maximum(read[:, blinks], shut)
    return result


def evident_closing(
    openings: Float[Tensor, "frames 2"],
    lids: LidRange,
    scores: Float[Tensor, "frames expressions"],
) -> Float[Tensor, "frames 2"]:
    """How far eyes are closed as marks of lids or scores show it, whichever more."""
    return torch.maximum(
        _closing(openings, lids), SCORE_COUNTS * scores[:, list(BLINKS)]
    )


def _closing(
    openings: Float[Tensor, "frames 2"], lids: LidRange
) -> Float[Tensor, "frames 2"]:
    """How far lids are seen to close, from where they ordinarily are."""
    awake = replace(lids, ordinary=lids.ordinary.clamp(max=OPEN_AT_MOST))
    closing, _ = awake.weights(openings)
    return closing
