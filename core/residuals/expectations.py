"""What is expected of faces before the landmarks are looked at, in numbers.

These tables are shared by the fit of a photo and the tracking of a clip: which
expressions exclude each other, what the detector's scores say about each, and how much
each landmark counts.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from ..expressions import EXPRESSION_NAMES, GAZE_EXPRESSIONS, mirrored_name
from ..landmarks.topology import (
    FACE_COUNT,
    LID_PAIRS_LEFT,
    LID_PAIRS_RIGHT,
    LIP_PAIRS,
    LIPS_INNER,
    LIPS_OUTER,
    LOOK_DEVIATION,
    SCORE_DEVIATIONS,
)
from .prediction import LandmarkBases

EYE_DISTANCE_M = 0.063
"""Between the pupils of an average adult; gives pixels a scale on any face."""

OPPOSITES: tuple[tuple[str, str], ...] = (
    ("mouthSmileLeft", "mouthFrownLeft"),
    ("mouthSmileRight", "mouthFrownRight"),
    ("mouthLeft", "mouthRight"),
    ("jawLeft", "jawRight"),
    ("eyeLookInLeft", "eyeLookOutLeft"),
    ("eyeLookInRight", "eyeLookOutRight"),
    ("eyeLookUpLeft", "eyeLookDownLeft"),
    ("eyeLookUpRight", "eyeLookDownRight"),
    ("eyeBlinkLeft", "eyeWideLeft"),
    ("eyeBlinkRight", "eyeWideRight"),
    ("mouthPucker", "mouthStretchLeft"),
    ("mouthPucker", "mouthStretchRight"),
    ("browDownLeft", "browOuterUpLeft"),
    ("browDownRight", "browOuterUpRight"),
)
"""Expressions that one face does not show together."""

LIMITED: tuple[tuple[str, str], ...] = (("mouthClose", "jawOpen"),)
"""The first closes what the second opens, and so cannot exceed it."""

SIDES: tuple[tuple[str, str], ...] = tuple(
    (name, mirrored_name(name))
    for name in EXPRESSION_NAMES
    if name.endswith("Left") and mirrored_name(name) in EXPRESSION_NAMES
    if name not in GAZE_EXPRESSIONS and name not in ("mouthLeft", "jawLeft")
)
"""The same expression on the left and on the right."""

MEETING_PAIRS: tuple[tuple[int, int], ...] = (
    *LIP_PAIRS,
    *LID_PAIRS_LEFT,
    *LID_PAIRS_RIGHT,
)
"""Landmarks of lips and lids that meet when mouth and eyes close."""


HARDLY_SEEN: tuple[str, ...] = (
    "cheekPuff",
    "cheekSquintLeft",
    "cheekSquintRight",
    "jawForward",
    "mouthDimpleLeft",
    "mouthDimpleRight",
    "mouthShrugUpper",
    "noseSneerLeft",
    "noseSneerRight",
)
"""Expressions that move no landmark much, or move them as others do. Given room, they
explain what the detector gets wrong: a smile becomes dimples, an open jaw a pout."""

HARDLY_SEEN_SHARE = 0.3
"""Their deviation over that of others without a good score."""


JAW_OPEN_SCORES = (0.0, 0.02, 0.1, 0.3, 0.5, 0.6, 1.0)
JAW_OPEN_WEIGHTS = (0.0, 0.1, 0.22, 0.37, 0.58, 0.77, 1.0)
"""What the detector's score of jawOpen tells: between what 91 scan-made heads say whose
jaws were opened by a known weight, and the example's clip, where it tells its square.
It is slow to notice, then linear, and never full."""

FROWN_SCORES = (0.0, 0.01, 0.02, 0.1, 0.3, 1.0)
FROWN_WEIGHTS = (0.0, 0.05, 0.3, 0.6, 0.9, 1.0)
FROWN_DOUBT = 0.6
"""What the detector's score of mouthFrown tells, and how many times that is doubted
more: on 33 scan-made heads that frown by a known weight half stay below 0.015, yet
without a frown hardly any score more. The landmarks decide, but only where the score
speaks; left free everywhere, they see frowns in lips that speak."""

RAISED_CHEEKS = 0.4
"""cheekSquint beside mouthSmile: cheeks rise when people smile, and no score tells."""


def expected_expressions(
    scores: Float[Tensor, "frames expressions"], *, silent_deviation: float
) -> tuple[
    Float[Tensor, "frames expressions"],
    Float[Tensor, "frames expressions"],
]:
    """Mean and standard deviation of each weight, given the detector's scores.

    Scores that are weak or dead count as zero, with `silent_deviation`.
    """
    deviations = [
        LOOK_DEVIATION
        if name in GAZE_EXPRESSIONS
        else HARDLY_SEEN_SHARE * silent_deviation
        if name in HARDLY_SEEN
        else SCORE_DEVIATIONS.get(name, silent_deviation)
        for name in EXPRESSION_NAMES
    ]
    deviations[EXPRESSION_NAMES.index("tongueOut")] = 0.01
    heard = [
        name in GAZE_EXPRESSIONS or name in SCORE_DEVIATIONS
        for name in EXPRESSION_NAMES
    ]
    mean = scores * torch.tensor(heard, dtype=scores.dtype, device=scores.device)
    jaw = EXPRESSION_NAMES.index("jawOpen")
    mean[:, jaw] = _interpolate(scores[:, jaw], JAW_OPEN_SCORES, JAW_OPEN_WEIGHTS)
    deviation = torch.tensor(deviations, dtype=scores.dtype, device=scores.device)
    deviation = deviation.repeat(len(scores), 1)
    for side in ("Left", "Right"):
        frown = EXPRESSION_NAMES.index(f"mouthFrown{side}")
        mean[:, frown] = _interpolate(scores[:, frown], FROWN_SCORES, FROWN_WEIGHTS)
        deviation[:, frown] += FROWN_DOUBT * mean[:, frown]
        smile = scores[:, EXPRESSION_NAMES.index(f"mouthSmile{side}")]
        mean[:, EXPRESSION_NAMES.index(f"cheekSquint{side}")] = RAISED_CHEEKS * smile
    return mean, deviation


def _interpolate(
    x: Float[Tensor, "frames"], known: tuple[float, ...], values: tuple[float, ...]
) -> Float[Tensor, "frames"]:
    """Linear between known places, held beyond the first and the last."""
    places, heights = x.new_tensor(known), x.new_tensor(values)
    right = torch.searchsorted(places, x.contiguous()).clamp(1, len(known) - 1)
    share = (x - places[right - 1]) / (places[right] - places[right - 1])
    return torch.lerp(heights[right - 1], heights[right], share.clamp(0.0, 1.0))


def personal_spread(
    bases: LandmarkBases, expected: Float[Tensor, "expressions"], *, share: float
) -> Float[Tensor, "landmarks 3 3"]:
    """Covariance of landmarks because everybody's smile is a smile of their own.

    An expression moves a landmark as the model says, give or take a share of the way.
    Where an expression is at work the landmarks therefore say less of the identity.
    """
    ways = expected[:, None, None] * bases.expression
    variance = (share * ways).square().sum(dim=(0, 2))
    every = torch.eye(3, dtype=variance.dtype, device=variance.device)
    return variance[:, None, None] * every


def landmark_weights(
    bases: LandmarkBases, *, lip_weight: float
) -> Float[Tensor, "1 landmarks"]:
    """How much each landmark counts: lips more, irises not at all.

    The irises tell where the eyes look, not where the head is.
    """
    weights = torch.ones_like(bases.neutral[:, 0])
    weights[list({*LIPS_INNER, *LIPS_OUTER})] = lip_weight
    weights[FACE_COUNT:] = 0
    return weights[None]


def far_side_weights(
    bases: LandmarkBases, rotation: Float[Tensor, "frames 3 3"]
) -> Float[Tensor, "frames landmarks"]:
    """How much a landmark can be trusted as the head turns away from the camera.

    Beyond 35 degrees of yaw the detector guesses the far half of the face; its weight
    falls to a tenth at 60 degrees.
    """
    toward = -rotation[:, 2]
    yaw = torch.atan2(toward[:, 0], -toward[:, 1])
    far = (bases.neutral[:, 0] * yaw[:, None].sign()) < 0
    beyond = (yaw.abs().rad2deg() - 35).clamp(0, 25) / 25
    return torch.where(far, 1 - 0.9 * beyond[:, None], 1.0)
