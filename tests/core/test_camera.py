"""Poses and projection against their definitions."""

import torch
from torch import Tensor
from torch.autograd import gradcheck

from core.camera import (
    first_pose,
    left_jacobian,
    project_points,
    projection_jacobian,
    rigid_transform,
    rotation_from_vector,
    rotation_nearest,
    skew,
    vector_from_rotation,
)

CENTER_PX = torch.tensor([320.0, 240.0], dtype=torch.float64)


def random(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def test_project_puts_the_optical_axis_on_the_principal_point() -> None:
    point = torch.tensor([[[0.0, 0.0, 2.0]]], dtype=torch.float64)
    focal_px = torch.tensor([500.0], dtype=torch.float64)
    pixel = project_points(point, focal_px=focal_px, center_px=CENTER_PX)
    assert torch.equal(pixel[0, 0], CENTER_PX)


def test_project_by_hand() -> None:
    point = torch.tensor([[[0.2, -0.1, 2.0]]], dtype=torch.float64)
    focal_px = torch.tensor([500.0], dtype=torch.float64)
    pixel = project_points(point, focal_px=focal_px, center_px=CENTER_PX)
    assert torch.allclose(pixel[0, 0], torch.tensor([370.0, 215.0]).double())


def test_projection_jacobian_is_the_derivative_of_projection() -> None:
    points = random(2, 5, 3) + torch.tensor([0, 0, 6.0])
    focal_px = torch.tensor([500.0, 700.0], dtype=torch.float64)

    def project_one(point: Tensor, focal: Tensor) -> Tensor:
        return project_points(
            point[None, None], focal_px=focal[None], center_px=CENTER_PX
        )[0, 0]

    numeric = torch.func.vmap(
        torch.func.vmap(torch.func.jacrev(project_one), (0, None))
    )(points, focal_px)
    assert torch.allclose(projection_jacobian(points, focal_px=focal_px), numeric)


def test_skew_is_the_cross_product() -> None:
    a, b = random(7, 3), random(7, 3, seed=1)
    crossed = (skew(a) @ b[..., None])[..., 0]
    assert torch.allclose(crossed, torch.linalg.cross(a, b))


def test_rotation_from_vector_is_the_matrix_exponential() -> None:
    vectors = random(20, 3) * torch.logspace(-8, 0.3, 20, dtype=torch.float64)[:, None]
    expected = torch.linalg.matrix_exp(skew(vectors))
    assert torch.allclose(rotation_from_vector(vectors), expected, atol=1e-12)


def test_rotation_from_vector_has_a_derivative_at_zero() -> None:
    assert gradcheck(
        rotation_from_vector, torch.zeros(3, dtype=torch.float64, requires_grad=True)
    )


def test_vectors_come_back_from_their_rotations() -> None:
    vectors = random(30, 3) * 0.7
    back = vector_from_rotation(rotation_from_vector(vectors))
    assert torch.allclose(back, vectors, atol=1e-9)
    still = vector_from_rotation(torch.eye(3, dtype=torch.float64))
    assert torch.equal(still, torch.zeros(3, dtype=torch.float64))


def test_left_jacobian_moves_a_small_turn_to_the_left() -> None:
    vectors, small = random(9, 3), 1e-6 * random(9, 3, seed=1)
    together = rotation_from_vector(vectors + small)
    left = rotation_from_vector((left_jacobian(vectors) @ small[..., None])[..., 0])
    assert torch.allclose(together, left @ rotation_from_vector(vectors), atol=1e-11)


def test_rotation_nearest_gives_rotations_back_and_never_mirrors() -> None:
    rotations = rotation_from_vector(random(9, 3))
    assert torch.allclose(rotation_nearest(rotations), rotations)
    mirrored = rotation_nearest(-rotations)
    assert torch.allclose(torch.linalg.det(mirrored), torch.ones(9).double())


def test_rigid_transform_rotates_then_translates() -> None:
    rotation, translation = rotation_from_vector(random(3)), random(3, seed=1)
    point = random(3, seed=2)
    moved = rigid_transform(rotation, translation) @ torch.cat(
        [point, point.new_ones(1)]
    )
    assert torch.allclose(moved[:3], rotation @ point + translation)
    assert moved[3] == 1


def test_first_pose_is_exact_for_a_far_away_camera() -> None:
    points = random(1, 40, 3) * 0.1
    rotation = rotation_from_vector(random(1, 3))
    translation = torch.tensor([[0.5, -0.3, 500.0]], dtype=torch.float64)
    focal_px = torch.tensor([400000.0], dtype=torch.float64)
    camera = points @ rotation.mT + translation[:, None]
    pixels = project_points(camera, focal_px=focal_px, center_px=CENTER_PX)
    found = first_pose(points, pixels, focal_px=focal_px, center_px=CENTER_PX)
    assert torch.allclose(found[0], rotation, atol=1e-3)
    assert torch.allclose(found[1], translation, rtol=1e-3, atol=1e-3)


def test_first_pose_is_within_a_few_degrees_for_a_near_camera() -> None:
    points = random(6, 200, 3) * 0.05
    rotation = rotation_from_vector(random(6, 3) * 0.6)
    translation = torch.tensor([[0.05, 0.02, 0.7]]).double().expand(6, 3)
    focal_px = torch.full((6,), 900.0).double()
    camera = points @ rotation.mT + translation[:, None]
    pixels = project_points(camera, focal_px=focal_px, center_px=CENTER_PX)
    found = first_pose(points, pixels, focal_px=focal_px, center_px=CENTER_PX)
    turned = vector_from_rotation(found[0] @ rotation.mT).norm(dim=1).rad2deg()
    assert turned.max() < 10
    assert (found[1] - translation).norm(dim=1).max() < 0.05
