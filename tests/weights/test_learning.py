"""What the learning of the identity prior finds, where the truth was made up."""

import numpy as np
import pytest
import torch

from benchmarks.shape import Errors
from core.head_model import VIEW_TERMS, view_terms
from weights.learning.alignment import align
from weights.learning.leaning import _regression
from weights.learning.statistics import Learning, learn_statistics

POINTS, COUNT, PEOPLE = 150, 6, 400
SIGNS = np.array([1.0, 1.0, 1.0, 1.0, -1.0, -1.0])


def rotation(degrees: float) -> np.ndarray:
    sine, cosine = np.sin(np.deg2rad(degrees)), np.cos(np.deg2rad(degrees))
    return np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])


def test_align_finds_a_similarity_and_keeps_metres_when_told() -> None:
    points = np.random.default_rng(0).normal(size=(40, 3))
    onto = 1.3 * points @ rotation(20).T + [1, 2, 3]
    scale, turn, offset = align(points, onto)
    assert scale == pytest.approx(1.3)
    np.testing.assert_allclose(turn, rotation(20), atol=1e-12)
    np.testing.assert_allclose(offset, [1, 2, 3], atol=1e-12)
    assert align(points, onto, scaled=False)[0] == 1


def test_a_mirrored_shape_is_not_aligned_by_a_reflection() -> None:
    points = np.random.default_rng(0).normal(size=(40, 3))
    turn = align(points, points * [-1, 1, 1])[1]
    assert np.linalg.det(turn) == pytest.approx(1)


def test_shape_error_forgives_pose_and_size_only() -> None:
    face = 0.05 * np.random.default_rng(0).normal(size=(60, 3))
    errors = Errors()
    errors.add(0.9 * face @ rotation(30) + 1, face)
    assert errors.millimetres[0].max() < 1e-9
    assert errors.scales == [pytest.approx(1 / 0.9)]
    bent = face.copy()
    bent[0] += [0, 0.01, 0]
    errors.add(bent, face)
    assert errors.millimetres[1][0] > 9


def test_a_hidden_distribution_is_learned() -> None:
    random = np.random.default_rng(1)
    template = 0.06 * random.normal(size=(POINTS, 3))
    basis = 0.004 * random.normal(size=(COUNT, POINTS, 3))
    mean = np.array([0.8, -0.5, 0.3, 0.0, 0.0, 0.0])
    deviation = np.array([0.3, 2.0, 1.0, 0.5, 0.2, 1.5])
    people = mean + deviation * random.normal(size=(PEOPLE, COUNT))
    heads = template + np.tensordot(people, basis, 1)
    heads = heads + 0.0005 * random.normal(size=heads.shape)
    turned = np.stack([head @ rotation(3 * random.normal()).T for head in heads])
    found = learn_statistics(
        template, basis, turned, np.ones(POINTS), SIGNS, learning=Learning()
    )
    np.testing.assert_allclose(np.sqrt(np.diag(found.covariance)), deviation, rtol=0.5)
    average = np.tensordot(found.mean, basis, 1) + found.offsets
    true = np.tensordot(people.mean(axis=0) * (SIGNS > 0), basis, 1)
    assert np.linalg.norm(average - true, axis=1).mean() < 0.002
    assert (found.covariance[:4, 4:] == 0).all()


def test_the_basis_learns_a_shape_that_no_coefficient_makes() -> None:
    random = np.random.default_rng(2)
    template = 0.06 * random.normal(size=(POINTS, 3))
    basis = 0.004 * random.normal(size=(COUNT, POINTS, 3))
    unknown = np.zeros_like(basis)
    unknown[0, :20] = 0.003
    people = random.normal(size=(PEOPLE, COUNT))
    heads = template + np.tensordot(people, basis + unknown, 1)
    found = learn_statistics(
        template, basis, heads, np.ones(POINTS), np.ones(COUNT), learning=Learning()
    )
    learned = np.tensordot(found.root, basis, 1) + found.loadings

    def left(rows: np.ndarray) -> float:
        flat, wanted = rows.reshape(COUNT, -1), (basis + unknown).reshape(COUNT, -1)
        share = np.linalg.lstsq(flat.T, wanted.T, rcond=None)[0]
        return float(np.linalg.norm(flat.T @ share - wanted.T))

    assert left(learned) < 0.4 * left(basis)


def test_the_detectors_leaning_is_recovered_from_pictures() -> None:
    random = np.random.default_rng(3)
    people = random.normal(size=(500, COUNT))
    constant = 0.001 * random.normal(size=(9, 3))
    leaning = 0.0003 * random.normal(size=(COUNT, 9, 3))
    turning = 0.002 * random.normal(size=(VIEW_TERMS, 9, 3))
    turns = np.stack([rotation(25 * random.normal()) for _ in people])
    seen = turns[:, [0, 2]] * np.array([1.0, -1.0])[:, None]  # right and down
    toward_camera = torch.from_numpy(turns[:, 1] * -1.0)
    offsets = constant + np.tensordot(people, leaning, 1)
    offsets += np.tensordot(view_terms(toward_camera).numpy(), turning, 1)
    errors = np.einsum("nij,nlj->nli", seen, offsets)
    found = _regression(people, seen, errors)
    np.testing.assert_allclose(found.constant[:, 0], constant[:, 0], atol=3e-4)
    np.testing.assert_allclose(found.constant[:, 2], constant[:, 2], atol=1e-4)
    turned = np.corrcoef(found.per_view[0, :, 2], turning[0, :, 2])[0, 1]
    assert turned > 0.97
    together = np.corrcoef(found.per_identity.ravel(), leaning.ravel())[0, 1]
    assert together > 0.97
    assert np.linalg.norm(found.per_identity) < np.linalg.norm(leaning), (
        "a ridge shrinks"
    )
