"""The main channels of a performance as curves that run through the present.

The middle of the chart is now; to the left is what was, to the right what comes. Above
the curves a bar says how sure each moment is, from green to red, and dark where no face
was seen.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ..expressions import EXPRESSION_INDEX

CHANNELS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("jaw open", ("jawOpen",)),
    ("lips closed", ("mouthClose", "mouthPressLeft", "mouthPressRight")),
    ("smile", ("mouthSmileLeft", "mouthSmileRight")),
    ("frown", ("mouthFrownLeft", "mouthFrownRight")),
    ("pucker", ("mouthPucker", "mouthFunnel")),
    ("brows up", ("browInnerUp", "browOuterUpLeft", "browOuterUpRight")),
    ("brows down", ("browDownLeft", "browDownRight")),
    ("blink", ("eyeBlinkLeft", "eyeBlinkRight")),
    ("look aside", ("eyeLookOutLeft", "eyeLookInLeft")),
)
"""What each row shows: several expressions as lines of their own in one strip."""

SPAN_S = 4.0
"""How long a piece of the performance is seen at once."""

_ROW_PX = 22
_BAR_PX = 14
_LABEL_PX = 84
_BACK = np.array([24, 24, 26], np.uint8)
_STRIP = np.array([38, 38, 42], np.uint8)
_LINES = ((120, 200, 255), (255, 170, 90), (190, 140, 255))
"""The first, second and third expression of a row: left, right and the middle one."""
_NOW = (235, 235, 235)
_UNSEEN = np.array([60, 60, 60], np.uint8)


@dataclass(frozen=True, kw_only=True)
class Curves:
    """A performance as the chart needs it."""

    times_s: Float[np.ndarray, "frames"]
    """When each frame is due."""
    expressions: Float[np.ndarray, "frames expressions"]
    """Weights in 0 to 1."""
    confidence: Float[np.ndarray, "frames"]
    """How sure each frame is, 0 to 1; 0 where no face was seen."""


class Chart:
    """Pictures of the curves, `width_px` wide, one for each moment."""

    def __init__(self, curves: Curves, width_px: int) -> None:
        self._curves = curves
        self._width = width_px
        self.height_px = 2 * ((_BAR_PX + len(CHANNELS) * _ROW_PX + 9) // 2)
        self._blank = self._labelled()

    def at(self, time_s: float) -> UInt8[np.ndarray, "height width 3"]:
        """The chart whose middle is `time_s`."""
        picture = self._blank.copy()
        columns = self._width - _LABEL_PX
        times = time_s + SPAN_S * (np.arange(columns) / columns - 0.5)
        first_s, last_s = self._curves.times_s[[0, -1]]
        within = (times >= first_s) & (times <= last_s)
        x = _LABEL_PX + np.nonzero(within)[0]
        times = times[within]
        sure = self._sampled(self._curves.confidence, times)
        picture[2:_BAR_PX, x] = bar_colours(sure)
        for row, (_, names) in enumerate(CHANNELS):
            bottom = _BAR_PX + (row + 1) * _ROW_PX
            for name, colour in zip(names, _LINES, strict=False):
                column = self._curves.expressions[:, EXPRESSION_INDEX[name]]
                height = self._sampled(column, times) * (_ROW_PX - 5)
                _draw_line(picture, x, bottom - 2 - height, colour)
        now = _LABEL_PX + columns // 2
        picture[:, now] = _NOW
        return picture

    def _sampled(
        self, values: Float[np.ndarray, "frames"], times_s: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        return np.interp(times_s, self._curves.times_s, values)

    def _labelled(self) -> UInt8[np.ndarray, "height width 3"]:
        picture = np.empty((self.height_px, self._width, 3), np.uint8)
        picture[:] = _BACK
        for row in range(len(CHANNELS)):
            top = _BAR_PX + row * _ROW_PX
            picture[top + 2 : top + _ROW_PX - 1, _LABEL_PX:] = _STRIP
        write = _writer(Image.fromarray(picture))
        write(4, 1, "confidence")
        for row, (label, _) in enumerate(CHANNELS):
            write(4, _BAR_PX + row * _ROW_PX + 4, label)
        return np.array(write(0, 0, ""))


def bar_colours(
    confidence: Float[np.ndarray, "moments"],
) -> UInt8[np.ndarray, "moments 3"]:
    """Green where sure, through yellow to red, and grey where there is nothing."""
    sure = np.clip(confidence, 0.0, 1.0)[:, None]
    red, green = np.clip(2 - 2 * sure, 0, 1), np.clip(2 * sure, 0, 1)
    colours = np.concatenate([200 * red, 180 * green, 40 + 0 * sure], axis=1)
    return np.where(sure > 0, colours, _UNSEEN).astype(np.uint8)


def _draw_line(
    picture: UInt8[np.ndarray, "height width 3"],
    x: NDArray[np.intp],
    y: NDArray[np.float64],
    colour: tuple[int, int, int],
) -> None:
    """A curve that stays whole where it rises by more than a pixel a column."""
    if not len(x):
        return
    before = np.concatenate([y[:1], y[:-1]])
    low, high = np.floor(np.minimum(y, before)), np.floor(np.maximum(y, before)) + 1
    top, bottom = int(low.min()), int(high.max()) + 1
    rows = np.arange(top, bottom)[:, None]
    strip = picture[top:bottom, x[0] : x[-1] + 1]
    strip[(rows >= low) & (rows <= high)] = colour


def _writer(image: Image.Image) -> Callable[[int, int, str], Image.Image]:
    """What writes words on a picture and gives it back."""
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(12)

    def write(x: int, y: int, text: str) -> Image.Image:
        pen.text((x, y), text, fill=(210, 210, 210), font=font)
        return image

    return write
