"""Every term's Jacobian against differences of its values, in double precision."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from core.expressions import EXPRESSION_INDEX
from core.head_model import VIEW_TERMS
from core.least_squares import Residual
from core.residuals.expectations import (
    LIMITED,
    OPPOSITES,
    SIDES,
    expected_expressions,
    far_side_weights,
)
from core.residuals.gaze import (
    Eyes,
    GazeSettings,
    gaze_prior_residual,
    iris_residual,
    solve_gaze,
)
from core.residuals.prediction import (
    HeadUnknowns,
    LandmarkBases,
    View,
    landmark_motion,
    predict_landmarks,
)
from core.residuals.terms import (
    columns_of,
    correlated_prior_residual,
    difference_residual,
    exclusion_residual,
    landmark_residual,
    limit_residual,
    prior_residual,
    symmetry_residual,
    whitening,
)

FRAMES, LANDMARKS, IDENTITIES = 3, 478, 4
LAYOUT = HeadUnknowns(identities=IDENTITIES, focal=True)
NOISE_PX = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64)


def random(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def bases() -> LandmarkBases:
    spread = 0.002 * random(LANDMARKS, 3, 3, seed=3)
    return LandmarkBases(
        neutral=0.06 * random(LANDMARKS, 3),
        identity=0.003 * random(IDENTITIES, LANDMARKS, 3, seed=1),
        expression=0.005 * random(52, LANDMARKS, 3, seed=2),
        view=0.002 * random(VIEW_TERMS, LANDMARKS, 3, seed=3),
        covariance=spread @ spread.mT + 1e-6 * torch.eye(3).double(),
    )


def view(layout: HeadUnknowns = LAYOUT) -> View:
    flip = torch.diag(torch.tensor([1.0, -1.0, -1.0])).double()
    return View(
        unknowns=layout,
        base_rotation=flip.expand(FRAMES, 3, 3),
        focal_px=torch.tensor(900.0).double(),
        center_px=torch.tensor([300.0, 200.0]).double(),
    )


def unknowns(layout: HeadUnknowns = LAYOUT) -> Tensor:
    x = torch.zeros(FRAMES, layout.size).double()
    x[:, layout.identity] = random(FRAMES, layout.identities, seed=4)
    x[:, layout.log_focal] = 6.8
    x[:, layout.rotation] = 0.4 * random(FRAMES, 3, seed=5)
    x[:, layout.translation] = torch.tensor([0.02, -0.01, -0.3]).double()
    x[:, layout.expression] = random(FRAMES, 52, seed=6).abs() * 0.4
    return x


def observed() -> Tensor:
    return predict_landmarks(bases(), view(), unknowns()).points_px + 5 * random(
        FRAMES, LANDMARKS, 2, seed=7
    )


def numeric_jacobian(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Central differences, one unknown at a time."""
    columns = []
    for column in range(x.shape[1]):
        step = torch.zeros_like(x)
        step[:, column] = 1e-6
        columns.append((function(x + step) - function(x - step)) / 2e-6)
    return torch.stack(columns, dim=-1)


def _white() -> Tensor:
    return whitening(
        landmark_motion(bases(), view(), unknowns()),
        bases().covariance,
        noise_px=NOISE_PX,
        weights=torch.ones(1, LANDMARKS).double(),
    )


def _landmarks(x: Tensor) -> Residual:
    prediction = predict_landmarks(bases(), view(), x)
    return landmark_residual(prediction, observed(), _white(), huber=3.0)


def _differences(x: Tensor) -> Residual:
    return difference_residual(
        predict_landmarks(bases(), view(), x),
        observed(),
        torch.tensor([[0, 5], [3, 2]]),
        noise_px=NOISE_PX,
        huber=3.0,
    )


TERMS: dict[str, Callable[[Tensor], Residual]] = {
    "landmarks": _landmarks,
    "differences": _differences,
    "prior": lambda x: prior_residual(x, LAYOUT.identity, mean=0.3, deviation=0.5),
    "person": lambda x: correlated_prior_residual(
        x,
        LAYOUT.identity,
        mean=random(IDENTITIES, seed=3),
        whitening=random(IDENTITIES, IDENTITIES, seed=4),
    ),
    "symmetry": lambda x: symmetry_residual(
        x, columns_of(SIDES, LAYOUT), deviation=0.2
    ),
    "exclusion": lambda x: exclusion_residual(
        x, columns_of(OPPOSITES, LAYOUT), deviation=0.1
    ),
    "limit": lambda x: limit_residual(x, columns_of(LIMITED, LAYOUT), deviation=0.1),
}


@pytest.mark.parametrize("term", TERMS)
def test_jacobian_is_the_derivative_of_the_value(term: str) -> None:
    x = unknowns()
    numeric = numeric_jacobian(lambda at: TERMS[term](at).value, x)
    exact = TERMS[term](x).jacobian
    assert exact.shape == numeric.shape
    largest = float(numeric.abs().max())
    assert torch.allclose(exact, numeric, rtol=1e-4, atol=1e-4 * largest)
    assert numeric.abs().max() > 0


def test_jacobian_of_a_known_person_leaves_out_identity_and_focal() -> None:
    layout = HeadUnknowns()
    person = bases().of_person(random(IDENTITIES, seed=8))
    prediction = predict_landmarks(person, view(layout), unknowns(layout))
    numeric = numeric_jacobian(
        lambda at: predict_landmarks(person, view(layout), at).points_px,
        unknowns(layout),
    )
    assert prediction.jacobian.shape[-1] == 58
    assert torch.allclose(prediction.jacobian, numeric, rtol=1e-4, atol=1e-2)


def test_a_person_of_known_identity_is_the_model_at_that_identity() -> None:
    x = unknowns()
    identity = x[0, LAYOUT.identity]
    x[:, LAYOUT.identity] = identity
    layout = HeadUnknowns()
    known = View(
        unknowns=layout,
        base_rotation=view().base_rotation,
        focal_px=x[0, LAYOUT.log_focal].exp()[0],
        center_px=view().center_px,
    )
    same = predict_landmarks(bases().of_person(identity), known, x[:, LAYOUT.shared :])
    assert torch.allclose(
        same.points_px, predict_landmarks(bases(), view(), x).points_px
    )


def test_whitened_errors_of_the_assumed_spread_have_unit_variance() -> None:
    prediction = predict_landmarks(bases(), view(), unknowns())
    m, covariance = prediction.px_per_head[1, 0], bases().covariance[0]
    spread = m @ covariance @ m.T + NOISE_PX[1] ** 2 * torch.eye(2).double()
    white = _white()[1, 0]
    assert torch.allclose(white @ spread @ white.T, torch.eye(2).double(), atol=1e-9)


def test_limit_costs_nothing_below_the_limit() -> None:
    x = torch.zeros(1, LAYOUT.size).double()
    close, jaw = columns_of(LIMITED, LAYOUT)[0].tolist()
    x[0, jaw] = 0.5
    x[0, close] = 0.4
    assert TERMS["limit"](x).value.abs().max() == 0
    x[0, close] = 0.7
    assert torch.allclose(TERMS["limit"](x).value, torch.tensor(2.0).double())


def test_scores_are_heard_where_they_are_worth_it() -> None:
    scores = torch.full((1, 52), 0.8)
    mean, deviation = expected_expressions(scores, silent_deviation=0.1)
    assert mean[0, EXPRESSION_INDEX["mouthSmileLeft"]] == 0.8
    assert mean[0, EXPRESSION_INDEX["cheekPuff"]] == 0
    assert mean[0, EXPRESSION_INDEX["jawOpen"]] == pytest.approx(0.885)
    assert mean[0, EXPRESSION_INDEX["cheekSquintLeft"]] == pytest.approx(0.32)
    assert deviation[0, EXPRESSION_INDEX["mouthShrugLower"]] == pytest.approx(0.1)
    assert deviation[0, EXPRESSION_INDEX["cheekPuff"]] < 0.05
    assert deviation[0, EXPRESSION_INDEX["tongueOut"]] < 0.05


def test_a_faint_score_of_a_frown_lets_the_landmarks_decide() -> None:
    scores = torch.zeros(2, 52)
    frown = EXPRESSION_INDEX["mouthFrownLeft"]
    scores[1, frown] = 0.1
    mean, deviation = expected_expressions(scores, silent_deviation=0.1)
    assert mean[:, frown].tolist() == pytest.approx([0.0, 0.6])
    assert deviation[:, frown].tolist() == pytest.approx([0.1, 0.46])
    assert (deviation[0] == deviation[1]).sum() == 51


def test_the_far_side_of_a_turned_head_counts_less() -> None:
    three = LandmarkBases(
        neutral=torch.tensor([[0.05, 0, 0], [-0.05, 0, 0]]).double(),
        identity=torch.zeros(0, 2, 3).double(),
        expression=torch.zeros(52, 2, 3).double(),
        view=torch.zeros(VIEW_TERMS, 2, 3).double(),
        covariance=torch.eye(3).double().expand(2, 3, 3),
    )
    angle = torch.tensor(60.0).double().deg2rad()
    # The camera looks along +Y of the world at a head turned to its left (+X).
    head = torch.tensor(
        [
            [angle.cos(), -angle.sin(), 0],
            [angle.sin(), angle.cos(), 0],
            [0, 0, 1],
        ]
    ).double()
    camera_world = torch.tensor([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]).double()
    left_turned = far_side_weights(three, (camera_world @ head)[None])[0]
    right_turned = far_side_weights(three, (camera_world @ head.T)[None])[0]
    facing = far_side_weights(three, camera_world[None])[0]
    assert left_turned.tolist() == pytest.approx([0.1, 1.0])
    assert right_turned.tolist() == pytest.approx([1.0, 0.1])
    assert facing.tolist() == [1.0, 1.0]


def eyes() -> Eyes:
    centers = torch.tensor([[0.03, -0.08, 0.04], [-0.03, -0.08, 0.04]]).double()
    ahead = torch.tensor([0.0, -0.012, 0.0]).double()
    return Eyes(centers=centers, irises=centers + ahead)


def test_gaze_jacobians_are_derivatives() -> None:
    layout = HeadUnknowns()
    x, gaze = unknowns(layout), 0.2 * random(FRAMES, 4, seed=9)
    aim = 300 + 10 * random(FRAMES, 2, 2)

    def irises(at: Tensor) -> Residual:
        return iris_residual(eyes(), view(layout), x, at, aim, noise_px=NOISE_PX)

    numeric = numeric_jacobian(lambda at: irises(at).value, gaze)
    assert torch.allclose(irises(gaze).jacobian, numeric, rtol=1e-4, atol=1e-4)
    settings = GazeSettings()
    numeric = numeric_jacobian(lambda at: gaze_prior_residual(at, settings).value, gaze)
    exact = gaze_prior_residual(gaze, settings).jacobian
    assert torch.allclose(exact, numeric, rtol=1e-4, atol=1e-4)


def test_gaze_to_the_subjects_left_and_up_has_positive_angles() -> None:
    layout = HeadUnknowns()
    x = torch.zeros(1, layout.size).double()
    facing = View(
        unknowns=layout,
        base_rotation=torch.tensor([[[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]]).double(),
        focal_px=torch.tensor(2000.0).double(),
        center_px=torch.zeros(2).double(),
    )
    # One metre away, eyes 4 cm above the head joint: 1 m = 2000 px or nearly so.
    depth = 1.0 - 0.092
    straight = torch.tensor([[0.03, -0.04], [-0.03, -0.04]]).double() * 2000 / depth
    points = torch.zeros(1, 478, 2).double()
    points[:, 473:478], points[:, 468:473] = straight[0], straight[1]
    points = points + torch.tensor([8.0, -5.0]).double()
    gaze = solve_gaze(eyes(), facing, x, points, noise_px=torch.ones(1).double() * 0.1)
    assert (gaze > 0.05).all()
    expected = torch.tensor(8.0 / 2000 * depth / 0.012).asin()
    assert torch.allclose(gaze[0, :, 0], expected.double(), atol=0.02)
