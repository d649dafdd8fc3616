"""What all pictures of people who do not exist have in common."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import normalize

from core.head_model import HeadModel
from core.mesh import triangle_faces, triangulate, vertex_normals
from core.rasterise import rasterise


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Head model and triangles, as they are painted."""

    scanned: HeadModel
    """With the expressions of scanned people."""
    artistic: Float[Tensor, "expressions vertices 3"]
    """The artist's expressions."""
    solid: Tensor
    """Triangles without lashes."""
    every: Tensor
    """All triangles."""
    part: Tensor
    """Part of each of `every`."""
    corners: Tensor
    """Texture coordinates at the corners of each of `every` [triangles, 3, 2]."""
    open_sky: Float[Tensor, "vertices"]
    """Share of the sky that each vertex of the average head sees."""


def stage_of(model: HeadModel, artistic: HeadModel) -> Stage:
    """Prepare a head model."""
    faces = model.faces.long()
    every = triangulate(faces)
    part = model.face_parts[triangle_faces(faces)]
    solid = part != model.part_names.index("eyelashes")
    order = torch.cat([solid.nonzero()[:, 0], (~solid).nonzero()[:, 0]])
    every, part = every[order], part[order]
    corners = model.uvs[triangulate(model.face_uvs.long())[order]]
    kept = every[: int(solid.sum())]
    return Stage(
        scanned=model,
        artistic=artistic.expression_basis,
        solid=kept,
        every=every,
        part=part,
        corners=corners,
        open_sky=_open_sky(model.template, kept),
    )


def _open_sky(vertices: Tensor, triangles: Tensor) -> Tensor:
    """How much of the sky around is not hidden by the head itself."""
    normals = vertex_normals(vertices, triangles)
    steps = torch.arange(96) + 0.5
    height = 1 - 2 * steps / len(steps)
    around = steps * 2.399963
    flat = (1 - height.square()).sqrt()
    ways = torch.stack([flat * around.cos(), flat * around.sin(), height], dim=1)
    free, most = torch.zeros(len(vertices)), torch.zeros(len(vertices))
    for way in ways:
        side = normalize(torch.linalg.cross(way, torch.tensor([0.1, 0.2, 1.0])), dim=0)
        turned = vertices @ torch.stack([side, torch.linalg.cross(way, side), -way]).T
        low = turned.amin(dim=0)
        flat2 = (turned[:, :2] - low[:2]) * 500 + 1
        deep = turned[:, 2] - low[2] + 0.1
        size = int(flat2.max()) + 2
        depth = rasterise(flat2, deep, triangles, width_px=size, height_px=size).depth
        pixel = flat2.long()
        seen = (deep < depth[pixel[:, 1], pixel[:, 0]] + 0.004).float()
        facing = (normals @ way).clamp(min=0)
        free += facing * seen
        most += facing
    return free / most.clamp(min=1e-6)
