"""A camera that sees the double where the photo's camera saw the person."""

import bpy
from mathutils import Matrix

from ...core import spaces
from ...core.assets import Double, PinholeCamera
from .add import head_pose
from .added import AddedDouble

SENSOR_MM = 36.0
"""Of the side of the picture that the lens is measured by."""


def match_camera(
    context: bpy.types.Context,
    added: AddedDouble,
    double: Double,
    *,
    view: PinholeCamera | None = None,
    label: str = "Camera",
) -> bpy.types.Object:
    """A new camera in the double's collection; the scene's own camera stays active.

    A render in the photo's shape (any size) then lines up with the photo. With `view`,
    it lines up with that part of the photo. In the scene's shape it shows all of it,
    and more at the sides or above and below.
    """
    name = f"{added.name} {label}"
    data = bpy.data.cameras.new(name)
    set_lens(data, view or double.camera, aspect=picture_aspect(context.scene))
    camera = bpy.data.objects.new(name, data)
    added.collection_data().objects.link(camera)
    T_world_camera = head_pose(added, double) @ spaces.inverse_rigid(
        double.T_camera_head
    )
    camera.matrix_world = Matrix(spaces.blender_camera_pose(T_world_camera).tolist())
    distance = float(double.T_camera_head[2, 3])
    data.clip_start = 0.01
    data.clip_end = max(100.0, 4.0 * distance)
    data.dof.focus_distance = distance
    context.view_layer.update()
    return camera


def set_lens(data: bpy.types.Camera, camera: PinholeCamera, *, aspect: float) -> None:
    """Give `data` the focal length and principal point of a pinhole camera.

    Its whole picture fits into one of `aspect` (width over height). The fit is never
    Blender's automatic one, which would change the meaning of the numbers between
    landscape and portrait.
    """
    wide = aspect > camera.width_px / camera.height_px
    side_px = camera.height_px if wide else camera.width_px
    data.type = "PERSP"
    data.sensor_fit = "VERTICAL" if wide else "HORIZONTAL"
    data.sensor_width = data.sensor_height = SENSOR_MM
    data.lens = camera.focal_px * SENSOR_MM / side_px
    data.shift_x = (camera.width_px / 2 - camera.center_x_px) / side_px
    data.shift_y = (camera.center_y_px - camera.height_px / 2) / side_px


def picture_aspect(scene: bpy.types.Scene) -> float:
    """Width over height of the rendered picture as it is looked at."""
    render = scene.render
    width = render.resolution_x * render.pixel_aspect_x
    return width / (render.resolution_y * render.pixel_aspect_y)
