"""A clip's landmarks as the solver takes them: window by window, never all at once.

Frames know nothing of each other while they are solved, so that windows need no
overlap, and joins are exact. What is usual in a clip is asked of frames spread over it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..landmarks.skin import HINTS
from ..landmarks.topology import EYE_CORNERS_LEFT, EYE_CORNERS_RIGHT, NOSE_TIP
from ..landmarks.types import LandmarkTrack
from ..memory import give_back_memory
from ..residuals.expectations import expected_expressions
from .frames import Observations
from .lids import BLINKS

WINDOW = 768
"""Frames in memory at once: 25 seconds."""

_OUTER_CORNERS = (EYE_CORNERS_RIGHT[0], EYE_CORNERS_LEFT[0])
_TURNS_COUNT = 1.0
"""How much the nose's way over the eyes' distance counts beside weights."""


@dataclass(frozen=True, kw_only=True)
class Clip:
    """The frames of a clip that show a face, counted among themselves."""

    track: LandmarkTrack
    """What the detector saw."""
    frames: Int[np.ndarray, "seen"]
    """Which frames of the track they are."""
    like: Tensor
    """Precision and device of what is computed."""
    silent_deviation: float
    """Standard deviation of expressions that the detector has no good score for."""

    @classmethod
    def of(
        cls, track: LandmarkTrack, *, like: Tensor, silent_deviation: float
    ) -> "Clip":
        """All frames of a track that show a face."""
        return cls(
            track=track,
            frames=np.flatnonzero(track.seen),
            like=like,
            silent_deviation=silent_deviation,
        )

    def __len__(self) -> int:
        return len(self.frames)

    def windows(self) -> Iterator[slice]:
        """Yield stretches of frames that are in memory at once.

        What one of them took is given back to the system before the next.
        """
        for start in range(0, len(self), WINDOW):
            yield slice(start, min(start + WINDOW, len(self)))
            give_back_memory()

    def spread(self, most: int) -> slice:
        """At most so many frames, evenly spread over the clip."""
        return slice(None, None, -(-len(self) // most))

    def scores(self, chosen: slice | Tensor) -> Float[Tensor, "chosen expressions"]:
        """The detector's own scores in some frames."""
        scores = self.track.scores[self._indices(chosen)]
        return torch.from_numpy(scores).to(self.like)

    def hints(self, chosen: slice | Tensor) -> Float[Tensor, "chosen hints"]:
        """What the skin shows in some frames; zero if nobody looked."""
        frames = self._indices(chosen)
        if self.track.hints is None:
            return self.like.new_zeros(len(frames), HINTS)
        return torch.from_numpy(self.track.hints[frames]).to(self.like)

    def eyes(self, chosen: slice | Tensor) -> Float[Tensor, "chosen 2 2"] | None:
        """How far eyes are open in some frames, and how far off that is, if known."""
        if self.track.eyes is None:
            return None
        return torch.from_numpy(self.track.eyes[self._indices(chosen)]).to(self.like)

    def blink_scores(self) -> Float[Tensor, "seen 2"]:
        """The detector's scores of blinks (left, right) in all frames."""
        scores = self.track.scores[:, list(BLINKS)][self.frames]
        return torch.from_numpy(scores).to(self.like)

    def expected(
        self, chosen: slice | Tensor
    ) -> tuple[
        Float[Tensor, "chosen expressions"], Float[Tensor, "chosen expressions"]
    ]:
        """Mean and deviation of the expressions of some frames."""
        return expected_expressions(
            self.scores(chosen), silent_deviation=self.silent_deviation
        )

    def turns(self, chosen: slice | Tensor) -> Float[Tensor, "chosen 2"]:
        """How far the head is turned aside and up or down, beside the usual.

        One is about a radian aside; told by where the nose is between the eyes.
        """
        points = torch.from_numpy(self.track.points_px[self._indices(chosen)])
        right, left = (points[:, corner] for corner in _OUTER_CORNERS)
        away = points[:, NOSE_TIP] - 0.5 * (right + left)
        away = away / (left - right).norm(dim=1, keepdim=True)
        return (_TURNS_COUNT * (away - away.median(dim=0).values)).to(self.like)

    def at(self, chosen: slice | Tensor) -> Observations:
        """What the detector saw in some frames."""
        mean, deviation = self.expected(chosen)
        points_px = self.track.points_px[self._indices(chosen)]
        return Observations(
            points_px=torch.from_numpy(points_px).to(self.like),
            expected=mean,
            deviation=deviation,
        )

    def _indices(self, chosen: slice | Tensor) -> Int[np.ndarray, "chosen"]:
        """Frames of the track."""
        at = chosen if isinstance(chosen, slice) else chosen.cpu().numpy()
        return self.frames[at]
