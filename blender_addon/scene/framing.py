"""Which part of the photo to show: all of it, or the part that the bust fills.

A photo may show a person from head to foot, or a painting a landscape: a render in its
shape would be mostly empty. Cutting a window out of a pinhole camera's picture keeps
its perspective: only the picture's size and the principal point change.
"""

from dataclasses import replace

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core import spaces
from ...core.assets import Double, PinholeCamera
from .add import head_pose
from .added import AddedDouble

FILLS_THE_PHOTO = 0.62
"""A bust at least this high, over the photo's height, is shown in the whole photo."""

MARGIN = 0.10
"""Air on each side of the bust, over its height."""

ASPECT = 4 / 5
"""Width over height of a portrait."""

POSES_LOOKED_AT = 9
"""Moments of the performance at which the bust has to stay in the picture."""


def portrait_view(
    context: bpy.types.Context, added: AddedDouble, double: Double
) -> PinholeCamera:
    """The camera of the photo, cut to where the bust is during the scene's frames."""
    camera = double.camera
    low, high = _seen_box(context, added, double)
    size = high - low
    if size[1] >= FILLS_THE_PHOTO * camera.height_px:
        return camera
    height = size[1] * (1 + 2 * MARGIN)
    width = max(ASPECT * height, size[0] * (1 + 2 * MARGIN))
    height = max(height, width / ASPECT)
    left, top = 0.5 * (low + high) - 0.5 * np.array([width, height])
    return replace(
        camera,
        center_x_px=camera.center_x_px - round(left),
        center_y_px=camera.center_y_px - round(top),
        width_px=round(width),
        height_px=round(height),
    )


def _seen_box(
    context: bpy.types.Context, added: AddedDouble, double: Double
) -> NDArray[np.float64]:
    """Lowest and highest pixel [2, 2] of the bust in the photo's camera."""
    scene = context.scene
    before = scene.frame_current
    T_camera_world = double.T_camera_head @ spaces.inverse_rigid(
        head_pose(added, double)
    )
    boxes = []
    for frame in np.linspace(scene.frame_start, scene.frame_end, POSES_LOOKED_AT):
        scene.frame_set(round(frame))
        points = spaces.transform_points(T_camera_world, _posed_points(context, added))
        points = points[points[:, 2] > 0.01]
        focal, c = double.camera.focal_px, double.camera
        pixels = focal * points[:, :2] / points[:, 2:]
        pixels += [c.center_x_px, c.center_y_px]
        boxes += [pixels.min(axis=0), pixels.max(axis=0)]
    scene.frame_set(before)
    return np.array([np.min(boxes, axis=0), np.max(boxes, axis=0)])


def _posed_points(
    context: bpy.types.Context, added: AddedDouble
) -> NDArray[np.float64]:
    """Vertices in the world at the current frame."""
    head = added.head_object().evaluated_get(context.evaluated_depsgraph_get())
    points = np.empty(3 * len(head.data.vertices), np.float32)
    head.data.vertices.foreach_get("co", points)
    world = np.array(head.matrix_world)
    posed = points.astype(np.float64).reshape(-1, 3)
    return posed @ world[:3, :3].T + world[:3, 3]
