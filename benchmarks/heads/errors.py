"""How far a fitted face is from the true one, vertex by vertex."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from weights.learning.alignment import align


@dataclass(frozen=True, kw_only=True)
class ShapeError:
    """Distances over the face after rigid alignment with one scale, no closest points.

    Corresponding vertices are compared, so a face that slid along itself counts.
    """

    distances_mm: NDArray[np.float64]
    """Of every vertex of the face."""
    scale: float
    """What the fitted head's size had to be multiplied by."""


def shape_error(found: NDArray[np.floating], true: NDArray[np.floating]) -> ShapeError:
    """The error of a face [vertices, 3] in metres."""
    scale, rotation, offset = align(found, true)
    apart = scale * found @ rotation.T + offset - true
    return ShapeError(
        distances_mm=1e3 * np.linalg.norm(apart, axis=1), scale=float(scale)
    )


def summary(errors: list[ShapeError], name: str) -> dict[str, float]:
    """Mean, median and 95th percentile over all vertices of all heads, by name."""
    every = np.concatenate([error.distances_mm for error in errors])
    return {
        f"{name}_mean_mm": float(every.mean()),
        f"{name}_median_mm": float(np.median(every)),
        f"{name}_p95_mm": float(np.percentile(every, 95)),
    }
