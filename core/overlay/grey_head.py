"""The solved head as grey clay: what a picture of the double's motion needs, no more.

Grey shows what texture hides: whether lips meet, lids close and cheeks rise as in the
clip beside it.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import normalize

from ..assets import PinholeCamera
from ..camera import project_points, rotation_from_vector
from ..head_model import HeadModel
from ..head_model.personal import personal_expression_basis
from ..mesh import triangulate, vertex_normals
from ..rasterise import interpolate, rasterise

FADES_M = (-0.115, -0.075)
"""Heights, from the head joint, between which the neck fades away."""

_LIGHT = (-0.35, -0.45, -0.82)
"""From where the clay is lit, in camera space: beside and above the camera."""
_AMBIENT = 0.22
_GREYS = {"eye_left": 0.92, "eye_right": 0.92, "teeth": 0.85, "gums": 0.45}
_SKIN_GREY = 0.62
_INSIDE_GREY = 0.3
_LIPS_REACH_M = 0.025
"""How far around a place in the mouth skin keeps light out, across and down."""
_DEEP_M = 0.008
"""So far behind that skin, a third of the light is left."""
_IRIS_GREY = 0.1
_IRIS_RAD = 0.42
"""Half the angle of the dark iris, from the middle of the eyeball."""
_LEFT_OUT = ("eyelashes", "tears", "lid_shade", "caruncles", "brows")


@dataclass(frozen=True, kw_only=True)
class Clay:
    """A picture of the head alone."""

    grey: Float[np.ndarray, "height width"]
    """How bright each pixel is, 0 to 1."""
    covered: Float[np.ndarray, "height width"]
    """How opaque each pixel is: 1 on the head, 0 beside it; the neck fades."""


class GreyHead:
    """One person's head, drawn with any expression from any side."""

    def __init__(
        self, model: HeadModel, identity: Float[np.ndarray, "identities"]
    ) -> None:
        self._model = model
        self._identity = torch.from_numpy(np.asarray(identity, np.float32))
        joints = model.joints(self._identity)
        names = list(model.joint_names)
        still = torch.zeros(model.expression_basis.shape[0])
        self._neutral = neutral = model.vertices(self._identity, still)
        self._basis = personal_expression_basis(model, self._identity)
        out = torch.isin(model.face_parts, _parts(model, _LEFT_OUT))
        low = neutral[model.faces[:, :3], 2].amax(dim=1) < FADES_M[0]
        self._faces = model.faces[~(out | low)].long()
        self._triangles = triangulate(self._faces)
        self._in_mouth = (model.region("mouth_inside") > 0.5).float()
        for part in ("teeth", "gums", "tongue"):
            self._in_mouth[model.part_vertices(part)] = 1
        self._greys = self._vertex_greys()
        self._eyes = [
            (model.part_vertices(part), joints[names.index(joint)])
            for part, joint in (("eye_left", "eye.L"), ("eye_right", "eye.R"))
        ]
        for vertices, middle in self._eyes:
            ahead = -normalize(neutral[vertices] - middle, dim=1)[:, 1]
            self._greys[vertices[ahead > np.cos(_IRIS_RAD)]] = _IRIS_GREY
        low, high = FADES_M
        self._opacity = ((neutral[:, 2] - low) / (high - low)).clamp(0, 1)

    def draw(
        self,
        expression: Float[np.ndarray, "expressions"],
        gaze_rad: Float[np.ndarray, "2 2"],
        T_camera_head: Float[np.ndarray, "4 4"],
        camera: PinholeCamera,
    ) -> Clay:
        """The head as `camera` sees it; black and uncovered if it is behind it."""
        weights = torch.from_numpy(np.asarray(expression, np.float32))
        head = self._neutral + torch.tensordot(weights, self._basis, dims=1)
        for (vertices, middle), (yaw, pitch) in zip(self._eyes, gaze_rad, strict=True):
            turn = rotation_from_vector(head.new_tensor([0.0, 0.0, float(yaw)]))
            lift = rotation_from_vector(head.new_tensor([-float(pitch), 0.0, 0.0]))
            local = head[vertices] - middle
            head[vertices] = local @ (turn @ lift).T + middle
        pose = torch.from_numpy(np.asarray(T_camera_head, np.float32))
        seen = head @ pose[:3, :3].T + pose[:3, 3]
        size = (camera.height_px, camera.width_px)
        if seen[self._faces[:, :3], 2].amin() <= 0.01:
            return Clay(grey=np.zeros(size), covered=np.zeros(size))
        points_px = project_points(
            seen,
            focal_px=seen.new_tensor(camera.focal_px),
            center_px=seen.new_tensor([camera.center_x_px, camera.center_y_px]),
        )
        triangles = _toward_viewer(points_px, self._triangles)
        fragments = rasterise(
            points_px,
            seen[:, 2],
            triangles,
            width_px=camera.width_px,
            height_px=camera.height_px,
        )
        normals = vertex_normals(seen, self._triangles)
        others = torch.stack([self._greys, self._opacity, self._in_mouth], dim=1)
        pixels = interpolate(fragments, triangles, torch.cat([normals, others], dim=1))
        light = normalize(seen.new_tensor(_LIGHT), dim=0)
        lit = (normalize(pixels[..., :3], dim=-1) @ light).clamp(min=0)
        grey = (pixels[..., 3] * (_AMBIENT + (1 - _AMBIENT) * lit)).numpy()
        covered, in_mouth = pixels[..., 4].numpy(), pixels[..., 5].numpy()
        reach_px = _LIPS_REACH_M * camera.focal_px / float(seen[:, 2].median())
        shade = _shade_of_lips(fragments.depth.numpy(), covered, in_mouth, reach_px)
        return Clay(grey=grey * shade, covered=covered)

    def _vertex_greys(self) -> Float[Tensor, "vertices"]:
        model = self._model
        greys = torch.full((len(model.template),), _SKIN_GREY)
        inside = model.region("mouth_inside") > 0.5
        greys[inside] = _INSIDE_GREY
        for part, grey in _GREYS.items():
            greys[model.part_vertices(part)] = grey
        return greys


def _shade_of_lips(
    depth_m: Float[np.ndarray, "height width"],
    covered: Float[np.ndarray, "height width"],
    in_mouth: Float[np.ndarray, "height width"],
    reach_px: float,
) -> Float[np.ndarray, "height width"]:
    """Share of the light that reaches what lies behind the skin around it."""
    mouth = (covered > 0) & (in_mouth > 0.5)
    skin = ((covered > 0) & ~mouth).astype(np.float32)
    size = (2 * round(reach_px) + 1,) * 2
    share = np.asarray(cv2.boxFilter(skin, -1, size), np.float32)
    outside = skin * np.where(skin > 0, depth_m, 0).astype(np.float32)
    outside = np.asarray(cv2.boxFilter(outside, -1, size), np.float32)
    behind = np.where(mouth & (share > 0), depth_m - outside / (share + 1e-9), 0)
    return np.exp(-behind.clip(min=0) / _DEEP_M).astype(np.float32)


def _toward_viewer(
    points_px: Float[Tensor, "vertices 2"], triangles: Int[Tensor, "triangles 3"]
) -> Int[Tensor, "front 3"]:
    """Triangles whose outside is seen: clockwise where pixels count downward."""
    a, b, c = points_px[triangles].unbind(dim=1)
    along, across = b - a, c - a
    return triangles[along[:, 0] * across[:, 1] < along[:, 1] * across[:, 0]]


def scaled(camera: PinholeCamera, width_px: int, height_px: int) -> PinholeCamera:
    """The same camera with a picture of another size."""
    across, down = width_px / camera.width_px, height_px / camera.height_px
    return replace(
        camera,
        focal_px=camera.focal_px * across,
        center_x_px=camera.center_x_px * across,
        center_y_px=camera.center_y_px * down,
        width_px=width_px,
        height_px=height_px,
    )


def _parts(model: HeadModel, names: tuple[str, ...]) -> Tensor:
    return torch.tensor([model.part_names.index(name) for name in names])
