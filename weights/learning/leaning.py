"""How the detector leans toward the faces it expects.

A face detector is a regression, and so it marks a person's landmarks between where they
are and where an average person has them: a broad jaw is marked too narrow, a long nose
too short. On painted heads whose identity is known the marks' offsets from the surface
are regressed, landmark by landmark, on the identity coefficients (ridge regression:
each coefficient moves a mark little) and on where the head is seen from. A fit that
expects the marks there, and not on the surface, finds the person instead of an average
one.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from core.head_model import HeadModel, view_terms
from core.landmarks.topology import FACE_COUNT

from .alignment import align
from .marking import Marked
from .portraits import SIZE_PX, before_camera
from .registration import Registration
from .scans import Scans
from .statistics import Learning, coefficients

_MARK_DEVIATION_M = 0.0012
"""Of one mark from where it is expected."""
_CONSTANT_DEVIATION_M = 0.002
"""Of a mark on the average head, and for each of `view_terms`."""
_LEANING_DEVIATION_M = 0.00015
"""Of a mark's shift for each coefficient."""


@dataclass(frozen=True, kw_only=True)
class Leaning:
    """Where marks are expected, beside the surface points of the landmarks."""

    constant: NDArray[np.float64]
    """[468, 3] on the average person."""
    per_identity: NDArray[np.float64]
    """[identities, 468, 3]."""
    per_view: NDArray[np.float64]
    """[views, 468, 3]."""


def learn_leaning(
    model: HeadModel, scans: Scans, registration: Registration, marked: list[Marked]
) -> Leaning:
    """The leaning seen on painted people."""
    return regression(*errors_in_head(model, scans, registration, marked))


def errors_in_head(
    model: HeadModel, scans: Scans, registration: Registration, marked: list[Marked]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Who was marked, from where, and how far off each mark is.

    Identity coefficients [people, identities], the pictures' axes in head space
    [people, 2, 3], and errors along them [people, 468, 2] in metres.
    """
    vertices, places = registration.vertices, registration.places
    template = model.template.double().numpy()[vertices]
    basis = model.identity_basis.double().numpy()[:, vertices]
    worth = 0.15 + 0.85 * model.region("face").double().numpy()[vertices]
    heads = [places.on(scans.head(one.person)) for one in marked]
    moved, people, _ = coefficients(template, basis, np.stack(heads), worth, Learning())
    landmarks = model.landmark_template[:FACE_COUNT].double().numpy() + np.tensordot(
        people, model.landmark_identity_basis[:, :FACE_COUNT].double().numpy(), 1
    )
    seen, errors = [], []
    for one, head, there, points in zip(marked, heads, moved, landmarks, strict=True):
        towards_picture, error = _error_in_head(scans, one, head, there, points)
        seen.append(towards_picture)
        errors.append(error)
    return people, np.stack(seen), np.stack(errors)


def _error_in_head(
    scans: Scans,
    one: Marked,
    head: NDArray[np.float64],
    moved: NDArray[np.float64],
    landmarks: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The picture's axes in head space [2, 3], and how far off marks are along them."""
    _, back, origin = align(moved, head, scaled=False)
    scan = scans.head(one.person)
    _, turn, offset = align(scan, before_camera(scans, scan, one.sitting), scaled=False)
    camera = (landmarks @ back.T + origin) @ turn.T + offset
    points_px = one.sitting.focal_px * camera[:, :2] / camera[:, 2:] + SIZE_PX / 2
    error = (one.points_px - points_px) * camera[:, 2:].mean() / one.sitting.focal_px
    return (turn @ back)[:2], error - error.mean(axis=0)


def regression(
    people: NDArray[np.float64],
    seen: NDArray[np.float64],
    errors: NDArray[np.float64],
) -> Leaning:
    """Ridge regression of 3D offsets of which each picture shows two directions."""
    views = views_of(seen)
    causes = np.concatenate([np.ones((len(people), 1)), views, people], axis=1)
    first = 1 + views.shape[1]
    rows = np.einsum("nij,nk->nikj", seen, causes).reshape(2 * len(people), -1)
    deviations = np.full((causes.shape[1], 3), _LEANING_DEVIATION_M)
    deviations[:first] = _CONSTANT_DEVIATION_M
    ridge = np.diag((_MARK_DEVIATION_M / deviations.ravel()) ** 2)
    right = errors.transpose(0, 2, 1).reshape(2 * len(people), -1)
    found = np.linalg.solve(rows.T @ rows + ridge, rows.T @ right)
    offsets = found.reshape(causes.shape[1], 3, -1).transpose(0, 2, 1)
    return Leaning(
        constant=offsets[0], per_identity=offsets[first:], per_view=offsets[1:first]
    )


def views_of(seen: NDArray[np.float64]) -> NDArray[np.float64]:
    """`view_terms` [people, views] of pictures whose axes in head space are known."""
    toward_camera = -np.cross(seen[:, 0], seen[:, 1])
    return view_terms(torch.from_numpy(toward_camera)).numpy()
