"""A face as a small square picture of its own: upright, in the middle, of one size."""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from numpy.typing import NDArray
from scipy.spatial import KDTree
from torch import Tensor

from .topology import FACE_COUNT

SIDE_PX = 128
"""Of the square."""
_FINEST = 0.7
"""Pixels of the square to a pixel of the picture: with fewer some would be missed."""


def mirrored(
    points: Float[Tensor, "*faces landmarks 2"],
    opposite: Int[Tensor, "landmarks"],
    side_px: int = SIDE_PX,
) -> Float[Tensor, "*faces landmarks 2"]:
    """Points of the square in its mirror image; `opposite` landmarks change places."""
    x, y = points[..., opposite, :].unbind(dim=-1)
    return torch.stack([side_px - x, y], dim=-1)


def opposite_landmarks(
    template: Float[np.ndarray, "landmarks 2"], side_px: int = SIDE_PX
) -> Int[Tensor, "landmarks"]:
    """Which landmark of an average face in the square lies where each is mirrored."""
    other_side = template * [-1, 1] + [side_px, 0]
    return torch.from_numpy(KDTree(template).query(other_side)[1])


@dataclass(frozen=True, kw_only=True)
class UprightFace:
    """Turns, scales and moves a picture's points into the square."""

    turn: Float[np.ndarray, "2 2"]
    """Rotation times scale."""
    offset: Float[np.ndarray, "2"]
    """In pixels of the square."""

    @classmethod
    def of(
        cls,
        points_px: Float[np.ndarray, "landmarks 2"],
        template: Float[np.ndarray, "landmarks 2"],
    ) -> "UprightFace":
        """By the best rotation, scale and offset onto a template in the square."""
        points = points_px[:FACE_COUNT].astype(np.float64)
        target = template[:FACE_COUNT]
        middle, center = points.mean(axis=0), target.mean(axis=0)
        a = (points - middle) @ np.array([1, 1j])
        b = (target - center) @ np.array([1, 1j])
        return cls.about(middle, center, np.vdot(a, b) / np.vdot(a, a).real)

    @classmethod
    def about(
        cls,
        middle_px: Float[np.ndarray, "2"],
        center_px: Float[np.ndarray, "2"],
        factor: complex,
    ) -> "UprightFace":
        """By a rotation and scale, as one number, that bring one point to another."""
        turn = np.array([[factor.real, -factor.imag], [factor.imag, factor.real]])
        return cls(turn=turn, offset=center_px - turn @ middle_px)

    @property
    def scale(self) -> float:
        """Pixels of the square to a pixel of the picture."""
        return float(np.sqrt(np.linalg.det(self.turn)))

    def inward(
        self, points_px: Float[np.ndarray, "*points 2"]
    ) -> Float[np.ndarray, "*points 2"]:
        """From the picture into the square."""
        return points_px @ self.turn.T + self.offset

    def outward(
        self, vectors: Float[np.ndarray, "*points 2"]
    ) -> Float[np.ndarray, "*points 2"]:
        """Differences of points of the square, in pixels of the picture."""
        return vectors @ np.linalg.inv(self.turn).T

    def cut(
        self, pixels_srgb: UInt8[np.ndarray, "height width 3"], side_px: int = SIDE_PX
    ) -> UInt8[np.ndarray, "side side 3"]:
        """The square; what lies beyond the picture repeats its rim."""
        scale = self.scale
        pixels: NDArray[np.uint8] = pixels_srgb
        turn, offset = self.turn, self.offset
        if scale < _FINEST:  # or the picture would be sampled too coarsely
            pixels, shift, share = self._shrunk(pixels, scale, side_px)
            turn = turn / share
            offset = offset + self.turn @ shift
        # OpenCV counts from the first pixel's centre
        half = np.full(2, 0.5)
        matrix = np.column_stack([turn, turn @ half + offset - half])
        return cv2.warpAffine(
            pixels, matrix, (side_px, side_px), borderMode=cv2.BORDER_REPLICATE
        )

    def _shrunk(
        self, pixels: NDArray[np.uint8], scale: float, side_px: int
    ) -> tuple[NDArray[np.uint8], NDArray[np.float64], NDArray[np.float64]]:
        """What of the picture the square shows, scaled; its corner and its scale."""
        corners = side_px * np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
        seen = (corners - self.offset) @ np.linalg.inv(self.turn).T
        height, width = pixels.shape[:2]
        left, top = np.clip(np.floor(seen.min(axis=0)), 0, [width - 1, height - 1])
        right, bottom = np.clip(
            np.ceil(seen.max(axis=0)), [left + 1, top + 1], [width, height]
        )
        part = pixels[int(top) : int(bottom), int(left) : int(right)]
        halvings = int(np.log2(1 / scale))
        for _ in range(halvings):  # ten times as fast as OpenCV shrinks otherwise
            height, width = (max(side // 2, 1) for side in part.shape[:2])
            part = _resized(part[: 2 * height, : 2 * width], (width, height))
        share = np.full(2, 0.5**halvings)
        rest = scale / share[0]
        if rest < _FINEST:
            size = np.array(part.shape[1::-1])
            small = np.maximum(1, np.round(size * rest)).astype(int)
            part = _resized(part, (int(small[0]), int(small[1])))
            share *= small / size
        return part, np.array([left, top]), share


def _resized(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Shrunk to a width and height."""
    whole = np.ascontiguousarray(pixels)
    return np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), np.uint8)
