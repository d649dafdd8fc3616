import pytest
import torch
from torch import Tensor

from core.rasterise import interpolate, rasterise


def random_triangles(count: int, size: float) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(2)
    points = torch.rand(3 * count, 2, generator=generator) * size * 1.4 - 0.2 * size
    depth = 1 + torch.rand(3 * count, generator=generator)
    return points, depth, torch.arange(3 * count).reshape(count, 3)


def naive(points: Tensor, depth: Tensor, triangles: Tensor, size: int) -> Tensor:
    """The definition as a loop: the nearest triangle around each pixel's centre."""
    index = torch.full((size, size), -1)
    nearest = torch.full((size, size), torch.inf)
    for number, corners in enumerate(triangles):
        matrix = torch.cat([points[corners].T, torch.ones(1, 3)]).double()
        for y in range(size):
            for x in range(size):
                centre = torch.tensor([x + 0.5, y + 0.5, 1.0]).double()
                weights = torch.linalg.solve(matrix, centre).float()
                if (weights < 0).any():
                    continue
                z = 1 / (weights / depth[corners]).sum()
                if z < nearest[y, x]:
                    nearest[y, x], index[y, x] = z, number
    return index


def test_the_nearest_triangle_wins_as_in_a_loop_over_pixels() -> None:
    points, depth, triangles = random_triangles(9, 16.0)
    found = rasterise(points, depth, triangles, width_px=16, height_px=16)
    expected = naive(points, depth, triangles, 16)
    assert (found.triangle_index == expected).float().mean() > 0.99
    assert torch.equal(expected.unique(), found.triangle_index.unique())


def test_interpolation_gives_a_plane_back_in_perspective() -> None:
    corners = torch.tensor([[-1.0, -1, 2], [1, -1, 4], [1, 1, 4], [-1, 1, 2]])
    points = corners[:, :2] / corners[:, 2:] * 40 + 32
    triangles = torch.tensor([[0, 1, 2], [0, 2, 3]])
    found = rasterise(points, corners[:, 2], triangles, width_px=64, height_px=64)
    position = interpolate(found, triangles, corners)[found.covered]
    y, x = torch.nonzero(found.covered).T
    seen = position[:, :2] / position[:, 2:] * 40 + 32
    assert (seen - torch.stack([x, y], dim=1) - 0.5).abs().max() < 1e-3
    assert (position[:, 2] - found.depth[found.covered]).abs().max() < 1e-4
    assert (position[:, 2] - 3 - position[:, 0]).abs().max() < 1e-4


def test_a_square_covers_exactly_its_pixels_whatever_its_winding() -> None:
    points = torch.tensor([[2.0, 3], [7, 3], [7, 9], [2, 9]])
    for triangles in ([[0, 1, 2], [0, 2, 3]], [[2, 1, 0], [3, 2, 0]]):
        index = torch.tensor(triangles)
        found = rasterise(points, None, index, width_px=12, height_px=12)
        expected = torch.zeros(12, 12, dtype=torch.bool)
        expected[3:9, 2:7] = True
        assert torch.equal(found.covered, expected)


def test_what_lies_outside_the_image_is_not_drawn() -> None:
    points = torch.tensor([[-9.0, -9], [-1, -9], [-1, -1], [40, 2], [50, 2], [50, 9]])
    triangles = torch.tensor([[0, 1, 2], [3, 4, 5]])
    assert not rasterise(points, None, triangles, width_px=8, height_px=8).covered.any()


def test_many_portions_give_what_one_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    points, depth, triangles = random_triangles(60, 40.0)
    whole = rasterise(points, depth, triangles, width_px=40, height_px=40)
    monkeypatch.setattr("core.rasterise._MOST_FRAGMENTS", 50)
    parts = rasterise(points, depth, triangles, width_px=40, height_px=40)
    assert torch.equal(whole.triangle_index, parts.triangle_index)
    assert torch.equal(whole.depth, parts.depth)
