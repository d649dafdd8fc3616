"""The pixels inside of some corners."""

import cv2
import numpy as np
from jaxtyping import Float, UInt8


def filled_polygon(
    corners_px: Float[np.ndarray, "corners 2"], shape: tuple[int, ...]
) -> UInt8[np.ndarray, "height width"]:
    """1 in the polygon of these corners, in a picture of `shape` (rows first)."""
    inside = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(inside, [np.round(corners_px - 0.5).astype(np.int32)], (1,))
    return inside


def filled_hull(
    points_px: Float[np.ndarray, "points 2"], shape: tuple[int, ...]
) -> UInt8[np.ndarray, "height width"]:
    """1 in the convex hull of these points."""
    hull = cv2.convexHull(points_px.astype(np.float32), returnPoints=False)
    return filled_polygon(points_px[np.asarray(hull, np.int64)[:, 0]], shape)
