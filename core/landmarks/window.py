"""Rectangles of a picture that are shown to the detector on their own."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from .detector import DetectedFace

Pixels = UInt8[np.ndarray, "height width 3"]

BORDER_GREY = 128
"""What is shown where a window reaches beyond the picture."""


@dataclass(frozen=True, kw_only=True)
class Window:
    """A rectangle in pixels of the picture; it may reach beyond."""

    left: int
    top: int
    width: int
    height: int

    @classmethod
    def whole(cls, pixels: Pixels) -> "Window":
        """All of the picture."""
        return cls(left=0, top=0, width=pixels.shape[1], height=pixels.shape[0])

    @classmethod
    def around(cls, face: DetectedFace, whole: "Window", *, factor: float) -> "Window":
        """A square with the face in its middle, so many times as wide."""
        left, top, right, bottom = face.box
        size = max((right - left) * whole.width, (bottom - top) * whole.height)
        side = max(2, round(factor * size))
        return cls(
            left=round((left + right) / 2 * whole.width - side / 2),
            top=round((top + bottom) / 2 * whole.height - side / 2),
            width=side,
            height=side,
        )

    def with_border(self) -> "Window":
        """The window with two fifths of its longer side added on each side."""
        border = round(0.4 * max(self.width, self.height))
        return Window(
            left=self.left - border,
            top=self.top - border,
            width=self.width + 2 * border,
            height=self.height + 2 * border,
        )

    def moved_into(self, whole: "Window") -> "Window":
        """The window moved, and cut if it must be, to lie inside the picture."""
        width, height = min(self.width, whole.width), min(self.height, whole.height)
        return Window(
            left=min(max(self.left, 0), whole.width - width),
            top=min(max(self.top, 0), whole.height - height),
            width=width,
            height=height,
        )

    def cut(
        self, pixels: Pixels, *, longest_side_px: int
    ) -> UInt8[np.ndarray, "rows columns 3"]:
        """The pixels under the window, at most so large, grey where there are none."""
        right, bottom = self.left + self.width, self.top + self.height
        inside = pixels[
            max(self.top, 0) : max(bottom, 0), max(self.left, 0) : max(right, 0)
        ]
        if inside.shape[:2] != (self.height, self.width):
            canvas = np.full((self.height, self.width, 3), BORDER_GREY, np.uint8)
            top, left = max(-self.top, 0), max(-self.left, 0)
            canvas[top : top + inside.shape[0], left : left + inside.shape[1]] = inside
            inside = canvas
        scale = longest_side_px / max(self.width, self.height)
        if scale >= 1.0:
            return inside
        size = (max(1, round(self.width * scale)), max(1, round(self.height * scale)))
        image = Image.fromarray(np.ascontiguousarray(inside))
        return np.asarray(image.resize(size, Image.Resampling.BOX))

    def outward(self, face: DetectedFace, pixels: Pixels) -> DetectedFace:
        """A face found in this window, in coordinates of the whole picture."""
        whole = np.array([pixels.shape[1], pixels.shape[0]], np.float32)
        corner = np.array([self.left, self.top], np.float32)
        size = np.array([self.width, self.height], np.float32)
        return DetectedFace(
            points=(face.points * size + corner) / whole,
            depth=face.depth * (size[0] / whole[0]),
            scores=face.scores,
        )
