"""The hair's mask reaches the pixels of any window of the photo."""

import numpy as np

from core.texture.shown_hair import ShownHair
from core.texture.window import PhotoWindow


def test_a_window_shows_hair_where_the_photo_does() -> None:
    mask = np.zeros((100, 100), bool)
    mask[20:40, 30:60] = True
    shown = ShownHair(
        mask=mask,
        to_square=np.array([[0.5, 0.0, 10.0], [0.0, 0.5, -5.0]]),
        colours_srgb=np.zeros((0, 3), np.uint8),
    )
    # in the photo: x from 40 to 100, y from 50 to 90
    window = PhotoWindow(
        pixels_srgb=np.zeros((60, 90, 3), np.uint8),
        corner_px=np.array([20.0, 30.0]),
        scale=np.array([0.5, 0.5]),
    )
    found = shown.within(window)
    expected = np.zeros((60, 90), np.float32)
    expected[10:30, 10:40] = 1
    assert np.array_equal(found, expected)
