"""What is said of photos that hide something of the person."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.images.photo import Photo
from core.landmarks.photo_landmarks import detect_landmarks
from core.landmarks.types import Landmarks
from core.messages import Advice
from core.pipelines.photo_advice import advise, face_luminance
from tests.synthetic import behind_dark_glasses

Face = tuple[np.ndarray, Landmarks]


def photo_of(pixels: np.ndarray) -> Photo:
    return Photo(
        pixels_srgb=pixels, focal_px=None, sha256="", name="me.jpg", path=Path()
    )


@pytest.fixture(scope="module")
def face(examples: Path) -> Face:
    if not (examples / "photo.jpg").exists():
        pytest.skip("examples/photo.jpg is not made yet")
    with Image.open(examples / "photo.jpg") as picture:
        size = 600, round(600 * picture.height / picture.width)
        small = picture.convert("RGB").resize(size)
    pixels = np.asarray(small)
    return pixels, detect_landmarks(photo_of(pixels))


def said_of(pixels: np.ndarray, landmarks: Landmarks) -> list[str]:
    heard: list[Advice] = []
    advise(photo_of(pixels), landmarks, heard.append)
    return [advice.text for advice in heard]


def test_a_plain_photo_needs_no_advice(face: Face) -> None:
    assert said_of(*face) == []


def test_dark_glasses_are_told(face: Face) -> None:
    pixels, landmarks = face
    hidden = behind_dark_glasses(pixels, landmarks)
    (advice,) = said_of(hidden, landmarks)
    assert "me.jpg" in advice
    assert "dark glasses" in advice


def test_an_underexposed_face_is_told(face: Face) -> None:
    pixels, landmarks = face
    assert face_luminance(pixels, landmarks.points_px) > 0.1
    linear = (pixels / 255) ** 2.2 * 0.05
    dark = (255 * linear ** (1 / 2.2)).astype(np.uint8)
    (advice,) = said_of(dark, landmarks)
    assert "very dark" in advice
