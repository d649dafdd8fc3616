import numpy as np
import pytest

from core.spaces import (
    T_CAMERA_BLENDERCAMERA,
    T_WORLD_CAMERA,
    blender_camera_pose,
    continuous_quaternions,
    inverse_rigid,
    quaternions_wxyz,
    transform_points,
)


def turn(axis: tuple[float, float, float], angle: float) -> np.ndarray:
    """Rodrigues' formula."""
    x, y, z = np.array(axis) / np.linalg.norm(axis)
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * (k @ k)


def pose(rotation: np.ndarray, translation: tuple[float, float, float]) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = rotation, translation
    return matrix


def test_the_camera_looks_along_y_with_z_up() -> None:
    right, down, forward = T_WORLD_CAMERA[:3, :3].T
    assert right.tolist() == [1, 0, 0]
    assert down.tolist() == [0, 0, -1]
    assert forward.tolist() == [0, 1, 0]
    assert np.linalg.det(T_WORLD_CAMERA) == pytest.approx(1.0)


def test_a_head_at_rest_looks_at_the_camera_with_its_left_on_the_pictures_right() -> (
    None
):
    """A face looks along -Y, toward a camera that looks along +Y."""
    T_camera_world = inverse_rigid(T_WORLD_CAMERA)
    looks, left = (
        T_camera_world[:3, :3] @ [0, -1, 0],
        T_camera_world[:3, :3] @ [1, 0, 0],
    )
    assert looks.tolist() == [0, 0, -1]
    assert left.tolist() == [1, 0, 0]


def test_blenders_camera_looks_along_its_minus_z() -> None:
    T_world_blender = blender_camera_pose(T_WORLD_CAMERA)
    assert (T_world_blender[:3, :3] @ [0, 0, -1]).tolist() == [0, 1, 0]
    assert (T_world_blender[:3, :3] @ [0, 1, 0]).tolist() == [0, 0, 1]
    assert (np.eye(4) == T_CAMERA_BLENDERCAMERA @ T_CAMERA_BLENDERCAMERA).all()


def test_an_inverse_undoes_in_batches() -> None:
    poses = np.stack(
        [pose(turn((1, 2, 3), 0.4 * i), (i, -2.0, 0.5)) for i in range(6)]
    ).reshape(2, 3, 4, 4)
    assert np.allclose(poses @ inverse_rigid(poses), np.eye(4))


def test_points_are_moved_as_by_a_loop() -> None:
    poses = np.stack([pose(turn((0, 1, 1), 0.7 * i), (i, 1.0, 2.0)) for i in range(3)])
    points = np.random.default_rng(0).normal(size=(3, 5, 3))
    moved = transform_points(poses, points)
    for i in range(3):
        for j in range(5):
            expected = (poses[i] @ [*points[i, j], 1.0])[:3]
            assert np.allclose(moved[i, j], expected)


@pytest.mark.parametrize("angle", [0.0, 1e-7, 0.3, 1.5, 3.0, np.pi])
@pytest.mark.parametrize("axis", [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, -2, 0.5)])
def test_quaternions_say_axis_and_angle(
    axis: tuple[float, float, float], angle: float
) -> None:
    quaternion = quaternions_wxyz(turn(axis, angle))
    unit = np.array(axis) / np.linalg.norm(axis)
    expected = np.array([np.cos(angle / 2), *(np.sin(angle / 2) * unit)])
    same = abs(quaternion @ expected)  # q and -q are one rotation
    assert same == pytest.approx(1.0, abs=1e-9)
    assert quaternion[0] >= 0


def test_continuous_quaternions_do_not_jump() -> None:
    angles = np.linspace(0, 4 * np.pi, 100)
    jumping = quaternions_wxyz(np.stack([turn((0, 0, 1), angle) for angle in angles]))
    assert np.abs(np.diff(jumping, axis=0)).max() > 1.0
    smooth = continuous_quaternions(jumping)
    assert np.abs(np.diff(smooth, axis=0)).max() < 0.1
    assert np.allclose(np.abs(np.einsum("fi,fi->f", smooth, jumping)), 1.0)
