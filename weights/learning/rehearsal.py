"""Films whose weights are known, as a reader of expressions learns from them."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int, UInt8
from scipy.spatial import cKDTree
from torch import Tensor

from core.expressions import MIRROR_ORDER
from core.head_model import HeadModel
from core.track.reader import Impressions


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """One film: what was seen and what was acted."""

    seen: Impressions
    """After the first solve; nobody has looked at the skin yet."""
    charts: UInt8[Tensor, "frames 3 chart chart"]
    """The skin, laid flat."""
    acted: Float[Tensor, "frames expressions"]
    """The true weights."""

    def mirrored(self, landmarks: Int[Tensor, "landmarks"]) -> "Rehearsal":
        """The same performance by the mirrored head; `landmarks` change places so."""
        sides = list(MIRROR_ORDER)
        flip = self.acted.new_tensor([-1.0, 1.0])
        seen = Impressions(
            solved=self.seen.solved[:, sides],
            scores=self.seen.scores[:, sides],
            hints=self.seen.hints,
            off_neutral_mm=self.seen.off_neutral_mm[:, landmarks] * flip,
            toward=self.seen.toward * flip,
            openings=self.seen.openings.flip(1),
            gaze_rad=self.seen.gaze_rad.flip(1) * flip,
        )
        return Rehearsal(
            seen=seen, charts=self.charts.flip(3), acted=self.acted[:, sides]
        )

    def at(self, frames: Int[Tensor, "chosen"]) -> "Rehearsal":
        """Some of its frames, as a film of their own."""
        chosen = {name: value[frames] for name, value in vars(self.seen).items()}
        return Rehearsal(
            seen=Impressions(**chosen),
            charts=self.charts[frames],
            acted=self.acted[frames],
        )


def mirrored_landmarks(model: HeadModel) -> Tensor:
    """[landmarks] which of them lies on the other side of the face."""
    marks = model.mark_template.numpy()
    return torch.from_numpy(cKDTree(marks).query(marks * [-1.0, 1.0, 1.0])[1])
