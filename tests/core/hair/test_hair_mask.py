"""Hair is found whichever way up a photo lies, and in black and white."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.hair.hair_mask import HairPicture, find_hair
from core.images.photo import read_photo
from core.landmarks.photo_landmarks import detect_landmarks
from core.landmarks.types import Landmarks

PHOTO = Path(__file__).resolve().parents[3] / "examples" / "photo.jpg"


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return read_photo(PHOTO).pixels_srgb


@pytest.fixture(scope="module")
def landmarks() -> Landmarks:
    return detect_landmarks(read_photo(PHOTO))


@pytest.fixture(scope="module")
def upright(pixels: np.ndarray, landmarks: Landmarks) -> HairPicture:
    return find_hair(pixels, landmarks)


def agreement(a: np.ndarray, b: np.ndarray) -> float:
    """Of two masks: what both have, over what either has."""
    return float((a & b).sum() / (a | b).sum())


def test_hair_is_where_it_was_drawn(upright: HairPicture) -> None:
    rows = np.nonzero(upright.hair.any(axis=1))[0]
    middle = len(upright.hair) // 2
    assert upright.hair.sum() > 0.1 * upright.face_px**2
    assert rows[0] < middle - 0.5 * upright.face_px


def test_a_photo_on_its_side_shows_the_same_hair(
    pixels: np.ndarray, landmarks: Landmarks, upright: HairPicture
) -> None:
    turned = np.ascontiguousarray(np.rot90(pixels, -1))  # up is to the right now
    x, y = landmarks.points_px.T
    lying = replace(
        landmarks,
        points_px=np.stack([len(pixels) - y, x], axis=1).astype(np.float32),
        image_size_px=(pixels.shape[0], pixels.shape[1]),
    )
    found = find_hair(turned, lying, roll_rad=np.pi / 2)
    assert agreement(found.hair, upright.hair) > 0.97
    assert agreement(find_hair(turned, lying).hair, upright.hair) < 0.8
    point = np.array([[100.0, 120.0]])
    assert np.allclose(found.inward(found.outward(point)), point)


def test_a_grey_photo_shows_the_same_hair(
    pixels: np.ndarray, landmarks: Landmarks, upright: HairPicture
) -> None:
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    found = find_hair(np.dstack([grey] * 3), landmarks)
    assert agreement(found.hair, upright.hair) > 0.8
