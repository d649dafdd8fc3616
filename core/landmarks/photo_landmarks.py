"""The face of a photo: found, chosen if there are several, or asked for.

MediaPipe's detector looks at a picture shrunk to 128 pixels, so it misses faces that
are small in a large photo, and faces that fill it to the rim. Where it finds nothing
it is shown a photo with a border, then overlapping tiles. What was found there is
looked at again in a crop of its own, which also confirms it.
"""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np

from ..errors import NoFaceFoundError, SeveralFacesError
from ..images.photo import Photo
from ..messages import Advice, Say, silent
from .detector import DetectedFace, FaceDetector
from .model_file import read_landmarker
from .more_looks import more_looks
from .types import Landmarks
from .window import Pixels, Window

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
    with FaceDetector(model, faces=MOST_FACES) as detector:
        faces = find_faces(detector, photo.pixels_srgb)
        chosen = _chosen(photo, faces, face, say)
        more = more_looks(detector, photo.pixels_srgb, chosen)
    size = np.array(photo.size_px, np.float32)
    return Landmarks(
        points_px=chosen.points * size,
        depth_px=chosen.depth * size[0],
        image_size_px=photo.size_px,
        scores=chosen.scores,
        more_looks_px=more,
    )


def _chosen(
    photo: Photo, faces: list[DetectedFace], face: int | None, say: Say
) -> DetectedFace:
    """The face that is taken, if it is large enough."""
    if not faces:
        raise NoFaceFoundError(
            f"No face was found in {photo.name}. Use a photo that shows one person's "
            "face from the front, upright, sharp and well lit, or crop it to head and "
            "shoulders.",
            path=photo.path,
        )
    chosen = _choose(photo, faces, face)
    width_px = (chosen.width) * photo.size_px[0]
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
    return chosen


def find_faces(detector: FaceDetector, pixels_srgb: Pixels) -> list[DetectedFace]:
    """The faces of a picture from left to right, however small or tightly cropped."""
    whole = Window.whole(pixels_srgb)
    faces = _look(detector, pixels_srgb, whole)
    if not faces:
        faces = _look(detector, pixels_srgb, whole.with_border())
    for tiles_a_side, share in _TILINGS:
        if (
            max((face.width for face in faces), default=0.0)
            > share * _FOUND_FOR_SURE / COMPARABLE
        ):
            break  # wider windows would have shown a second face
        for tile in _tiles(whole, tiles_a_side, share):
            faces = _merge(faces, _look(detector, pixels_srgb, tile))
    widest = max((face.width for face in faces), default=0.0)
    faces = [face for face in faces if face.width >= COMPARABLE * widest]
    return sorted(faces, key=lambda face: face.box[0] + face.box[2])


def _look(detector: FaceDetector, pixels: Pixels, window: Window) -> list[DetectedFace]:
    """The faces in one window, looked at again where that makes them sharper."""
    faces = [
        window.outward(face, pixels)
        for face in detector.find(window.cut(pixels, longest_side_px=LONGEST_SIDE_PX))
    ]
    scale = min(1.0, LONGEST_SIDE_PX / max(window.width, window.height))
    whole = Window.whole(pixels)
    looked_at: list[DetectedFace] = []
    for face in faces:
        small = face.width * whole.width * scale < _SHARP_ENOUGH_PX
        if window == whole and not (small and scale < 1.0):
            looked_at.append(face)
            continue
        crop = Window.around(face, whole, factor=_CROP_FACTOR)
        again = [
            crop.outward(other, pixels)
            for other in detector.find(
                crop.cut(pixels, longest_side_px=LONGEST_SIDE_PX)
            )
        ]
        looked_at += [other for other in again if other.overlap(face) > 0.5][:1]
    return looked_at


def _tiles(whole: Window, count: int, share: float) -> Iterator[Window]:
    """Yield count x count overlapping windows, each that share of the picture."""
    width, height = round(whole.width * share), round(whole.height * share)
    for row, column in product(range(count), repeat=2):
        yield Window(
            left=round((whole.width - width) * column / (count - 1)),
            top=round((whole.height - height) * row / (count - 1)),
            width=width,
            height=height,
        )


def _merge(known: list[DetectedFace], found: list[DetectedFace]) -> list[DetectedFace]:
    merged = list(known)
    for face in found:
        if all(face.overlap(other) < _SAME_FACE_OVERLAP for other in merged):
            merged.append(face)
    return merged


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
            f"{photo.name} shows {len(faces)} faces. Choose one by its number "
            f"(Face, or --face N), counted from the left ({places}), or crop the photo "
            "to one person."
        )
    else:
        shown = "one face" if len(faces) == 1 else f"{len(faces)} faces"
        message = (
            f"There is no face number {number} in {photo.name}, which shows {shown} "
            f"({places}). Choose a number from 1 to {len(faces)}."
        )
    raise SeveralFacesError(message, path=photo.path, boxes_px=boxes)
