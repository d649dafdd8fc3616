"""How an expression strains the skin: where it is pressed together, and which way.

Each triangle of the mesh is a piece of cloth: two edges at rest become two others, and
the matrix between them says all of it. Its smaller singular value is how long the most
shortened line on it has become, and the direction of that line is the one that skin
folds across: a smile's fold beside the nose, a frown's between the brows. Skin that is
pressed together by a sixth folds; one that is stretched does not.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_TINY = 1e-12


@dataclass(frozen=True, kw_only=True)
class Strain:
    """What a deformation does to each triangle."""

    shortening: NDArray[np.float64]
    """How much shorter the most shortened line is [triangles]: 0.2 is a fifth."""
    direction: NDArray[np.float64]
    """Where that line points on the head at rest [triangles, 3], unit length."""


def strain(
    rest: NDArray[np.floating],
    moved: NDArray[np.floating],
    triangles: NDArray[np.integer],
) -> Strain:
    """The strain between two places [vertices, 3] of the same triangles [.., 3].

    What only stretches has a shortening of 0.
    """
    axes, inverse = _rest_frames(rest, triangles)
    gradient = _edges(moved, triangles) @ inverse
    squares, directions = np.linalg.eigh(gradient.transpose(0, 2, 1) @ gradient)
    shortest = np.sqrt(np.maximum(squares[:, 0], 0))
    return Strain(
        shortening=np.maximum(1 - shortest, 0),
        direction=np.einsum("tca,ta->tc", axes, directions[:, :, 0]),
    )


def shortening_along(
    rest: NDArray[np.floating],
    offsets: NDArray[np.floating],
    triangles: NDArray[np.integer],
    direction: NDArray[np.floating],
) -> NDArray[np.float64]:
    """How much a small part of `offsets` [vertices, 3] shortens a line, over that part.

    A line of that `direction` [triangles, 3] on each triangle [triangles]; it is
    negative where the line gets longer.
    """
    axes, inverse = _rest_frames(rest, triangles)
    along = np.einsum("tca,tc->ta", axes, direction)
    change = np.einsum("tcb,tb->tc", _edges(offsets, triangles) @ inverse, along)
    return -np.einsum("tc,tc->t", change, direction)


def at_vertices(
    values: NDArray[np.floating], triangles: NDArray[np.integer], count: int
) -> NDArray[np.float64]:
    """The mean over the triangles at each vertex of values [triangles, channels]."""
    total = np.zeros((count, values.shape[1]))
    many = np.zeros((count, 1))
    for corner in triangles.T:
        np.add.at(total, corner, values)
        np.add.at(many, corner, 1.0)
    return total / np.maximum(many, 1.0)


def triangles_of(faces: NDArray[np.integer]) -> NDArray[np.intp]:
    """Two triangles [triangles, 3] for each quad [faces, 4], one for a padded one."""
    quads = faces[faces[:, 3] >= 0]
    return np.concatenate([faces[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).astype(np.intp)


def _edges(
    vertices: NDArray[np.floating], triangles: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Two edges of each triangle as columns [triangles, 3, 2]."""
    a, b, c = vertices.astype(np.float64)[triangles].transpose(1, 0, 2)
    return np.stack([b - a, c - a], axis=2)


def _rest_frames(
    rest: NDArray[np.floating], triangles: NDArray[np.integer]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two unit axes on each triangle [.., 3, 2], and the inverse of its edges in them.

    A triangle without area strains nothing: its inverse is zero.
    """
    edges = _edges(rest, triangles)
    first = edges[:, :, 0] / np.maximum(
        np.linalg.norm(edges[:, :, 0], axis=1, keepdims=True), _TINY
    )
    normal = np.cross(edges[:, :, 0], edges[:, :, 1])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), _TINY)
    axes = np.stack([first, np.cross(normal, first)], axis=2)
    flat = axes.transpose(0, 2, 1) @ edges
    flat_area = np.abs(np.linalg.det(flat))
    sound = flat_area > _TINY
    inverse = np.zeros_like(flat)
    inverse[sound] = np.linalg.inv(flat[sound])
    return axes, inverse
