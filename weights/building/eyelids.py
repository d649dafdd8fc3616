"""Eyelids that touch the eyeball without cutting it, and that meet when they close.

MakeHuman's eyelids form closed loops of 28 edges around the eye: the rim (where the
lashes stand), loops further out on the lid's skin and loops further in that line the
socket. In the base mesh the rim and the socket lie inside the eyeball, and a blink
leaves a gap. Here every loop is kept at its own clearance above the eye's surface, and
a full blink brings each upper rim vertex onto the lower rim.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .eyeballs import surface_radius

LEFT_RIM_EDGE = (7748, 7747)
"""An edge of the left upper rim in the base mesh; the right one is its mirror."""

LEFT_CORNERS = (7769, 7755)
"""The base mesh's left rim vertices at the inner and outer corner of the eye."""

SOCKET_LOOPS = 24
SKIN_LOOPS = 5


@dataclass(frozen=True, kw_only=True)
class LidLoops:
    """The edge loops of one eye, all starting at the same column."""

    rim: NDArray[np.int64]
    """The rim loop [columns], in order."""
    outer: tuple[NDArray[np.int64], ...]
    """Loops outward on the skin, nearest first, column by column."""
    corners: tuple[int, int]
    """The rim's columns at the inner and the outer corner of the eye."""
    socket: NDArray[np.int64]
    """Every vertex of the socket behind the rim."""


def find_lid_loops(
    faces: NDArray[np.int32],
    vertices: NDArray[np.float64],
    *,
    edge: tuple[int, int],
    corners: tuple[int, int],
    toward: NDArray[np.float64],
) -> LidLoops:
    """Walk the loops of one eye from an edge of its rim; `toward` is its centre."""
    neighbours = vertex_neighbours(faces)
    rim = walk_loop(faces, edge)
    ring = set(rim.tolist())
    sides = _components(neighbours, ring, rim)
    distance = [
        np.linalg.norm(vertices[sorted(side)] - toward, axis=1).mean() for side in sides
    ]
    inside = sides[int(np.argmin(distance))]
    socket, frontier = set(inside), set(inside)
    for _ in range(SOCKET_LOOPS):
        frontier = {n for v in frontier for n in neighbours[v]} - socket - ring
        socket |= frontier
    outer, seen, current = [], ring | socket, rim
    for _ in range(SKIN_LOOPS):
        step = [[n for n in neighbours[v] if n not in seen] for v in current]
        following = np.array([s[0] if len(s) == 1 else -1 for s in step])
        if (following < 0).any():
            break
        outer.append(following)
        seen |= set(following.tolist())
        current = following
    columns = rim.tolist()
    return LidLoops(
        rim=rim,
        outer=tuple(outer),
        corners=(columns.index(corners[0]), columns.index(corners[1])),
        socket=np.array(sorted(socket)),
    )


def vertex_neighbours(faces: NDArray[np.int32]) -> dict[int, set[int]]:
    """The vertices that share an edge with each vertex."""
    neighbours: dict[int, set[int]] = {}
    for face in faces:
        corners = [int(corner) for corner in face if corner >= 0]
        for a, b in zip(corners, corners[1:] + corners[:1], strict=True):
            neighbours.setdefault(a, set()).add(b)
            neighbours.setdefault(b, set()).add(a)
    return neighbours


def walk_loop(faces: NDArray[np.int32], edge: tuple[int, int]) -> NDArray[np.int64]:
    """Follow an edge loop: at each vertex of four edges, leave by the opposite one."""
    neighbours = vertex_neighbours(faces)
    corner_faces: dict[int, list[set[int]]] = {}
    for face in faces:
        for corner in face:
            corner_faces.setdefault(int(corner), []).append(set(face.tolist()))
    loop = [edge[0], edge[1]]
    while True:
        before, here = loop[-2], loop[-1]
        beside = set().union(*(f for f in corner_faces[here] if before in f))
        ahead = neighbours[here] - beside
        if len(ahead) != 1:
            raise RuntimeError(f"the edge loop ends at vertex {here}")
        following = ahead.pop()
        if following == loop[0]:
            return np.array(loop)
        loop.append(following)


def _components(
    neighbours: dict[int, set[int]], ring: set[int], rim: NDArray[np.int64]
) -> list[set[int]]:
    """The two loops beside the rim, as sets."""
    beside = {n for v in rim for n in neighbours[int(v)]} - ring
    sides = []
    while beside:
        stack, side = [beside.pop()], set()
        while stack:
            vertex = stack.pop()
            side.add(vertex)
            reach = neighbours[vertex] & beside
            beside -= reach
            stack += reach
        sides.append(side)
    return sides


def clear_of_eye(
    points: NDArray[np.floating],
    centre: NDArray[np.floating],
    radius: NDArray[np.floating],
    clearance: NDArray[np.floating],
) -> NDArray[np.floating]:
    """Points [..., n, 3] moved outward until `clearance` [n] above the eye's surface.

    `clearance` is relative to the radius; `centre` [..., 3] and `radius` [...].
    """
    offset = points - centre[..., None, :]
    distance = np.linalg.norm(offset, axis=-1)
    cosine = -offset[..., 1] / distance
    least = radius[..., None] * (surface_radius(cosine) + clearance)
    return (
        centre[..., None, :]
        + offset * (np.maximum(distance, least) / distance)[..., None]
    )


def upper_and_lower(
    loops: LidLoops, vertices: NDArray[np.floating]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Columns of the rim from the inner to the outer corner, over each lid.

    Both begin and end with the corners' columns.
    """
    inner, outer = loops.corners
    columns = len(loops.rim)
    forward = (inner + np.arange((outer - inner) % columns + 1)) % columns
    backward = (inner - np.arange((inner - outer) % columns + 1)) % columns
    height = vertices[loops.rim, 2]
    if height[forward].mean() < height[backward].mean():
        forward, backward = backward, forward
    return forward, backward


CLOSING_SHARE = (1.0, 0.92, 0.72, 0.48, 0.26, 0.1)
"""How much of the rim's correction each loop outward shares."""


def close_lids(
    blinked: NDArray[np.float64], loops: LidLoops, rest: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The blinked vertices with every upper rim vertex brought onto the lower rim."""
    upper, lower = upper_and_lower(loops, rest)
    line = blinked[loops.rim[lower]]
    moved = blinked.copy()
    for column in upper[1:-1]:
        vertex = loops.rim[column]
        correction = nearest_on_line(blinked[vertex], line) - blinked[vertex]
        moved[vertex] += correction
        for loop, share in zip(loops.outer, CLOSING_SHARE[1:], strict=False):
            moved[loop[column]] += share * correction
    return moved


def nearest_on_line(
    point: NDArray[np.float64], line: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The point of a polyline that is level with `point` across the face."""
    order = np.argsort(line[:, 0])
    x = line[order, 0]
    return np.array([np.interp(point[0], x, line[order, axis]) for axis in range(3)])
