"""Texture coordinates of the skin: one fold-free sheet for everything that is seen.

MakeHuman's own layout gives the face a tenth of the texture. Here the outer skin is cut
along the back of the head, from the rim up to the crown, and laid out in the square as
a convex combination map (Tutte 1963, mean value weights of Floater 2003), which cannot
fold. Its weights are then relaxed toward even stretch (Yoshizawa, Belyaev and Seidel,
A fast and simple stretch-minimizing mesh parameterization, 2004), where the face counts
as larger than it is. The mouth's inside and the eye sockets keep MakeHuman's layout in
the corners below the sheet. Left and right mirror each other about u = 0.5.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra
from scipy.sparse.linalg import spsolve

from .cropping import boundary_loops

SHEET_BOTTOM = 0.16
"""The sheet fills the square above this height; the islands lie under it."""

TOP_SHARE = 0.40
"""Share of the cut that lies on the sheet's upper edge; the rest is at the sides."""

ROUNDS = 14


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The outer skin, cut open."""

    faces: NDArray[np.int64]
    """Quads [faces, 4] over the vertices of `source`."""
    source: NDArray[np.int64]
    """The skin vertex behind each vertex; the cut's vertices come twice."""
    border: NDArray[np.int64]
    """Vertices of the border, from the crown over the left side to the right."""
    border_uv: NDArray[np.float64]
    """Where each of them lies."""


def cut_open(
    skin: NDArray[np.float64],
    faces: NDArray[np.int32],
    mirror: NDArray[np.int64],
    rim: NDArray[np.int64],
) -> Sheet:
    """Cut the outer skin along the back's midline, from the rim to the crown."""
    path = _back_midline(skin, faces, mirror, rim)
    used = np.unique(faces)
    source = np.concatenate([used, path[:-1]])
    number = np.full(len(skin), -1)
    number[used] = np.arange(len(used))
    twin = number.copy()
    twin[path[:-1]] = len(used) + np.arange(len(path) - 1)
    right = skin[faces, 0].mean(axis=1) < 0
    renumbered = np.where(right[:, None], twin[faces], number[faces])
    crown = int(number[path[-1]])
    loops = boundary_loops(renumbered.astype(np.int32))
    border = next(loop for loop in loops if crown in loop)
    border = np.roll(border, -int(np.flatnonzero(border == crown)[0]))
    if border[1] != number[path[-2]]:
        border = np.roll(border[::-1], 1)
    return Sheet(
        faces=renumbered,
        source=source,
        border=border,
        border_uv=_square(skin, border, source, len(path)),
    )


def _back_midline(
    skin: NDArray[np.float64],
    faces: NDArray[np.int32],
    mirror: NDArray[np.int64],
    rim: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Vertices of the cut, from the rim to the crown."""
    middle = (mirror == np.arange(len(mirror))) & np.isin(np.arange(len(skin)), faces)
    edges = np.concatenate([faces[:, [i, (i + 1) % 4]] for i in range(4)])
    edges = edges[middle[edges].all(axis=1)]
    lengths = np.linalg.norm(skin[edges[:, 0]] - skin[edges[:, 1]], axis=1)
    graph = sp.coo_matrix((lengths, edges.T), shape=(len(skin),) * 2).tocsr()
    start = rim[middle[rim]]
    start = start[np.argmax(skin[start, 1])]
    candidates = np.flatnonzero(middle & (skin[:, 1] > -0.02))
    crown = candidates[np.argmax(skin[candidates, 2])]
    _, before = dijkstra(
        graph, directed=False, indices=int(start), return_predecessors=True
    )
    path = [int(crown)]
    while path[-1] != start:
        path.append(int(before[path[-1]]))
    return np.array(path[::-1])


def _square(
    skin: NDArray[np.float64],
    border: NDArray[np.int64],
    source: NDArray[np.int64],
    cut: int,
) -> NDArray[np.float64]:
    """The border on the square: cut on top and sides, rim at the bottom."""
    places = skin[source[border]]
    steps = np.linalg.norm(np.roll(places, -1, axis=0) - places, axis=1)
    left = np.concatenate([[0.0], np.cumsum(steps[: cut - 1])])
    left /= left[-1]
    top = left <= TOP_SHARE
    u = np.where(top, 0.5 + 0.5 * left / TOP_SHARE, 1.0)
    v = np.where(top, 1.0, 1.0 - (left - TOP_SHARE) / (1.0 - TOP_SHARE))
    side = np.stack([u, v], axis=1)
    rim_steps = steps[cut - 1 : len(border) - cut + 1]
    along = np.cumsum(rim_steps)[:-1] / rim_steps.sum()
    bottom = np.stack([1.0 - along, np.zeros(len(along))], axis=1)
    other = side[1:][::-1] * [-1.0, 1.0] + [1.0, 0.0]
    return np.concatenate([side, bottom, other])


def lay_out(
    sheet: Sheet, skin: NDArray[np.float64], density: NDArray[np.float64]
) -> NDArray[np.float64]:
    """UVs [sheet vertices, 2] in the unit square; `density` is per skin vertex.

    A region of density two gets twice the texture per area of one with density one.
    """
    points = skin[sheet.source]
    holes = [
        loop
        for loop in boundary_loops(sheet.faces.astype(np.int32))
        if not np.isin(loop, sheet.border).any()
    ]
    points = np.concatenate([points, [points[hole].mean(axis=0) for hole in holes]])
    triangles = np.concatenate(
        [sheet.faces[:, c] for c in ([0, 1, 2], [0, 2, 3], [1, 2, 3], [1, 3, 0])]
        + [
            np.stack([np.full(len(h), len(sheet.source) + i), np.roll(h, 1), h], axis=1)
            for i, h in enumerate(holes)
        ]
    )
    importance = np.concatenate([density[sheet.source], np.ones(len(holes))])
    weights = mean_value_weights(points, triangles)
    best, best_stretch = None, np.inf
    for _ in range(ROUNDS):
        uv = _solve(weights, sheet)
        stretch, total = _stretch(points, uv, triangles, importance)
        if total < best_stretch:
            best, best_stretch = uv, total
        weights = weights @ sp.diags(1.0 / stretch)
    assert best is not None
    return best[: len(sheet.source)]


def mean_value_weights(
    points: NDArray[np.float64], triangles: NDArray[np.int64]
) -> sp.csr_matrix:
    """Weight [i, j] of neighbour j of i, positive. Source: Floater (2003)."""
    rows, columns, values = [], [], []
    for corner in range(3):
        i, j, k = (triangles[:, (corner + step) % 3] for step in range(3))
        to_j, to_k = points[j] - points[i], points[k] - points[i]
        length_j = np.linalg.norm(to_j, axis=1) + 1e-9
        length_k = np.linalg.norm(to_k, axis=1) + 1e-9
        cosine = (to_j * to_k).sum(axis=1) / (length_j * length_k)
        half = np.tan(0.5 * np.arccos(np.clip(cosine, -0.999, 0.999)))
        rows += [i, i]
        columns += [j, k]
        values += [half / length_j, half / length_k]
    return sp.csr_matrix(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))),
        shape=(len(points),) * 2,
    )


def _solve(weights: sp.csr_matrix, sheet: Sheet) -> NDArray[np.float64]:
    """Every inner vertex in the weighted mean of its neighbours."""
    count = weights.shape[0]
    share = sp.diags(1.0 / np.asarray(weights.sum(axis=1)).ravel()) @ weights
    fixed = np.zeros(count, bool)
    fixed[sheet.border] = True
    uv = np.zeros((count, 2))
    uv[sheet.border] = sheet.border_uv
    system = (sp.identity(count, format="csr") - share)[~fixed]
    uv[~fixed] = spsolve(
        system[:, ~fixed].tocsc(), -(system[:, fixed] @ uv[fixed])
    ).reshape(-1, 2)
    return uv


def _stretch(
    points: NDArray[np.float64],
    uv: NDArray[np.float64],
    triangles: NDArray[np.int64],
    importance: NDArray[np.float64],
) -> tuple[NDArray[np.float64], float]:
    """Root mean square stretch at each vertex, times sqrt(importance), mean one.

    Source: Sander et al., Texture mapping progressive meshes (2001).
    """
    a, b, c = (uv[triangles[:, i]] for i in range(3))
    p, q, r = (points[triangles[:, i]] for i in range(3))
    area = 0.5 * (
        (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1])
        - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    )
    safe = np.where(np.abs(area) < 1e-12, 1e-12, area)[:, None]
    along_u = (p * (b - c)[:, 1:] + q * (c - a)[:, 1:] + r * (a - b)[:, 1:]) / (
        2 * safe
    )
    along_v = (p * (c - b)[:, :1] + q * (a - c)[:, :1] + r * (b - a)[:, :1]) / (
        2 * safe
    )
    squared = 0.5 * ((along_u**2).sum(axis=1) + (along_v**2).sum(axis=1))
    surface = 0.5 * np.linalg.norm(np.cross(q - p, r - p), axis=1)
    squared *= importance[triangles].mean(axis=1)
    total, weight = np.zeros(len(points)), np.full(len(points), 1e-15)
    for corner in range(3):
        np.add.at(total, triangles[:, corner], surface * squared)
        np.add.at(weight, triangles[:, corner], surface)
    stretch = np.sqrt(total / weight)
    overall = float(np.sqrt((surface * squared).sum() / surface.sum()))
    return (stretch / overall).clip(0.2, 5.0), overall
