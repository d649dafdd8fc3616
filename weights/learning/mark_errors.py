"""How a refiner's marks are off: what they lean toward, what errs together, the rest.

Marks that see the same pixels err together. A fit that takes their errors for
independent ones believes them too much; with the patterns in which they err as unknowns
of their own it need not.
"""

import numpy as np
from numpy.typing import NDArray

from core.head_model import HeadModel
from core.landmarks.topology import FACE_COUNT, LANDMARK_COUNT

from .leaning import Leaning, errors_in_head, regression, views_of
from .marking import Marked
from .registration import Registration
from .scans import Scans

PATTERNS = 12


def learn_mark_errors(
    model: HeadModel, scans: Scans, registration: Registration, marked: list[Marked]
) -> dict[str, NDArray[np.floating]]:
    """The arrays of a `MarkErrors`, from refined marks on painted people."""
    people, seen, errors = errors_in_head(model, scans, registration, marked)
    leaning = regression(people, seen, errors)
    left = _unexplained(leaning, people, seen, errors)
    patterns, variance = _patterns(seen, left)
    covariance = model.landmark_covariance.double().numpy().copy()
    covariance[:FACE_COUNT] = variance[:, None, None] * np.eye(3)
    return {
        "leaning": _everywhere(leaning.constant),
        "leaning_per_identity": _everywhere(leaning.per_identity),
        "leaning_per_view": _everywhere(leaning.per_view),
        "patterns": _everywhere(patterns),
        "covariance": covariance,
    }


def _unexplained(
    leaning: Leaning,
    people: NDArray[np.float64],
    seen: NDArray[np.float64],
    errors: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Errors [people, 468, 2] less the leaning and what all marks have in common."""
    expected = leaning.constant + np.tensordot(people, leaning.per_identity, 1)
    expected += np.tensordot(views_of(seen), leaning.per_view, 1)
    left = errors - np.einsum("nij,nlj->nli", seen, expected)
    return left - left.mean(axis=1, keepdims=True)


def _patterns(
    seen: NDArray[np.float64], left: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Principal components [patterns, 468, 3] in head space, and the rest's variance.

    A picture shows no error toward the camera; it counts as none.
    """
    errors = np.einsum("nij,nli->nlj", seen, left).reshape(len(left), -1)
    who, spread, ways = np.linalg.svd(errors, full_matrices=False)
    first = slice(None, PATTERNS)
    patterns = spread[first, None] / np.sqrt(len(left)) * ways[first]
    rest = errors - (who[:, first] * spread[first]) @ ways[first]
    squares = np.square(rest.reshape(len(left), FACE_COUNT, 3)).sum(axis=2)
    return patterns.reshape(-1, FACE_COUNT, 3), squares.mean(axis=0) / 2


def _everywhere(offsets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Offsets [..., landmarks, 3] of all landmarks; irises have none."""
    still = np.zeros((*offsets.shape[:-2], LANDMARK_COUNT - FACE_COUNT, 3))
    return np.concatenate([offsets, still], axis=-2)
