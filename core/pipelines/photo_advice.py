"""What is said of a photo before it is used: what it cannot show."""

import numpy as np
import torch
from jaxtyping import Float, UInt8

from ..colours import LUMINANCE, linear_from_srgb
from ..images.photo import Photo
from ..images.polygons import filled_polygon
from ..landmarks.glasses import hides_eyes
from ..landmarks.topology import FACE_OVAL
from ..landmarks.types import Landmarks
from ..messages import Advice, Say

_DARK = 0.035
"""Luminance of faces that are underexposed; the darkest of 14 people in good light has
0.088."""


def advise(photo: Photo, landmarks: Landmarks, say: Say) -> None:
    """Say what of the person this photo hides."""
    if hides_eyes(photo.pixels_srgb, landmarks.points_px):
        say(
            Advice(
                text=f"{photo.name} shows the eyes behind dark glasses, so that eyes, "
                "lids and brows are made up. A photo without them shows the person's "
                "own."
            )
        )
    if face_luminance(photo.pixels_srgb, landmarks.points_px) < _DARK:
        say(
            Advice(
                text=f"The face in {photo.name} is very dark, and its skin comes out "
                "as dark as it looks. Brighten the photo first, or lower Melanin in "
                "the double's skin."
            )
        )


def face_luminance(
    pixels_srgb: UInt8[np.ndarray, "height width 3"],
    points_px: Float[np.ndarray, "landmarks 2"],
) -> float:
    """The median over the face, 0 to 1."""
    corners = points_px[list(FACE_OVAL)]
    low = np.maximum(np.floor(corners.min(axis=0)).astype(int), 0)
    high = np.ceil(corners.max(axis=0)).astype(int)
    face = pixels_srgb[low[1] : high[1], low[0] : high[0]]
    inside = filled_polygon(corners - low, face.shape[:2])
    colour = torch.from_numpy(np.median(face[inside > 0], axis=0) / 255)
    return float(linear_from_srgb(colour) @ torch.tensor(LUMINANCE).to(colour))
