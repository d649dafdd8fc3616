"""The part of the body that is kept: head, neck and upper shoulders, with a clean rim.

The cut is an arch in front view: level with the upper chest in the middle, rising over
the shoulders. It falls between vertices, so the rim's loop is smoothed along itself and
its neighbours follow; the smoothing is a linear map, so it holds for every person.
"""

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

HALF_WIDTH_M = 0.190
DEPTH_UNDER_NECK_M = 0.145
SMOOTHING_ROUNDS = 16
FOLLOWING_LOOPS = 3


def skin_faces_kept(
    vertices: NDArray[np.float64], faces: NDArray[np.int32], neck: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Indices of the faces above the cut; `neck` is the neck joint's position."""
    below = np.maximum(neck[2] + 0.02 - vertices[:, 2], 0.0) / DEPTH_UNDER_NECK_M
    inside = (vertices[:, 0] / HALF_WIDTH_M) ** 2 + below**2 < 1.0
    kept = inside[faces].all(axis=1)
    while True:
        # A face that hangs on by one edge makes a tooth in the rim.
        open_edges = _open_edges_per_face(faces[kept])
        hanging = open_edges >= 2
        if not hanging.any():
            return np.flatnonzero(kept)
        kept[np.flatnonzero(kept)[hanging]] = False


def boundary_loops(faces: NDArray[np.int32]) -> list[NDArray[np.int64]]:
    """The closed loops of edges that belong to one face only, each in order."""
    edges = _directed_edges(faces)
    known = {tuple(edge) for edge in edges.tolist()}
    following = {a: b for a, b in known if (b, a) not in known}
    loops = []
    while following:
        start, here = following.popitem()
        loop = [start]
        while here != start:
            loop.append(here)
            here = following.pop(here)
        loops.append(np.array(loop))
    return sorted(loops, key=len, reverse=True)


def rim_smoothing(
    vertex_count: int, faces: NDArray[np.int32]
) -> tuple[sp.csr_matrix, NDArray[np.int64]]:
    """A linear map [vertices, vertices] that evens the rim, and the rim's vertices."""
    rim = boundary_loops(faces)[0]
    neighbours = [set() for _ in range(vertex_count)]
    for a, b in _directed_edges(faces):
        neighbours[a].add(int(b))
        neighbours[b].add(int(a))
    place = {int(vertex): i for i, vertex in enumerate(rim)}
    rings, seen = [set(place)], set(place)
    for _ in range(FOLLOWING_LOOPS):
        ring = {n for v in rings[-1] for n in neighbours[v]} - seen
        rings.append(ring)
        seen |= ring
    rows, columns, values = [], [], []
    for vertex in range(vertex_count):
        if vertex in place:
            i = place[vertex]
            around = [int(rim[i - 1]), int(rim[(i + 1) % len(rim)])]
        elif vertex in seen:
            around = sorted(neighbours[vertex])
        else:
            around = []
        rows += [vertex] * (len(around) + 1)
        columns += [vertex, *around]
        share = 0.5 / max(len(around), 1)
        values += [0.5 if around else 1.0] + [share] * len(around)
    step = sp.csr_matrix((values, (rows, columns)), shape=(vertex_count,) * 2)
    smoothing = sp.identity(vertex_count, format="csr")
    for _ in range(SMOOTHING_ROUNDS):
        smoothing = step @ smoothing
    return smoothing.tocsr(), rim


def _directed_edges(faces: NDArray[np.int32]) -> NDArray[np.int64]:
    edges = []
    for corner in range(4):
        a, b = faces[:, corner], faces[:, (corner + 1) % 4]
        b = np.where(b < 0, faces[:, 0], b)
        edges.append(np.stack([a, b], axis=1)[a >= 0])
    return np.concatenate(edges).astype(np.int64)


def _open_edges_per_face(faces: NDArray[np.int32]) -> NDArray[np.int64]:
    following = np.roll(faces, -1, axis=1)
    keys = np.sort(np.stack([faces, following], axis=2), axis=2).astype(np.int64)
    flat = keys[..., 0] * (faces.max() + 1) + keys[..., 1]
    _, inverse, counts = np.unique(flat, return_inverse=True, return_counts=True)
    return (counts[inverse.reshape(flat.shape)] == 1).sum(axis=1)
