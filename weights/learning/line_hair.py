"""Hair as lines in a picture: none, cropped or long."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float, Int
from numpy.typing import NDArray
from torch import Tensor

from core.colours import srgb_from_linear

_STEPS = 10
"""Pieces of a strand."""


@dataclass(frozen=True, kw_only=True)
class LineHair:
    """Strands as lines in the picture, those behind the head and those before it."""

    behind: list[NDArray[np.float32]]
    """Points [steps, 2] of each strand in pixels."""
    before: list[NDArray[np.float32]]
    """The same."""
    tone: NDArray[np.float32]
    """sRGB, 0 to 1."""

    def draw(
        self,
        image: NDArray[np.float32],
        strands: list[NDArray[np.float32]],
        random: np.random.Generator,
    ) -> None:
        """Draw some of them into a picture."""
        for strand in strands:
            shade = (self.tone * random.uniform(0.6, 1.5)).clip(0, 1)
            cv2.polylines(
                image,
                [(16 * strand).astype(np.int32)],
                isClosed=False,
                color=tuple(float(channel) for channel in shade),
                thickness=int(random.integers(1, 4)),
                lineType=cv2.LINE_AA,
                shift=4,
            )


def line_hair(
    tone: Float[Tensor, "3"],
    points_px: Float[np.ndarray, "vertices 2"],
    marks: Float[np.ndarray, "landmarks 2"],
    *,
    scalp: Int[np.ndarray, "scalp"],
    shown: Int[np.ndarray, "shown"],
    random: np.random.Generator,
) -> LineHair:
    """Out of the face, but for a fringe or a loose strand.

    `tone` is the hair's linear colour, `scalp` are vertices that hair grows on, `shown`
    those that the picture shows.
    """
    colour = srgb_from_linear(tone.clamp(0.002, 1)).numpy()
    if random.random() < 0.3:
        return LineHair(behind=[], before=[], tone=colour)
    roots = random.choice(scalp, random.integers(400, 1500))
    front = np.zeros(len(points_px), bool)
    front[shown] = True
    size = np.ptp(marks, axis=0).mean()
    length = size * random.choice([0.05, 0.12, 0.5, 1.0]) * random.uniform(0.6, 1.5)
    middle = marks.mean(axis=0)
    reach = size * random.uniform(0.48, 0.62)
    fringe = random.uniform(0, 1) if random.random() < 0.3 else 0.01
    curl, sweep = random.uniform(0, 0.35), random.normal(0, 0.3)
    parting = middle[0] + random.normal(0, 0.2) * size
    paths = [points_px[roots]]
    up = points_px[roots] - middle
    way = up / (np.linalg.norm(up, axis=1, keepdims=True) + 1e-6)
    way = 0.5 * way + random.normal(0, 0.15, way.shape)
    side = np.sign(points_px[roots, 0] - parting)
    for _ in range(_STEPS):
        fall = np.stack([0.5 * side + sweep, np.full(len(side), 0.9)], axis=1)
        way = 0.75 * way + 0.25 * fall + random.normal(0, curl, way.shape)
        there = paths[-1] + way * length / _STEPS
        off = there - middle
        far = np.linalg.norm(off / [1.0, 1.25], axis=1, keepdims=True)
        pushed = middle + off * np.maximum(1, reach / np.maximum(far, 1e-6))
        loose = random.random(len(roots)) < fringe
        paths.append(np.where(loose[:, None], there, pushed))
    lines = np.stack(paths, axis=1).astype(np.float32)
    return LineHair(
        behind=list(lines[~front[roots]]), before=list(lines[front[roots]]), tone=colour
    )
