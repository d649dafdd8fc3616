"""How much room hair takes around a head, from its outline in one photo.

A photo shows the outline of the hair against what is behind it: how far hair stands off
the skull on the left, above and on the right, and how low it hangs. Behind, where no
photo looks, it is taken to be as thick as at the sides and to hang as low; over the
forehead it is thinner.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from jaxtyping import Bool, Float
from numpy.typing import NDArray

from ..fit import HeadFit
from ..head_model import HeadModel
from ..mesh import strew, triangulate
from .chart import (
    GLOBE_M,
    LOWEST_M,
    ROWS,
    STEP_M,
    Chart,
    Map,
    cells,
    evened,
    farthest,
    read_map,
)
from .hair_mask import HairPicture

SKULL_M = 0.1
"""From the top of the skull down to its middle."""

_SAMPLES = 60_000
"""Points strewn over the skin to learn its shape from."""

_LEAST_M, _MOST_M = 0.004, 0.14
"""How far hair may stand off the head."""

_FOREHEAD = 0.55
"""Thickness over the forehead, over that above."""

_HANGS_M = -0.058
"""Hair that is seen below this height (head space) hangs: the lobes are above it."""

_COVERS, _COVERS_THICK_M = 0.6, 0.01
"""Hair that is seen below the first, over the ears' height, and so thick there, lies
over the ears."""

_NAPE_M, _NAPE_THIN = 0.13, (0.1, 0.35)
"""Over that height above the nape, hair becomes thinner; by `Fall`, to which share."""

_BEHIND, _HIGH_M = 0.75, 0.06
"""The most thickness at the back of the head, over that above the second rise, of hair
that does not hang: beside the face it may be wide, behind it lies on the skull."""

_SHOULDERS_M = -0.105
"""The neck ends about there."""


class Fall(IntEnum):
    """How low hair falls beside the face."""

    STAYS_UP = 0
    COVERS_EARS = 1
    HANGS = 2


@dataclass(frozen=True, kw_only=True)
class HairShape:
    """A head, and the room for hair over it."""

    chart: Chart
    head: Map
    """How far the skin is from the middle."""
    layer: Map
    """How thick hair is over it."""
    hem: Float[np.ndarray, "ways"]
    """The rise down to which hair hangs."""
    falls: Fall
    """How low it falls."""

    def height(self, points: Float[np.ndarray, "*any 3"]) -> NDArray[np.floating]:
        """How far points are over the head, on the chart."""
        way, rise, far = self.chart.place(points)
        return far - read_map(self.head, way, rise)


def hair_shape(
    model: HeadModel,
    neutral: Float[np.ndarray, "vertices 3"],
    fit: HeadFit,
    picture: HairPicture,
) -> HairShape:
    """The room that the picture shows, completed all around."""
    scalp = neutral[model.region("scalp").numpy() > 0.5]
    depth = 0.5 * (scalp[:, 1].min() + scalp[:, 1].max())
    middle = np.array([0.0, depth, scalp[:, 2].max() - SKULL_M])
    chart = Chart(middle=middle)
    points = _strewn(model, neutral)
    head = evened(farthest(chart, points), 0.8)
    view = _Plane(chart, fit, picture)
    outline = view.outline(view.pixels_of(picture.hair))
    bare = view.outline(view.shadow(points))
    shown = outline > 0
    thick = np.where(shown, np.clip(outline - bare, _LEAST_M, _MOST_M), np.nan)
    lowest = [_lowest(view, side, picture) for side in (0, 1)]
    hem_sides = np.array(lowest)
    if abs(view.turn) > 0.3:  # the far side hides behind the face
        hem_sides[:] = hem_sides.min()
    sides = np.stack([_filled(thick[side]) for side in (0, 1)])
    nape = scalp[:, 2].min() - middle[2]
    ears = neutral[model.region("ears").numpy() > 0.5, 2]
    covers = float(ears.min() + _COVERS * (ears.max() - ears.min()))
    falls = _fall(float(hem_sides.mean() + middle[2]), sides, covers_m=covers)
    layer = _all_around(sides, view.turn, head, hangs=falls == Fall.HANGS)
    hem = _hem(hem_sides, float(nape), view.turn, hangs=falls == Fall.HANGS)
    if falls != Fall.HANGS:
        layer = _tapered(layer, hem, thin=_NAPE_THIN[falls])
    return HairShape(
        chart=chart,
        head=head,
        layer=layer,
        hem=hem,
        falls=falls,
    )


def _strewn(
    model: HeadModel, neutral: Float[np.ndarray, "vertices 3"]
) -> Float[np.ndarray, "points 3"]:
    """Points of the skin above the shoulders, close to each other."""
    triangles = triangulate(model.faces[model.part_faces("skin")]).numpy()
    random = np.random.default_rng(3)
    chosen, weights = strew(neutral[triangles], _SAMPLES, random)
    points = np.einsum("pk,pki->pi", weights, neutral[triangles[chosen]])
    return points[points[:, 2] > _SHOULDERS_M]


class _Plane:
    """The plane through the skull's middle that the photo's camera looks at."""

    def __init__(self, chart: Chart, fit: HeadFit, picture: HairPicture) -> None:
        self._chart, self._picture = chart, picture
        self._camera = fit.camera
        self._rotation = fit.T_camera_head[:3, :3].astype(np.float64)
        self._shift = fit.T_camera_head[:3, 3].astype(np.float64)
        self._middle = self._rotation @ chart.middle + self._shift
        self._ahead = self._middle / np.linalg.norm(self._middle)
        to_camera = -(self._rotation.T @ self._ahead)
        up = self._rotation[:, 2]
        self._across = np.array([-up[1], up[0], 0.0])  # to the subject's left
        self.turn = float(np.arctan2(to_camera[0], -to_camera[1]))
        """The way from which the camera looks."""

    def pixels_of(
        self, mask: Bool[np.ndarray, "side side"]
    ) -> Float[np.ndarray, "pixels 3"]:
        """Where the pixels of the square lie on the plane, in camera space."""
        rows, columns = np.nonzero(mask)
        square = np.stack([columns, rows], axis=1) + 0.5
        photo = self._picture.outward(square)
        camera = self._camera
        rays = np.concatenate(
            [
                (photo - [camera.center_x_px, camera.center_y_px]) / camera.focal_px,
                np.ones((len(photo), 1)),
            ],
            axis=1,
        )
        return self._onto(rays)

    def shadow(
        self, points: Float[np.ndarray, "points 3"]
    ) -> Float[np.ndarray, "points 3"]:
        """Where the lines of sight through points of the head meet the plane."""
        return self._onto(points @ self._rotation.T + self._shift)

    def _onto(self, rays: NDArray[np.float64]) -> NDArray[np.float64]:
        far = (self._middle @ self._ahead) / (rays @ self._ahead)
        return rays * far[:, None]

    def sides(
        self, places: Float[np.ndarray, "points 3"]
    ) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
        """Side of the picture (0: the subject's left), rise and distance of places."""
        points = (places - self._shift) @ self._rotation
        _, rise, far = self._chart.place(points)
        side = (places @ self._across < self._middle @ self._across).astype(np.intp)
        return side, rise, far

    def outline(
        self, places: Float[np.ndarray, "points 3"]
    ) -> Float[np.ndarray, "sides rows"]:
        """The greatest distance at each side and rise; 0 where there is none."""
        side, rise, far = self.sides(places)
        row = np.round((rise - LOWEST_M) / STEP_M).astype(int)
        held = (row >= 0) & (row < ROWS)
        found = np.zeros((2, ROWS))
        np.maximum.at(found, (side[held], row[held]), far[held])
        return found


def _lowest(view: _Plane, side: int, picture: HairPicture) -> float:
    """The rise of the lowest hair at one side of the head; 0 where there is none."""
    of, rise, far = view.sides(view.pixels_of(picture.hair))
    beside = (of == side) & (far > 0.045)
    return float(np.quantile(rise[beside], 0.02)) if beside.sum() > 20 else 0.0


def _fall(
    lowest_m: float, sides: Float[np.ndarray, "sides rows"], *, covers_m: float
) -> Fall:
    """How low hair falls that is seen down to a height in head space.

    Seen below `covers_m` it may lie over the ears.
    """
    if lowest_m < _HANGS_M:
        return Fall.HANGS
    level = round(-LOWEST_M / STEP_M)
    thick = float(sides[:, level - 2 : level + 2].mean()) > _COVERS_THICK_M
    return Fall.COVERS_EARS if lowest_m < covers_m and thick else Fall.STAYS_UP


def _tapered(
    layer: Map, hem: Float[np.ndarray, "ways"], *, thin: float
) -> NDArray[np.float32]:
    """No thicker behind than above, and thinner towards the nape, where it is cut."""
    way, rise = cells()
    over = np.cos(np.clip(rise / GLOBE_M, 0, np.pi / 2))
    behind = np.clip(-1.5 * np.cos(way), 0, 1) * np.clip(1.5 * over, 0, 1)
    left = np.clip((rise - hem) / _NAPE_M, thin, 1)
    most = _BEHIND * np.median(layer[rise > _HIGH_M])
    lies = (1 - behind) * layer + behind * left * np.minimum(layer, most)
    return lies.astype(np.float32)


def _filled(thick: Float[np.ndarray, "rows"]) -> Float[np.ndarray, "rows"]:
    """The nearest known thickness where there is none."""
    known = np.nonzero(np.isfinite(thick))[0]
    if len(known) == 0:
        return np.full(len(thick), _LEAST_M)
    return np.interp(np.arange(len(thick)), known, thick[known])


def _all_around(
    sides: Float[np.ndarray, "sides rows"], turn: float, head: Map, *, hangs: bool
) -> NDArray[np.float32]:
    """Thickness in every direction from that of two sides."""
    way, rise = cells()
    across = np.sin(way - turn)
    left, right = sides[0][:, None], sides[1][:, None]
    share = np.clip(0.5 + 0.5 * across, 0, 1)
    thick = share * left + (1 - share) * right
    front = np.clip(np.cos(way - turn), 0, 1) ** 2
    top = np.clip(rise / (GLOBE_M * np.pi / 2), 0, 1)
    thick = thick * (1 - (1 - _FOREHEAD) * front * (1 - top))
    if hangs:  # behind, hair falls straight down from the back of the skull
        level = round(-LOWEST_M / STEP_M)
        behind = np.clip(-np.cos(way), 0, 1)
        skull = head[level] + thick[level]
        straight = np.clip(skull[None] - head - 0.1 * np.abs(rise), _LEAST_M, _MOST_M)
        below = behind * (rise < 0)
        thick = (1 - below) * thick + below * straight
    return evened(thick, 1.2)


def _hem(
    sides: Float[np.ndarray, "sides"], nape: float, turn: float, *, hangs: bool
) -> Float[np.ndarray, "ways"]:
    """The lowest rise of hair in every direction."""
    way = cells()[0][0]
    share = np.clip(0.5 + 0.5 * np.sin(way - turn), 0, 1)
    hem = share * sides[0] + (1 - share) * sides[1]
    if hangs:
        return hem
    behind = np.clip(-np.cos(way) * 1.5, 0, 1)
    return (1 - behind) * hem + behind * np.minimum(hem, nape - 0.004)
