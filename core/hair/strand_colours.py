"""The colour of each strand, near its root and near its tip, from the photo.

The photo's light is in its colours, and highlights belong to the render; so only a part
of the differences between strands is kept, around the one colour that the person's hair
was measured to have. Light comes from one side and hair has both sides alike: what
strands over centimetres have in common is taken from both together. Strands that the
photo does not show go on from those it shows, and end in that one colour.
"""

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from numpy.typing import NDArray
from scipy.spatial import KDTree

from ..colours import linear_from_srgb, srgb_from_linear
from .hair_mask import SIDE_PX
from .sight import Sight

_KEPT, _BROAD_KEPT = 0.6, 0.35
"""Shares of the photo's differences in brightness and hue that strands have: of those
from one to the next, and of those over centimetres, which are mostly light."""

_BROAD, _SOME = 80, 8
"""Strands nearby over which differences are broad, and how many of all are asked."""

_GOES_ON_M = 0.05
"""So far from what the photo shows, colours have nearly ceased to go on from there."""

_OWN, _LOCKS = 0.10, 0.16
"""How much strands differ by themselves, and locks among each other, as a logarithm."""

_DEPTH, _LIGHT_HAIR = 0.6, 0.06
"""Strands shade each other: so much brighter must each be, as a logarithm, for hair to
look as it was measured, if its linear colour is that; dark hair has its gloss."""

_BORDER = 7
"""Diameter of a disc, in pixels of the square, that is hair around a colour of hair."""

_DARKEST = 0.004

_FEWEST = 50
"""Fewer strands that are seen tell nothing of differences."""


def strand_colours(
    paths: Float[np.ndarray, "strands points 3"],
    locks: Int[np.ndarray, "strands"],
    sight: Sight,
    colour_srgb: tuple[float, float, float],
    random: np.random.Generator,
) -> UInt8[np.ndarray, "strands 2 3"]:
    """Colours (sRGB) near root and tip, around that of the person's hair."""
    picture = sight.picture
    soft = cv2.GaussianBlur(picture.pixels_srgb, (0, 0), 1.5)
    told = np.log(np.maximum(_linear(np.asarray(soft) / 255.0), _DARKEST))
    pixels = np.clip(sight.project(paths)[0], 0, SIDE_PX - 1).astype(int)
    seen, well_inside = (
        picture_of[pixels[..., 1], pixels[..., 0]]
        for picture_of in (told, _well_inside(picture.hair))
    )
    shown = sight.shows_hair(paths) & well_inside
    half = paths.shape[1] // 2
    parts = [
        _mean(seen[:, part], shown[:, part])
        for part in (slice(0, half + 1), slice(half, None))
    ]
    middle = np.median(told[picture.hair], axis=0) if picture.hair.any() else 0.0
    ends = np.clip(np.stack(parts, axis=1) - middle, -1.2, 1.2)
    kept = _kept(ends, paths[:, half])
    base = np.log(np.maximum(_linear(np.array(colour_srgb)), _DARKEST))
    own = random.normal(0, _OWN, (len(paths), 1, 1))
    own += random.normal(0, _LOCKS, locks.max() + 1)[locks][:, None, None]
    depth = _DEPTH * np.clip(np.exp(base).mean() / _LIGHT_HAIR, 0, 1)
    linear = np.exp(base + depth + kept + own)
    srgb = srgb_from_linear(torch.from_numpy(linear.clip(0, 1))).numpy()
    return (srgb * 255 + 0.5).astype(np.uint8)


def _well_inside(hair: Bool[np.ndarray, "side side"]) -> NDArray[np.bool_]:
    """Hair without its border, where the wall behind shows through."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_BORDER, _BORDER))
    return np.asarray(cv2.erode(hair.astype(np.uint8), disc)) > 0


def _linear(srgb: NDArray[np.floating]) -> NDArray[np.floating]:
    return linear_from_srgb(torch.from_numpy(srgb)).numpy()


def _mean(
    values: Float[np.ndarray, "strands points 3"],
    shown: Bool[np.ndarray, "strands points"],
) -> Float[np.ndarray, "strands 3"]:
    """Mean of what is shown; NaN where nothing is."""
    count = shown.sum(axis=1)[:, None]
    total = (values * shown[..., None]).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _kept(
    ends: Float[np.ndarray, "strands 2 3"], places: Float[np.ndarray, "strands 3"]
) -> Float[np.ndarray, "strands 2 3"]:
    """What strands at these places keep of the differences seen near their ends.

    Those of strands that are not seen are NaN.
    """
    ends = np.where(np.isfinite(ends), ends, ends[:, ::-1])
    known = np.isfinite(ends[:, 0, 0])
    if known.sum() < _FEWEST:
        return np.zeros_like(ends)
    asked = np.nonzero(known)[0][::_SOME]
    seen, of_both = ends.mean(axis=1)[asked], np.abs(places * [1, 0, 0])
    of_both = of_both + places * [0, 1, 1]
    broad, _ = _around(places[known], places[asked], seen)
    shared, away_m = _around(of_both, of_both[asked], seen)
    near = np.exp(-((away_m / _GOES_ON_M) ** 2))
    kept = np.repeat((_BROAD_KEPT * near[:, None] * shared)[:, None], 2, axis=1)
    kept[known] += _KEPT * (ends[known] - broad[:, None])
    return kept


def _around(
    places: Float[np.ndarray, "strands 3"],
    known: Float[np.ndarray, "known 3"],
    values: Float[np.ndarray, "known 3"],
) -> tuple[Float[np.ndarray, "strands 3"], Float[np.ndarray, "strands"]]:
    """What is known over a few centimetres around places, and how far off that is."""
    count = min(_BROAD, len(known))
    away, near = KDTree(known).query(places, k=count, workers=2)
    return values[near].mean(axis=1), np.asarray(away)[:, 0]
