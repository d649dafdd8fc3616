"""A pinhole camera and rigid poses as torch sees them, and a first pose from points.

A pose is six numbers beside a rotation that stays fixed while it is refined:
`R = exp(rotation_vector) @ base_rotation`, and a translation `(x, y, log z)`. The
logarithm makes the valley between focal length and distance (a face that is twice as
far, seen by twice the focal length, hardly changes) a straight line, which a
Gauss-Newton step can follow.

Convention: camera space is OpenCV's (X right, Y down, Z forward); pixels count from the
top-left corner.
"""

import torch
from jaxtyping import Float
from torch import Tensor

_SMALL_ANGLE = 1e-4


def skew(vectors: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch 3 3"]:
    """The matrix `S` with `S @ b = vector x b`."""
    x, y, z = vectors.unbind(-1)
    zero = torch.zeros_like(x)
    rows = [zero, -z, y, z, zero, -x, -y, x, zero]
    return torch.stack(rows, dim=-1).unflatten(-1, (3, 3))


def rotation_from_vector(
    vectors: Float[Tensor, "*batch 3"],
) -> Float[Tensor, "*batch 3 3"]:
    """Rotation matrices of axis-angle vectors (Rodrigues), smooth at zero."""
    sine, versine, _ = _rodrigues_factors(vectors)
    s = skew(vectors)
    identity = torch.eye(3, dtype=vectors.dtype, device=vectors.device)
    return identity + sine * s + versine * s @ s


def left_jacobian(vectors: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch 3 3"]:
    """The matrix `J` with `exp(vector + d) = exp(J @ d) @ exp(vector)` to first order.

    Source: Sola et al., "A micro Lie theory" (2018), equation 145.
    """
    _, versine, cubic = _rodrigues_factors(vectors)
    s = skew(vectors)
    identity = torch.eye(3, dtype=vectors.dtype, device=vectors.device)
    return identity + versine * s + cubic * s @ s


def vector_from_rotation(
    rotations: Float[Tensor, "*batch 3 3"],
) -> Float[Tensor, "*batch 3"]:
    """Axis-angle vectors of rotation matrices, for angles below about 179 degrees."""
    axis_sine = torch.stack(
        [
            rotations[..., 2, 1] - rotations[..., 1, 2],
            rotations[..., 0, 2] - rotations[..., 2, 0],
            rotations[..., 1, 0] - rotations[..., 0, 1],
        ],
        dim=-1,
    )
    sine = axis_sine.norm(dim=-1, keepdim=True) / 2
    cosine = (rotations.diagonal(dim1=-2, dim2=-1).sum(-1, keepdim=True) - 1) / 2
    angle = torch.atan2(sine, cosine)
    safe = sine.clamp(min=_SMALL_ANGLE**2)
    ratio = torch.where(angle < _SMALL_ANGLE, torch.ones_like(sine), angle / safe)
    return axis_sine / 2 * ratio


def rotation_nearest(
    matrices: Float[Tensor, "*batch 3 3"],
) -> Float[Tensor, "*batch 3 3"]:
    """The rotations closest to the given matrices (orthogonal Procrustes)."""
    u, _, v = torch.linalg.svd(matrices)
    flip = torch.ones_like(matrices[..., 0])
    flip[..., 2] = torch.linalg.det(u @ v)
    return u * flip[..., None, :] @ v


def project_points(
    points_camera: Float[Tensor, "*batch points 3"],
    *,
    focal_px: Float[Tensor, "*batch"],
    center_px: Float[Tensor, "2"],
) -> Float[Tensor, "*batch points 2"]:
    """Where points fall on the image plane; those behind the camera project too."""
    scaled = points_camera[..., :2] / points_camera[..., 2:]
    return scaled * focal_px[..., None, None] + center_px


def projection_jacobian(
    points_camera: Float[Tensor, "*batch points 3"],
    *,
    focal_px: Float[Tensor, "*batch"],
) -> Float[Tensor, "*batch points 2 3"]:
    """How the pixels of `project_points` move with the points in camera space."""
    x, y, z = points_camera.unbind(-1)
    scale = focal_px[..., None] / z
    zero = torch.zeros_like(z)
    rows = [scale, zero, -scale * x / z, zero, scale, -scale * y / z]
    return torch.stack(rows, dim=-1).unflatten(-1, (2, 3))


def rigid_transform(
    rotation: Float[Tensor, "*batch 3 3"], translation: Float[Tensor, "*batch 3"]
) -> Float[Tensor, "*batch 4 4"]:
    """The 4x4 transform that rotates, then translates."""
    top = torch.cat([rotation, translation[..., None]], dim=-1)
    bottom = torch.zeros_like(top[..., :1, :])
    bottom[..., 3] = 1
    return torch.cat([top, bottom], dim=-2)


def first_pose(
    points_head: Float[Tensor, "#frames points 3"],
    points_px: Float[Tensor, "frames points 2"],
    *,
    focal_px: Float[Tensor, "frames"],
    center_px: Float[Tensor, "2"],
) -> tuple[Float[Tensor, "frames 3 3"], Float[Tensor, "frames 3"]]:
    """Rotation and translation of the head, by scaled orthography.

    Good to a few degrees: a start for a least-squares pose. The points must not lie in
    a plane, which those of a face do not. Source: DeMenthon and Davis (1995), the
    first step of POSIT, with the rotation made exact by Procrustes.
    """
    middle_head = points_head.mean(dim=1, keepdim=True)
    middle_px = points_px.mean(dim=1, keepdim=True)
    inverse = torch.linalg.pinv(points_head - middle_head)
    affine = (inverse @ (points_px - middle_px)).mT
    scale_px = affine.norm(dim=-1).mean(dim=-1)
    first_rows = affine / scale_px[:, None, None]
    third_row = torch.linalg.cross(first_rows[:, 0], first_rows[:, 1])
    rotation = rotation_nearest(torch.cat([first_rows, third_row[:, None]], dim=1))
    z = focal_px / scale_px
    middle_camera = torch.cat(
        [(middle_px[:, 0] - center_px) / scale_px[:, None], z[:, None]], dim=-1
    )
    return rotation, middle_camera - (rotation @ middle_head.mT)[..., 0]


def _rodrigues_factors(
    vectors: Float[Tensor, "*batch 3"],
) -> tuple[Tensor, Tensor, Tensor]:
    """Sin a / a, (1 - cos a) / a^2 and (a - sin a) / a^3 as [*batch, 1, 1]."""
    square = (vectors * vectors).sum(dim=-1)[..., None, None]
    small = square < _SMALL_ANGLE**2
    safe = torch.where(small, torch.ones_like(square), square)
    angle = safe.sqrt()
    sine = torch.where(small, 1 - square / 6, angle.sin() / angle)
    versine = torch.where(small, 0.5 - square / 24, (1 - angle.cos()) / safe)
    cubic = torch.where(small, 1 / 6 - square / 120, (angle - angle.sin()) / safe**1.5)
    return sine, versine, cubic
