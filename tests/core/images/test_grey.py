"""Pictures without colour are told, and skin's brightness goes on beyond the face."""

import cv2
import numpy as np
import pytest

from core.images.grey import brightness_around, is_colourless


def lab_of(srgb: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(srgb.astype(np.float32), cv2.COLOR_RGB2LAB)


@pytest.fixture
def grey() -> np.ndarray:
    random = np.random.default_rng(0).uniform(0.05, 0.95, (60, 50))
    return cv2.GaussianBlur(random, (0, 0), 2)


def test_grey_and_sepia_have_no_colours(grey: np.ndarray) -> None:
    assert is_colourless(lab_of(np.dstack([grey] * 3)))
    assert is_colourless(lab_of(np.dstack([grey**0.8, grey, grey**1.2])))


def test_two_hues_are_colours(grey: np.ndarray) -> None:
    coloured = np.dstack([grey] * 3)
    coloured[:, :20] *= (1.0, 0.8, 0.65)
    assert not is_colourless(lab_of(coloured))


def test_brightness_beside_a_half_lit_face_is_that_of_its_half() -> None:
    lightness = np.full((200, 200), 10.0)
    face = np.zeros((200, 200), bool)
    face[60:140, 60:140] = True
    lightness[face] = 50.0
    lightness[:, 100:][face[:, 100:]] = 90.0
    found = brightness_around(lightness, face, size_px=80.0)
    assert found[100, 50] == pytest.approx(50, abs=6)
    assert found[100, 150] == pytest.approx(90, abs=6)
