"""How a network that tells shapes is off, on heads and by a painter it never saw."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.fit.shape_reader import ShapeReader
from core.head_model import HeadModel
from core.landmarks.detector import FaceDetector
from core.landmarks.refiner import LandmarkRefiner

from .marking import masks_on_scans
from .portraits import SIZE_PX, Sitting, take
from .registration import Registration
from .scans import Scans
from .statistics import Learning, coefficients

_EXPRESSIVE = 0.5
"""Share of heads with an expression."""
_UNTOUCHED = ("eyeLook", "Pupil", "eyeBlink")
_RIDGE = 30.0
"""Heads' worth of trust in the network as it is."""
_INDEPENDENT = 0.1
"""Share of the covariance that is taken for independent."""


@dataclass(frozen=True, kw_only=True)
class Sitter:
    """A scan-made head as a photo shows it."""

    head: NDArray[np.float64]
    """[vertices, 3] of the scan, without its expression."""
    pixels_srgb: NDArray[np.uint8]
    """[height, width, 3]."""
    points_px: NDArray[np.float32]
    """[landmarks, 2], refined."""
    focal_px: float


def sitters(
    first: HeadModel,
    scans: Scans,
    registration: Registration,
    detector: FaceDetector,
    refiner: LandmarkRefiner,
    *,
    count: int,
    seed: int,
) -> list[Sitter]:
    """So many scan-made heads; `first` is the head model without statistics."""
    random = np.random.default_rng(seed)
    masks = masks_on_scans(first, scans, registration)
    found = []
    for index, person in enumerate(scans.people(seed=seed, count=count)):
        sitting = Sitting(
            yaw_deg=random.normal(0, 20),
            pitch_deg=random.normal(0, 8),
            focal_px=random.uniform(1000, 2200),
            seed=seed + index,
        )
        face = _face(scans, random) if random.random() < _EXPRESSIVE else {}
        shown = take(scans, scans.head(person, **face), masks, sitting)
        for seen in detector.find(shown.pixels_srgb)[:1]:
            points_px = (seen.points * SIZE_PX).astype(np.float32)
            found.append(
                Sitter(
                    head=scans.head(person),
                    pixels_srgb=shown.pixels_srgb,
                    points_px=refiner.refine(shown.pixels_srgb, points_px),
                    focal_px=sitting.focal_px,
                )
            )
    return found


def _face(scans: Scans, random: np.random.Generator) -> dict[str, float]:
    """Some expressions of both sides, by the scans' names."""
    stems = sorted(
        {
            name.removesuffix("_L").removesuffix("_R")
            for name in scans.expressions
            if not name.startswith(_UNTOUCHED)
        }
    )
    face = {}
    for stem in random.choice(stems, random.integers(1, 4), replace=False):
        weight = random.uniform(0.2, 0.9)
        for name in (stem, f"{stem}_L", f"{stem}_R"):
            if name in scans.expressions:
                face[name] = weight
    return face


def learn_shape_errors(
    model: HeadModel,
    registration: Registration,
    reader: ShapeReader,
    people: list[Sitter],
) -> dict[str, NDArray[np.float32]]:
    """The arrays of a `ShapeReader` beside its network.

    What is told is regressed on (ridge regression toward leaving it alone); the rest's
    covariance is of heads that the regression left out.
    """
    vertices = registration.vertices
    _, truth, unsure = coefficients(
        model.template.double().numpy()[vertices],
        model.identity_basis.double().numpy()[:, vertices],
        np.stack([registration.places.on(one.head) for one in people]),
        0.15 + 0.85 * model.region("face").double().numpy()[vertices],
        Learning(),
    )
    told = np.stack(
        [
            reader.told(
                one.pixels_srgb, one.points_px, one.focal_px if index % 2 else None
            ).numpy()
            for index, one in enumerate(people)
        ]
    )
    causes = np.column_stack([np.ones(len(told)), told])
    ridge = np.diag([1e-3, *[_RIDGE] * told.shape[1]])
    system = causes.T @ causes + ridge
    found = np.linalg.solve(system, causes.T @ (truth - told))
    own = np.einsum("ni,ij,nj->n", causes, np.linalg.inv(system), causes)
    left = (truth - told - causes @ found) / (1 - own)[:, None]
    covariance = left.T @ left / len(left)
    alone = np.diag(np.diag(covariance))
    covariance += _INDEPENDENT * (alone - covariance) + unsure
    print(
        f"shapes: {len(people)} heads, coefficients of {truth.std():.2f} off by "
        f"{(told - truth).std():.2f}, mended {left.std():.2f}"
    )
    return {
        "offset": found[0].astype("f4"),
        "slope": (np.eye(told.shape[1]) + found[1:].T).astype("f4"),
        "whitening": np.linalg.inv(np.linalg.cholesky(covariance)).astype("f4"),
    }
