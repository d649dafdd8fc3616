"""The photo's light, as smooth shading, and how much of it to take out.

Under distant light a matte surface's shading is, to a few per cent, a second-order
polynomial of its normal: nine spherical-harmonic coefficients (Ramamoorthi and
Hanrahan 2001). They are fitted robustly to the skin's luminance, as if all skin were
of one colour; spots, brows and lips are outliers of that fit and stay in the texture.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..colours import srgb_from_linear
from ..harmonics import harmonics

STRENGTH = 0.85
"""Share of the fitted shading that is divided out: what is left hides its errors."""

_RANGE = 0.9
"""Logarithm of shading over its mean beyond which the fit is less and less trusted."""

_REGULARISATION = 2e-3
"""Of the squared coefficients but the first, relative to the mean square luminance."""


_VISIBLE = 0.4
"""Error in sRGB, over three channels, beyond which a colour is hardly of the light."""

_DARKEST = 0.01
"""Linear colour below which errors do not count for more."""


@dataclass(frozen=True, kw_only=True)
class Shading:
    """Light on white skin by its normal, over its mean over the seen skin."""

    coefficients: Float[Tensor, "9"]
    """Of the harmonics of `harmonics`."""
    mean: float
    """Mean shading over the skin that it was fitted to."""

    def relative(self, normals: Float[Tensor, "*any 3"]) -> Float[Tensor, "*any"]:
        """Shading over its mean, bent into the trusted range, to the set strength."""
        value = (harmonics(normals) @ self.coefficients / self.mean).clamp(min=0.05)
        return (STRENGTH * _RANGE * torch.tanh(value.log() / _RANGE)).exp()


def fit_shading(
    normals: Float[Tensor, "samples 3"],
    luminance: Float[Tensor, " samples"],
    weights: Float[Tensor, " samples"],
) -> Shading:
    """Fit the nine coefficients by reweighted least squares (Cauchy, 8 rounds)."""
    basis = harmonics(normals)
    total = weights.sum().clamp(min=1e-6)
    mean = (weights * luminance).sum() / total
    penalty = torch.full((9,), float(_REGULARISATION)).to(basis)
    penalty[0] = 0
    robust = torch.ones_like(weights)
    coefficients = basis.new_zeros(9)
    for _ in range(8):
        share = weights * robust / total
        normal_matrix = basis.T @ (basis * share[:, None]) + torch.diag(penalty)
        coefficients = torch.linalg.solve(normal_matrix, basis.T @ (share * luminance))
        error = (basis @ coefficients - luminance) / (0.12 * mean)
        robust = 1 / (1 + error * error)
    fitted = basis @ coefficients
    fitted_mean = float((weights * fitted).sum() / total)
    return Shading(coefficients=coefficients, mean=max(fitted_mean, 1e-4))


def fit_light(
    normals: Float[Tensor, "samples 3"],
    colour: Float[Tensor, "samples 3"],
    albedo: Float[Tensor, "samples 3"],
    weights: Float[Tensor, " samples"],
) -> Float[Tensor, "9 3"]:
    """The light that makes skin of this albedo look as in the photo (all linear).

    Coefficients of `harmonics` for red, green and blue: a matte surface's colour is
    its albedo times their sum. Errors count as they are seen, on sRGB's scale, or the
    shadows would count for nothing; Cauchy-weighted, so that gloss and cast shadows,
    which no distant light explains, count less.
    """
    basis = harmonics(normals)
    penalty = torch.full((9,), _REGULARISATION).to(basis)
    penalty[0] = 0
    level = (weights[:, None] * colour).sum(dim=0) / weights.sum().clamp(min=1e-6)
    expected = level.expand_as(colour)
    light = basis.new_zeros(9, 3)
    robust = torch.ones_like(weights)
    for _ in range(8):
        visible = _steepness(expected)
        for channel in range(3):
            share = weights * robust * visible[:, channel] ** 2
            seen = basis * albedo[:, channel, None]
            scale = (share * albedo[:, channel] ** 2).sum().clamp(min=1e-9)
            light[:, channel] = torch.linalg.solve(
                seen.T @ (seen * share[:, None]) + scale * torch.diag(penalty),
                seen.T @ (share * colour[:, channel]),
            )
        expected = albedo * (basis @ light)
        error = (srgb_from_linear(expected) - srgb_from_linear(colour)).norm(dim=1)
        robust = 1 / (1 + (error / _VISIBLE) ** 2)
    return light


def _steepness(linear: Float[Tensor, "*any"]) -> Float[Tensor, "*any"]:
    """Change of the sRGB value for a change of the linear one."""
    return 1.055 / 2.4 * linear.clamp(min=_DARKEST) ** (1 / 2.4 - 1)
