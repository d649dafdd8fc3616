"""What the learning of the identity prior finds, where the truth was made up."""

import numpy as np
import pytest
import torch

from benchmarks.shape import Errors
from core.head_model import VIEW_TERMS, view_terms
from weights.learning.alignment import align
from weights.learning.leaning import regression
from weights.learning.statistics import Learning, Sides, learn_statistics

POINTS, COUNT, PEOPLE = 150, 6, 400
SIGNS = np.array([1.0, 1.0, 1.0, 1.0, -1.0, -1.0])
FLIP = np.array([-1.0, 1.0, 1.0])
PARTNER = np.roll(np.arange(POINTS), POINTS // 2)
"""The first half of the points are the mirror images of the second."""


def mirrored(offsets: np.ndarray) -> np.ndarray:
    return offsets[..., PARTNER, :] * FLIP


def two_sided(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A symmetric template, and a basis whose coefficients have `SIGNS`."""
    template = 0.06 * random.normal(size=(POINTS, 3))
    basis = 0.006 * random.normal(size=(COUNT, POINTS, 3))
    basis = 0.5 * (basis + SIGNS[:, None, None] * mirrored(basis))
    return 0.5 * (template + mirrored(template)), basis


def sides(elsewhere: np.ndarray) -> Sides:
    return Sides(signs=SIGNS, partner=PARTNER, elsewhere=elsewhere)


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
    template, basis = two_sided(random)
    mean = np.array([0.8, -0.5, 0.3, 0.0, 0.0, 0.0])
    deviation = np.array([0.3, 2.0, 1.0, 0.5, 0.2, 1.5])
    people = mean + deviation * random.normal(size=(PEOPLE, COUNT))
    heads = template + np.tensordot(people, basis, 1)
    heads = heads + 0.0005 * random.normal(size=heads.shape)
    turned = np.stack([head @ rotation(3 * random.normal()).T for head in heads])
    found = learn_statistics(
        template,
        basis,
        turned,
        np.ones(POINTS),
        sides(basis),
        learning=Learning(of_face=COUNT),
    )
    np.testing.assert_allclose(np.sqrt(np.diag(found.covariance)), deviation, rtol=0.5)
    average = np.tensordot(found.mean, basis, 1) + found.offsets
    true = np.tensordot(people.mean(axis=0) * (SIGNS > 0), basis, 1)
    assert np.linalg.norm(average - true, axis=1).mean() < 0.002
    assert (found.covariance[:4, 4:] == 0).all()


def test_directions_tell_shapes_that_no_coefficient_makes() -> None:
    random = np.random.default_rng(2)
    template, basis = two_sided(random)
    unknown = 0.004 * random.normal(size=(1, POINTS, 3))
    unknown = 0.5 * (unknown + mirrored(unknown))
    drawn = random.normal(size=(PEOPLE, 3))
    heads = template + np.tensordot(drawn, np.concatenate([basis[[0, 5]], unknown]), 1)
    found = learn_statistics(
        template,
        basis,
        heads,
        np.ones(POINTS),
        sides(basis),
        learning=Learning(of_face=3),
    )
    directions = np.tensordot(found.root, basis, 1) + found.loadings
    wanted = unknown.ravel()
    ways = directions[:3].reshape(3, -1)
    share = np.linalg.lstsq(ways.T, wanted, rcond=None)[0]
    assert np.linalg.norm(share @ ways - wanted) < 0.2 * np.linalg.norm(wanted)
    for sign, way in zip(found.signs, directions, strict=True):
        np.testing.assert_allclose(mirrored(way), sign * way, atol=1e-9)
    assert sorted(found.signs[:3]) == [-1, 1, 1]


def test_the_last_directions_move_only_what_heads_do_not_show() -> None:
    random = np.random.default_rng(4)
    template, basis = two_sided(random)
    basis[3] = 0  # a slider of the ears, say
    elsewhere = np.zeros((COUNT, 20, 3))
    elsewhere[3] = 0.005
    people = random.normal(size=(PEOPLE, COUNT))
    found = learn_statistics(
        template,
        basis,
        template + np.tensordot(people, basis, 1),
        np.ones(POINTS),
        sides(elsewhere),
        learning=Learning(of_face=COUNT - 1),
    )
    face = np.tensordot(found.root, basis, 1) + found.loadings
    assert np.abs(face[-1]).max() < 1e-12
    assert np.linalg.norm(face[:-1], axis=(1, 2)).min() > 0.001
    far = np.tensordot(found.root, elsewhere, 1)
    assert np.abs(far[-1]).max() > 0.003


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
    found = regression(people, seen, errors)
    np.testing.assert_allclose(found.constant[:, 0], constant[:, 0], atol=3e-4)
    np.testing.assert_allclose(found.constant[:, 2], constant[:, 2], atol=1e-4)
    turned = np.corrcoef(found.per_view[0, :, 2], turning[0, :, 2])[0, 1]
    assert turned > 0.97
    together = np.corrcoef(found.per_identity.ravel(), leaning.ravel())[0, 1]
    assert together > 0.97
    assert np.linalg.norm(found.per_identity) < np.linalg.norm(leaning), (
        "a ridge shrinks"
    )
