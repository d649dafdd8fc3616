"""The face of a photo: found, chosen if there are several, or asked for.

MediaPipe's detector looks at a picture shrunk to 128 pixels, so it misses faces that
are small in a large photo, and faces that fill it to the rim. Where it finds nothing
it is shown a photo with a border, then overlapping tiles. What was found there is
looked at again in a crop of its own, which also confirms it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from ..errors import NoFaceFoundError, SeveralFacesError
from ..images.photo import Photo
from ..messages import Advice, Say, silent
from .detector import DetectedFace, FaceDetector
from .model_file import read_landmarker
from .types import Landmarks

MOST_FACES = 5
LONGEST_SIDE_PX = 1536
"""Larger pictures are scaled down before they are shown to the detector."""

SMALLEST_FACE_PX = 40
"""Narrower faces are refused: the landmarks would be guesses."""
ADVISED_FACE_PX = 160
"""Narrower faces give a soft texture; the user is told."""

COMPARABLE = 0.4
"""A second face counts if it is at least so wide, measured by the widest."""

_TILINGS = ((2, 0.62), (4, 0.34), (7, 0.2))
"""Tiles a side, and each one's share of the picture's width and height."""
_FOUND_FOR_SURE = 0.12
"""A face that fills this share of a window's width is found, as tried on photos."""

_SAME_FACE_OVERLAP = 0.3
_CROP_FACTOR = 2.2
"""How much wider than the face the crop is in which it is looked at again."""
_SHARP_ENOUGH_PX = 256
"""The landmark model's own input; a wider face gains nothing from a crop."""


Pixels = UInt8[np.ndarray, "height width 3"]


def detect_landmarks(
    photo: Photo,
    *,
    face: int | None = None,
    landmarker: Path | str | None = None,
    say: Say = silent,
) -> Landmarks:
    """The landmarks of the photo's one face, or of the chosen one.

    Convention: `face` counts from 1, from left to right. Raises NoFaceFoundError, and
    SeveralFacesError if there are several and none, or a missing one, was chosen.
    """
    model = read_landmarker(landmarker, say=say)
    with FaceDetector(model, faces=MOST_FACES, clip=False) as detector:
        faces = find_faces(detector, photo.pixels_srgb)
    if not faces:
        raise NoFaceFoundError(
            f"No face was found in {photo.name}. Use a photo that shows one person's "
            "face from the front, upright, sharp and well lit, or crop it to head and "
            "shoulders.",
            path=photo.path,
        )
    chosen = _choose(photo, faces, face)
    width_px = (chosen.box[2] - chosen.box[0]) * photo.size_px[0]
    if width_px < SMALLEST_FACE_PX:
        raise NoFaceFoundError(
            f"The face in {photo.name} is only {width_px:.0f} pixels wide. Use a photo "
            f"in which it is at least {ADVISED_FACE_PX} pixels wide.",
            path=photo.path,
        )
    if width_px < ADVISED_FACE_PX:
        say(
            Advice(
                text=f"The face in {photo.name} is only {width_px:.0f} pixels wide, so "
                "the skin will look soft. A larger photo gives a better double."
            )
        )
    size = np.array(photo.size_px, np.float32)
    return Landmarks(
        points_px=chosen.points * size,
        depth_px=chosen.depth * size[0],
        image_size_px=photo.size_px,
        scores=chosen.scores,
    )


def find_faces(detector: FaceDetector, pixels_srgb: Pixels) -> list[DetectedFace]:
    """The faces of a picture from left to right, however small or tightly cropped."""
    whole = _Window.whole(pixels_srgb)
    faces = _look(detector, pixels_srgb, whole)
    if not faces:
        faces = _look(detector, pixels_srgb, whole.with_border())
    for tiles_a_side, share in _TILINGS:
        if max(map(_width, faces), default=0.0) > share * _FOUND_FOR_SURE / COMPARABLE:
            break  # wider windows would have shown a second face
        for tile in _tiles(whole, tiles_a_side, share):
            faces = _merge(faces, _look(detector, pixels_srgb, tile))
    widest = max(map(_width, faces), default=0.0)
    faces = [face for face in faces if _width(face) >= COMPARABLE * widest]
    return sorted(faces, key=lambda face: face.box[0] + face.box[2])


@dataclass(frozen=True, kw_only=True)
class _Window:
    """A rectangle of the picture; it may reach beyond."""

    left: int
    top: int
    width: int
    height: int

    @classmethod
    def whole(cls, pixels: Pixels) -> "_Window":
        return cls(left=0, top=0, width=pixels.shape[1], height=pixels.shape[0])

    def with_border(self) -> "_Window":
        border = round(0.4 * max(self.width, self.height))
        return _Window(
            left=self.left - border,
            top=self.top - border,
            width=self.width + 2 * border,
            height=self.height + 2 * border,
        )

    def cut(self, pixels: Pixels) -> Pixels:
        """The pixels under the window, grey where there are none."""
        image = Image.fromarray(pixels)
        box = (self.left, self.top, self.left + self.width, self.top + self.height)
        inside = (
            max(box[0], 0),
            max(box[1], 0),
            min(box[2], image.width),
            min(box[3], image.height),
        )
        scale = min(1.0, LONGEST_SIDE_PX / max(self.width, self.height))
        size = (max(1, round(self.width * scale)), max(1, round(self.height * scale)))
        if inside == box:
            return np.asarray(image.resize(size, Image.Resampling.BOX, box=box))
        canvas = Image.new("RGB", (self.width, self.height), (128, 128, 128))
        canvas.paste(image.crop(inside), (inside[0] - box[0], inside[1] - box[1]))
        return np.asarray(canvas.resize(size, Image.Resampling.BOX))

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


def _look(
    detector: FaceDetector, pixels: Pixels, window: _Window
) -> list[DetectedFace]:
    """The faces in one window, looked at again where that makes them sharper."""
    faces = [window.outward(face, pixels) for face in detector.find(window.cut(pixels))]
    scale = min(1.0, LONGEST_SIDE_PX / max(window.width, window.height))
    whole = _Window.whole(pixels)
    looked_at: list[DetectedFace] = []
    for face in faces:
        small = _width(face) * whole.width * scale < _SHARP_ENOUGH_PX
        if window == whole and not (small and scale < 1.0):
            looked_at.append(face)
            continue
        crop = _around(face, whole)
        again = [
            crop.outward(other, pixels) for other in detector.find(crop.cut(pixels))
        ]
        looked_at += [other for other in again if _overlap(other, face) > 0.5][:1]
    return looked_at


def _tiles(whole: _Window, count: int, share: float) -> Iterator[_Window]:
    """Yield count x count overlapping windows, each that share of the picture."""
    width, height = round(whole.width * share), round(whole.height * share)
    for row, column in product(range(count), repeat=2):
        yield _Window(
            left=round((whole.width - width) * column / (count - 1)),
            top=round((whole.height - height) * row / (count - 1)),
            width=width,
            height=height,
        )


def _around(face: DetectedFace, whole: _Window) -> _Window:
    left, top, right, bottom = face.box
    size = max((right - left) * whole.width, (bottom - top) * whole.height)
    side = max(2, round(_CROP_FACTOR * size))
    return _Window(
        left=round((left + right) / 2 * whole.width - side / 2),
        top=round((top + bottom) / 2 * whole.height - side / 2),
        width=side,
        height=side,
    )


def _merge(known: list[DetectedFace], found: list[DetectedFace]) -> list[DetectedFace]:
    merged = list(known)
    for face in found:
        if all(_overlap(face, other) < _SAME_FACE_OVERLAP for other in merged):
            merged.append(face)
    return merged


def _width(face: DetectedFace) -> float:
    return face.box[2] - face.box[0]


def _overlap(one: DetectedFace, other: DetectedFace) -> float:
    """Area in common, measured by the smaller box."""
    a, b = one.box, other.box
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return width * height / max(min(areas), 1e-12)


def _choose(
    photo: Photo, faces: list[DetectedFace], number: int | None
) -> DetectedFace:
    if number is None and len(faces) == 1:
        return faces[0]
    if number is not None and 1 <= number <= len(faces):
        return faces[number - 1]
    width, height = photo.size_px
    boxes = tuple(
        (box[0] * width, box[1] * height, box[2] * width, box[3] * height)
        for box in (face.box for face in faces)
    )
    places = "; ".join(
        f"{n}: x {box[0]:.0f} to {box[2]:.0f}, y {box[1]:.0f} to {box[3]:.0f}"
        for n, box in enumerate(boxes, 1)
    )
    if number is None:
        message = (
            f"{photo.name} shows {len(faces)} faces. Choose one with --face N, counted "
            f"from the left ({places}), or crop the photo to one person."
        )
    else:
        shown = "one face" if len(faces) == 1 else f"{len(faces)} faces"
        message = (
            f"There is no face number {number} in {photo.name}, which shows {shown} "
            f"({places}). Choose a number from 1 to {len(faces)}."
        )
    raise SeveralFacesError(message, path=photo.path, boxes_px=boxes)
