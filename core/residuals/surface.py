"""Places of the face's skin whose shading tells its shape, with their normals.

Taken are places of even skin that light reaches from most sides: not beside lips, lids
and brows, nor below nose and chin. A vertex normal is the area-weighted mean of its
triangles' and so a smooth function of identity and expression; its derivative is exact.
"""

from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..head_model import HeadModel
from ..mesh import triangulate, vertex_normals

SPACING_M = 0.005
"""Between neighbouring places."""
NOT_BESIDE_M = {"lips": 0.007, "mouth_inside": 0.007, "eyelids": 0.007, "brows": 0.008}
"""How far from each of these regions the places keep: what the fit gets wrong there is
another colour, or another fold, and not another shade."""
BELOW_NOSE, BELOW_CHIN = -0.1, -0.45
"""Upward part of a normal below which a place of the nose, and any other, lies in the
shade of the head itself."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SkinSurface:
    """The skin around some places, linear in identity and expression."""

    template: Float[Tensor, "corners 3"]
    """Vertices of the triangles around the places, without identity and expression."""
    basis: Float[Tensor, "columns corners 3"]
    """Their offsets for each identity coefficient, then for each expression."""
    triangles: Int[Tensor, "triangles 3"]
    """Of those vertices."""
    places: Int[Tensor, "places"]
    """Which of the vertices are the places."""
    place_of: Int[Tensor, "incidences"]
    """Place by place, with each triangle around it ..."""
    triangle_of: Int[Tensor, "incidences"]
    """... that triangle."""

    def points(
        self, coefficients: Float[Tensor, "columns"]
    ) -> Float[Tensor, "corners 3"]:
        """The vertices in head space."""
        return self.template + torch.tensordot(coefficients, self.basis, dims=1)

    def normals(
        self, coefficients: Float[Tensor, "columns"]
    ) -> tuple[Float[Tensor, "places 3"], Float[Tensor, "columns places 3"]]:
        """Unit normals of the places, and how they change with the coefficients."""
        a, b, c = self.points(coefficients)[self.triangles].unbind(dim=1)
        basis_a, basis_b, basis_c = self.basis[:, self.triangles].unbind(dim=2)
        first, second = b - a, c - a
        normal = self._around(torch.linalg.cross(first, second)[None])[0]
        moved = self._around(
            torch.linalg.cross(basis_b - basis_a, second.expand_as(basis_a))
            + torch.linalg.cross(first.expand_as(basis_a), basis_c - basis_a)
        )
        length = normal.norm(dim=1, keepdim=True)
        unit = normal / length
        across = moved - (moved * unit).sum(dim=-1, keepdim=True) * unit
        return unit, across / length

    def _around(
        self, of_triangles: Float[Tensor, "columns triangles 3"]
    ) -> Float[Tensor, "columns places 3"]:
        """The sum over the triangles around each place."""
        total = of_triangles.new_zeros(len(of_triangles), len(self.places), 3)
        return total.index_add_(1, self.place_of, of_triangles[:, self.triangle_of])


@lru_cache(maxsize=2)
def skin_surface(model: HeadModel) -> SkinSurface:
    """The places of the head model, in double precision."""
    skin = triangulate(model.faces[model.part_faces("skin")])
    chosen = _chosen(model, skin)
    triangles = skin[torch.isin(skin, chosen).any(dim=1)]
    corners, inside = torch.unique(triangles, return_inverse=True)
    places = torch.searchsorted(corners, chosen)
    number = torch.full((len(corners),), -1)
    number[places] = torch.arange(len(places))
    triangle_of, corner = (number[inside] >= 0).nonzero(as_tuple=True)
    basis = torch.cat([model.identity_basis, model.expression_basis])
    return SkinSurface(
        template=model.template[corners].double(),
        basis=basis[:, corners].double(),
        triangles=inside,
        places=places,
        place_of=number[inside][triangle_of, corner],
        triangle_of=triangle_of,
    )


def _chosen(
    model: HeadModel, skin: Int[Tensor, "triangles 3"]
) -> Int[Tensor, "places"]:
    """Vertices of even skin, no two nearer than the spacing."""
    points, upward = model.template, vertex_normals(model.template, skin)[:, 2]
    lowest = torch.where(model.region("nose") > 0.3, BELOW_NOSE, BELOW_CHIN)
    even = (model.region("face") > 0.5) & (model.region("scalp") < 0.05)
    even &= (upward > lowest) & torch.isin(torch.arange(len(points)), skin)
    for name, reach in NOT_BESIDE_M.items():
        other = points[model.region(name) > 0.3]
        even &= torch.cdist(points, other).amin(dim=1) > reach
    found = even.nonzero()[:, 0]
    near = torch.cdist(points[found], points[found]) <= SPACING_M
    free = torch.ones(len(found), dtype=torch.bool)
    kept: list[int] = []
    for index in range(len(found)):
        if free[index]:
            kept.append(index)
            free &= ~near[index]
    return found[kept]
