"""The camera sees each vertex where the photo's camera does."""

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view
from made_of_spheres import make_double
from mathutils import Vector
from photo_double.blender_addon import scene
from photo_double.core import spaces
from photo_double.core.assets import Double, PinholeCamera


def seen_by_photo(double: Double, camera: PinholeCamera) -> np.ndarray:
    points = spaces.transform_points(double.T_camera_head, double.vertices)
    pixels = camera.focal_px * points[:, :2] / points[:, 2:]
    return pixels + np.array([camera.center_x_px, camera.center_y_px])


def seen_by_blender(head: bpy.types.Object, camera: bpy.types.Object) -> np.ndarray:
    render = bpy.context.scene.render
    evaluated = head.evaluated_get(bpy.context.evaluated_depsgraph_get())
    views = [
        world_to_camera_view(
            bpy.context.scene, camera, head.matrix_world @ Vector(vertex.co)
        )
        for vertex in evaluated.data.vertices
    ]
    return np.array(
        [[v.x * render.resolution_x, (1 - v.y) * render.resolution_y] for v in views]
    )


@pytest.mark.parametrize("placed", ["upright in the origin", "moved and turned"])
def test_vertices_project_onto_the_photo(placed: str) -> None:
    double = make_double()
    if placed == "moved and turned":
        bpy.context.scene.cursor.location = (1.0, -2.0, 0.5)
    added = scene.add_double(bpy.context, double)
    if placed == "moved and turned":
        added.rig_object().rotation_euler = (0.1, -0.2, 1.1)
        bpy.context.view_layer.update()
    camera = scene.match_camera(bpy.context, added, double)
    render = bpy.context.scene.render
    render.resolution_x = double.camera.width_px
    render.resolution_y = double.camera.height_px
    seen = seen_by_blender(added.head_object(), camera)
    difference = np.abs(seen - seen_by_photo(double, double.camera))
    assert difference.max() < 0.1


@pytest.mark.parametrize("size", [(1920, 1080), (500, 2000)])
def test_the_whole_photo_fits_into_the_scenes_picture(size: tuple[int, int]) -> None:
    double = make_double()
    render = bpy.context.scene.render
    render.resolution_x, render.resolution_y = size
    added = scene.add_double(bpy.context, double)
    camera = scene.match_camera(bpy.context, added, double)
    photo = np.array([double.camera.width_px, double.camera.height_px])
    scale = min(size / photo)
    margin = (size - scale * photo) / 2
    expected = scale * seen_by_photo(double, double.camera) + margin
    seen = seen_by_blender(added.head_object(), camera)
    assert np.abs(seen - expected).max() < 0.2


def test_a_part_of_the_photo_lines_up_with_that_part() -> None:
    double = make_double()
    added = scene.add_double(bpy.context, double)
    view = PinholeCamera(
        focal_px=double.camera.focal_px,
        center_x_px=double.camera.center_x_px - 120,
        center_y_px=double.camera.center_y_px - 40,
        width_px=480,
        height_px=700,
    )
    camera = scene.match_camera(
        bpy.context, added, double, view=view, label="Portrait Camera"
    )
    render = bpy.context.scene.render
    render.resolution_x, render.resolution_y = 480, 700
    seen = seen_by_blender(added.head_object(), camera)
    expected = seen_by_photo(double, double.camera) - [120, 40]
    assert np.abs(seen - expected).max() < 0.1


def test_the_scenes_own_camera_stays_active() -> None:
    double = make_double()
    added = scene.add_double(bpy.context, double)
    scene.match_camera(bpy.context, added, double)
    assert bpy.context.scene.camera is None
