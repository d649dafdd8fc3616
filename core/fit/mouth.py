"""What a mouth may do while a likeness is refined: lips differ, and meet as before.

The border of each lip goes where the landmarks ask. The line where the lips meet moves
as one, by the means of both lips along it, and takes along what lies within: whatever
closes this head's mouth closes it still.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.spatial import KDTree

from ..head_model import HeadModel
from ..landmarks.topology import LIP_PAIRS, LIPS_INNER, LIPS_OUTER, MOUTH_CORNERS

_BETWEEN = 10
"""Points of a contour from one landmark to the next."""
_CALM = 1e-2
"""Weight of no movement at all against following the landmarks of the line."""
_BEYOND = 1.1
"""Half widths of the mouth; further out the line moves as it does there."""


@dataclass(frozen=True, kw_only=True)
class Mouth:
    """The mouth of a head model, for offsets of its vertices."""

    held: Float[np.ndarray, "vertices"]
    """How far a vertex moves with the line: one there and within, zero from the lips'
    borders on."""
    _across: Float[np.ndarray, "vertices"]
    """Where a vertex lies along the line: -1 and 1 are its ends."""
    _line: Float[np.ndarray, "places"]
    """The same of the landmarks of the line."""

    @classmethod
    def of(cls, model: HeadModel) -> "Mouth":
        """That of the average head."""
        head = model.template.double().numpy()
        marks = model.landmark_template.double().numpy()
        inner, _ = KDTree(_contour(marks[list(LIPS_INNER)])).query(head)
        outer, _ = KDTree(_contour(marks[list(LIPS_OUTER)])).query(head)
        lips = model.region("lips").double().numpy() * outer / (inner + outer)
        within = model.region("mouth_inside").double().numpy()
        line = _of_line(marks)[:, 0]
        half = np.abs(line).max()
        return cls(
            held=np.maximum(lips, within),
            _across=np.clip(head[:, 0] / half, -_BEYOND, _BEYOND),
            _line=line / half,
        )

    def moved(
        self,
        offsets: Float[np.ndarray, "vertices 3"],
        wanted: Float[np.ndarray, "landmarks 3"],
    ) -> Float[np.ndarray, "vertices 3"]:
        """The same offsets, but for the line, which moves as its landmarks want."""
        powers = _powers(self._line)
        calm = _CALM * np.eye(powers.shape[1])
        bent = np.linalg.solve(powers.T @ powers + calm, powers.T @ _of_line(wanted))
        together = _powers(self._across) @ bent
        held = self.held[:, None]
        return (1 - held) * offsets + held * together


def _contour(points: Float[np.ndarray, "corners 3"]) -> Float[np.ndarray, "points 3"]:
    """Points along the edges of a closed polygon."""
    share = np.linspace(0, 1, _BETWEEN, endpoint=False)[:, None, None]
    following = np.roll(points, -1, axis=0)
    return ((1 - share) * points + share * following).reshape(-1, 3)


def _of_line(values: Float[np.ndarray, "landmarks 3"]) -> Float[np.ndarray, "places 3"]:
    """Corners, and means of upper and lower lip between them."""
    pairs = values[np.array(LIP_PAIRS)].mean(axis=1)
    return np.concatenate([values[list(MOUTH_CORNERS)], pairs])


def _powers(across: Float[np.ndarray, "places"]) -> Float[np.ndarray, "places 4"]:
    """Of which a bent line is made."""
    return across[:, None] ** np.arange(4)
