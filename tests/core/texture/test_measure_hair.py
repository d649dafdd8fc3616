"""The hair's colour: of what is seen on the head, above the face, or of the brows."""

import numpy as np

from core.landmarks.topology import FACE_OVAL, LANDMARK_COUNT
from core.texture.measure import above_face, hair_colour

SKIN, BROWS = np.array([0.5, 0.35, 0.28]), np.array([0.2, 0.14, 0.1])
BLACK, RED = np.array([0.03, 0.03, 0.03]), np.array([0.2, 0.08, 0.03])
NONE = np.zeros((0, 3))


def test_hair_that_the_head_shows_decides() -> None:
    seen, above = np.tile(RED, (300, 1)), np.tile(BLACK, (900, 1))
    assert np.allclose(hair_colour(seen, above, BROWS, SKIN), RED)


def test_dark_hair_above_the_face_is_next() -> None:
    above = np.concatenate([np.tile(BLACK, (600, 1)), np.tile(SKIN, (400, 1))])
    assert np.allclose(hair_colour(NONE, above, BROWS, SKIN), BLACK)


def test_above_a_bare_forehead_the_brows_decide() -> None:
    above = np.concatenate([np.tile(BLACK, (300, 1)), np.tile(SKIN, (700, 1))])
    colour = hair_colour(NONE, above, BROWS, SKIN)
    assert np.allclose(colour, 0.5 * BROWS)


def test_what_is_above_the_face_is_so_in_a_photo_on_its_side() -> None:
    points = np.full((LANDMARK_COUNT, 2), 200.0)
    points[FACE_OVAL[0]], points[FACE_OVAL[len(FACE_OVAL) // 2]] = (
        (250, 200),
        (150, 200),
    )
    image = np.zeros((400, 400, 3))
    image[:, 250:] = 1.0  # the head's top is on the right
    band = above_face(image, points)
    assert len(band) > 500
    assert (band == 1).all()


def test_nothing_is_above_a_face_at_the_edge() -> None:
    points = np.full((LANDMARK_COUNT, 2), 50.0)
    points[FACE_OVAL[0]], points[FACE_OVAL[len(FACE_OVAL) // 2]] = (50, 0), (50, 90)
    assert len(above_face(np.zeros((100, 100, 3)), points)) < 200
