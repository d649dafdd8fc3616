"""Hair is found whichever way up a photo lies, and in black and white."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.hair.hair_mask import HairPicture, find_hair
from core.images.photo import read_photo
from core.landmarks.photo_landmarks import detect_landmarks
from core.landmarks.topology import FACE_OVAL
from core.landmarks.types import Landmarks
from tests.synthetic import behind_dark_glasses

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
    assert agreement(found.hair, upright.hair) > 0.95
    assert agreement(find_hair(turned, lying).hair, upright.hair) < 0.8
    point = np.array([[100.0, 120.0]])
    assert np.allclose(found.inward(found.outward(point)), point)


def test_a_grey_photo_shows_the_same_hair(
    pixels: np.ndarray, landmarks: Landmarks, upright: HairPicture
) -> None:
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    found = find_hair(np.dstack([grey] * 3), landmarks)
    assert agreement(found.hair, upright.hair) > 0.8


def test_black_hair_is_found_over_a_face_of_much_grain(
    pixels: np.ndarray, landmarks: Landmarks, upright: HairPicture
) -> None:
    """The face's brightness then spreads as far as from skin to hair."""
    grey = pixels.mean(axis=2, keepdims=True)
    old = (0.4 * pixels + 0.6 * grey).astype(np.uint8)
    black = cv2.warpAffine(
        upright.hair.astype(np.uint8),
        upright.to_square,
        pixels.shape[1::-1],
        flags=cv2.WARP_INVERSE_MAP,
    )
    old[black > 0] = 22
    face = np.zeros_like(black)
    oval = np.round(landmarks.points_px[list(FACE_OVAL)]).astype(np.int32)
    cv2.fillPoly(face, [oval], (1,))
    grain = np.random.default_rng(1).normal(0, 260, face.shape)
    grain = 1.9 * cv2.GaussianBlur(grain, (0, 0), 1.0) * face
    old = (old + grain[..., None]).clip(0, 255)
    found = find_hair(old.astype(np.uint8), landmarks)
    assert agreement(found.hair, upright.hair) > 0.7


@pytest.mark.parametrize("exposure", [0.5, 0.1, 0.04])
def test_a_dark_photo_shows_the_same_hair(
    pixels: np.ndarray, landmarks: Landmarks, upright: HairPicture, exposure: float
) -> None:
    linear = (pixels / 255) ** 2.2 * exposure
    dark = (255 * linear ** (1 / 2.2) + 0.5).astype(np.uint8)
    assert agreement(find_hair(dark, landmarks).hair, upright.hair) > 0.85


def test_hair_over_dark_glasses_is_the_same(
    pixels: np.ndarray, landmarks: Landmarks, upright: HairPicture
) -> None:
    hidden = behind_dark_glasses(pixels, landmarks)
    assert agreement(find_hair(hidden, landmarks).hair, upright.hair) > 0.9
