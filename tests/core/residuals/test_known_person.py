"""The fast equations of a known person against those made from whole Jacobians."""

import torch

from core.least_squares import NormalEquations, normal_equations
from core.residuals.known_person import (
    ExpressionProducts,
    PixelInformation,
    known_landmark_equations,
)
from core.residuals.prediction import HeadUnknowns, landmark_motion, predict_landmarks
from core.residuals.terms import landmark_residual, whitening
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


def _both(groups: int) -> tuple[NormalEquations, NormalEquations]:
    """The fast equations, and those that sum up Jacobians."""
    person = bases().of_person(torch.zeros(4).double())
    x, seen_from = unknowns(LAYOUT), view(LAYOUT)
    weights = torch.linspace(0.1, 2, LANDMARKS).double()[None]
    white = whitening(
        landmark_motion(person, seen_from, x),
        person.covariance,
        noise_px=NOISE_PX,
        weights=weights,
    )
    fast = known_landmark_equations(
        person,
        ExpressionProducts.of(person, groups=groups),
        seen_from,
        x,
        observed(),
        PixelInformation.of(white),
        huber=HUBER,
    )
    prediction = predict_landmarks(person, seen_from, x)
    slow = landmark_residual(prediction, observed(), white, huber=HUBER)
    return fast, normal_equations([slow])


def test_with_a_group_for_each_landmark_nothing_is_approximated() -> None:
    fast, exact = _both(groups=LANDMARKS)
    assert torch.allclose(fast.energy, exact.energy)
    assert torch.allclose(fast.gradient, exact.gradient)
    assert torch.allclose(fast.hessian, exact.hessian, rtol=1e-7, atol=1e-6)


def test_groups_change_only_how_expressions_bend_the_energy() -> None:
    fast, exact = _both(groups=40)
    assert torch.allclose(fast.energy, exact.energy)
    assert torch.allclose(fast.gradient, exact.gradient)
    expressions = LAYOUT.expression
    difference = fast.hessian - exact.hessian
    assert float(difference[:, expressions, expressions].abs().max()) > 0
    difference[:, expressions, expressions] = 0
    assert torch.allclose(difference, torch.zeros_like(difference), atol=1e-6)


def test_a_step_with_groups_leads_where_the_exact_one_does() -> None:
    fast, exact = _both(groups=40)
    damped = torch.diag_embed(exact.hessian.diagonal(dim1=1, dim2=2))
    steps = [
        torch.linalg.solve(one.hessian + damped, -one.gradient) for one in (fast, exact)
    ]
    assert torch.nn.functional.cosine_similarity(*steps).min() > 0.95
