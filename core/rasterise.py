"""Which triangle each pixel sees: a z-buffer in plain tensor operations.

Every triangle's bounding box is unrolled into fragments, all boxes at once; those
whose pixel centre lies inside the triangle compete for the pixel by depth. That is
the whole of rasterisation, it runs wherever torch runs, and memory is bounded by
handling the triangles in portions. Texture coordinates are rasterised the same way,
without depth.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

_MOST_FRAGMENTS = 4_000_000
"""Fragments handled at once: about 300 MB at the peak."""


@dataclass(frozen=True, kw_only=True)
class Fragments:
    """What each pixel of an image sees."""

    triangle_index: Int[Tensor, "height width"]
    """Index of the nearest triangle; -1 where there is none."""
    barycentric: Float[Tensor, "height width 3"]
    """Weights of its three vertices on the surface (perspective-correct)."""
    depth: Float[Tensor, "height width"]
    """Its depth; infinite where there is none."""

    @property
    def covered(self) -> Tensor:
        """Whether a pixel sees any triangle, Bool[height width]."""
        return self.triangle_index >= 0


def rasterise(
    points_px: Float[Tensor, "vertices 2"],
    depth: Float[Tensor, " vertices"] | None,
    triangles: Int[Tensor, "triangles 3"],
    *,
    width_px: int,
    height_px: int,
) -> Fragments:
    """Draw triangles of either winding; the nearest one wins a pixel.

    Convention: pixels count from the top-left corner, a pixel's centre is at a half.
    Without `depth` the surface is flat and the first of overlapping triangles wins.
    Vertices must lie in front of the camera (depth > 0).
    """
    corners = points_px[triangles]
    first, last = _boxes(corners, width_px, height_px)
    nearest = torch.full(
        (height_px * width_px,), torch.inf, device=points_px.device
    ).to(points_px.dtype)
    winner = torch.full_like(nearest, len(triangles), dtype=torch.int64)
    for portion in _portions(first, last):
        index, x, y = _unroll(first[portion], last[portion], portion)
        weights = _barycentric(corners[index], x, y)
        inside = (weights >= 0).all(dim=-1)
        index, weights = index[inside], weights[inside]
        pixel = y[inside] * width_px + x[inside]
        z = _depth_of(weights, depth, triangles[index])
        before = nearest.clone()
        nearest.scatter_reduce_(0, pixel, z, "amin")
        winner[nearest < before] = len(triangles)
        front = z == nearest[pixel]
        winner.scatter_reduce_(0, pixel[front], index[front], "amin")
    winner[winner == len(triangles)] = -1
    return _finish(winner, corners, depth, triangles, width_px, height_px)


def interpolate(
    fragments: Fragments,
    triangles: Int[Tensor, "triangles 3"],
    attributes: Float[Tensor, "vertices channels"],
) -> Float[Tensor, "height width channels"]:
    """Vertex attributes at every pixel; zero where no triangle is seen."""
    corners = triangles[fragments.triangle_index.clamp(min=0)]
    values = torch.einsum("hwc,hwcd->hwd", fragments.barycentric, attributes[corners])
    return values * fragments.covered[..., None]


def _boxes(corners: Tensor, width_px: int, height_px: int) -> tuple[Tensor, Tensor]:
    """First and last pixel whose centre may lie inside, [triangles, 2] (x, y)."""
    limit = corners.new_tensor([width_px - 1, height_px - 1])
    low, high = corners.amin(dim=1), corners.amax(dim=1)
    outside = (high < 0) | (low > limit + 1)
    first = torch.ceil(low - 0.5).clamp(min=0)
    last = torch.minimum(torch.floor(high - 0.5), limit)
    last = torch.where(outside.any(dim=1, keepdim=True), first - 1, last)
    return first.nan_to_num().long(), last.nan_to_num(-1).long()


def _portions(first: Tensor, last: Tensor) -> Iterator[Tensor]:
    """Indices of triangles that have fragments, in portions of bounded work."""
    counts = (last - first + 1).clamp(min=0).prod(dim=1)
    kept = torch.nonzero(counts)[:, 0]
    groups = torch.div(
        torch.cumsum(counts[kept], 0), _MOST_FRAGMENTS, rounding_mode="floor"
    )
    for group in torch.unique(groups):
        yield kept[groups == group]


def _unroll(
    first: Tensor, last: Tensor, portion: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Triangle index, x and y of every pixel in the boxes of these triangles."""
    size = last - first + 1
    counts = size.prod(dim=1)
    local = torch.repeat_interleave(
        torch.arange(len(portion), device=portion.device), counts
    )
    starts = torch.cumsum(counts, 0) - counts
    offset = torch.arange(len(local), device=portion.device) - starts[local]
    columns = size[local, 0]
    x = first[local, 0] + offset % columns
    y = first[local, 1] + torch.div(offset, columns, rounding_mode="floor")
    return portion[local], x, y


def _barycentric(corners: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Affine weights [fragments, 3] of pixel centres in triangles [fragments, 3, 2]."""
    point = torch.stack([x, y], dim=-1).to(corners.dtype) + 0.5
    a, b, c = corners.unbind(dim=-2)
    area = _cross(b - a, c - a)
    weight_b = _cross(point - a, c - a) / area
    weight_c = _cross(b - a, point - a) / area
    return torch.stack([1 - weight_b - weight_c, weight_b, weight_c], dim=-1)


def _cross(u: Tensor, v: Tensor) -> Tensor:
    return u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]


def _depth_of(weights: Tensor, depth: Tensor | None, corners: Tensor) -> Tensor:
    """Depth [fragments]: its inverse is what varies linearly over the image."""
    if depth is None:
        return torch.zeros_like(weights[:, 0])
    return 1 / (weights / depth[corners]).sum(dim=-1)


def _finish(
    winner: Tensor,
    corners: Tensor,
    depth: Tensor | None,
    triangles: Tensor,
    width_px: int,
    height_px: int,
) -> Fragments:
    pixel = torch.nonzero(winner >= 0)[:, 0]
    index = winner[pixel]
    y = torch.div(pixel, width_px, rounding_mode="floor")
    weights = _barycentric(corners[index], pixel % width_px, y)
    if depth is not None:
        weights = weights / depth[triangles[index]]
        seen = 1 / weights.sum(dim=-1)
        weights = weights * seen[:, None]
    else:
        seen = torch.zeros_like(weights[:, 0])
    barycentric = weights.new_zeros(len(winner), 3)
    barycentric[pixel] = weights
    depths = torch.full_like(barycentric[:, 0], torch.inf)
    depths[pixel] = seen
    return Fragments(
        triangle_index=winner.reshape(height_px, width_px),
        barycentric=barycentric.reshape(height_px, width_px, 3),
        depth=depths.reshape(height_px, width_px),
    )
