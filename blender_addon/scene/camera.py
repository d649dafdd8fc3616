"""A camera that sees the double where the photo's camera saw the person."""

import bpy
from mathutils import Matrix

from ...core import spaces
from ...core.assets import Double, PinholeCamera
from .add import head_pose
from .added import AddedDouble

SENSOR_WIDTH_MM = 36.0


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
    it lines up with that part of the photo.
    """
    name = f"{added.name} {label}"
    data = bpy.data.cameras.new(name)
    set_lens(data, view or double.camera)
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


def set_lens(data: bpy.types.Camera, camera: PinholeCamera) -> None:
    """Give `data` the focal length and principal point of a pinhole camera.

    The fit is horizontal always: Blender's automatic one would change the meaning of
    the numbers between landscape and portrait.
    """
    data.type = "PERSP"
    data.sensor_fit = "HORIZONTAL"
    data.sensor_width = SENSOR_WIDTH_MM
    data.lens = camera.focal_px * SENSOR_WIDTH_MM / camera.width_px
    data.shift_x = (camera.width_px / 2 - camera.center_x_px) / camera.width_px
    data.shift_y = (camera.center_y_px - camera.height_px / 2) / camera.width_px
