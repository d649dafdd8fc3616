"""The part of a photo that shows the head, no larger than a texture can hold.

What a photo costs must not grow with what stands around the head, nor with pixels that
no texel would show: the photo is cut to the head as fitted and, where it is sharper
than the texture, averaged down. All later stages see only such a window, with a camera
of its own.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from ..assets import PinholeCamera
from ..colours import linear_from_srgb

_FACE_OVER_TEXTURE = 0.372
"""Pixels across the face for each texel across the texture that the texture can hold:
a fifth more than it is made for, or averaging would soften it."""

_MARGIN = 0.03
"""Around the head, over its size: what lies beside an edge judges it."""


@dataclass(frozen=True, kw_only=True)
class PhotoWindow:
    """A rectangle of a photo, at a scale of its own."""

    pixels_srgb: UInt8[np.ndarray, "height width 3"]
    """What it shows."""
    corner_px: Float[np.ndarray, "2"]
    """Its top-left corner in the photo, x and y."""
    scale: Float[np.ndarray, "2"]
    """Its pixels for each of the photo's, in x and y (equal but for rounding)."""

    def inward(
        self, points_px: Float[np.ndarray, "points 2"]
    ) -> Float[np.ndarray, "points 2"]:
        """Pixels of the photo as pixels of the window."""
        return ((points_px - self.corner_px) * self.scale).astype(np.float32)

    def camera(self, whole: PinholeCamera) -> PinholeCamera:
        """The camera that takes the window, given the photo's."""
        x, y = self.scale
        return PinholeCamera(
            focal_px=whole.focal_px * float(np.sqrt(x * y)),
            center_x_px=float((whole.center_x_px - self.corner_px[0]) * x),
            center_y_px=float((whole.center_y_px - self.corner_px[1]) * y),
            width_px=self.pixels_srgb.shape[1],
            height_px=self.pixels_srgb.shape[0],
        )

    def linear(self) -> Float[Tensor, "height width 3"]:
        """The window in linear light."""
        table = linear_from_srgb(torch.arange(256) / 255).numpy()
        return torch.from_numpy(cv2.LUT(self.pixels_srgb, table))

    def shrunk(self, face_px: float, texture_px: int) -> "PhotoWindow":
        """The window as a texture holds it, for a face so wide in the window."""
        wanted = _FACE_OVER_TEXTURE * texture_px / max(face_px, 1.0)
        if wanted >= 1:
            return self
        height, width = self.pixels_srgb.shape[:2]
        size = (max(1, round(width * wanted)), max(1, round(height * wanted)))
        small = cv2.resize(self.pixels_srgb, size, interpolation=cv2.INTER_AREA)
        ratio = np.array(size) / [width, height]
        return replace(
            self, pixels_srgb=np.asarray(small, np.uint8), scale=self.scale * ratio
        )


def head_window(
    photo_pixels_srgb: UInt8[np.ndarray, "height width 3"],
    points_px: Float[np.ndarray, "points 2"],
) -> PhotoWindow:
    """The part of the photo around the points of a head, as sharp as the photo is."""
    limit = np.array(photo_pixels_srgb.shape[1::-1])
    low, high = points_px.min(axis=0), points_px.max(axis=0)
    margin = 1 + _MARGIN * float((high - low).max())
    first = np.floor(low - margin).clip(0, limit - 1).astype(int)
    last = np.ceil(high + margin).clip(first + 1, limit).astype(int)
    cut = photo_pixels_srgb[first[1] : last[1], first[0] : last[0]]
    return PhotoWindow(
        pixels_srgb=np.ascontiguousarray(cut),
        corner_px=first.astype(np.float64),
        scale=np.ones(2),
    )
