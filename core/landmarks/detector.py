"""MediaPipe's FaceLandmarker, quiet and closed in time, with its results in numpy."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from ..expressions import EXPRESSION_INDEX, EXPRESSION_NAMES

# MediaPipe logs through glog and absl, which read these when they are loaded
os.environ.setdefault("GLOG_minloglevel", "3")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@dataclass(frozen=True, kw_only=True)
class DetectedFace:
    """One face, in coordinates 0 to 1 of the picture it was found in."""

    points: Float[np.ndarray, "landmarks 2"]
    """x / width and y / height."""
    depth: Float[np.ndarray, "landmarks"]
    """Relative depth in units of the picture's width, larger is farther."""
    scores: Float[np.ndarray, "expressions"]
    """In the order of `EXPRESSION_NAMES`."""

    @property
    def box(self) -> tuple[float, float, float, float]:
        """(left, top, right, bottom)."""
        left, top = self.points.min(axis=0)
        right, bottom = self.points.max(axis=0)
        return float(left), float(top), float(right), float(bottom)


class FaceDetector:
    """A FaceLandmarker for single pictures, or for a clip whose frames come in order.

    Use it in a `with` statement: its destructor fails at the interpreter's exit.
    """

    def __init__(self, model: bytes, *, faces: int, clip: bool) -> None:
        """From the content of MediaPipe's model file; finds at most so many faces."""
        with quiet_stderr():
            from mediapipe.tasks.python import BaseOptions, vision

            self._clip = clip
            self._last_ms = -1
            self._warm = False
            self._landmarker = vision.FaceLandmarker.create_from_options(
                vision.FaceLandmarkerOptions(
                    base_options=BaseOptions(model_asset_buffer=model),
                    running_mode=vision.RunningMode.VIDEO
                    if clip
                    else vision.RunningMode.IMAGE,
                    num_faces=faces,
                    output_face_blendshapes=True,
                )
            )

    def __enter__(self) -> "FaceDetector":
        return self

    def __exit__(self, *_: object) -> None:
        with quiet_stderr():
            self._landmarker.close()

    def find(
        self, pixels_srgb: UInt8[np.ndarray, "height width 3"], *, time_s: float = 0.0
    ) -> list[DetectedFace]:
        """The faces in a picture; `time_s` matters for a clip only."""
        if self._warm:
            return self._find(pixels_srgb, time_s)
        self._warm = True  # the first run logs what it is made of
        with quiet_stderr():
            return self._find(pixels_srgb, time_s)

    def _find(
        self, pixels_srgb: UInt8[np.ndarray, "height width 3"], time_s: float
    ) -> list[DetectedFace]:
        import mediapipe

        image = mediapipe.Image(
            image_format=mediapipe.ImageFormat.SRGB,
            data=np.ascontiguousarray(pixels_srgb),
        )
        if self._clip:
            self._last_ms = max(self._last_ms + 1, round(time_s * 1000.0))
            result = self._landmarker.detect_for_video(image, self._last_ms)
        else:
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

    MediaPipe's C++ side writes there before any setting can stop it.
    """
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
