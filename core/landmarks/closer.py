"""A closer look at faces that were found: at their marks, and at what is between."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import torch
from jaxtyping import Float, UInt8
from numpy.typing import NDArray
from torch import Tensor

from .detector import DetectedFace
from .open_eyes import OpenEyes, load_open_eyes
from .refiner import LandmarkRefiner, load_refiner
from .skin import SkinEye, load_skin_eye

_UNLIKE_PX = 0.8
"""Marks that lie so far, in the mean, from those of both frames beside it are looked at
themselves; in pixels of the upright square."""
_ALIKE_PX = 0.2
"""Below this, how much alike frames are is chance."""


@dataclass(frozen=True, kw_only=True)
class CloserLook:
    """Learned networks that look at the same faces, one after the other."""

    refiner: LandmarkRefiner
    """Moves landmarks to what pictures show."""
    skin: SkinEye
    """Tells what is between them."""
    eyes: OpenEyes
    """Tells how far the eyes are open."""

    def at(
        self, faces: Sequence[tuple[NDArray[np.uint8], DetectedFace]]
    ) -> list[DetectedFace]:
        """Faces, each of a picture of its own [height, width, 3], looked at.

        They are those of one person in frames that follow each other.
        """
        sizes = [np.array(pixels.shape[1::-1], np.float32) for pixels, _ in faces]
        cut = self.refiner.upright(
            [
                (pixels, face.points * size)
                for (pixels, face), size in zip(faces, sizes, strict=True)
            ]
        )
        offsets = self._offsets(cut.squares_srgb, cut.marks)
        hints = self.skin.hints(cut.squares_srgb, cut.marks + offsets).numpy()
        points_px = cut.outward(offsets)
        pictures = [pixels for pixels, _ in faces]
        eyes = self.eyes.at(list(zip(pictures, points_px, strict=True)))
        return [
            replace(face, points=points / size, hints=shown, eyes=opened)
            for (_, face), points, size, shown, opened in zip(
                faces, points_px, sizes, hints, eyes, strict=True
            )
        ]

    def _offsets(
        self,
        squares_srgb: UInt8[Tensor, "faces 3 side side"],
        marks: Float[Tensor, "faces landmarks 2"],
    ) -> Float[Tensor, "faces landmarks 2"]:
        """How far marks are off, from a look at every second face and at odd ones.

        A clip has many looks at a face, so none is taken in the mirror. How marks are
        off hardly changes from frame to frame: between two looks it is the mean of
        both, and more that of the frame whose marks lie more alike.
        """
        count = len(marks)
        before = torch.arange(count)
        before -= before % 2
        after = (before + 2).clamp(max=(count - 1) // 2 * 2)
        unlike = torch.stack(
            [(marks - marks[near]).abs().mean(dim=(1, 2)) for near in (before, after)]
        )
        looked = (before == torch.arange(count)) | (unlike.amin(dim=0) > _UNLIKE_PX)
        seen = torch.zeros_like(marks)
        seen[looked] = self.refiner.offsets(
            squares_srgb[looked], marks[looked], once=True
        )
        shares = 1 / (unlike + _ALIKE_PX)
        shares = (shares / shares.sum(dim=0))[..., None, None]
        between = shares[0] * seen[before] + shares[1] * seen[after]
        return torch.where(looked[:, None, None], seen, between)


@cache
def load_closer_look(head_model_sha256: str) -> CloserLook:
    """The shipped one, read once.

    Raises MissingWeightsError if a file cannot be read or was learned on another head
    model.
    """
    return CloserLook(
        refiner=load_refiner(head_model_sha256),
        skin=load_skin_eye(head_model_sha256),
        eyes=load_open_eyes(head_model_sha256),
    )
