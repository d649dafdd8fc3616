"""Polygons and hulls as pixels: a pixel's middle lies half a pixel from its corner."""

import numpy as np

from core.images.polygons import filled_hull, filled_polygon

CORNERS = np.array([[2.5, 1.5], [6.5, 1.5], [6.5, 4.5], [2.5, 4.5]])


def test_a_polygon_holds_the_pixels_up_to_its_corners() -> None:
    expected = np.zeros((8, 10), np.uint8)
    expected[1:5, 2:7] = 1
    assert np.array_equal(filled_polygon(CORNERS, (8, 10, 3)), expected)


def test_a_hull_does_not_mind_the_order_of_its_points() -> None:
    points = np.concatenate([CORNERS[[2, 0, 3, 1]], [[4.0, 3.0]]])
    assert np.array_equal(
        filled_hull(points, (8, 10)), filled_polygon(CORNERS, (8, 10))
    )
