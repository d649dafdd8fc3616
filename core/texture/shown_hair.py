"""What a photo shows of hair around the head, as the texture stage is told of it."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8

from .window import PhotoWindow


@dataclass(frozen=True, kw_only=True)
class ShownHair:
    """Where hair, or what is worn over it, is seen, and in what colours."""

    mask: Bool[np.ndarray, "side side"]
    """Where it is in a square of the photo."""
    to_square: Float[np.ndarray, "2 3"]
    """Takes points of the photo into that square."""
    colours_srgb: UInt8[np.ndarray, "pixels 3"]
    """Pixels that have the colour of hair; none if it is none."""

    def within(self, window: PhotoWindow) -> Float[np.ndarray, "height width"]:
        """How far each pixel of a window shows it, 0 to 1."""
        height, width = window.pixels_srgb.shape[:2]
        # OpenCV counts from the first pixel's centre, in both pictures
        first = self.to_square[:, :2] @ (0.5 / window.scale + window.corner_px)
        scaled = self.to_square[:, :2] / window.scale
        shift = first + self.to_square[:, 2] - 0.5
        found = cv2.warpAffine(
            self.mask.astype(np.float32),
            np.column_stack([scaled, shift]),
            (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        )
        return np.asarray(found, np.float32)
