"""A face's square picture: where its points fall, and that it shows what lies there."""

import cv2
import numpy as np
import pytest

from core.landmarks.topology import LANDMARK_COUNT
from core.landmarks.upright import SIDE_PX, UprightFace

RANDOM = np.random.default_rng(3)
TEMPLATE = RANDOM.uniform(14, SIDE_PX - 14, (LANDMARK_COUNT, 2))


def seen(*, angle_deg: float, scale: float, offset: tuple[float, float]) -> np.ndarray:
    """The template's points as a picture shows them."""
    a = np.radians(angle_deg)
    turn = scale * np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    return TEMPLATE @ turn.T + offset


@pytest.mark.parametrize("angle_deg", [0.0, 30.0, -160.0])
@pytest.mark.parametrize("scale", [0.4, 1.0, 7.0])
def test_a_turned_and_scaled_face_lies_where_the_template_does(
    angle_deg: float, scale: float
) -> None:
    points = seen(angle_deg=angle_deg, scale=scale, offset=(300.0, 200.0))
    upright = UprightFace.of(points, TEMPLATE)
    assert np.abs(upright.inward(points) - TEMPLATE).max() < 1e-6


def test_offsets_of_the_square_come_back_in_pixels_of_the_picture() -> None:
    points = seen(angle_deg=40.0, scale=3.0, offset=(500.0, 400.0))
    upright = UprightFace.of(points, TEMPLATE)
    moved = points + upright.outward(np.full((LANDMARK_COUNT, 2), [2.0, -1.0]))
    assert np.abs(upright.inward(moved) - TEMPLATE - [2.0, -1.0]).max() < 1e-6


@pytest.mark.parametrize("scale", [0.8, 2.0, 6.0])
def test_the_square_shows_what_lies_under_its_points(scale: float) -> None:
    points = seen(angle_deg=25.0, scale=scale, offset=(420.0, 150.0))
    picture = np.zeros((1100, 1100, 3), np.uint8)
    x, y = points[7]
    radius = max(5, round(3 * scale))
    # OpenCV counts from the first pixel's centre; 4 more bits are fractions
    place = (round(16 * (x - 0.5)), round(16 * (y - 0.5)))
    cv2.circle(picture, place, 16 * radius, (255, 255, 255), -1, shift=4)
    square = UprightFace.of(points, TEMPLATE).cut(picture)[..., 0].astype(float)
    assert square.shape == (SIDE_PX, SIDE_PX)
    rows, columns = np.mgrid[:SIDE_PX, :SIDE_PX] + 0.5
    found = np.array([(square * columns).sum(), (square * rows).sum()]) / square.sum()
    assert np.abs(found - TEMPLATE[7]).max() < 0.25


@pytest.mark.parametrize(
    ("scale", "size"), [(1.0, (80, 80)), (9.0, (80, 80)), (9.0, (1, 3))]
)
def test_what_lies_beyond_the_picture_repeats_its_rim(
    scale: float, size: tuple[int, int]
) -> None:
    points = seen(angle_deg=0.0, scale=scale, offset=(-60.0, -60.0))
    picture = np.full((*size, 3), 90, np.uint8)
    square = UprightFace.of(points, TEMPLATE).cut(picture)
    assert (square == 90).all()
