"""The skin's texels: where each lies on the mesh, and where its mirror image lies.

The skin's faces are rasterised in texture space once; after that a texel is a triangle
and three weights, and anything known per vertex can be had per texel. A face's mirror
image is the face whose vertices are the mirrored ones, so that a texel's opposite can
be found whatever the texture layout is.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from ..head_model import HeadModel
from ..mesh import triangle_faces, triangulate
from ..rasterise import Fragments, rasterise
from .sampling import blurred, sample


@dataclass(frozen=True, kw_only=True)
class Texels:
    """The skin's texture, row 0 at the top (V = 1)."""

    size_px: int
    """Width and height of the texture."""
    covered: Bool[Tensor, "height width"]
    """Whether a texel lies on the skin."""
    vertices: Int[Tensor, "texels 3"]
    """The three vertices around each covered texel, row by row."""
    weights: Float[Tensor, "texels 3"]
    """Their weights."""
    mirrored_uv: Float[Tensor, "texels 2"]
    """Texture coordinates of the opposite texel; its own where there is none."""

    def from_vertices(
        self, values: Float[Tensor, "vertices channels"]
    ) -> Float[Tensor, "texels channels"]:
        """Vertex values at every covered texel."""
        return torch.einsum("tk,tkc->tc", self.weights, values[self.vertices])

    def pixels(self) -> Float[Tensor, "texels 2"]:
        """Centres of the covered texels, x and y from the top-left corner."""
        rows, columns = self.covered.nonzero(as_tuple=True)
        return torch.stack([columns, rows], dim=1) + 0.5

    def to_image(
        self, values: Float[Tensor, "texels channels"]
    ) -> Float[Tensor, "channels height width"]:
        """Values of covered texels as a picture, zero elsewhere."""
        image = values.new_zeros(values.shape[1], self.size_px, self.size_px)
        image[:, self.covered] = values.T
        return image

    def mirrored(
        self, values: Float[Tensor, "texels channels"]
    ) -> Float[Tensor, "texels channels"]:
        """The values of the texels on the other side."""
        uv = self.mirrored_uv
        points_px = torch.stack([uv[:, 0], 1 - uv[:, 1]], dim=1) * self.size_px
        return sample(self.to_image(values).movedim(0, 2), points_px)

    def local_mean(
        self,
        values: Float[Tensor, "texels channels"],
        weights: Float[Tensor, " texels"],
        *,
        reach_px: int,
        least: float,
    ) -> Float[Tensor, "texels channels"]:
        """Weighted mean of what is around a texel; towards 0 below `least` weight."""
        weighted = torch.cat([values * weights[:, None], weights[:, None]], dim=1)
        soft = blurred(self.to_image(weighted), reach_px)[:, self.covered].T
        return soft[:, :-1] / soft[:, -1:].clamp(min=least)

    def to_vertices(
        self,
        values: Float[Tensor, "texels channels"],
        weights: Float[Tensor, " texels"],
        count: int,
    ) -> tuple[Float[Tensor, "vertices channels"], Float[Tensor, " vertices"]]:
        """Weighted mean of the texels around each vertex, and the sum of weights."""
        shares = self.weights * weights[:, None]
        total = values.new_zeros(count).index_add_(
            0, self.vertices.flatten(), shares.flatten()
        )
        summed = values.new_zeros(count, values.shape[1])
        for corner in range(3):
            summed.index_add_(
                0, self.vertices[:, corner], values * shares[:, corner, None]
            )
        return summed / total.clamp(min=1e-6)[:, None], total


def skin_texels(model: HeadModel, size_px: int) -> Texels:
    """Lay the skin out in a square texture."""
    skin = model.face_parts == 0
    faces, face_uvs = model.faces[skin].long(), model.face_uvs[skin].long()
    triangles = triangulate(face_uvs)
    points = torch.stack([model.uvs[:, 0], 1 - model.uvs[:, 1]], dim=1) * size_px
    fragments = rasterise(points, None, triangles, width_px=size_px, height_px=size_px)
    covered = fragments.covered
    index = fragments.triangle_index[covered]
    return Texels(
        size_px=size_px,
        covered=covered,
        vertices=triangulate(faces)[index],
        weights=fragments.barycentric[covered],
        mirrored_uv=_mirrored_uv(model, faces, face_uvs, fragments),
    )


def _mirrored_uv(
    model: HeadModel, faces: Tensor, face_uvs: Tensor, fragments: Fragments
) -> Tensor:
    """For each covered texel, the texture coordinates on the mirrored face."""
    opposite = _opposite_faces(faces, model.mirror.long())
    mirrored = model.mirror.long()[faces]
    same_vertex = faces[opposite][:, None, :] == mirrored[:, :, None]
    corner = same_vertex.int().argmax(dim=2)
    uv_index = torch.gather(face_uvs[opposite], 1, corner)
    uv_index = torch.where(same_vertex.any(dim=2), uv_index, face_uvs)
    triangle_corners = torch.cat([torch.tensor([[0, 1, 2]]), torch.tensor([[0, 2, 3]])])
    quads = int((faces[:, 3] >= 0).sum())
    which = torch.tensor([0] * len(faces) + [1] * quads)
    corners = triangle_corners[which].to(faces.device)
    per_triangle = torch.gather(uv_index[triangle_faces(faces)], 1, corners)
    index = fragments.triangle_index[fragments.covered]
    weights = fragments.barycentric[fragments.covered]
    return torch.einsum("tk,tkc->tc", weights, model.uvs[per_triangle[index]])


def _opposite_faces(faces: Tensor, mirror: Tensor) -> Tensor:
    """Index of each face's mirror image; its own where there is none."""
    key = faces.sort(dim=1).values
    opposite_key = torch.where(faces >= 0, mirror[faces], faces).sort(dim=1).values
    both, inverse = torch.unique(
        torch.cat([key, opposite_key]), dim=0, return_inverse=True
    )
    place = torch.full((len(both),), -1).to(faces)
    own = torch.arange(len(faces)).to(faces)
    place[inverse[: len(faces)]] = own
    found = place[inverse[len(faces) :]]
    return torch.where(found >= 0, found, own)
