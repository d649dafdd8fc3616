"""The coordinate spaces, and the only code that changes between them.

World is Blender's: right-handed, metres, Z up; a head at rest looks along -Y and its
left side is at +X. Head space has the same axes and its origin in the head joint.
Camera space is OpenCV's: X right, Y down, Z forward. Blender's own camera looks along
its -Z with Y up; that space appears here and nowhere else.

Transforms are 4x4 and named `T_target_source`: `points_world = T_world_head @
points_head`. All functions take and give numpy arrays, so that Blender's process can
use them without torch.
"""

import numpy as np
from numpy.typing import NDArray

T_WORLD_CAMERA: NDArray[np.float64] = np.array(
    [
        [1.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 1.0, 0.0],
        [0.0, -1.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 1.0],
    ]
)
"""A camera that stands in the world's origin, level, and looks along +Y.

A head that faces this camera has the identity as its rotation in the world.
"""

T_CAMERA_BLENDERCAMERA: NDArray[np.float64] = np.diag([1.0, -1.0, -1.0, 1.0])
"""Blender's camera axes (X right, Y up, Z backward) in OpenCV's."""


def inverse_rigid(T_target_source: NDArray[np.floating]) -> NDArray[np.floating]:
    """The rigid transform the other way round, `T_source_target`; batches work."""
    rotation = np.swapaxes(T_target_source[..., :3, :3], -1, -2)
    inverse = np.zeros_like(T_target_source)
    inverse[..., :3, :3] = rotation
    inverse[..., :3, 3] = -np.einsum(
        "...ij,...j->...i", rotation, T_target_source[..., :3, 3]
    )
    inverse[..., 3, 3] = 1.0
    return inverse


def transform_points(
    T_target_source: NDArray[np.floating], points_source: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Points of shape [..., points, 3], brought from the source to the target space."""
    rotation, translation = T_target_source[..., :3, :3], T_target_source[..., :3, 3]
    return (
        np.einsum("...ij,...pj->...pi", rotation, points_source)
        + translation[..., None, :]
    )


def blender_camera_pose(
    T_world_camera: NDArray[np.floating],
) -> NDArray[np.floating]:
    """The `matrix_world` that makes a Blender camera look as this OpenCV one does."""
    return T_world_camera @ T_CAMERA_BLENDERCAMERA


def quaternions_wxyz(rotations: NDArray[np.floating]) -> NDArray[np.float64]:
    """Unit quaternions of rotation matrices [..., 3, 3], scalar first, w >= 0.

    Source: the eigenvector form of Bar-Itzhack (2000), stable for every angle.
    """
    m = np.asarray(rotations, np.float64)
    k = np.empty((*m.shape[:-2], 4, 4))
    k[..., 0, 0] = m[..., 0, 0] + m[..., 1, 1] + m[..., 2, 2]
    k[..., 0, 1] = k[..., 1, 0] = m[..., 2, 1] - m[..., 1, 2]
    k[..., 0, 2] = k[..., 2, 0] = m[..., 0, 2] - m[..., 2, 0]
    k[..., 0, 3] = k[..., 3, 0] = m[..., 1, 0] - m[..., 0, 1]
    k[..., 1, 1] = m[..., 0, 0] - m[..., 1, 1] - m[..., 2, 2]
    k[..., 2, 2] = m[..., 1, 1] - m[..., 0, 0] - m[..., 2, 2]
    k[..., 3, 3] = m[..., 2, 2] - m[..., 0, 0] - m[..., 1, 1]
    k[..., 1, 2] = k[..., 2, 1] = m[..., 0, 1] + m[..., 1, 0]
    k[..., 1, 3] = k[..., 3, 1] = m[..., 0, 2] + m[..., 2, 0]
    k[..., 2, 3] = k[..., 3, 2] = m[..., 1, 2] + m[..., 2, 1]
    _, vectors = np.linalg.eigh(k)
    quaternions = vectors[..., :, -1]
    return np.where(quaternions[..., :1] < 0, -quaternions, quaternions)


def rotations_of_quaternions(
    quaternions_wxyz: NDArray[np.floating],
) -> NDArray[np.float64]:
    """Rotation matrices [..., 3, 3] of unit quaternions [..., 4], scalar first."""
    w, x, y, z = np.moveaxis(np.asarray(quaternions_wxyz, np.float64), -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), (0, 1), (-2, -1))


def continuous_quaternions(
    quaternions_wxyz: NDArray[np.floating],
) -> NDArray[np.floating]:
    """The same rotations [frames, 4] with signs chosen so that neighbours agree."""
    dots = np.einsum("fi,fi->f", quaternions_wxyz[1:], quaternions_wxyz[:-1])
    signs = np.cumprod(np.concatenate([[1.0], np.where(dots < 0, -1.0, 1.0)]))
    return quaternions_wxyz * signs[:, None]
