"""The hair's colour: of what is seen on the head, around it, or of the brows."""

import numpy as np

from core.texture.measure import hair_colour

SKIN, BROWS = np.array([0.5, 0.35, 0.28]), np.array([0.2, 0.14, 0.1])
BLACK, RED = np.array([0.03, 0.03, 0.03]), np.array([0.2, 0.08, 0.03])
NONE = np.zeros((0, 3))


def test_hair_that_the_head_shows_decides() -> None:
    seen, around = np.tile(RED, (300, 1)), np.tile(BLACK, (900, 1))
    assert np.allclose(hair_colour(seen, around, BROWS, SKIN), RED)


def test_hair_around_the_head_is_next() -> None:
    around = np.concatenate([np.tile(BLACK, (600, 1)), np.tile(SKIN, (400, 1))])
    assert np.allclose(hair_colour(NONE, around, BROWS, SKIN), BLACK)


def test_without_hair_the_brows_decide() -> None:
    assert np.allclose(hair_colour(NONE, NONE, BROWS, SKIN), 0.5 * BROWS)
