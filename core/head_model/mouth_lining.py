"""The mouth's lining stays inside of the skin, whoever smiles.

Lips are two layers, skin and lining, that meet at the rim. An expression that draws the
skin back leaves the lining where it was, and on thin lips it comes out through the skin
below them. So what an expression takes from the distance between the two, vertex by
vertex, the lining gives back: it moves inward with the skin. As that holds for every
expression by itself, it holds for all of them together.
"""

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.spatial import KDTree
from torch import Tensor

from ..mesh import edges, neighbour_mean, triangulate, vertex_normals
from .model import HeadModel

_LINING, _SKIN = 0.5, 0.05
"""Parts of the region inside of the mouth: what has more is lining, what has less is
skin."""

_NEIGHBOURS, _NEAR_M = 8, 0.004
"""Vertices of the skin that lie over one of the lining, and within what they count."""

_RIM_M = (0.0003, 0.002)
"""At the rim both are one: the lining is held from where it is so deep, wholly from the
second on."""

_FAR_M = (0.012, 0.018)
"""What is further from the skin is no lip, from the second on not at all."""

_ROUNDS = 2
"""Of averaging over neighbours, so that the lining does not crease."""


def with_lining_inside(
    model: HeadModel,
    neutral: Float[Tensor, "vertices 3"],
    basis: Float[Tensor, "expressions vertices 3"],
) -> Float[Tensor, "expressions vertices 3"]:
    """Expressions of a person in which the lining keeps its distance from the skin."""
    triangles = triangulate(model.faces[model.part_faces("skin")].long())
    normals = vertex_normals(neutral, triangles)
    lining, over, shares = _pairs(model, neutral, triangles)
    outward = torch.einsum("lk,lkc->lc", shares, normals[over])
    outward = torch.nn.functional.normalize(outward, dim=1)
    skin = torch.einsum("lk,lkc->lc", shares, neutral[over])
    depth = ((skin - neutral[lining]) * outward).sum(dim=1)
    held = _ramp(depth, *_RIM_M) * (1 - _ramp(depth, *_FAR_M))
    moved = torch.einsum("lk,elkc->elc", shares, basis[:, over])
    lost = -((moved - basis[:, lining]) * outward).sum(dim=2)
    back = torch.zeros(basis.shape[:2]).to(basis)
    back[:, lining] = lost.clamp(min=0) * held
    back = _smoothed(back, edges(model.faces[model.face_parts == 0].long()))
    result = basis.clone()
    result[:, lining] -= back[:, lining, None] * outward
    return result


def _ramp(values: Tensor, start: float, end: float) -> Tensor:
    return ((values - start) / (end - start)).clamp(0, 1)


def _pairs(
    model: HeadModel,
    neutral: Float[Tensor, "vertices 3"],
    triangles: Int[Tensor, "triangles 3"],
) -> tuple[
    Int[Tensor, "lining"],
    Int[Tensor, "lining neighbours"],
    Float[Tensor, "lining neighbours"],
]:
    """Vertices of the lining, those of the skin over each, and their shares."""
    inside = model.region("mouth_inside").to(neutral)
    part = torch.zeros_like(inside, dtype=torch.bool)
    part[triangles.flatten()] = True
    lining = (part & (inside > _LINING)).nonzero()[:, 0]
    skin = (part & (inside < _SKIN)).nonzero()[:, 0]
    points = neutral.double().cpu().numpy()
    away, nearest = KDTree(points[skin.numpy()]).query(
        points[lining.numpy()], k=_NEIGHBOURS
    )
    away, nearest = np.asarray(away), np.asarray(nearest)
    shares = np.exp(-((away - away[:, :1]) / _NEAR_M))
    shares /= shares.sum(axis=1, keepdims=True)
    return lining, skin[torch.from_numpy(nearest)], torch.from_numpy(shares).to(neutral)


def _smoothed(
    amounts: Float[Tensor, "expressions vertices"],
    edge_pairs: Int[Tensor, "edges 2"],
) -> Float[Tensor, "expressions vertices"]:
    """The larger of each amount and the mean around it."""
    for _ in range(_ROUNDS):
        amounts = torch.maximum(amounts, neighbour_mean(amounts.T, edge_pairs).T)
    return amounts
