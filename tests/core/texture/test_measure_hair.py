"""The hair's colour: of what is seen around the head, on it, or of the brows."""

import numpy as np

from core.texture.measure import hair_colour

SKIN, BROWS = np.array([0.5, 0.35, 0.28]), np.array([0.2, 0.14, 0.1])
BLACK, RED = np.array([0.03, 0.03, 0.03]), np.array([0.2, 0.08, 0.03])
NONE = np.zeros((0, 3))


def test_hair_around_the_head_decides() -> None:
    around, scalp = np.tile(BLACK, (300, 1)), np.tile(RED, (900, 1))
    colour = hair_colour(around, scalp, BROWS, SKIN)
    assert (colour > BLACK).all()
    assert (colour < 2 * BLACK).all()


def test_hair_on_the_scalp_is_next() -> None:
    scalp = np.concatenate([np.tile(RED, (600, 1)), np.tile(SKIN, (400, 1))])
    assert np.allclose(hair_colour(NONE, scalp, BROWS, SKIN), RED)


def test_without_hair_the_brows_decide() -> None:
    assert np.allclose(hair_colour(NONE, NONE, BROWS, SKIN), 0.5 * BROWS)
