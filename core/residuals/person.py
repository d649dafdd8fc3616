"""Who somebody is expected to be: as pixels seem to show them, or as people are."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from ..least_squares import Residual
from .terms import correlated_prior_residual, prior_residual


@dataclass(frozen=True, kw_only=True)
class ShapeImpression:
    """Which person pictures seem to show, and how surely."""

    mean: Float[Tensor, "identities"]
    """Coefficients of the head model's identity."""
    whitening: Float[Tensor, "identities identities"]
    """Turns errors of the mean into standard deviations."""


def person_residuals(
    x: Float[Tensor, "frames size"],
    columns: slice,
    impression: ShapeImpression | None,
    *,
    deviation: float = 1.0,
) -> list[Residual]:
    """The prior on the identity's columns, its deviation widened by a factor.

    What comes after the person in these columns are the ways in which marks err
    together. Without an impression, people are expected.
    """
    if impression is None:
        return [prior_residual(x, columns, mean=0.0, deviation=deviation)]
    people = columns.start + len(impression.mean)
    return [
        correlated_prior_residual(
            x,
            slice(columns.start, people),
            mean=impression.mean.to(x),
            whitening=impression.whitening.to(x) / deviation,
        ),
        prior_residual(x, slice(people, columns.stop), mean=0.0, deviation=deviation),
    ]
