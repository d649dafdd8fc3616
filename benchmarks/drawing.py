"""A head as a camera sees it: what every pixel shows of it."""

from dataclasses import dataclass

from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import normalize

from core.assets import PinholeCamera
from core.camera import project_points
from core.head_model import HeadModel
from core.mesh import triangle_faces, triangulate, vertex_normals
from core.rasterise import Fragments, interpolate, rasterise


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """The pixels of a head, lashes left out; meaningless where it does not cover."""

    fragments: Fragments
    """Triangle and weights of each pixel."""
    triangles: Int[Tensor, "triangles 3"]
    """What the fragments count."""
    part: Int[Tensor, "height width"]
    """Index into PART_NAMES."""
    uv: Float[Tensor, "height width 2"]
    """Texture coordinates."""
    normals: Float[Tensor, "height width 3"]
    """Unit normals in the space of the vertices that were given for it."""

    @property
    def covered(self) -> Bool[Tensor, "height width"]:
        """Where the head is."""
        return self.fragments.covered


def draw(
    model: HeadModel,
    vertices_camera: Float[Tensor, "vertices 3"],
    vertices: Float[Tensor, "vertices 3"],
    camera: PinholeCamera,
) -> Drawing:
    """See a head that stands in camera space; `vertices` are it where normals count."""
    solid = model.face_parts != model.part_names.index("eyelashes")
    faces = model.faces[solid].long()
    triangles = triangulate(faces)
    points_px = project_points(
        vertices_camera,
        focal_px=vertices.new_tensor(camera.focal_px),
        center_px=vertices.new_tensor([camera.center_x_px, camera.center_y_px]),
    )
    fragments = rasterise(
        points_px,
        vertices_camera[:, 2],
        triangles,
        width_px=camera.width_px,
        height_px=camera.height_px,
    )
    index = fragments.triangle_index
    corners = triangulate(model.face_uvs[solid].long())[index]
    normals = interpolate(fragments, triangles, vertex_normals(vertices, triangles))
    return Drawing(
        fragments=fragments,
        triangles=triangles,
        part=model.face_parts[solid][triangle_faces(faces)][index],
        uv=(model.uvs[corners] * fragments.barycentric[..., None]).sum(dim=-2),
        normals=normalize(normals, dim=-1),
    )
