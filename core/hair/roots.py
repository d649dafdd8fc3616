"""Where strands are rooted: points of the skin, and how far it is under hair there."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, UInt8
from numpy.typing import NDArray

from ..head_model import HeadModel, where_hair_grows
from ..mesh import strew, triangulate, vertex_normals
from .hair_line import HairLine, dense_enough

_STREWN = 5
"""Points strewn over the head for each root that is wanted: half of it is scalp, and
near the hair line most are left out."""

_BARE = 0.15
"""Less hair than that on the skin, and it is bare."""

_INSIDES = ("mouth_inside", "eyes", "shoulders")
"""Regions that no hair line is beside."""


@dataclass(frozen=True, kw_only=True)
class Roots:
    """Points of the skin, above all such where strands grow."""

    points: Float[np.ndarray, "strands 3"]
    normals: Float[np.ndarray, "strands 3"]
    hair: Float[np.ndarray, "strands"]
    """How far the skin is under hair there: less at the hair line."""
    behind_m: Float[np.ndarray, "strands"]
    """How far they are behind the hair line."""

    def chosen(self, which: NDArray[np.bool_] | NDArray[np.integer]) -> "Roots":
        """Some of them."""
        return Roots(
            points=self.points[which],
            normals=self.normals[which],
            hair=self.hair[which],
            behind_m=self.behind_m[which],
        )


def strew_roots(
    model: HeadModel,
    neutral: Float[np.ndarray, "vertices 3"],
    hair: UInt8[np.ndarray, "height width"],
    count: int,
    random: np.random.Generator,
) -> Roots:
    """Points all over the head, with what the texture's map of hair says there."""
    skin = model.part_faces("skin")
    on_skin = triangulate(model.faces[skin])
    triangles = on_skin.numpy()
    uvs = model.uvs[triangulate(model.face_uvs[skin])].numpy()
    scalp = where_hair_grows(model).numpy()
    other = np.max([model.region(name).numpy() for name in _INSIDES], axis=0)
    lowest = neutral[scalp > 0.05, 2].min() - 0.01
    on_head = (other[triangles].max(axis=1) < 0.5) & (
        neutral[triangles, 2].min(axis=1) > lowest
    )
    triangles, uvs = triangles[on_head], uvs[on_head]
    chosen, weights = strew(neutral[triangles], _STREWN * count, random)
    corners = triangles[chosen]
    uv = np.einsum("pk,pki->pi", weights, uvs[chosen])
    size = len(hair)
    column = np.clip(uv[:, 0] * size, 0, size - 1).astype(int)
    row = np.clip((1 - uv[:, 1]) * size, 0, size - 1).astype(int)
    share = hair[row, column] / 255.0
    share *= np.clip(2 * np.einsum("pk,pk->p", weights, scalp[corners]), 0, 1)
    points = np.einsum("pk,pki->pi", weights, neutral[corners])
    normals = vertex_normals(torch.from_numpy(neutral), on_skin).numpy()
    normal = np.einsum("pk,pki->pi", weights, normals[corners])
    line = HairLine(bare=points[share < _BARE])
    return Roots(
        points=points,
        normals=normal / np.linalg.norm(normal, axis=1, keepdims=True),
        hair=share,
        behind_m=np.where(share < _BARE, 0.0, line.behind_m(points)),
    )


def plant(strewn: Roots, count: int, random: np.random.Generator) -> Roots:
    """So many roots where hair is, ever fewer towards its line; fewer if it is bald."""
    in_hair = random.uniform(0.05, 1, len(strewn.points)) < strewn.hair
    there = in_hair & dense_enough(strewn.behind_m, random)
    return strewn.chosen(np.nonzero(there)[0][:count])
