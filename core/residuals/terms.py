"""The terms of the energy that brings a head onto landmarks, for photo and clip alike.

Every function gives one `Residual`, in standard deviations, with its exact Jacobian
with respect to the unknowns that `HeadUnknowns` lays out.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..expressions import EXPRESSION_NAMES
from ..least_squares import Residual
from .prediction import HeadUnknowns, Prediction
from .shading import ShadingEvidence


def whitening(
    motion: Float[Tensor, "frames landmarks 2 3"],
    covariance: Float[Tensor, "landmarks 3 3"],
    *,
    noise_px: Float[Tensor, "frames"],
    weights: Float[Tensor, "#frames landmarks"],
) -> Float[Tensor, "frames landmarks 2 2"]:
    """What turns pixel errors into standard deviations, times the root of a weight.

    The variance of a landmark is the detector's noise plus the uncertainty of its
    place on the head, seen from here; `motion` is that of `landmark_motion`.
    """
    m = motion
    spread = torch.einsum("flij,ljk,flmk->flim", m, covariance, m)
    noise = (
        torch.eye(2, dtype=m.dtype, device=m.device)
        * noise_px.square()[:, None, None, None]
    )
    factor, _ = torch.linalg.cholesky_ex(spread + noise)
    one = torch.eye(2, dtype=m.dtype, device=m.device).expand_as(factor)
    inverse = torch.linalg.solve_triangular(factor, one, upper=False)
    return inverse * weights.sqrt()[..., None, None]


def landmark_residual(
    prediction: Prediction,
    observed_px: Float[Tensor, "frames landmarks 2"],
    whitening: Float[Tensor, "frames landmarks 2 2"],
    *,
    huber: float,
) -> Residual:
    """Each landmark lies where the detector saw it."""
    error_px = prediction.points_px - observed_px
    return Residual(
        value=(whitening @ error_px[..., None])[..., 0],
        jacobian=whitening @ prediction.jacobian,
        huber=huber,
    )


def difference_residual(
    prediction: Prediction,
    observed_px: Float[Tensor, "frames landmarks 2"],
    pairs: Int[Tensor, "pairs 2"],
    *,
    noise_px: Float[Tensor, "frames"],
    huber: float,
) -> Residual:
    """Two landmarks are as far apart as the detector saw them: lids, lips.

    Errors that both share, such as a misplaced eye, do not count here.
    """
    first, second = pairs.unbind(dim=1)
    error_px = prediction.points_px - observed_px
    per_px = 1 / noise_px[:, None, None]
    jacobian = prediction.jacobian[:, first] - prediction.jacobian[:, second]
    return Residual(
        value=(error_px[:, first] - error_px[:, second]) * per_px,
        jacobian=jacobian * per_px[..., None],
        huber=huber,
    )


def prior_residual(
    x: Float[Tensor, "frames size"],
    columns: slice,
    *,
    mean: Float[Tensor, "#frames columns"] | float,
    deviation: Float[Tensor, "#frames columns"] | float,
) -> Residual:
    """Unknowns lie near what is expected of them."""
    value = (x[:, columns] - mean) / deviation
    every = torch.eye(x.shape[1], dtype=x.dtype, device=x.device)[columns]
    scale = torch.ones_like(value) / deviation
    return Residual(value=value[..., None], jacobian=_one_row(scale[..., None] * every))


def correlated_prior_residual(
    x: Float[Tensor, "frames size"],
    columns: slice,
    *,
    mean: Float[Tensor, "columns"],
    whitening: Float[Tensor, "columns columns"],
) -> Residual:
    """The same of unknowns that are expected to be off together.

    `whitening` turns their errors into standard deviations.
    """
    value = (x[:, columns] - mean) @ whitening.T
    jacobian = x.new_zeros(len(mean), x.shape[1])
    jacobian[:, columns] = whitening
    every = jacobian.expand(len(x), -1, -1)
    return Residual(value=value[..., None], jacobian=_one_row(every))


def shading_residual(
    x: Float[Tensor, "frames size"],
    start: Float[Tensor, "frames size"],
    layout: HeadUnknowns,
    evidence: ShadingEvidence | None,
) -> list[Residual]:
    """The skin is as bright as it was seen at the start; no term without evidence."""
    if evidence is None:
        return []
    per_identity = evidence.per_coefficient[:, : layout.identities]
    jacobian = x.new_zeros(len(evidence.value), x.shape[1])
    jacobian[:, layout.identity] = per_identity
    jacobian[:, layout.expression] = evidence.per_coefficient[:, layout.identities :]
    value = evidence.value + (x - start) @ jacobian.T
    every = jacobian.expand(len(x), -1, -1)
    return [Residual(value=value[..., None], jacobian=_one_row(every))]


def symmetry_residual(
    x: Float[Tensor, "frames size"],
    pairs: Int[Tensor, "pairs 2"],
    *,
    deviation: float,
) -> Residual:
    """Left and right do nearly the same. `pairs` are columns of the unknowns."""
    left, right = pairs.unbind(dim=1)
    every = torch.eye(x.shape[1], dtype=x.dtype, device=x.device)
    jacobian = ((every[left] - every[right]) / deviation).expand(len(x), -1, -1)
    value = (x[:, left] - x[:, right]) / deviation
    return Residual(value=value[..., None], jacobian=_one_row(jacobian))


def exclusion_residual(
    x: Float[Tensor, "frames size"],
    pairs: Int[Tensor, "pairs 2"],
    *,
    deviation: float,
) -> Residual:
    """Opposite expressions are not active together: their product stays small."""
    first, second = pairs.unbind(dim=1)
    every = torch.eye(x.shape[1], dtype=x.dtype, device=x.device)
    a, b = x[:, first, None], x[:, second, None]
    jacobian = (b * every[first] + a * every[second]) / deviation
    return Residual(value=a * b / deviation, jacobian=_one_row(jacobian))


def limit_residual(
    x: Float[Tensor, "frames size"],
    pairs: Int[Tensor, "pairs 2"],
    *,
    deviation: float,
) -> Residual:
    """The first of a pair does not exceed the second: mouthClose needs jawOpen."""
    first, second = pairs.unbind(dim=1)
    every = torch.eye(x.shape[1], dtype=x.dtype, device=x.device)
    excess = x[:, first] - x[:, second]
    active = (excess > 0).to(x.dtype) / deviation
    jacobian = active[..., None] * (every[first] - every[second])
    return Residual(value=(excess * active)[..., None], jacobian=_one_row(jacobian))


def columns_of(
    pairs: Sequence[tuple[str, str]], layout: HeadUnknowns
) -> Int[Tensor, "pairs 2"]:
    """Columns of named expressions in the unknowns."""
    start = layout.expression.start
    rows = [[start + EXPRESSION_NAMES.index(name) for name in pair] for pair in pairs]
    return torch.tensor(rows, dtype=torch.long)


def _one_row(jacobian: Tensor) -> Float[Tensor, "frames residuals 1 size"]:
    """The Jacobian of residuals that are their own groups."""
    return jacobian[:, :, None]
