"""Which pixels of the photo show this person's skin, and which do not.

Inside the face, by the landmarks, everything but the eyes and the mouth's inside is
skin (brows, lips and a moustache belong to it), unless it lies under glasses. Near its
outline a pixel is believed only as far as its colour is one that the face has: the
background, hair or a scarf are not. Beyond the outline (ears, neck) the head fits less
well, so that even skin tells no more than its broad colour there. The colour model is
robust: median and spread of the middle of the face, in Lab, generous in lightness
because shading changes it.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8
from numpy.typing import NDArray

from ..images.grey import brightness_around, is_colourless
from ..images.polygons import filled_hull, filled_polygon
from ..landmarks.glasses import frame_of_glasses
from ..landmarks.topology import (
    BROW_LEFT,
    BROW_RIGHT,
    FACE_OVAL,
    LID_PAIRS_LEFT,
    LID_PAIRS_RIGHT,
    LIDS_LEFT,
    LIDS_RIGHT,
    LIP_PAIRS,
    LIPS_INNER,
)

_LOOSE, _MIDDLE, _STRICT = 3.2, 2.4, 1.4
"""Distance from the face's colour, in spreads, that is still believed: inside of the
face, near its outline, and beyond."""

_OUTLINE = 0.02
"""How far from another colour, over the face's size, the outline is believed."""

_FRINGE = 0.04
"""How far from a fringe, over the face's size, its shadow falls."""

_OVAL_BELOW = FACE_OVAL[7:30]
"""The face's outline from ear to ear by the chin."""

_GREY_SPREAD = 6.0
"""Spread of a face's brightness (L*) beside what is compared, without colours."""

_SHUT = 0.012
"""An opening no higher than this part of the face's size is a line, and belongs to
the skin."""


@dataclass(frozen=True, kw_only=True)
class PhotoTrust:
    """How far each pixel of the photo is believed; all 0 to 1 [height, width]."""

    face: Float[np.ndarray, "height width"]
    """Skin of the face: its colour and its detail are the head's."""
    around: Float[np.ndarray, "height width"]
    """Skin of ears and neck: its broad colour is."""
    skin_like: Float[np.ndarray, "height width"]
    """As far as colour tells, skin that hangs together with the face."""
    not_skin: Float[np.ndarray, "height width"]
    """Surely hair or a hat, where any is known; else, another colour than skin."""
    inner: Bool[np.ndarray, "height width"]
    """The middle of the face, where colours are measured."""
    size_px: float
    """Side of a square as large as the face."""


def trust_photo(
    lab: Float[np.ndarray, "height width 3"],
    points_px: Float[np.ndarray, "landmarks 2"],
    hair: Float[np.ndarray, "height width"],
) -> PhotoTrust:
    """Judge the pixels of a photo, given as Lab, by the landmarks of its face.

    `hair` is how far each pixel is known to show hair.
    """
    height, width = lab.shape[:2]
    shape = (height, width)
    oval = filled_polygon(points_px[list(FACE_OVAL)], shape)
    size = max(float(np.sqrt(oval.sum())), 1.0)
    depth = cv2.distanceTransform(oval, cv2.DIST_L2, 5) / size
    closed = _openings(points_px, shape, size)
    glasses = frame_of_glasses(lab[..., 0], points_px)
    inner = (depth > 0.16) & (closed == 0) & (glasses == 0)
    sample = inner if inner.any() else oval > 0
    distance = _colour_distance(lab, sample, size)
    loose = np.clip(_LOOSE + 1 - distance, 0, 1)
    strict = np.clip(_STRICT + 1 - distance, 0, 1) * _reachable(distance, oval)
    near = np.clip(_MIDDLE + 1 - distance, 0, 1)
    reach = 2 * max(1, round(_OUTLINE * size)) + 1
    around = np.ones((reach, reach), np.uint8)
    near = cv2.erode(near, around)
    face = np.maximum(_ramp(depth, 0.09, 0.16), _ramp(depth, 0.03, 0.06) * near)
    darker = lab[..., 0] < np.median(lab[sample, 0])
    other = ((distance > _MIDDLE + 0.5) & darker) | (hair > 0.5)
    face = face * (1 - _hanging_in(other, points_px, oval, size))
    face = face * (1 - closed) * (1 - glasses)
    outside, bare = 1 - _ramp(depth, 0.0, 0.02), (1 - hair) * (1 - glasses)
    not_skin = _ramp(distance, _LOOSE, _LOOSE + 1.5)
    if (hair > 0.5).any():  # else a wall beside narrow hair would be some of it
        not_skin = outside * hair
    return PhotoTrust(
        face=face.astype(np.float32),
        around=(outside * cv2.erode(strict * bare, around)).astype(np.float32),
        skin_like=np.maximum(strict * bare, loose * (oval > 0)).astype(np.float32),
        not_skin=not_skin.astype(np.float32),
        inner=inner,
        size_px=size,
    )


def _hanging_in(
    other: Bool[np.ndarray, "height width"],
    points_px: NDArray[np.floating],
    oval: UInt8[np.ndarray, "height width"],
    size_px: float,
) -> NDArray[np.float32]:
    """How far each pixel is of a fringe, or in its shadow.

    That is what is of another, darker colour and hangs together with what is outside
    of the face, above the brows: no beard or nostril lies there.
    """
    low = points_px[[*BROW_LEFT, *BROW_RIGHT, *_OVAL_BELOW]]
    below = filled_hull(low, oval.shape)
    fringe = _joined_to(oval == 0, other & (below == 0))
    beside = cv2.distanceTransform((~fringe).astype(np.uint8), cv2.DIST_L2, 5) / size_px
    return _ramp(beside, _FRINGE, 0.5 * _FRINGE).astype(np.float32) * (1 - below)


def _openings(
    points_px: NDArray[np.floating], shape: tuple[int, int], size: float
) -> NDArray[np.float32]:
    """1 in the eyes and the open mouth, falling to 0 a little outside of them."""
    closed = np.zeros(shape, np.float32)
    rings = (
        (filled_hull, LIDS_LEFT, LID_PAIRS_LEFT, 0.026),
        (filled_hull, LIDS_RIGHT, LID_PAIRS_RIGHT, 0.026),
        (filled_polygon, LIPS_INNER, LIP_PAIRS, 0.006),
    )
    for filled, ring, pairs, margin in rings:
        upper, lower = np.array(pairs).T
        height = np.linalg.norm(points_px[upper] - points_px[lower], axis=1).max()
        if height < _SHUT * size:
            continue
        hole = filled(points_px[list(ring)], shape)
        beside = cv2.distanceTransform(1 - hole, cv2.DIST_L2, 5) / size
        np.maximum(closed, _ramp(beside, margin, 0.4 * margin), out=closed)
    return closed


def _colour_distance(
    lab: NDArray[np.float32], sample: NDArray[np.bool_], size_px: float
) -> NDArray[np.float32]:
    """Distance of every pixel from the sampled colours, in robust spreads.

    Without colours, it is the distance from the face's brightness beside it.
    """
    smooth = cv2.blur(lab, (3, 3))
    if is_colourless(lab):
        around = brightness_around(smooth[..., 0], sample, size_px=size_px)
        return np.abs(smooth[..., 0] - around) / np.float32(_GREY_SPREAD)
    values = smooth[sample]
    middle = np.median(values, axis=0)
    spread = 1.4826 * np.median(np.abs(values - middle), axis=0)
    spread = np.maximum(spread, [9.0, 3.0, 3.5])
    return np.sqrt((((smooth - middle) / spread) ** 2).sum(axis=2)).astype(np.float32)


def _reachable(
    distance: NDArray[np.floating], oval: UInt8[np.ndarray, "height width"]
) -> NDArray[np.float32]:
    """1 where skin-coloured pixels hang together with the face: ears and neck."""
    believed = (distance < _STRICT + 0.5) | (oval > 0)
    return _joined_to(oval > 0, believed).astype(np.float32)


def _joined_to(
    seeds: Bool[np.ndarray, "height width"], pixels: Bool[np.ndarray, "height width"]
) -> Bool[np.ndarray, "height width"]:
    """Those of the pixels that hang together with any that is a seed as well."""
    _, labels = cv2.connectedComponents(pixels.astype(np.uint8))
    joined = np.unique(labels[seeds])
    return np.isin(labels, joined[joined > 0])


def _ramp(
    value: NDArray[np.floating], start: float, end: float
) -> NDArray[np.floating]:
    """0 at `start`, 1 at `end` (which may be the smaller), straight between."""
    return np.clip((value - start) / (end - start), 0, 1)
