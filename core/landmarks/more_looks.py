"""A photo's face, marked again as it would be in other pictures of it.

Where the detector puts its marks depends a little on how a face lies in the picture, on
its brightness and on which side is left. There is one photo, but it can be shown
aslant, nearer, darker and in the mirror; what all looks have in common is the face.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from jaxtyping import Float, UInt8
from numpy.typing import NDArray

from ..head_model import load_head_model
from .detector import DetectedFace, FaceDetector
from .refiner import load_refiner
from .topology import EYE_CORNERS_LEFT, EYE_CORNERS_RIGHT
from .upright import UprightFace, mirrored
from .window import Pixels

_SIDE_PX = 256
"""Of the pictures: the landmark model's own input is no larger."""
_SAME_FACE = 0.1
"""Marks that lie farther off in the mean, in widths of the face, are of another."""


@dataclass(frozen=True, kw_only=True)
class _View:
    """How a face is shown."""

    turn_deg: float
    """Against the clock."""
    width: float
    """Of the picture, in those of the face."""
    gamma: float
    mirrored: bool
    blur_px: float


_VIEWS = tuple(
    _View(turn_deg=turn, width=width, gamma=gamma, mirrored=mirrored, blur_px=blur)
    for turn, width, gamma, mirrored, blur in (
        (-35.0, 1.6, 0.7, True, 0.4),
        (-22.0, 2.2, 1.3, False, 0.9),
        (-11.0, 1.8, 1.0, True, 0.6),
        (0.0, 1.6, 1.5, True, 1.1),
        (11.0, 2.2, 0.75, False, 0.4),
        (22.0, 1.6, 1.0, False, 1.1),
        (28.0, 2.1, 0.8, False, 0.8),
        (35.0, 1.9, 1.3, True, 0.6),
    )
)


def more_looks(
    detector: FaceDetector, pixels_srgb: Pixels, face: DetectedFace
) -> list[Float[np.ndarray, "landmarks 2"]]:
    """Where other looks put the face's landmarks, in pixels of the photo.

    Those in which it is not found are left out; there may be none.
    """
    size = np.array(pixels_srgb.shape[1::-1], np.float32)
    points_px = face.points * size
    opposite = load_refiner(load_head_model().version_sha256).opposite
    looks: list[NDArray[np.float32]] = []
    for view in _VIEWS:
        place = _place(points_px, view)
        for found in detector.find(_shown(pixels_srgb, place, view))[:1]:
            points = found.points * np.float32(_SIDE_PX)
            if view.mirrored:
                points = mirrored(torch.from_numpy(points), opposite, _SIDE_PX).numpy()
            back = place.outward(points - place.offset)
            off_px = np.linalg.norm(back - points_px, axis=1).mean()
            if off_px < _SAME_FACE * face.width * size[0]:
                looks.append(back.astype(np.float32))
    return looks


def _place(points_px: Float[np.ndarray, "landmarks 2"], view: _View) -> UprightFace:
    """Moves the photo's points into the picture, before it is mirrored."""
    right, left = points_px[EYE_CORNERS_RIGHT[0]], points_px[EYE_CORNERS_LEFT[0]]
    low, high = points_px.min(axis=0), points_px.max(axis=0)
    scale = _SIDE_PX / (view.width * (high - low).max())
    angle = -np.angle(complex(*(left - right))) - np.radians(view.turn_deg)
    middle = 0.5 * (low + high).astype(np.float64)
    center = np.full(2, _SIDE_PX / 2)
    return UprightFace.about(middle, center, complex(scale * np.exp(1j * angle)))


def _shown(
    pixels_srgb: Pixels, place: UprightFace, view: _View
) -> UInt8[np.ndarray, "side side 3"]:
    picture: NDArray[np.uint8] = place.cut(pixels_srgb, _SIDE_PX)
    steps = np.arange(256) / 255
    curve = (255 * steps**view.gamma + 0.5).astype(np.uint8)
    blurred = cv2.GaussianBlur(curve[picture], (0, 0), view.blur_px)
    picture = np.asarray(blurred, np.uint8)
    return np.ascontiguousarray(picture[:, ::-1] if view.mirrored else picture)
