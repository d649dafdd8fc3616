"""MediaPipe's FaceLandmarker, quiet and closed in time, with its results in numpy."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from ..errors import DetectorFailedError, MissingLibraryError
from ..expressions import EXPRESSION_INDEX, EXPRESSION_NAMES
from ..messages import STDERR_IS_KEPT

# MediaPipe logs through glog and absl, which read these when they are loaded
os.environ.setdefault("GLOG_minloglevel", "3")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@dataclass(frozen=True, kw_only=True, eq=False)
class DetectedFace:
    """One face, in coordinates 0 to 1 of the picture it was found in."""

    points: Float[np.ndarray, "landmarks 2"]
    """x / width and y / height."""
    depth: Float[np.ndarray, "landmarks"]
    """Relative depth in units of the picture's width, larger is farther."""
    scores: Float[np.ndarray, "expressions"]
    """In the order of `EXPRESSION_NAMES`."""
    hints: Float[np.ndarray, "hints"] | None = None
    """What the skin shows (`skin`), if it was looked at."""
    eyes: Float[np.ndarray, "2 2"] | None = None
    """How far the left and the right eye are open, and how far off that may be
    (`open_eyes`), if they were looked at."""

    @property
    def box(self) -> tuple[float, float, float, float]:
        """(left, top, right, bottom)."""
        left, top = self.points.min(axis=0)
        right, bottom = self.points.max(axis=0)
        return float(left), float(top), float(right), float(bottom)

    @property
    def width(self) -> float:
        """Share of the picture's width."""
        return self.box[2] - self.box[0]

    def overlap(self, other: "DetectedFace") -> float:
        """Area in common, measured by the smaller of both boxes."""
        a, b = self.box, other.box
        width = min(a[2], b[2]) - max(a[0], b[0])
        height = min(a[3], b[3]) - max(a[1], b[1])
        if width <= 0 or height <= 0:
            return 0.0
        areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
        return width * height / max(min(areas), 1e-12)

    def distance_to(self, other: "DetectedFace") -> float:
        """Between the boxes' centres, in shares of the picture's width and height."""
        a, b = self.box, other.box
        return float(np.hypot(a[0] + a[2] - b[0] - b[2], a[1] + a[3] - b[1] - b[3])) / 2


class FaceDetector:
    """A FaceLandmarker that looks at one picture at a time.

    Use it in a `with` statement: its destructor fails at the interpreter's exit.
    """

    def __init__(self, model: bytes, *, faces: int) -> None:
        """From the content of MediaPipe's model file; finds at most so many faces.

        Raises MissingLibraryError if MediaPipe lacks something of the system, and
        DetectorFailedError if it refuses for another reason.
        """
        with quiet_stderr():
            import mediapipe
            from mediapipe.tasks.python import BaseOptions, vision

            self._mediapipe = mediapipe
            options = vision.FaceLandmarkerOptions(
                base_options=BaseOptions(model_asset_buffer=model),
                running_mode=vision.RunningMode.IMAGE,
                num_faces=faces,
                output_face_blendshapes=True,
            )
            try:
                self._landmarker = vision.FaceLandmarker.create_from_options(options)
            except OSError as error:  # from dlopen, it names the library
                raise MissingLibraryError(
                    f"MediaPipe cannot be loaded ({error}). Install that library with "
                    "your system's package manager (Debian and Ubuntu: apt install "
                    "libegl1 libgles2), then try again."
                ) from error
            except RuntimeError as error:
                raise DetectorFailedError(
                    f"MediaPipe's face detector cannot start ({error}). Install the "
                    "engine again; if you named a model file (--landmarker), name "
                    "another."
                ) from error
            # the first run logs what it is made of
            self.find(np.zeros((64, 64, 3), np.uint8))

    def __enter__(self) -> "FaceDetector":
        return self

    def __exit__(self, *_: object) -> None:
        with quiet_stderr():
            self._landmarker.close()

    def find(
        self, pixels_srgb: UInt8[np.ndarray, "height width 3"]
    ) -> list[DetectedFace]:
        """The faces in a picture, in no particular order."""
        image = self._mediapipe.Image(
            image_format=self._mediapipe.ImageFormat.SRGB,
            data=np.ascontiguousarray(pixels_srgb),
        )
        result = self._landmarker.detect(image)
        return [
            _face(landmarks, scores)
            for landmarks, scores in zip(
                result.face_landmarks, result.face_blendshapes, strict=True
            )
        ]


def _face(landmarks: list[Any], categories: list[Any]) -> DetectedFace:
    points = np.array([(p.x, p.y, p.z) for p in landmarks], np.float32)
    scores = np.zeros(len(EXPRESSION_NAMES), np.float32)
    for category in categories:
        index = EXPRESSION_INDEX.get(category.category_name)
        if index is not None:  # "_neutral" is not an expression
            scores[index] = category.score
    return DetectedFace(points=points[:, :2], depth=points[:, 2], scores=scores)


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Let nothing through to the process's standard error meanwhile.

    MediaPipe's C++ side writes there before any setting can stop it. Where somebody
    keeps it (see `messages`) all goes through: if MediaPipe aborts, its last line says
    why, and there is nobody left to hand it on.
    """
    if os.environ.get(STDERR_IS_KEPT):
        yield
        return
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # there is none, as under pythonw
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
