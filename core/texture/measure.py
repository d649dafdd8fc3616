"""The person's colours, read off the photo: skin, lips, irises, hair, brows."""

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from ..colours import LUMINANCE
from ..images.polygons import filled_hull, filled_polygon
from ..landmarks.topology import (
    BROW_LEFT,
    BROW_RIGHT,
    FACE_OVAL,
    IRIS_LEFT,
    IRIS_RIGHT,
    LID_PAIRS_LEFT,
    LID_PAIRS_RIGHT,
    LIPS_INNER,
    LIPS_OUTER,
)

_DARKEST_HAIR = 0.02

_MIRRORED, _MIRRORED_AT_MOST = 0.012, 0.6
"""What a cornea mirrors of a room, as a linear colour, and its greatest share of what
is seen of an iris in any colour."""

_IN_SHADE = 1.35
"""How many times lighter an iris is than it looks in the shade of lids and lashes:
renders of nine people had 0.8 of the brightness of their photos' irises without it."""


_LASHES_AT = 0.06
"""Above the lids' edge, in distances of the eyes, where lashes are at the latest."""
_LASHES = (0.03, 0.08)
"""How far thin and full lashes reach in a photo, in distances of the eyes."""
_TELLS = 1.2
"""How many times brighter than lashes it is half-way to skin, if both can be told."""

_STRANDS_SHADE = 1.35
"""How many times lighter hair is than it looks from one side: renders of seven people
had their photos' hair to 4 L* with it. Texels of the scalp, with the light that falls
on them by the face, told fair and dark hair up to 15 L* too light."""

USUAL_IRIS = (0.107, 0.051, 0.025)
"""Brown, as most people's: of eyes that dark glasses hide."""

_ENOUGH = 200
"""Texels or pixels that tell a colour."""


def lip_colour(
    image: NDArray[np.floating], points_px: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Median colour between the outer and the inner line of the lips."""
    outer, inner = (
        filled_polygon(points_px[list(ring)], image.shape)
        for ring in (LIPS_OUTER, LIPS_INNER)
    )
    return _median(image, outer > inner)


def brow_colour(
    image: NDArray[np.floating], points_px: NDArray[np.floating]
) -> NDArray[np.float64]:
    """The darker third of the pixels in the brows."""
    left, right = (
        filled_hull(points_px[list(ring)], image.shape)
        for ring in (BROW_LEFT, BROW_RIGHT)
    )
    return _median(image, (left | right) > 0, quantile=0.33)


def iris_colour(
    image: NDArray[np.floating], points_px: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Median colour of both irises between pupil and rim, glints left out.

    The upper third is in the lid's shadow and is left out too, and so are what a cornea
    mirrors of its surroundings and the shade around: the render has both again.
    """
    height, width = image.shape[:2]
    y, x = np.mgrid[:height, :width] + 0.5
    up = _up(points_px)
    mask = np.zeros((height, width), bool)
    for ring in (IRIS_LEFT, IRIS_RIGHT):
        centre = points_px[ring[0]]
        radius = np.linalg.norm(points_px[list(ring[1:])] - centre, axis=1).mean()
        away = np.stack([x - centre[0], y - centre[1]], axis=-1) / max(radius, 1e-3)
        distance = np.hypot(*np.moveaxis(away, -1, 0))
        mask |= (distance > 0.45) & (distance < 0.85) & (away @ up < 0.3)
    seen = _median(image, mask, quantile=0.42)
    return _IN_SHADE * (seen - np.minimum(_MIRRORED, _MIRRORED_AT_MOST * seen.min()))


def lash_fullness(
    image: NDArray[np.floating], points_px: NDArray[np.floating]
) -> float:
    """How full the upper lashes are, 0 to 1, by how far it is dark above the lids.

    The eye that shows less counts: the other one may lie in shadow.
    """
    between = float(np.linalg.norm(points_px[IRIS_LEFT[0]] - points_px[IRIS_RIGHT[0]]))
    along = np.linspace(-0.03, 0.15, 37)
    away = between * along[:, None] * _up(points_px)
    luma = image @ np.array(LUMINANCE)
    reaches = []
    for pairs in (LID_PAIRS_LEFT, LID_PAIRS_RIGHT):
        upper = points_px[np.array(pairs)[:, 0]]
        x, y = np.moveaxis(upper[:, None] + away - 0.5, 2, 0)
        seen = map_coordinates(luma, [y, x], order=1, mode="nearest").mean(axis=0)
        darkest = int(seen[along < _LASHES_AT].argmin())
        half = 0.5 * (seen[darkest] + seen[darkest:].max())
        if half > _TELLS * seen[darkest]:
            reaches.append(along[darkest:][seen[darkest:] >= half][0])
    thin, full = _LASHES
    if not reaches:
        return 0.0
    return float(np.clip((min(reaches) - thin) / (full - thin), 0, 1))


def hair_colour(
    around: Float[np.ndarray, "pixels 3"],
    scalp: Float[np.ndarray, "texels 3"],
    brows: Float[np.ndarray, "3"],
    skin: Float[np.ndarray, "3"],
) -> NDArray[np.float64]:
    """Median colour of the hair that is seen `around` the head.

    Where the photo shows hardly any, it is that of texels on the `scalp` that show
    some. Where those are few too, it is taken to be darker than the brows, and much
    darker than the skin.
    """
    if len(around) >= _ENOUGH:
        return _STRANDS_SHADE * np.median(around.astype(np.float64), axis=0)
    if len(scalp) >= _ENOUGH:
        return np.median(scalp.astype(np.float64), axis=0)
    return np.maximum(np.minimum(0.5 * brows, 0.3 * skin), _DARKEST_HAIR)


def _up(points_px: NDArray[np.floating]) -> NDArray[np.floating]:
    """Where up is for the face: the photo may lie on its side."""
    up = points_px[FACE_OVAL[0]] - points_px[FACE_OVAL[len(FACE_OVAL) // 2]]
    return up / max(float(np.linalg.norm(up)), 1e-3)


def _median(
    image: NDArray[np.floating], mask: NDArray[np.bool_], *, quantile: float = 0.5
) -> NDArray[np.float64]:
    """A quantile of the masked pixels by channel; of the whole image if none."""
    values = image[mask] if mask.any() else image.reshape(-1, 3)
    return np.quantile(values, quantile, axis=0).astype(np.float64)
