"""What the photo says about a place beside the head: hair, no hair, or nothing."""

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float
from numpy.typing import NDArray

from ..fit import HeadFit
from ..head_model import HeadModel
from ..mesh import triangulate
from ..rasterise import rasterise
from .hair_mask import SIDE_PX, HairPicture

_BEFORE_M = 0.004
"""A place so far behind the skin is hidden by it."""

_TOLERANCE = 0.012
"""How far beyond its outline hair is let, over the height of the face: frizz."""


class Sight:
    """The camera of the photo, looking at the head through the square of hair."""

    def __init__(
        self,
        model: HeadModel,
        neutral: Float[np.ndarray, "vertices 3"],
        fit: HeadFit,
        picture: HairPicture,
    ) -> None:
        self._fit, self.picture = fit, picture
        self._rotation = fit.T_camera_head[:3, :3].astype(np.float64)
        self._shift = fit.T_camera_head[:3, 3].astype(np.float64)
        pixels, depth = self.project(neutral)
        fragments = rasterise(
            torch.from_numpy(pixels).float(),
            torch.from_numpy(depth).float(),
            triangulate(model.faces[model.part_faces("skin")]).long(),
            width_px=SIDE_PX,
            height_px=SIDE_PX,
        )
        self._depth = fragments.depth.numpy()
        reach = 2 * max(1, round(_TOLERANCE * picture.face_px)) + 1
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
        near_hair = cv2.dilate(picture.hair.astype(np.uint8), disc) > 0
        self._no_hair = ~near_hair & picture.in_photo

    def project(
        self, points: Float[np.ndarray, "*any 3"]
    ) -> tuple[Float[np.ndarray, "*any 2"], Float[np.ndarray, "*any"]]:
        """Pixels of the square, and depth, of points in head space."""
        camera = self._fit.camera
        seen = points @ self._rotation.T + self._shift
        photo = camera.focal_px * seen[..., :2] / seen[..., 2:]
        photo = photo + np.array([camera.center_x_px, camera.center_y_px])
        return self.picture.inward(photo), seen[..., 2]

    def to_camera(
        self, points: Float[np.ndarray, "*any 3"]
    ) -> Float[np.ndarray, "*any 3"]:
        """Unit vectors from points to the camera."""
        away = -(self._rotation.T @ self._shift) - points
        return away / np.linalg.norm(away, axis=-1, keepdims=True)

    def from_picture(
        self, along_px: Float[np.ndarray, "*any 2"]
    ) -> Float[np.ndarray, "*any 3"]:
        """Directions in head space that lie in the picture's plane."""
        in_photo = along_px @ np.linalg.inv(self.picture.to_square[:, :2]).T
        flat = np.concatenate([in_photo, np.zeros_like(in_photo[..., :1])], axis=-1)
        return flat @ self._rotation

    def visible(self, points: Float[np.ndarray, "*any 3"]) -> Bool[np.ndarray, "*any"]:
        """Whether nothing of the head is before the points, and the photo has them."""
        pixels, depth = self.project(points)
        inside = ((pixels >= 0) & (pixels < SIDE_PX)).all(axis=-1)
        before = depth < _at(self._depth, pixels) + _BEFORE_M
        return inside & before & _at(self.picture.in_photo, pixels)

    def says_no(self, points: Float[np.ndarray, "*any 3"]) -> Bool[np.ndarray, "*any"]:
        """Whether the photo shows that no hair is at these places.

        A place that the head hides is where its mirror image says, for people are
        combed much alike on both sides.
        """
        visible = self.visible(points)
        mirrored = points * [-1, 1, 1]
        hidden_in_front = ~visible & (points[..., 1] < 0)
        there = self._not_at(points) & visible
        other = self._not_at(mirrored) & self.visible(mirrored)
        return there | (hidden_in_front & other)

    def _not_at(self, points: NDArray[np.floating]) -> NDArray[np.bool_]:
        pixels, _ = self.project(points)
        inside = ((pixels >= 0) & (pixels < SIDE_PX)).all(axis=-1)
        return inside & _at(self._no_hair, pixels)

    def shows_hair(
        self, points: Float[np.ndarray, "*any 3"]
    ) -> Bool[np.ndarray, "*any"]:
        """Whether the photo shows hair at these places, and nothing hides them."""
        pixels, _ = self.project(points)
        return self.visible(points) & _at(self.picture.hair, pixels)


def _at(
    values: NDArray[np.floating] | NDArray[np.bool_], pixels: NDArray[np.floating]
) -> NDArray[np.floating] | NDArray[np.bool_]:
    """Values of the pixels; the nearest ones beyond the edges."""
    column = np.clip(pixels[..., 0], 0, SIDE_PX - 1).astype(int)
    row = np.clip(pixels[..., 1], 0, SIDE_PX - 1).astype(int)
    return values[row, column]
