"""What the face detector saw, in numpy: of one photo, and of one clip.

MediaPipe's face mesh has 478 landmarks, the last ten of which are the irises, and 52
expression scores of its own. Pixels count from the top-left corner, and the first
pixel's centre is (0.5, 0.5), as everywhere in core.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from .stored import StoredPoints


@dataclass(frozen=True, kw_only=True)
class Landmarks:
    """The landmarks of one face in one photo."""

    points_px: Float[np.ndarray, "landmarks 2"]
    """Where each landmark is in the photo (float32)."""
    depth_px: Float[np.ndarray, "landmarks"]
    """Relative depth in pixels, larger is farther; only its shape means anything."""
    image_size_px: tuple[int, int]
    """Width and height of the photo."""
    scores: Float[np.ndarray, "expressions"]
    """The detector's own expression scores, 0 to 1, in the order of
    `EXPRESSION_NAMES`; it has none for tongueOut, which is 0."""
    refined: bool = False
    """Whether the points were moved to what the photo shows (`refiner`); those that
    were not lean towards an average face."""
    more_looks_px: Sequence[Float[np.ndarray, "landmarks 2"]] = ()
    """Where the detector put the points when the photo was shown in other ways."""


@dataclass(frozen=True, kw_only=True)
class LandmarkTrack:
    """The landmarks of one face through a clip; unseen frames hold NaN."""

    times_s: Float[np.ndarray, "frames"]
    """Presentation time of each frame (float64), the first one 0."""
    points_px: Float[np.ndarray, "frames landmarks 2"] | StoredPoints
    """Where each landmark is in each frame (float32); those of a clip are in a file,
    since they take most of the memory, and are to be read piece by piece."""
    scores: Float[np.ndarray, "frames expressions"]
    """The detector's own expression scores, in the order of `EXPRESSION_NAMES`."""
    seen: Bool[np.ndarray, "frames"]
    """Whether a face was found in each frame."""
    image_size_px: tuple[int, int]
    """Width and height of every frame."""
    start_s: float = 0.0
    """When the first frame taken is shown in the clip."""
    skipped: int = 0
    """Frames that could not be decoded."""
    refined: bool = False
    """Whether the points were moved to what the frames show (`refiner`)."""
    hints: Float[np.ndarray, "frames hints"] | None = None
    """What the skin shows in each frame (`skin`), if it was looked at (float16)."""
    eyes: Float[np.ndarray, "frames 2 2"] | None = None
    """How far the left and the right eye are open in each frame, and how far off that
    may be (`open_eyes`), if they were looked at."""
    person: Float[np.ndarray, "coefficients"] | None = None
    """Whom some frames seem to show, in the mean, if anybody was asked; more numbers
    may follow than whoever was asked told, and are zero."""
