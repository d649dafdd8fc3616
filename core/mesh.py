"""Facts about a mesh that follow from its faces: triangles, edges, normals.

Faces are quads [faces, 4], counter-clockwise seen from outside; a triangle has -1 as
its fourth index. The same functions serve a mesh's vertices and its texture
coordinates, whose faces are padded alike, so that their triangles correspond.
"""

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy.typing import NDArray
from torch import Tensor


def triangulate(faces: Int[Tensor, "faces 4"]) -> Int[Tensor, "triangles 3"]:
    """Two triangles a quad, one a padded triangle: all first halves, then the rest."""
    quads = faces[faces[:, 3] >= 0]
    return torch.cat([faces[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).long()


def triangle_faces(faces: Int[Tensor, "faces 4"]) -> Int[Tensor, " triangles"]:
    """Index of the face that each triangle of `triangulate` comes from."""
    index = torch.arange(len(faces)).to(faces.device)
    return torch.cat([index, index[faces[:, 3] >= 0]])


def face_normals(
    vertices: Float[Tensor, "vertices 3"], triangles: Int[Tensor, "triangles 3"]
) -> Float[Tensor, "triangles 3"]:
    """Outward normals; their length is twice the triangle's area."""
    a, b, c = vertices[triangles].unbind(dim=1)
    return torch.linalg.cross(b - a, c - a)


def vertex_normals(
    vertices: Float[Tensor, "vertices 3"], triangles: Int[Tensor, "triangles 3"]
) -> Float[Tensor, "vertices 3"]:
    """Outward unit normals, each the area-weighted mean of its triangles'."""
    normals = face_normals(vertices, triangles).repeat_interleave(3, dim=0)
    summed = torch.zeros_like(vertices).index_add_(0, triangles.flatten(), normals)
    return torch.nn.functional.normalize(summed, dim=-1, eps=1e-12)


def edges(faces: Int[Tensor, "faces 4"]) -> Int[Tensor, "edges 2"]:
    """Every edge of the faces once, smaller index first (a quad's diagonal is none)."""
    following = torch.roll(faces, -1, dims=1)
    triangle = faces[:, 3] < 0
    following[triangle, 2] = faces[triangle, 0]
    pairs = torch.stack([faces, following], dim=-1).reshape(-1, 2)
    pairs = pairs[(pairs >= 0).all(dim=1)]
    return torch.unique(pairs.sort(dim=1).values, dim=0).long()


def neighbour_mean(
    values: Float[Tensor, "vertices channels"], edge_pairs: Int[Tensor, "edges 2"]
) -> Float[Tensor, "vertices channels"]:
    """The mean over each vertex's edge neighbours; its own value if it has none."""
    both = torch.cat([edge_pairs, edge_pairs.flip(1)])
    total = torch.zeros_like(values).index_add_(0, both[:, 0], values[both[:, 1]])
    count = torch.bincount(both[:, 0], minlength=len(values))[:, None]
    return torch.where(count > 0, total / count.clamp(min=1), values)


def strew(
    corners: Float[np.ndarray, "triangles 3 3"], count: int, random: np.random.Generator
) -> tuple[NDArray[np.intp], Float[np.ndarray, "count 3"]]:
    """Random places, equally dense on all triangles.

    Gives back the triangle of each, and the weights of that triangle's corners.
    """
    a, b, c = corners.swapaxes(0, 1)
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    chosen = random.choice(len(area), count, p=area / area.sum())
    return chosen, random.dirichlet((1.0, 1.0, 1.0), count)


def farthest_first(
    points: Float[Tensor, "points axes"], count: int, *, first: int
) -> list[int]:
    """Points that differ most: each next one is farthest from all before it.

    Source: Gonzalez, "Clustering to minimize the maximum intercluster distance" (1985).
    """
    chosen = [first]
    distance = (points - points[first]).square().sum(dim=1)
    while len(chosen) < min(count, len(points)):
        chosen.append(int(distance.argmax()))
        newer = (points - points[chosen[-1]]).square().sum(dim=1)
        distance = torch.minimum(distance, newer)
    return chosen
