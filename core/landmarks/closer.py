"""A closer look at faces that were found: at their marks, and at what is between."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from .detector import DetectedFace
from .refiner import LandmarkRefiner, load_refiner
from .skin import SkinEye, load_skin_eye


@dataclass(frozen=True, kw_only=True)
class CloserLook:
    """Two learned networks that look at the same cut-out faces, one after the other."""

    refiner: LandmarkRefiner
    """Moves landmarks to what pictures show."""
    skin: SkinEye
    """Tells what is between them."""

    def at(
        self, faces: Sequence[tuple[NDArray[np.uint8], DetectedFace]]
    ) -> list[DetectedFace]:
        """Faces, each of a picture of its own [height, width, 3], looked at."""
        sizes = [np.array(pixels.shape[1::-1], np.float32) for pixels, _ in faces]
        cut = self.refiner.upright(
            [
                (pixels, face.points * size)
                for (pixels, face), size in zip(faces, sizes, strict=True)
            ]
        )
        # a clip has many looks at a face: half the time is worth more than the mirror
        offsets = self.refiner.offsets(cut.squares_srgb, cut.marks, once=True)
        hints = self.skin.hints(cut.squares_srgb, cut.marks + offsets).numpy()
        return [
            replace(face, points=points_px / size, hints=shown)
            for (_, face), points_px, size, shown in zip(
                faces, cut.outward(offsets), sizes, hints, strict=True
            )
        ]


@cache
def load_closer_look(head_model_sha256: str) -> CloserLook:
    """The shipped one, read once.

    Raises MissingWeightsError if a file cannot be read or was learned on another head
    model.
    """
    return CloserLook(
        refiner=load_refiner(head_model_sha256), skin=load_skin_eye(head_model_sha256)
    )
