"""Which pixels of the photo show this person's skin, and what colour hair has.

Inside the face, by the landmarks, everything but the eyes and the mouth's inside is
skin (brows, lips and a moustache belong to it). Near its outline and outside of it, a
pixel is believed only as far as its colour is one that the face has: the background,
hair, a scarf or a collar are not. The colour model is robust: median and spread of the
middle of the face, in Lab, generous in lightness because shading changes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..landmarks.topology import FACE_OVAL, LIDS_LEFT, LIDS_RIGHT, LIPS_INNER

_LOOSE, _STRICT = 3.2, 1.7
"""Distance from the face's colour, in spreads, that is still believed."""


@dataclass(frozen=True, kw_only=True)
class PhotoTrust:
    """How far each pixel of the photo is believed to be skin."""

    skin: NDArray[np.float32]
    """0 to 1 [height, width]: skin of the face, and of ears and neck."""
    not_skin: NDArray[np.float32]
    """0 to 1 [height, width]: surely another colour than skin."""
    inner: NDArray[np.bool_]
    """The middle of the face [height, width], where colours are measured."""


def trust_photo(
    lab: NDArray[np.float32], points_px: NDArray[np.floating]
) -> PhotoTrust:
    """Judge the pixels of a photo given as Lab [height, width, 3] by its landmarks."""
    height, width = lab.shape[:2]
    shape = (height, width)
    oval = _filled(points_px, FACE_OVAL, shape)
    size = float(np.sqrt(oval.sum()))
    openings = np.zeros(shape, np.uint8)
    for ring in (LIDS_LEFT, LIDS_RIGHT, LIPS_INNER):
        openings |= _filled(points_px, _around(points_px, ring), shape)
    depth = cv2.distanceTransform(oval, cv2.DIST_L2, 5) / size
    beside = cv2.distanceTransform(1 - openings, cv2.DIST_L2, 5) / size
    inner = (depth > 0.16) & (beside > 0.02)
    distance = _colour_distance(lab, inner if inner.any() else oval > 0)
    loose = np.clip(_LOOSE + 1 - distance, 0, 1)
    strict = np.clip(_STRICT + 1 - distance, 0, 1)
    face = np.maximum(_ramp(depth, 0.09, 0.17), _ramp(depth, 0.03, 0.06) * loose)
    outside = (1 - _ramp(depth, 0.0, 0.02)) * strict * _reachable(strict, oval)
    closed = _ramp(beside, 0.016, 0.006)
    return PhotoTrust(
        skin=(np.maximum(face, outside) * (1 - closed)).astype(np.float32),
        not_skin=np.clip((distance - _LOOSE) / 1.5, 0, 1).astype(np.float32),
        inner=inner,
    )


def _colour_distance(
    lab: NDArray[np.float32], sample: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Distance of every pixel from the sampled colours, in robust spreads."""
    smooth = cv2.blur(lab, (3, 3))
    values = smooth[sample]
    middle = np.median(values, axis=0)
    spread = 1.4826 * np.median(np.abs(values - middle), axis=0)
    spread = np.maximum(spread, [9.0, 3.0, 3.5])
    return np.sqrt((((smooth - middle) / spread) ** 2).sum(axis=2)).astype(np.float32)


def _reachable(
    strict: NDArray[np.floating], oval: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """1 where believed pixels hang together with the face: ears and neck."""
    believed = ((strict > 0.5) | (oval > 0)).astype(np.uint8)
    _, labels = cv2.connectedComponents(believed)
    own = np.unique(labels[oval > 0])
    return np.isin(labels, own[own > 0]).astype(np.float32)


def _around(points_px: NDArray[np.floating], ring: Sequence[int]) -> list[int]:
    """The same landmarks in the order in which their convex hull meets them."""
    points = points_px[list(ring)].astype(np.float32)
    hull = np.asarray(cv2.convexHull(points, returnPoints=False), np.int64)
    return [ring[index] for index in hull[:, 0]]


def _filled(
    points_px: NDArray[np.floating], ring: Sequence[int], shape: tuple[int, int]
) -> NDArray[np.uint8]:
    """1 inside the polygon of these landmarks."""
    image = np.zeros(shape, np.uint8)
    corners = np.round(points_px[list(ring)] - 0.5).astype(np.int32)
    cv2.fillPoly(image, [corners], (1,))
    return image


def _ramp(
    value: NDArray[np.floating], start: float, end: float
) -> NDArray[np.floating]:
    """0 at `start`, 1 at `end` (which may be the smaller), straight between."""
    return np.clip((value - start) / (end - start), 0, 1)
