"""Eyeballs: a sphere with a corneal bulge, in place of MakeHuman's 70 helper faces.

Each eyeball follows the helper eye of its side linearly: its centre is the mean of the
helper's vertices and its radius half of the helper's width. MakeHuman's eyes are larger
than real ones (about 16 mm against 12) and its lids fit them, so the size stays.
"""

import numpy as np
from numpy.typing import NDArray

SEGMENTS = 24
POLAR_DEGREES = (4, 8, 12, 16, 20, 23, 27, 33, 40, 49, 60, 74, 92, 115, 142)
"""Rings between the pupil's pole (0) and the back (180)."""

IRIS_DEGREES = 20.0
"""Half the angle of the iris at the eyeball's centre: a 11.4 mm wide iris."""

CORNEA_BULGE = 0.030
"""How far the cornea's top rises above the sphere, over the radius: 0.5 mm."""

IRIS_UV_RADIUS = 0.25
"""The iris ends at this distance from the middle of the eye's UV square."""


def eye_spheres(
    base: NDArray[np.float32], helper: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Centre [people, 3] and radius [people] of one eye; both linear in `base`."""
    points = base[:, helper]
    leftmost, rightmost = np.argmin(points[0, :, 0]), np.argmax(points[0, :, 0])
    radius = 0.5 * (points[:, rightmost, 0] - points[:, leftmost, 0])
    return points.mean(axis=1), radius * 1.055


def surface_radius(cosine: NDArray[np.floating]) -> NDArray[np.floating]:
    """Distance of the eye's surface from its centre over the sphere's radius.

    `cosine` is that of the angle from the optical axis (-Y).
    """
    limbus = np.cos(np.radians(IRIS_DEGREES + 3.0))
    height = np.clip((cosine - limbus) / (1.0 - limbus), 0.0, 1.0)
    return 1.0 + CORNEA_BULGE * height * (2.0 - height)


def unit_eye() -> tuple[
    NDArray[np.float32], NDArray[np.int32], NDArray[np.float32], NDArray[np.int32]
]:
    """Vertices, faces, UVs and face UVs of an eye of radius one that looks along -Y."""
    polar = np.radians(np.array(POLAR_DEGREES, float))
    turn = 2 * np.pi * np.arange(SEGMENTS) / SEGMENTS
    ring = np.stack([np.cos(turn), np.zeros(SEGMENTS), np.sin(turn)], axis=-1)
    rings = np.sin(polar)[:, None, None] * ring
    rings[..., 1] = -np.cos(polar)[:, None]
    vertices = np.concatenate([[[0.0, -1.0, 0.0]], rings.reshape(-1, 3), [[0, 1, 0]]])
    vertices *= surface_radius(-vertices[:, 1])[:, None]

    distance = np.concatenate([[0.0], np.repeat(_uv_radius(polar), SEGMENTS), [0.5]])
    direction = np.concatenate(
        [[[1.0, 0.0]], np.tile(ring[:, [0, 2]], (len(polar), 1))]
    )
    uvs = 0.5 + distance[:-1, None] * direction
    back = 0.5 + 0.5 * ring[:, [0, 2]]

    faces, face_uvs = [], []
    count, last = len(polar), len(vertices) - 1
    for column in range(SEGMENTS):
        after = (column + 1) % SEGMENTS
        faces.append([0, 1 + column, 1 + after, -1])
        face_uvs.append([0, 1 + column, 1 + after, -1])
        for row in range(count - 1):
            near, far = 1 + row * SEGMENTS, 1 + (row + 1) * SEGMENTS
            quad = [near + column, far + column, far + after, near + after]
            faces.append(quad)
            face_uvs.append(quad)
        rim = 1 + (count - 1) * SEGMENTS
        faces.append([rim + column, last, rim + after, -1])
        face_uvs.append([rim + column, last + column, rim + after, -1])
    return (
        vertices.astype(np.float32),
        np.array(faces, np.int32),
        np.concatenate([uvs, back]).astype(np.float32),
        np.array(face_uvs, np.int32),
    )


def _uv_radius(polar: NDArray[np.float64]) -> NDArray[np.float64]:
    """Iris in the inner half of the square, white in the outer half."""
    iris = np.radians(IRIS_DEGREES)
    white = IRIS_UV_RADIUS + (0.5 - IRIS_UV_RADIUS) * (polar - iris) / (np.pi - iris)
    return np.where(polar < iris, IRIS_UV_RADIUS * polar / iris, white)
