"""The solver on problems whose answers are known."""

import math

import torch
from scipy.optimize import lsq_linear
from torch import Tensor

from core.least_squares import (
    NormalEquations,
    Residual,
    Slope,
    SolverSettings,
    normal_equations,
    share_unknowns,
    solve,
    spread_shared,
)


def random(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def linear(matrix: Tensor, right: Tensor, huber: float | None = None):  # noqa: ANN201
    """Residuals matrix @ x - right of many problems."""

    def linearise(x: Tensor) -> NormalEquations:
        value = (matrix @ x[..., None])[..., 0] - right
        residual = Residual(
            value=value[..., None], jacobian=matrix[:, :, None], huber=huber
        )
        return normal_equations([residual])

    return linearise


def everywhere(size: int) -> tuple[Tensor, Tensor]:
    bound = torch.full((size,), math.inf, dtype=torch.float64)
    return -bound, bound


def test_solve_finds_the_linear_least_squares_solution() -> None:
    matrix, right = random(3, 20, 6), random(3, 20, seed=1)
    lower, upper = everywhere(6)
    solution = solve(
        linear(matrix, right), torch.zeros(3, 6).double(), lower=lower, upper=upper
    )
    expected = torch.linalg.lstsq(matrix, right[..., None]).solution[..., 0]
    assert torch.allclose(solution.value, expected, atol=1e-4)
    assert solution.converged.all()


def test_solve_finds_the_best_point_of_a_box_not_the_clamped_one() -> None:
    matrix, right = random(8, 12, 10), 3 * random(8, 12, seed=1)
    box = torch.zeros(10).double(), torch.ones(10).double()
    solution = solve(
        linear(matrix, right),
        torch.full((8, 10), 0.5).double(),
        lower=box[0],
        upper=box[1],
        settings=SolverSettings(iterations=40, tolerance=1e-9),
    )
    for problem in range(8):
        best = lsq_linear(matrix[problem].numpy(), right[problem].numpy(), (0, 1))
        assert abs(float(solution.energy[problem]) - best.cost) < 1e-4 * best.cost
    assert (solution.value >= 0).all()
    assert (solution.value <= 1).all()


def test_solve_descends_a_curved_valley() -> None:
    def rosenbrock(x: Tensor) -> NormalEquations:
        a, b = x.unbind(dim=1)
        value = torch.stack([10 * (b - a * a), 1 - a], dim=1)
        zero, one = torch.zeros_like(a), torch.ones_like(a)
        rows = torch.stack([-20 * a, 10 * one, -one, zero], dim=1).unflatten(1, (2, 2))
        residual = Residual(value=value[..., None], jacobian=rows[:, :, None])
        return normal_equations([residual])

    start = torch.tensor([[-1.2, 1.0], [3.0, -2.0]], dtype=torch.float64)
    lower, upper = everywhere(2)
    solution = solve(
        rosenbrock,
        start,
        lower=lower,
        upper=upper,
        settings=SolverSettings(iterations=60, tolerance=1e-12),
    )
    assert torch.allclose(solution.value, torch.ones(2, 2).double(), atol=1e-4)


def test_huber_ignores_an_outlier_that_squares_would_follow() -> None:
    matrix = torch.ones(1, 11, 1, dtype=torch.float64)
    right = torch.zeros(1, 11, dtype=torch.float64)
    right[0, 0] = 1000.0
    lower, upper = everywhere(1)
    start = torch.zeros(1, 1, dtype=torch.float64)
    squares = solve(linear(matrix, right), start, lower=lower, upper=upper)
    robust = solve(linear(matrix, right, 1.0), start, lower=lower, upper=upper)
    assert abs(float(squares.value) - 1000 / 11) < 1e-2
    assert abs(float(robust.value) - 0.1) < 1e-2


def test_energy_is_half_the_squared_norm_and_linear_beyond_huber() -> None:
    value = torch.tensor([[[0.3, 0.4], [3.0, 4.0]]], dtype=torch.float64)
    jacobian = torch.zeros(1, 2, 2, 1, dtype=torch.float64)
    squares = normal_equations([Residual(value=value, jacobian=jacobian)])
    robust = normal_equations([Residual(value=value, jacobian=jacobian, huber=2.0)])
    assert torch.allclose(squares.energy, torch.tensor([0.125 + 12.5]).double())
    assert torch.allclose(robust.energy, torch.tensor([0.125 + 2 * (5 - 1)]).double())


def test_gradient_is_the_derivative_of_the_energy() -> None:
    matrix, right = random(1, 9, 4), random(1, 9, seed=1)
    linearise = linear(matrix, right, huber=0.7)
    x = random(1, 4, seed=2).requires_grad_()
    (expected,) = torch.autograd.grad(linearise(x).energy.sum(), x)
    assert torch.allclose(linearise(x).gradient, expected)


def test_shared_unknowns_make_the_dense_problem_of_all_frames() -> None:
    problems, shared, own = 3, 2, 4
    jacobian = random(problems, 7, 1, shared + own)
    value = random(problems, 7, 1, seed=1)
    equations = share_unknowns(
        normal_equations([Residual(value=value, jacobian=jacobian)]), shared
    )
    dense = torch.zeros(problems * 7, shared + problems * own, dtype=torch.float64)
    for problem in range(problems):
        rows = slice(7 * problem, 7 * problem + 7)
        start = shared + own * problem
        dense[rows, :shared] = jacobian[problem, :, 0, :shared]
        dense[rows, start : start + own] = jacobian[problem, :, 0, shared:]
    assert torch.allclose(equations.hessian[0], dense.T @ dense)
    assert torch.allclose(equations.gradient[0], dense.T @ value.reshape(-1))
    assert torch.allclose(equations.energy, value.square().sum()[None] / 2)


def test_spread_shared_repeats_the_shared_unknowns() -> None:
    spread = spread_shared(torch.arange(8.0)[None], shared=2, problems=3)
    assert spread.tolist() == [[0, 1, 2, 3], [0, 1, 4, 5], [0, 1, 6, 7]]


def test_an_older_hessian_leads_to_the_same_place() -> None:
    matrix, right = random(5, 12, 6), 3 * random(5, 12, seed=1)
    linearise = linear(matrix, right, huber=1.0)
    lower, upper = -0.4 * torch.ones(6).double(), 0.4 * torch.ones(6).double()

    def slope(x: Tensor) -> Slope:
        there = linearise(x)
        return Slope(energy=there.energy, gradient=there.gradient)

    renewed, kept = (
        solve(
            linearise,
            torch.zeros(5, 6).double(),
            lower=lower,
            upper=upper,
            settings=SolverSettings(iterations=80, tolerance=1e-12, renewals=renewals),
            slope=slope,
        ).value
        for renewals in (None, 1)
    )
    assert torch.allclose(renewed, kept, atol=1e-3)
