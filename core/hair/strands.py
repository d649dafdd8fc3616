"""Strands: rooted in the scalp, led over the head, kept off what the photo shows bare.

Each strand has a layer of the hair for its own and follows the flow in it, step by
step. Where the photo shows skin or background it is led back, and ends if that does
not help. Afterwards strands draw together to locks, and wave a little.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy.typing import NDArray
from scipy.spatial import KDTree

from ..head_model import HeadModel
from ..mesh import triangulate, vertex_normals
from .chart import cells, read_map
from .flow import Flow
from .hair_line import layers_at, lengths_at
from .roots import Roots
from .shape import HairShape
from .sight import Sight

_RISE_M, _RISE_SHARE = 0.022, 0.4
"""After that length, or part of its own, a strand has nearly reached its layer."""

_STUBBLE_M, _CROPPED_M = 0.012, 0.02
"""Strands that start outside of the photo's outline of the hair grow to the first all
the same, and those shorter than the second whole: cropped hair is nearly skin, and the
texture knows better where it is."""

_INERTIA = 0.5
"""How far a strand goes on as it went before."""

_BACK, _BACK_BELOW = np.array([0.0, 1.0, 0.35]), np.array([0.0, 0.5, -0.85])
"""Where strands turn that would hang into the face, and into what is below it."""

_JAW_M = -0.07
"""The rise of the jaw's corners."""

_SHORTEST_M = 0.0015

_BELOW_ROOT_M = 0.008
"""So far below its root a strand may grow wherever the hem is."""

_TIPS = 0.5
"""How much tips count beside middles where strands look for their lock."""

_ALONE_M, _ALONE = 0.012, 0.2
"""A strand with so few others so near it, over what is usual, is a stray."""

_CLEAR_M = 0.0006
"""How far strands keep off the skin."""


@dataclass(frozen=True, kw_only=True)
class Growth:
    """How strands grow."""

    count: int
    """Of strands."""
    points: int
    """On each."""
    length_m: float
    """Of the longest; those that hang end at the hem."""
    waves: float
    """How much they wave, 0 to 1."""
    locks: float
    """How far they come together to locks at their tips, 0 to 1."""
    apart_m: float
    """How far those locks part from each other."""
    uneven: float
    """The part of their length that some of them lack."""


def grow(
    roots: Roots,
    flow: Flow,
    sight: Sight,
    growth: Growth,
    random: np.random.Generator,
) -> Float[np.ndarray, "grown points 3"]:
    """Lead strands from their roots; those that cannot grow are left out."""
    count = len(roots.points)
    layer = layers_at(roots.behind_m, random.uniform(0.12, 1.0, count) ** 0.7)
    length = growth.length_m * random.uniform(0.72, 1.08, count)
    length = lengths_at(
        roots.behind_m, length, random, cropped=growth.length_m < _CROPPED_M
    )
    paths, steps = _lead(roots, flow, sight, growth.points, layer, length, random)
    grown = steps * length / (growth.points - 1) > _SHORTEST_M
    return shortened(paths[grown], steps[grown])


def _lead(
    roots: Roots,
    flow: Flow,
    sight: Sight,
    points: int,
    layer: Float[np.ndarray, "strands"],
    length: Float[np.ndarray, "strands"],
    random: np.random.Generator,
) -> tuple[Float[np.ndarray, "strands points 3"], Float[np.ndarray, "strands"]]:
    """Paths of full length, and after how many steps each must end."""
    shape = flow.shape
    step = (length / (points - 1))[:, None]
    place = roots.points.copy()
    height = shape.height(place)
    way, rise, _ = shape.chart.place(place)
    hem = _hem_of(shape, way) + random.normal(0, 0.008, len(place))
    hem = np.minimum(hem, rise - _BELOW_ROOT_M)
    unknown = sight.says_no(place) | (length < _CROPPED_M)
    direction = flow.at(place)
    paths, ends = [place], np.full(len(place), float(points - 1))
    alive = np.ones(len(place), bool)
    for index in range(1, points):
        gone = index * step[:, 0]
        risen = 1 - np.exp(-gone / np.minimum(_RISE_M, _RISE_SHARE * length))
        ahead = _turned(flow.at(place), direction, _INERTIA)
        new = _at_height(shape, place + step * ahead, height, layer, risen)
        wrong = sight.says_no(new) & alive & ~(unknown & (gone < _STUBBLE_M))
        if wrong.any():
            below = (rise < _JAW_M)[wrong, None]
            back = _turned(np.where(below, _BACK_BELOW, _BACK), ahead[wrong], 0.25)
            tried = place[wrong] + step[wrong] * back
            new[wrong] = _at_height(
                shape, tried, height[wrong], layer[wrong], risen[wrong]
            )
            wrong[wrong] = sight.says_no(new[wrong])
        way, rise, _ = shape.chart.place(new)
        low = rise < np.maximum(hem, -0.255)
        stop = alive & (wrong | low)
        ends[stop] = index - 1 + np.where(low[stop], 0.5, 0.0)
        alive &= ~stop
        direction = _turned(new - place, direction, 0.0)
        place = new
        paths.append(place)
    return np.stack(paths, axis=1), ends


def _hem_of(shape: HairShape, way: NDArray[np.floating]) -> NDArray[np.float32]:
    return read_map(np.broadcast_to(shape.hem, shape.layer.shape), way, 0 * way)


def _turned(
    towards: NDArray[np.floating], before: NDArray[np.floating], inertia: float
) -> NDArray[np.floating]:
    """A unit direction between two."""
    towards = towards / np.maximum(
        np.linalg.norm(towards, axis=-1, keepdims=True), 1e-9
    )
    mixed = (1 - inertia) * towards + inertia * before
    return mixed / np.maximum(np.linalg.norm(mixed, axis=-1, keepdims=True), 1e-9)


def _at_height(
    shape: HairShape,
    points: NDArray[np.floating],
    root_height: NDArray[np.floating],
    layer: NDArray[np.floating],
    risen: NDArray[np.floating],
) -> NDArray[np.floating]:
    """The points in their own layer of the hair, as far as they have risen to it."""
    way, rise, _ = shape.chart.place(points)
    room = read_map(shape.layer, way, rise)
    height = (1 - risen) * root_height + risen * np.maximum(layer * room, _CLEAR_M)
    far = read_map(shape.head, way, rise) + height
    return shape.chart.points(way, rise, far)


def shortened(
    paths: Float[np.ndarray, "strands points 3"], ends: Float[np.ndarray, "strands"]
) -> Float[np.ndarray, "strands points 3"]:
    """The same number of points on the first part of each path."""
    count = paths.shape[1]
    where = np.linspace(0, 1, count)[None] * ends[:, None]
    low = np.minimum(np.floor(where).astype(int), count - 2)
    share = (where - low)[..., None]
    row = np.arange(len(paths))[:, None]
    return paths[row, low] * (1 - share) + paths[row, low + 1] * share


def gather(
    paths: Float[np.ndarray, "strands points 3"],
    *,
    locks: int,
    tightness: float,
    random: np.random.Generator,
) -> tuple[Float[np.ndarray, "strands points 3"], Int[np.ndarray, "strands"]]:
    """Strands drawn to the nearest of some leaders, more towards their tips.

    Also gives back whom each follows.
    """
    count = paths.shape[1]
    leaders = random.choice(len(paths), min(locks, len(paths)), replace=False)
    middle = paths[:, count // 2] + 0.5 * paths[:, 0]
    ways = np.concatenate([middle, _TIPS * paths[:, -1]], axis=1)
    nearest = leaders[np.asarray(KDTree(ways[leaders]).query(ways)[1])]
    along = np.linspace(0, 1, count) ** 1.3
    own = random.uniform(0.3, 1.0, len(paths))[:, None] * tightness * along
    return paths + own[..., None] * (paths[nearest] - paths), nearest


def without_strays(
    paths: Float[np.ndarray, "strands points 3"],
) -> Float[np.ndarray, "kept points 3"]:
    """The strands that lie among others for all of the way that they hang."""
    kept = np.ones(len(paths), bool)
    for index in range(paths.shape[1] // 3, paths.shape[1], 2):
        tree = KDTree(paths[:, index])
        near = tree.query_ball_point(
            paths[:, index], _ALONE_M, return_length=True, workers=2
        )
        kept &= near > _ALONE * np.median(near)
    return paths[kept]


def wave(
    paths: Float[np.ndarray, "strands points 3"],
    *,
    amount_m: float,
    frizz_m: float,
    random: np.random.Generator,
) -> Float[np.ndarray, "strands points 3"]:
    """Strands that swing aside, neighbours nearly alike, each a little by itself."""
    count = paths.shape[1]
    along = np.linspace(0, 1, count)
    lengths = np.linalg.norm(np.diff(paths, axis=1), axis=2).sum(axis=1)
    bends = paths + 0.0
    for axis in range(3):
        places = paths @ random.normal(0, 70.0, (3,))
        phase = random.uniform(0, 0.8, (len(paths), 1))
        swing = np.sin(places + phase) * along
        bends[..., axis] += amount_m * swing * np.clip(lengths / 0.08, 0, 1)[:, None]
        own = random.normal(0, 1, (len(paths), 1)) * along**1.5
        own = own + 0.5 * random.normal(0, 1, paths.shape[:2]) * along
        bends[..., axis] += frizz_m * own * np.clip(lengths / 0.05, 0.1, 1)[:, None]
    return bends


def pushed_out(
    model: HeadModel,
    neutral: Float[np.ndarray, "vertices 3"],
    paths: Float[np.ndarray, "strands points 3"],
) -> Float[np.ndarray, "strands points 3"]:
    """Strands of which nothing but the roots is in the skin."""
    triangles = triangulate(model.faces[model.part_faces("skin")])
    normals = vertex_normals(torch.from_numpy(neutral), triangles).numpy()
    outside = model.region("mouth_inside").numpy() < 0.1
    used = np.intersect1d(np.unique(triangles.numpy()), np.nonzero(outside)[0])
    tree = KDTree(neutral[used])
    moved = paths.copy()
    nearest = used[np.asarray(tree.query(moved[:, 1:], workers=2)[1])]
    away = moved[:, 1:] - neutral[nearest]
    height = (away * normals[nearest]).sum(axis=-1, keepdims=True)
    near = np.linalg.norm(away, axis=-1, keepdims=True) < 0.05
    lift = np.maximum(_CLEAR_M - height, 0) * near
    moved[:, 1:] += lift * normals[nearest]
    return moved


def high_layer(shape: HairShape) -> float:
    """How thick hair is over the upper head, in metres."""
    return float(np.median(shape.layer[cells()[1] > 0.05]))
