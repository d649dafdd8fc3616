"""How the photo's camera sees the skin: where each texel falls, and how well.

A texel is seen if nothing of the head lies before it, if the surface is not too
oblique, and if it is not beside a depth edge, where a small error of the fit would
paint the background or the far cheek onto it.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import max_pool2d, normalize

from ..assets import PinholeCamera
from ..camera import project_points
from ..head_model import HeadModel
from ..mesh import triangulate, vertex_normals
from ..rasterise import rasterise
from .texels import Texels

_DEPTH_TOLERANCE_M = 0.004
_EDGE_M = 0.012
"""A step in depth between neighbouring pixels that counts as an edge."""

_COS_FULL, _COS_NONE = 0.5, 0.22
"""Full trust up to 60 degrees between view and normal, none beyond 77."""

_DEPTH_PX = 1024
"""Size of the picture of depths. In one as coarse as a small photo the nose would hide
the upper lip."""

_FAR_REACH, _NEAR_REACH = 0.02, 0.008
"""How far from a step in depth the far and the near side are not trusted, as a part of
the head's size in the photo: the far side is where the near one may be painted."""


@dataclass(frozen=True, kw_only=True)
class TexelView:
    """The covered texels as the photo's camera sees them."""

    points_px: Float[Tensor, "texels 2"]
    """Where each falls in the photo."""
    opposite_px: Float[Tensor, "texels 2"]
    """Where the texel on the other side of the head falls."""
    seen: Float[Tensor, " texels"]
    """How well it is seen, 0 to 1."""
    normals: Float[Tensor, "texels 3"]
    """Unit normals in camera space."""


def view_texels(
    model: HeadModel,
    texels: Texels,
    vertices_camera: Float[Tensor, "vertices 3"],
    camera: PinholeCamera,
) -> TexelView:
    """See the posed head [metres, camera space] with the photo's camera."""
    center = vertices_camera.new_tensor([camera.center_x_px, camera.center_y_px])
    focal = vertices_camera.new_tensor(camera.focal_px)
    skin = triangulate(model.faces[model.face_parts == 0].long())
    normals = texels.from_vertices(vertex_normals(vertices_camera, skin))
    normals = normalize(normals, dim=-1)
    points = texels.from_vertices(vertices_camera)
    points_px = project_points(points, focal_px=focal, center_px=center)
    opposite = texels.from_vertices(vertices_camera[model.mirror.long()])
    cosine = -(normals * normalize(points, dim=-1)).sum(dim=-1)
    facing = ((cosine - _COS_NONE) / (_COS_FULL - _COS_NONE)).clamp(0, 1)
    inside = (
        (points_px >= 0)
        & (points_px < points_px.new_tensor([camera.width_px, camera.height_px]))
    ).all(dim=-1)
    clear = _unoccluded(model, vertices_camera, camera, points, points_px)
    return TexelView(
        points_px=points_px,
        opposite_px=project_points(opposite, focal_px=focal, center_px=center),
        seen=facing * clear * inside,
        normals=normals,
    )


def _unoccluded(
    model: HeadModel,
    vertices_camera: Tensor,
    camera: PinholeCamera,
    points: Tensor,
    points_px: Tensor,
) -> Tensor:
    """1 where no part of the head lies before a texel or beside it at an edge."""
    scale = _DEPTH_PX / max(camera.width_px, camera.height_px)
    width, height = round(camera.width_px * scale), round(camera.height_px * scale)
    center = vertices_camera.new_tensor([camera.center_x_px, camera.center_y_px])
    solid = model.face_parts != 6  # lashes hide nothing
    fragments = rasterise(
        project_points(
            vertices_camera,
            focal_px=vertices_camera.new_tensor(camera.focal_px),
            center_px=center,
        )
        * scale,
        vertices_camera[:, 2],
        triangulate(model.faces[solid].long()),
        width_px=width,
        height_px=height,
    )
    depth = torch.where(
        fragments.covered, fragments.depth, fragments.depth.new_tensor(9.9)
    )
    edge = _depth_edges(depth, float(fragments.covered.sum()) ** 0.5)
    x = (points_px[:, 0] * scale).long().clamp(0, width - 1)
    y = (points_px[:, 1] * scale).long().clamp(0, height - 1)
    in_front = points[:, 2] <= depth[y, x] + _DEPTH_TOLERANCE_M
    return in_front.float() * (1 - edge[y, x])


def _depth_edges(depth: Tensor, head_px: float) -> Tensor:
    """1 beside a step in depth: far on its far side, a little on its near side."""
    image = depth[None, None]
    nearest, furthest = _lowest(image, 1), -_lowest(-image, 1)
    step = furthest - nearest > _EDGE_M
    front = torch.where(step, nearest, image.new_tensor(torch.inf))
    reach = max(2, round(_FAR_REACH * head_px))
    behind = image > _lowest(front, reach) + 0.5 * _EDGE_M
    brink = furthest - image > _EDGE_M
    before = -_lowest(-brink.float(), max(1, round(_NEAR_REACH * head_px))) > 0
    return (behind | before).float()[0, 0]


def _lowest(image: Tensor, reach: int) -> Tensor:
    """The lowest value within `reach` pixels, in x and y."""
    rows = -max_pool2d(-image, (2 * reach + 1, 1), stride=1, padding=(reach, 0))
    return -max_pool2d(-rows, (1, 2 * reach + 1), stride=1, padding=(0, reach))
