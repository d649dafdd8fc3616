"""Whom a clip seems to show: asked in a few frames, more of them where it begins."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from jaxtyping import Float, UInt8

from ..images.video_types import VideoFrame
from .detector import DetectedFace

WhoIs: TypeAlias = Callable[
    [UInt8[np.ndarray, "height width 3"], Float[np.ndarray, "landmarks 2"]],
    Float[np.ndarray, "coefficients"],
]
"""Whom a picture seems to show, whose face has these landmarks (pixels)."""


class Views:
    """The mean of whom the followed face seems to be.

    Asked once in the first chunk of frames, in the second, and then whenever there are
    four times as many as last time: a clip takes a fiftieth longer, and heads of nine
    films turn as rightly as with twice as many views.
    """

    def __init__(self, who_is: WhoIs | None) -> None:
        self._who_is = who_is
        self._chunks = self._count = 0
        self._mean: Float[np.ndarray, "coefficients"] = np.zeros(0)

    @property
    def known(self) -> tuple[int, Float[np.ndarray, "coefficients"]]:
        """How many views there were, and their mean, for `remember`."""
        return self._count, self._mean

    def remember(
        self, chunks: int, count: int, mean: Float[np.ndarray, "coefficients"]
    ) -> None:
        """Go on after so many chunks of frames."""
        self._chunks, self._count, self._mean = chunks, count, mean

    def look(
        self, frames: Sequence[VideoFrame], faces: Sequence[DetectedFace | None]
    ) -> None:
        """Look at the next chunk, if it is time to."""
        chunk, self._chunks = self._chunks, self._chunks + 1
        seen = [n for n, face in enumerate(faces) if face is not None]
        if self._who_is is None or not seen or not _asked_in(chunk):
            return
        middle = seen[len(seen) // 2]
        pixels, face = frames[middle].pixels_srgb, faces[middle]
        assert face is not None
        size = np.array(pixels.shape[1::-1], np.float32)
        told = np.asarray(self._who_is(pixels, face.points * size), float)
        before = np.zeros(len(told))
        known = min(len(told), len(self._mean))
        before[:known] = self._mean[:known]
        self._count += 1
        self._mean = before + (told - before) / self._count


def _asked_in(chunk: int) -> bool:
    """Whether it is 0, 1, 4, 16 and so on."""
    return not chunk & (chunk - 1) and chunk.bit_length() % 2 == bool(chunk)
