"""What is expected of expression weights, as sums of squares with few unknowns each.

The same terms as `prior_residual`, `exclusion_residual` and `limit_residual`, for one
kind of unknowns each, written down without the Jacobians that are nearly all zero.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from .prediction import HeadUnknowns


@dataclass(frozen=True, kw_only=True)
class WeightTerms:
    """Weights lie near what is expected; some exclude each other, or limit each other.

    The methods add to a gradient or a Hessian of all unknowns, in place.
    """

    layout: HeadUnknowns
    """Where the weights are."""
    mean: Float[Tensor, "frames expressions"]
    """What is expected."""
    deviation: Float[Tensor, "frames expressions"]
    """Its standard deviation."""
    opposites: Int[Tensor, "pairs 2"]
    """Columns whose product stays small."""
    limited: Int[Tensor, "limits 2"]
    """Columns the first of which does not exceed the second."""
    exclusion_deviation: float
    """Of a product, and of an excess."""

    def energy(self, x: Float[Tensor, "frames size"]) -> Float[Tensor, "frames"]:
        """Half the sum of all squares."""
        a, b = self._pair(x)
        square = (a * b).square().sum(dim=1) + self._excess(x).square().sum(dim=1)
        off = (x[:, self.layout.expression] - self.mean) / self.deviation
        return (off.square().sum(dim=1) + square / self.exclusion_deviation**2) / 2

    def add_gradient(
        self, gradient: Float[Tensor, "frames size"], x: Float[Tensor, "frames size"]
    ) -> None:
        """Add the energy's first derivative."""
        worth = 1 / self.exclusion_deviation**2
        off = x[:, self.layout.expression] - self.mean
        gradient[:, self.layout.expression] += off / self.deviation.square()
        a, b = self._pair(x)
        excess = self._excess(x)
        parts = [a * b * b, b * a * a, excess, -excess]
        gradient.index_add_(
            1,
            torch.cat([*self.opposites.T, *self.limited.T]),
            torch.cat(parts, dim=1),
            alpha=worth,
        )

    def add_hessian(
        self,
        hessian: Float[Tensor, "frames size size"],
        x: Float[Tensor, "frames size"],
    ) -> None:
        """Add the energy's second derivative, as Gauss and Newton approximate it."""
        worth = 1 / self.exclusion_deviation**2
        diagonal = hessian.diagonal(dim1=1, dim2=2)
        diagonal[:, self.layout.expression] += self.deviation.square().reciprocal()
        a, b = self._pair(x)
        active = (self._excess(x) > 0).to(x.dtype)
        first, second = torch.cat([self.opposites, self.limited]).unbind(dim=1)
        size = self.layout.size
        flat = hessian.view(len(x), size * size)
        places = [
            first * size + first,
            second * size + second,
            first * size + second,
            second * size + first,
        ]
        both = torch.cat([a * b, -active], dim=1)
        values = [torch.cat([b * b, active], dim=1), torch.cat([a * a, active], dim=1)]
        flat.index_add_(
            1, torch.cat(places), torch.cat([*values, both, both], dim=1), alpha=worth
        )

    def _pair(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x[:, self.opposites[:, 0]], x[:, self.opposites[:, 1]]

    def _excess(self, x: Tensor) -> Float[Tensor, "frames limits"]:
        return (x[:, self.limited[:, 0]] - x[:, self.limited[:, 1]]).clamp(min=0)
