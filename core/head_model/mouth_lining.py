"""The mouth's lining stays inside of the skin, whoever smiles.

Lips are two layers, skin and lining, that meet at the rim. An expression that draws the
skin back leaves the lining where it was, and on thin lips it comes out through the skin
below them. So what an expression takes from the distance between the two, vertex by
vertex, the lining gives back: it moves inward with the skin. As that holds for every
expression by itself, it holds for all of them together.
"""

from dataclasses import dataclass

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

_LEAST_M = 0.0015
"""How deep lining lies at rest, where it does on the average head."""

_ROUNDS = 2
"""Of averaging over neighbours, so that the lining does not crease."""


def neutral_with_lining_inside(
    model: HeadModel, neutral: Float[Tensor, "vertices 3"]
) -> Float[Tensor, "vertices 3"]:
    """A person at rest whose lining lies behind the skin, as everybody's does.

    Faces that narrow below the lower lip would have it outside.
    """
    lips = _Lips.of(model, model.template)
    outward = lips.outward(neutral)
    usual = lips.depth(model.template, lips.outward(model.template))
    lost = usual.clamp(max=_LEAST_M) - lips.depth(neutral, outward)
    back = lips.held_back(lost[None], usual, len(neutral))[0]
    result = neutral.clone()
    result[lips.lining] -= back[:, None] * outward
    return result


def with_lining_inside(
    model: HeadModel,
    neutral: Float[Tensor, "vertices 3"],
    basis: Float[Tensor, "expressions vertices 3"],
) -> Float[Tensor, "expressions vertices 3"]:
    """Expressions of a person in which the lining keeps its distance from the skin."""
    lips = _Lips.of(model, neutral)
    outward = lips.outward(neutral)
    moved = torch.einsum("lk,elkc->elc", lips.shares, basis[:, lips.over])
    lost = -((moved - basis[:, lips.lining]) * outward).sum(dim=2)
    back = lips.held_back(lost, lips.depth(neutral, outward), len(neutral))
    result = basis.clone()
    result[:, lips.lining] -= back[..., None] * outward
    return result


@dataclass(frozen=True, kw_only=True)
class _Lips:
    """The lining, and the skin over it."""

    triangles: Int[Tensor, "triangles 3"]
    """Skin and lining."""
    edge_pairs: Int[Tensor, "edges 2"]
    """Their edges."""
    lining: Int[Tensor, "lining"]
    """Vertices of the lining."""
    over: Int[Tensor, "lining neighbours"]
    """Vertices of the skin over each."""
    shares: Float[Tensor, "lining neighbours"]
    """How much each of these counts."""

    @classmethod
    def of(cls, model: HeadModel, head: Float[Tensor, "vertices 3"]) -> "_Lips":
        """Those of a head, whose lining lies inside."""
        faces = model.faces[model.part_faces("skin")].long()
        triangles = triangulate(faces)
        lining, over, shares = _pairs(model, head, triangles)
        return cls(
            triangles=triangles,
            edge_pairs=edges(faces),
            lining=lining,
            over=over,
            shares=shares,
        )

    def outward(self, head: Float[Tensor, "vertices 3"]) -> Float[Tensor, "lining 3"]:
        """Where the skin over the lining faces."""
        normals = vertex_normals(head, self.triangles)
        mean = torch.einsum("lk,lkc->lc", self.shares, normals[self.over])
        return torch.nn.functional.normalize(mean, dim=1)

    def depth(
        self, head: Float[Tensor, "vertices 3"], outward: Float[Tensor, "lining 3"]
    ) -> Float[Tensor, "lining"]:
        """How far the lining lies behind the skin."""
        skin = torch.einsum("lk,lkc->lc", self.shares, head[self.over])
        return ((skin - head[self.lining]) * outward).sum(dim=1)

    def held_back(
        self,
        lost: Float[Tensor, "moves lining"],
        depth: Float[Tensor, "lining"],
        vertices: int,
    ) -> Float[Tensor, "moves lining"]:
        """How far lining of this depth goes back to lose nothing, and not to crease.

        `vertices` is how many the head has.
        """
        held = _ramp(depth, *_RIM_M) * (1 - _ramp(depth, *_FAR_M))
        back = torch.zeros(len(lost), vertices).to(lost)
        back[:, self.lining] = lost.clamp(min=0) * held
        for _ in range(_ROUNDS):
            back = torch.maximum(back, neighbour_mean(back.T, self.edge_pairs).T)
        return back[:, self.lining]


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
