"""Robust non-linear least squares in a box, for many small problems at once.

Every problem is a vector of unknowns. `Residual`s give their values and Jacobians,
`normal_equations` sums them up, and `solve` takes Levenberg-Marquardt steps
(Marquardt's scaling by the diagonal). The box is kept by an active set: an unknown at
its bound that wants to leave the box is held there while the others are solved for,
which is far better than clamping the step afterwards (0.337 mm against 0.535 mm of
expression error on synthetic clips). Problems that share unknowns, as the frames of one
person share the person, are laid out as an arrow matrix by `share_unknowns`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Residual:
    """One term of an energy: what is left to explain, in standard deviations."""

    value: Float[Tensor, "problems groups size"]
    """Residuals in groups; a group (the x and y of a point) is robust as a whole."""
    jacobian: Float[Tensor, "problems groups size unknowns"]
    """How they change with the unknowns."""
    huber: float | None = None
    """Length of a group beyond which it counts linearly; None: it never does."""


@dataclass(frozen=True, kw_only=True)
class NormalEquations:
    """The energy, and its quadratic model around the present unknowns."""

    energy: Float[Tensor, "problems"]
    """Half the squared norm of the residuals, robustly."""
    gradient: Float[Tensor, "problems unknowns"]
    """Its first derivative."""
    hessian: Float[Tensor, "problems unknowns unknowns"]
    """Its second derivative, as Gauss and Newton approximate it."""


@dataclass(frozen=True, kw_only=True)
class Slope:
    """The energy and its gradient, where the Hessian is not needed."""

    energy: Float[Tensor, "problems"]
    """Half the squared norm of the residuals, robustly."""
    gradient: Float[Tensor, "problems unknowns"]
    """Its first derivative."""


@dataclass(frozen=True, kw_only=True)
class Solution:
    """Where the solver ended and how it went."""

    value: Float[Tensor, "problems unknowns"]
    """The unknowns."""
    energy: Float[Tensor, "problems"]
    """The energy there."""
    information: Float[Tensor, "problems unknowns unknowns"]
    """The Hessian there: the inverse of the unknowns' covariance."""
    converged: Bool[Tensor, "problems"]
    """Whether the last accepted step no longer lowered the energy by much."""
    iterations: int
    """How often the equations were built."""


@dataclass(frozen=True, kw_only=True)
class SolverSettings:
    """When to stop and how careful to be."""

    iterations: int = 15
    """Most steps taken."""
    tolerance: float = 1e-4
    """Relative fall of the energy below which a problem is done."""
    damping: float = 1e-3
    """First Marquardt damping, relative to the diagonal."""
    active_set_passes: int = 3
    """How often the set of held unknowns is revised within one step."""
    renewals: int | None = None
    """How often the Hessian is worked out anew after a step, where its slope alone can
    be had; None: after each. An older one bends the way, not where it ends."""


DEFAULT_SETTINGS = SolverSettings()

Linearise = Callable[[Tensor], NormalEquations]


def solve(
    linearise: Linearise,
    start: Float[Tensor, "problems unknowns"],
    *,
    lower: Float[Tensor, "unknowns"],
    upper: Float[Tensor, "unknowns"],
    settings: SolverSettings = DEFAULT_SETTINGS,
    slope: Callable[[Tensor], Slope] | None = None,
) -> Solution:
    """The unknowns of least energy within the box, from a start that is clamped to it.

    A step that raises a problem's energy is not taken and its damping grows, so the
    energy of every problem falls monotonically. `slope` gives what `linearise` does,
    but for the Hessian.
    """
    value = torch.maximum(torch.minimum(start, upper), lower)
    equations = linearise(value)
    damping = torch.full_like(equations.energy, settings.damping)
    converged = torch.zeros_like(equations.energy, dtype=torch.bool)
    iterations = 1
    for taken in range(settings.iterations):
        step = _step_in_box(
            value,
            equations,
            damping=damping,
            lower=lower,
            upper=upper,
            passes=settings.active_set_passes,
        )
        proposal = torch.maximum(torch.minimum(value + step, upper), lower)
        if slope is None or settings.renewals is None or taken < settings.renewals:
            proposed = linearise(proposal)
        else:
            there = slope(proposal)
            proposed = NormalEquations(
                energy=there.energy,
                gradient=there.gradient,
                hessian=equations.hessian,
            )
        iterations += 1
        better = proposed.energy <= equations.energy
        fall = (equations.energy - proposed.energy) / equations.energy.clamp(min=1e-12)
        converged = torch.where(better, fall < settings.tolerance, damping > 1e4)
        value = torch.where(better[:, None], proposal, value)
        equations = _choose(better, proposed, equations)
        damping = torch.where(better, damping / 5, damping * 8).clamp(1e-9, 1e9)
        if bool(converged.all()):
            break
    return Solution(
        value=value,
        energy=equations.energy,
        information=equations.hessian,
        converged=converged,
        iterations=iterations,
    )


def normal_equations(residuals: Sequence[Residual]) -> NormalEquations:
    """The sum of all terms; Huber's cost by re-weighting."""
    return add_equations([_one_term(residual) for residual in residuals])


def add_equations(parts: Sequence[NormalEquations]) -> NormalEquations:
    """The equations of an energy that is a sum."""
    return NormalEquations(
        energy=torch.stack([part.energy for part in parts]).sum(dim=0),
        gradient=torch.stack([part.gradient for part in parts]).sum(dim=0),
        hessian=torch.stack([part.hessian for part in parts]).sum(dim=0),
    )


def stack_problems(problems: Sequence[NormalEquations]) -> NormalEquations:
    """The equations of many problems of one size, one after the other."""
    return NormalEquations(
        energy=torch.cat([one.energy for one in problems]),
        gradient=torch.cat([one.gradient for one in problems]),
        hessian=torch.cat([one.hessian for one in problems]),
    )


def share_unknowns(equations: NormalEquations, shared: int) -> NormalEquations:
    """One problem from many whose first `shared` unknowns are the same ones.

    Its unknowns are the shared ones, then the others problem by problem.
    """
    problems, size = equations.gradient.shape
    own = size - shared
    gradient, hessian = equations.gradient, equations.hessian
    total = shared + problems * own
    whole = hessian.new_zeros(total, total)
    whole[:shared, :shared] = hessian[:, :shared, :shared].sum(dim=0)
    corner = hessian[:, :shared, shared:].permute(1, 0, 2).reshape(shared, -1)
    whole[:shared, shared:] = corner
    whole[shared:, :shared] = corner.T
    blocks = whole[shared:, shared:].unflatten(0, (problems, own))
    blocks = blocks.unflatten(2, (problems, own))
    every = torch.arange(problems, device=hessian.device)
    blocks[every, :, every] = hessian[:, shared:, shared:]
    joined = [gradient[:, :shared].sum(dim=0), gradient[:, shared:].reshape(-1)]
    return NormalEquations(
        energy=equations.energy.sum(dim=0, keepdim=True),
        gradient=torch.cat(joined)[None],
        hessian=whole[None],
    )


def spread_shared(
    unknowns: Float[Tensor, "1 total"], *, shared: int, problems: int
) -> Float[Tensor, "problems unknowns"]:
    """The unknowns of each problem from those that `share_unknowns` laid out."""
    first = unknowns[:, :shared].expand(problems, -1)
    return torch.cat([first, unknowns[0, shared:].unflatten(0, (problems, -1))], dim=1)


def _one_term(residual: Residual) -> NormalEquations:
    value, jacobian = residual.value, residual.jacobian
    square = (value * value).sum(dim=-1)
    energy = square / 2
    if residual.huber is not None:
        length = square.clamp(min=1e-20).sqrt()
        outside = length > residual.huber
        linear = residual.huber * (length - residual.huber / 2)
        energy = torch.where(outside, linear, energy)
        weight = torch.where(outside, residual.huber / length, torch.ones_like(length))
        root = weight.sqrt()[..., None]
        value, jacobian = value * root, jacobian * root[..., None]
    flat_value, flat_jacobian = value.flatten(1), jacobian.flatten(1, 2)
    return NormalEquations(
        energy=energy.sum(dim=-1),
        gradient=(flat_jacobian.mT @ flat_value[..., None])[..., 0],
        hessian=flat_jacobian.mT @ flat_jacobian,
    )


def _step_in_box(
    value: Tensor,
    equations: NormalEquations,
    *,
    damping: Tensor,
    lower: Tensor,
    upper: Tensor,
    passes: int,
) -> Tensor:
    """The damped Gauss-Newton step that leaves no unknown outside its bounds."""
    gradient, hessian = equations.gradient, equations.hessian
    diagonal = hessian.diagonal(dim1=-2, dim2=-1)
    damped = diagonal * (1 + damping[:, None]) + 1e-9
    held = ((value <= lower) & (gradient > 0)) | ((value >= upper) & (gradient < 0))
    step = _solve_free(hessian, damped, -gradient, held)
    every = torch.arange(len(value), device=value.device)
    open_ones: Tensor | slice = slice(None)  # all, without a copy
    for left in reversed(range(passes)):
        target = value[open_ones] + step[open_ones]
        outside = (target < lower) | (target > upper)
        clamped = torch.maximum(torch.minimum(target, upper), lower) - value[open_ones]
        step[open_ones] = clamped
        news = (outside & ~held[open_ones]).any(dim=1)
        held[open_ones] |= outside
        open_ones = every[open_ones][news]
        if not left or not len(open_ones):
            break
        now_held, bent = held[open_ones], hessian[open_ones]
        kept = torch.where(now_held, clamped[news], torch.zeros_like(clamped[news]))
        right = -gradient[open_ones] - (bent @ kept[..., None])[..., 0]
        step[open_ones] = kept + _solve_free(bent, damped[open_ones], right, now_held)
    return step


def _solve_free(hessian: Tensor, damped: Tensor, right: Tensor, held: Tensor) -> Tensor:
    """The step of the free unknowns and none of those held, with a damped diagonal."""
    free = (~held).to(hessian.dtype)
    masked = hessian * free[:, :, None]
    masked.mul_(free[:, None, :])
    masked.diagonal(dim1=-2, dim2=-1).copy_(torch.where(held, 1.0, damped))
    factor, _ = torch.linalg.cholesky_ex(masked)
    return torch.cholesky_solve((right * free)[..., None], factor)[..., 0]


def _choose(
    first: Tensor, chosen: NormalEquations, other: NormalEquations
) -> NormalEquations:
    hessian = other.hessian
    if chosen.hessian is not hessian and not bool(first.all()):
        hessian = torch.where(first[:, None, None], chosen.hessian, hessian)
    elif bool(first.all()):
        hessian = chosen.hessian
    return NormalEquations(
        energy=torch.where(first, chosen.energy, other.energy),
        gradient=torch.where(first[:, None], chosen.gradient, other.gradient),
        hessian=hessian,
    )
