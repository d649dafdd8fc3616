"""What a face is doing, read from all that the first solve of a clip has left.

Weights that explain landmarks shrink where an expression moves them little, and leak
into its neighbours. Films of heads whose weights are known show how: a small network
of two layers learned from them what weights to expect, given the solved weights, the
detector's scores, how every landmark is off the driver's neutral face, what the skin
shows, and what all of these usually are in the clip. It is believed of lids and gaze;
of brows and mouth it is right on painted heads and makes real people move less than
they do.
"""

from dataclasses import dataclass, fields
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from ..expressions import EXPRESSION_INDEX, EXPRESSION_NAMES
from ..landmarks.skin import EXPRESSION_READER_PATH, read_reader_file
from ..residuals.prediction import LandmarkBases, landmark_points_px
from .frames import Frames
from .lids import BLINKS, LidRange

_WEIGHTS_COUNT = 2.0
"""How much weights and scores count beside the other clues, which are of unit size."""
_ANGLES_COUNT = 4.0
"""The same of the eyes' angles in radians."""
_SHUT_FROM = 0.7
"""Closing more than this is a closed eye."""
_AS_SCORED = tuple(
    EXPRESSION_INDEX[name] for name in ("mouthLowerDownLeft", "mouthLowerDownRight")
)
"""What comes at least as strong as the detector's score exceeds its usual one. On the
films that the reader learned from, the detector hardly sees that a lower lip is drawn
down; on others of unseen heads it does, with a correlation of 0.7 instead of 0.1, and
on real clips landmarks are explained as well or better so."""


@dataclass(frozen=True, kw_only=True)
class Impressions:
    """What every frame of a clip shows after its first solve."""

    solved: Float[Tensor, "frames expressions"]
    """The weights that explain the landmarks."""
    scores: Float[Tensor, "frames expressions"]
    """The detector's own."""
    hints: Float[Tensor, "frames hints"]
    """What the skin shows (`landmarks.skin`)."""
    off_neutral_mm: Float[Tensor, "frames landmarks 2"]
    """How far landmarks are from the driver's neutral face, along X and Z of the head;
    what goes toward the camera is not seen."""
    toward: Float[Tensor, "frames 2"]
    """How much of the way to the camera goes to the head's left and upward."""
    openings: Float[Tensor, "frames 2"]
    """How far the left and the right eye are open, relative to the model's."""
    gaze_rad: Float[Tensor, "frames 2 2"]
    """Yaw and pitch of the left and the right eye, as the irises lie."""

    @classmethod
    def of(
        cls,
        bases: LandmarkBases,
        frames: Frames,
        observed_px: Float[Tensor, "frames landmarks 2"],
        *,
        scores: Float[Tensor, "frames expressions"],
        hints: Float[Tensor, "frames hints"],
        openings: Float[Tensor, "frames 2"],
        gaze_rad: Float[Tensor, "frames 2 2"],
    ) -> "Impressions":
        """Those of solved frames."""
        view, x = frames.view, frames.x.clone()
        rotation = view.rotation(x)
        x[:, view.unknowns.expression] = 0
        off_px = observed_px - landmark_points_px(bases, view, x)
        mm_per_px = 1000 * view.translation(x)[:, 2] / view.focals_px(x)
        return cls(
            solved=frames.x[:, view.unknowns.expression],
            scores=scores,
            hints=hints,
            off_neutral_mm=off_px * mm_per_px[:, None, None] @ rotation[:, :2, [0, 2]],
            toward=-rotation[:, 2, [0, 2]],
            openings=openings,
            gaze_rad=gaze_rad,
        )

    def lid_range(self) -> LidRange:
        """How far the eyes open and close in these frames."""
        return LidRange.of(self.openings, self.scores[:, list(BLINKS)])

    def sights(
        self, patterns: Float[Tensor, "patterns landmarks 2"], lids: LidRange
    ) -> Float[Tensor, "frames sights"]:
        """All that is seen in each frame, weights and scores first."""
        return torch.cat(
            [
                _WEIGHTS_COUNT * self.solved,
                _WEIGHTS_COUNT * self.scores,
                self.off_neutral_mm.flatten(1) @ patterns.flatten(1).mT,
                self.toward,
                self.openings / lids.wide,
                *lids.weights(self.openings),
                _ANGLES_COUNT * self.gaze_rad.flatten(1),
                self.hints,
            ],
            dim=1,
        )

    def clues(
        self,
        patterns: Float[Tensor, "patterns landmarks 2"],
        usual: "Usual | None" = None,
    ) -> Float[Tensor, "frames clues"]:
        """Each frame beside what is usual in its clip, and usual weights and scores.

        What is usual of all else tells persons apart, and would be learned by heart.
        Unless it is given, it is that of these frames.
        """
        if usual is None:
            usual = Usual.of(self, patterns, self.lid_range())
        seen = self.sights(patterns, usual.lids) - usual.sights
        told = usual.sights[: 2 * len(EXPRESSION_NAMES)]
        return torch.cat([seen, told.expand(len(seen), -1)], dim=1)


@dataclass(frozen=True, kw_only=True)
class Usual:
    """What is usual in a clip."""

    lids: LidRange
    """How far the eyes open and close."""
    sights: Float[Tensor, "sights"]
    """The median of all that is seen."""

    @property
    def scores(self) -> Float[Tensor, "expressions"]:
        """Those of the detector."""
        count = len(EXPRESSION_NAMES)
        return self.sights[count : 2 * count] / _WEIGHTS_COUNT

    @classmethod
    def of(
        cls,
        sample: Impressions,
        patterns: Float[Tensor, "patterns landmarks 2"],
        lids: LidRange,
    ) -> "Usual":
        """That of a clip, from frames all over it."""
        seen = sample.sights(patterns, lids)
        return cls(lids=lids, sights=seen.quantile(0.5, dim=0))


@dataclass(frozen=True, kw_only=True)
class ExpressionReader:
    """A network of two layers."""

    patterns: Float[Tensor, "patterns landmarks 2"]
    """Ways in which landmarks move together, per millimetre."""
    hidden: Float[Tensor, "units clues"]
    """What each unit of the first layer makes of the clues."""
    hidden_offset: Float[Tensor, "units"]
    """What it starts from."""
    output: Float[Tensor, "expressions units"]
    """What each unit says about each expression."""
    output_offset: Float[Tensor, "expressions"]
    """What an expression starts from."""
    motion: Float[Tensor, "expressions landmarks 3"]
    """How far off the neutral face landmarks were marked at weight one, in metres."""

    @classmethod
    def load(
        cls, head_model_sha256: str, path: Path = EXPRESSION_READER_PATH
    ) -> "ExpressionReader":
        """That of a head model.

        Raises MissingWeightsError if the file cannot be read or was learned on another
        head model.
        """
        tensors = read_reader_file(head_model_sha256, path).tensors
        return cls(**{each.name: tensors[each.name] for each in fields(cls)})

    def to(self, like: Tensor) -> "ExpressionReader":
        """The same with the precision and on the device of another tensor."""
        return ExpressionReader(
            **{name: value.to(like) for name, value in vars(self).items()}
        )

    def usual(self, sample: Impressions, lids: LidRange) -> Usual:
        """What is usual in a clip, from frames all over it."""
        return Usual.of(sample, self.patterns, lids)

    def read(
        self, frames: Impressions, usual: Usual | None = None
    ) -> Float[Tensor, "frames expressions"]:
        """The expected weights of some frames of a clip, given what is usual in it."""
        usual = usual or self.usual(frames, frames.lid_range())
        clues = frames.clues(self.patterns, usual)
        units = (clues @ self.hidden.mT + self.hidden_offset).relu()
        weights = (units @ self.output.mT + self.output_offset).clamp(0, 1)
        weights[:, list(BLINKS)] = (weights[:, list(BLINKS)] / _SHUT_FROM).clamp(max=1)
        chosen = list(_AS_SCORED)
        scored = (frames.scores - usual.scores)[:, chosen]
        weights[:, chosen] = torch.maximum(weights[:, chosen], scored)
        return weights
