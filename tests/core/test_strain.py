"""Skin is pressed together as much and that way as a cloth of known squeeze."""

import numpy as np
import pytest
from numpy.typing import NDArray

from core.strain import at_vertices, shortening_along, strain, triangles_of

CLOTH = np.array([[x, y, 0.0] for y in range(3) for x in range(3)])
QUADS = np.array([[0, 1, 4, 3], [1, 2, 5, 4], [3, 4, 7, 6], [4, 5, 8, -1]])
TRIANGLES = triangles_of(QUADS)


def rotated(points: NDArray[np.floating], angle: float) -> NDArray[np.floating]:
    c, s = np.cos(angle), np.sin(angle)
    return points @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1.0]])


def test_a_quad_is_two_triangles_and_a_padded_one_is_one() -> None:
    assert len(TRIANGLES) == 7
    assert (TRIANGLES >= 0).all()


def test_moving_and_turning_strains_nothing() -> None:
    moved = rotated(CLOTH, 0.7) + np.array([1.0, -2.0, 0.5])
    assert strain(CLOTH, moved, TRIANGLES).shortening == pytest.approx(0, abs=1e-7)


def test_stretching_shortens_nothing() -> None:
    assert strain(CLOTH, 1.3 * CLOTH, TRIANGLES).shortening.max() == 0


@pytest.mark.parametrize("angle", [0.0, 0.5, 2.0])
def test_a_squeeze_is_found_with_its_way_whatever_the_turn(angle: float) -> None:
    squeezed = rotated(CLOTH, -angle) * [0.8, 1.1, 1.0]
    found = strain(CLOTH, rotated(squeezed, 1.2) + 5.0, TRIANGLES)
    assert found.shortening == pytest.approx(0.2)
    way = np.array([np.cos(angle), np.sin(angle), 0.0])
    assert np.abs(found.direction @ way) == pytest.approx(1.0)


def test_shares_of_a_small_squeeze_add_up_to_it() -> None:
    random = np.random.default_rng(3)
    offsets = 1e-5 * random.normal(size=(2, *CLOTH.shape))
    found = strain(CLOTH, CLOTH + offsets.sum(axis=0), TRIANGLES)
    shares = [
        shortening_along(CLOTH, each, TRIANGLES, found.direction) for each in offsets
    ]
    pressed = found.shortening > 0
    assert pressed.any()
    assert np.sum(shares, axis=0)[pressed] == pytest.approx(
        found.shortening[pressed], rel=1e-3, abs=1e-9
    )


def test_a_vertex_has_the_mean_of_its_triangles() -> None:
    values = np.arange(7.0)[:, None]
    found = at_vertices(values, TRIANGLES, 9)
    for vertex in range(9):
        around = np.isin(TRIANGLES, vertex).any(axis=1)
        assert found[vertex, 0] == pytest.approx(values[around].mean())


def test_a_triangle_without_area_strains_nothing() -> None:
    flat = np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]])
    triangle = np.array([[0, 1, 2]])
    assert np.isfinite(strain(flat, 2 * flat, triangle).shortening).all()
