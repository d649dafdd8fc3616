"""The fringe: strands that lie over bare skin, led back to where they grow.

Where the photo shows hair over the forehead, below the hair line, strands must come
down from it, wherever that is. They are found the other way round: from points of the
skin that the photo shows under hair, back along the hair's flow until they are within
the scalp, as streamlines are drawn.
"""

import cv2
import numpy as np
from jaxtyping import Bool, Float, Int
from numpy.typing import NDArray
from scipy.spatial import KDTree

from ..head_model import HeadModel
from .chart import read_map
from .flow import Flow
from .roots import Roots
from .shape import HairShape
from .sight import Sight

_PER_CM2 = 45
"""Strands that end on every square centimetre: twice as many as grow on the scalp."""

_STEP_M, _STEPS = 0.004, 28
"""A strand that meets no scalp within all steps is none of the fringe."""

_SURE = 0.02
"""How far inside of the hair's outline, over the face's height, skin must be seen."""

_FALLS = 0.35
"""How far hair over the forehead falls, whatever the flow says."""

_WITHIN_M = (0.004, 0.022)
"""How far behind the hair line they are rooted."""

_LIFT = (0.15, 0.7)
"""How high in the hair over the forehead they lie."""

_RISE = 0.3
"""Part of their length within which they rise to that."""

_LEAST_M = 0.0008


def grow_fringe(
    model: HeadModel,
    neutral: Float[np.ndarray, "vertices 3"],
    strewn: Roots,
    flow: Flow,
    sight: Sight,
    points: int,
    random: np.random.Generator,
) -> Float[np.ndarray, "strands points 3"]:
    """Strands over the forehead, of so many points; none if it is seen bare.

    `strewn` are points all over the head, evenly.
    """
    under = _under_fringe(model, neutral, strewn, sight)
    tree = KDTree(strewn.points)
    spacing_m2 = np.median(np.asarray(tree.query(strewn.points[:500], k=8)[0])[:, 7])
    per_point = _PER_CM2 * 1e4 * np.pi * spacing_m2**2 / 7
    ends = strewn.points[under]
    ends = ends[random.choice(len(ends), round(per_point * len(ends)))]
    ends = ends + random.normal(0, 0.001, ends.shape)
    path, steps = _traced_back(ends, strewn, tree, flow, random)
    met = steps > 1
    return _laid_down(path[:, met], steps[met], flow.shape, points, random)


def _under_fringe(
    model: HeadModel,
    neutral: NDArray[np.floating],
    strewn: Roots,
    sight: Sight,
) -> Bool[np.ndarray, "points"]:
    """Which points are bare skin above the brows that the photo shows under hair."""
    brows = neutral[model.region("brows").numpy() > 0.5]
    above = strewn.points[:, 2] > brows[:, 2].mean()
    in_front = strewn.points[:, 1] < np.quantile(brows[:, 1], 0.95) + 0.02
    reach = 2 * max(1, round(_SURE * sight.picture.face_px)) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    sure = cv2.erode(sight.picture.hair.astype(np.uint8), disc) > 0
    pixels = np.clip(sight.project(strewn.points)[0], 0, len(sure) - 1).astype(int)
    covered = sure[pixels[:, 1], pixels[:, 0]] & sight.visible(strewn.points)
    return above & in_front & covered & (strewn.hair < 0.5)


def _traced_back(
    ends: Float[np.ndarray, "strands 3"],
    strewn: Roots,
    tree: KDTree,
    flow: Flow,
    random: np.random.Generator,
) -> tuple[Float[np.ndarray, "steps strands 3"], Int[np.ndarray, "strands"]]:
    """Places on the way back, and after how many steps each is rooted; 0: never."""
    shape = flow.shape
    within = random.uniform(*_WITHIN_M, len(ends))
    place, path = ends, [ends]
    rooted = np.zeros(len(ends), int)
    for step in range(1, _STEPS + 1):
        ahead = _falling(flow, place)
        way, rise, _ = shape.chart.place(place - _STEP_M * ahead)
        place = shape.chart.points(way, rise, read_map(shape.head, way, rise))
        nearest = np.asarray(tree.query(place)[1])
        arrived = (rooted == 0) & (strewn.behind_m[nearest] > within)
        rooted[arrived] = step
        path.append(place)
    return np.stack(path), rooted


def _falling(flow: Flow, points: NDArray[np.floating]) -> NDArray[np.floating]:
    """The flow over a forehead: it leads away from the parting, and down."""
    aside = np.zeros(len(points))
    if flow.style.parting_m is not None:
        x = points[:, 0] - flow.shape.chart.middle[0] - flow.style.parting_m
        aside = np.tanh(x / 0.012)
    usual = np.stack([0.7 * aside, 0 * aside, 0 * aside - 1.0], axis=1)
    along = flow.at(points)
    along = along * np.sign((along * usual).sum(axis=1, keepdims=True) + 1e-9)
    along = along + _FALLS * np.array([0.0, 0.0, -1.0])
    return along / np.linalg.norm(along, axis=1, keepdims=True)


def _laid_down(
    path: Float[np.ndarray, "steps strands 3"],
    steps: Int[np.ndarray, "strands"],
    shape: HairShape,
    points: int,
    random: np.random.Generator,
) -> Float[np.ndarray, "strands points 3"]:
    """The same ways from root to end, each at its height in the hair."""
    along = np.linspace(0, 1, points)
    where = (1 - along)[None] * steps[:, None]
    low = np.minimum(where.astype(int), steps[:, None] - 1)
    share = (where - low)[..., None]
    strand = np.arange(len(steps))[:, None]
    laid = path[low, strand] * (1 - share) + path[low + 1, strand] * share
    way, rise, _ = shape.chart.place(laid)
    lift = random.uniform(*_LIFT, (len(steps), 1)) * (1 - np.exp(-along / _RISE))
    lift = lift * (1 - 0.6 * along**2)
    height = np.maximum(lift * read_map(shape.layer, way, rise), _LEAST_M)
    height[:, 0] = 0
    return shape.chart.points(way, rise, read_map(shape.head, way, rise) + height)
