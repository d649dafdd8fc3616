import torch

from core.mesh import (
    edges,
    face_normals,
    neighbour_mean,
    triangle_faces,
    triangulate,
    vertex_normals,
)

CUBE = torch.tensor(
    [[x, y, z] for x in (0.0, 1) for y in (0.0, 1) for z in (0.0, 1)],
)
SIDES = torch.tensor(
    [
        [0, 1, 3, 2],
        [4, 6, 7, 5],
        [0, 4, 5, 1],
        [2, 3, 7, 6],
        [0, 2, 6, 4],
        [1, 5, 7, 3],
    ]
)
MIXED = torch.tensor([[0, 1, 2, -1], [0, 2, 3, 4]])


def test_a_quad_is_two_triangles_and_a_padded_one_is_one() -> None:
    assert triangulate(MIXED).tolist() == [[0, 1, 2], [0, 2, 3], [0, 3, 4]]
    assert triangle_faces(MIXED).tolist() == [0, 1, 1]


def test_normals_of_a_cube_point_outward_and_have_its_area() -> None:
    normals = face_normals(CUBE, triangulate(SIDES))
    assert normals.norm(dim=1).sum() / 2 == 6
    outward = vertex_normals(CUBE, triangulate(SIDES))
    assert ((outward * (CUBE - 0.5)).sum(dim=1) > 0.5).all()
    assert torch.allclose(outward.norm(dim=1), torch.ones(8))


def test_edges_are_those_of_the_faces_without_diagonals() -> None:
    assert len(edges(SIDES)) == 12
    expected = {(0, 1), (1, 2), (0, 2), (2, 3), (3, 4), (0, 4)}
    assert set(map(tuple, edges(MIXED).tolist())) == expected


def test_the_neighbours_of_a_corner_have_the_mean_of_three_corners() -> None:
    mean = neighbour_mean(CUBE, edges(SIDES))
    assert torch.allclose(mean[0], torch.full((3,), 1 / 3))
    alone = neighbour_mean(CUBE, torch.tensor([[0, 1]]))
    assert torch.equal(alone[5], CUBE[5])
