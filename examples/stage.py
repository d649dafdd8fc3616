"""The head on the studio's stage, put there and animated by the add-on itself.

The add-on is reached as Blender would reach it, as one package that holds `core` and
`blender_addon` side by side; outside Blender's extension system it is made here.
"""

import importlib
import sys
import types
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from core.assets import Double, Motion

ROOT = Path(__file__).resolve().parent.parent


def enter(double: Double, motion: Motion) -> Any:
    """Empty the file and put the animated head at the world's origin; its armature."""
    addon = addon_scene()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.fps = round(motion.rate_fps)
    scene.frame_start, scene.frame_end = 1, len(motion.times_s)
    # The add-on lets a head stand on the cursor: this much lower, the head joint is
    # in the origin.
    scene.cursor.location = (0.0, 0.0, double.vertices[:, 2].min())
    added = addon.add_double(bpy.context, double)
    addon.animate_double(bpy.context, added, motion)
    if not any(m.type == "SUBSURF" for m in added.head_object().modifiers):
        smooth = added.head_object().modifiers.new("Smooth", "SUBSURF")
        smooth.levels, smooth.render_levels = 0, 1
    return added.rig_object()


def addon_scene() -> Any:
    """What the add-on does to a scene: its package `scene`."""
    if "photo_double" not in sys.modules:
        package = types.ModuleType("photo_double")
        package.__path__ = [str(ROOT)]
        sys.modules["photo_double"] = package
    return importlib.import_module("photo_double.blender_addon.scene")


def head_poses(rig: Any) -> NDArray[np.float64]:
    """Where the head is in every frame: T_world_head [frames, 4, 4]."""
    scene = bpy.context.scene
    rest = np.array(rig.data.bones["head"].matrix_local)
    rest[:3, 3] = 0.0
    poses: list[NDArray[np.float64]] = []
    for frame in range(scene.frame_start, scene.frame_end + 1):
        scene.frame_set(frame)
        moved = np.array(rig.matrix_world @ rig.pose.bones["head"].matrix)
        poses.append(moved @ np.linalg.inv(rest))
    return np.stack(poses)
