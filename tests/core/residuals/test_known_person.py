"""The fast equations of a known person against those made from whole Jacobians."""

import pytest
import torch

from core.least_squares import NormalEquations, normal_equations
from core.residuals.expectations import LIMITED, MEETING_PAIRS, OPPOSITES
from core.residuals.known_person import (
    ExpressionProducts,
    KnownPerson,
    PixelInformation,
)
from core.residuals.prediction import HeadUnknowns, landmark_motion, predict_landmarks
from core.residuals.terms import (
    columns_of,
    difference_residual,
    exclusion_residual,
    landmark_residual,
    limit_residual,
    prior_residual,
    whitening,
)
from core.residuals.weight_terms import WeightTerms
from tests.core.residuals.test_terms import (
    LANDMARKS,
    NOISE_PX,
    bases,
    observed,
    unknowns,
    view,
)

LAYOUT = HeadUnknowns()
HUBER = 3.0
MEETING = torch.tensor(MEETING_PAIRS[:4]) % LANDMARKS
MEAN = torch.linspace(0, 0.5, 52).double().expand(len(unknowns(LAYOUT)), -1)
DEVIATION = torch.linspace(0.05, 0.4, 52).double().expand(len(MEAN), -1)
MEETING_NOISE_PX = 3 * NOISE_PX


def _both(groups: int) -> tuple[NormalEquations, NormalEquations]:
    """The fast equations, and those that sum up Jacobians."""
    person = bases().of_person(torch.zeros(4).double())
    x, seen_from = unknowns(LAYOUT), view(LAYOUT)
    weights = torch.linspace(0.1, 2, LANDMARKS).double()[None]
    motion = landmark_motion(person, seen_from, x)
    opposites, limited = columns_of(OPPOSITES, LAYOUT), columns_of(LIMITED, LAYOUT)
    fast = KnownPerson(
        bases=person,
        products=ExpressionProducts.of(person, MEETING, groups=groups),
        view=seen_from,
        observed_px=observed(),
        information=PixelInformation.of(
            motion, person.covariance, noise_px=NOISE_PX, weights=weights
        ),
        meeting_noise_px=MEETING_NOISE_PX,
        huber=HUBER,
        weights=WeightTerms(
            layout=LAYOUT,
            mean=MEAN,
            deviation=DEVIATION,
            opposites=opposites,
            limited=limited,
            exclusion_deviation=0.1,
        ),
    )
    slope, equations = fast.slope(x), fast.equations(x)
    assert torch.allclose(slope.energy, equations.energy)
    assert torch.allclose(slope.gradient, equations.gradient)
    prediction = predict_landmarks(person, seen_from, x)
    white = whitening(motion, person.covariance, noise_px=NOISE_PX, weights=weights)
    slow = [
        landmark_residual(prediction, observed(), white, huber=HUBER),
        difference_residual(
            prediction, observed(), MEETING, noise_px=MEETING_NOISE_PX, huber=HUBER
        ),
        prior_residual(x, LAYOUT.expression, mean=MEAN, deviation=DEVIATION),
        exclusion_residual(x, opposites, deviation=0.1),
        limit_residual(x, limited, deviation=0.1),
    ]
    return equations, normal_equations(slow)


@pytest.mark.parametrize("groups", [20, LANDMARKS])
def test_energy_and_gradient_are_those_of_the_residuals(groups: int) -> None:
    fast, exact = _both(groups)
    assert torch.allclose(fast.energy, exact.energy)
    assert torch.allclose(fast.gradient, exact.gradient)


def test_with_a_group_for_each_landmark_only_pairs_bend_the_energy_otherwise() -> None:
    fast, exact = _both(groups=LANDMARKS)
    difference = (fast.hessian - exact.hessian).abs().amax(dim=(1, 2))
    assert (difference < 0.02 * exact.hessian.abs().amax(dim=(1, 2))).all()


def test_a_step_with_groups_leads_where_the_exact_one_does() -> None:
    fast, exact = _both(groups=40)
    damped = torch.diag_embed(exact.hessian.diagonal(dim1=1, dim2=2))
    steps = [
        torch.linalg.solve(one.hessian + damped, -one.gradient) for one in (fast, exact)
    ]
    assert torch.nn.functional.cosine_similarity(*steps).min() > 0.95
