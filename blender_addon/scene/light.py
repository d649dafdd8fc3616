"""Key, fill and rim light, and a small one for the eyes' glint and the teeth.

The key's own reflection lies under the upper lid, and eyes without any look dead; its
light stops at the upper lip, and a smile without any has grey teeth. All
of them are placed and measured by the size of the head.
"""

from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Vector

from .added import AddedDouble


@dataclass(frozen=True, kw_only=True)
class SoftLight:
    """An area light that looks at the head, from where the camera is seen as ahead."""

    name: str
    """What it is called after the double's name."""
    azimuth_deg: float
    """To the camera's right, seen from the head."""
    elevation_deg: float
    """Above the head's height."""
    distance: float
    """Over the head's height."""
    size: float
    """Edge, over the head's height."""
    irradiance: float
    """What arrives at the head, in watts a square metre."""
    colour: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Linear colour."""


LIGHTS = (
    SoftLight(
        name="Key",
        azimuth_deg=-35.0,
        elevation_deg=30.0,
        distance=5.0,
        size=3.0,
        irradiance=2.2,
        colour=(1.0, 0.97, 0.93),
    ),
    SoftLight(
        name="Fill",
        azimuth_deg=50.0,
        elevation_deg=5.0,
        distance=5.0,
        size=5.0,
        irradiance=1.2,
        colour=(0.94, 0.97, 1.0),
    ),
    SoftLight(
        name="Rim",
        azimuth_deg=155.0,
        elevation_deg=40.0,
        distance=4.5,
        size=2.0,
        irradiance=1.0,
    ),
    SoftLight(
        name="Eye",
        azimuth_deg=-20.0,
        elevation_deg=3.0,
        distance=4.0,
        size=0.85,
        irradiance=0.4,
    ),
)
"""Tuned by eye on fitted paintings: the head's colours stay close to the photo's."""


def light_double(
    context: bpy.types.Context,
    added: AddedDouble,
    *,
    camera: bpy.types.Object | None = None,
) -> list[bpy.types.Object]:
    """New key, fill, rim and eye lights in the double's collection.

    They stand about the direction from the head to `camera`; without one, about the
    direction that the double faces.
    """
    rig = added.rig_object()
    bone = rig.data.bones["head"]
    target = rig.matrix_world @ (bone.head_local + Vector((0.0, 0.0, 0.05)))
    size = _head_size(added)
    ahead = rig.matrix_world.to_3x3() @ Vector((0.0, -1.0, 0.0))
    if camera is not None:
        ahead = camera.matrix_world.translation - target
    facing = np.arctan2(ahead.y, ahead.x)
    lights = [
        _area_light(added, light, target=target, size=size, facing=float(facing))
        for light in LIGHTS
    ]
    context.view_layer.update()
    return lights


def _head_size(added: AddedDouble) -> float:
    """From chin to crown, near enough: 1.4 times what lies above the head joint."""
    head, rig = added.head_object(), added.rig_object()
    top = max(corner[2] for corner in head.bound_box)
    return max(1.4 * (top - rig.data.bones["head"].head_local.z), 0.05)


def _area_light(
    added: AddedDouble, light: SoftLight, *, target: Vector, size: float, facing: float
) -> bpy.types.Object:
    name = f"{added.name} {light.name} Light"
    data = bpy.data.lights.new(name, "AREA")
    data.shape = "DISK"
    data.size = light.size * size
    data.color = light.colour
    distance = light.distance * size
    # A small Lambertian source of power P gives P / (pi r^2) at r, straight ahead.
    data.energy = light.irradiance * np.pi * distance**2
    turn = facing + np.radians(light.azimuth_deg)
    rise = np.radians(light.elevation_deg)
    away = Vector(
        (np.cos(turn) * np.cos(rise), np.sin(turn) * np.cos(rise), np.sin(rise))
    )
    item = bpy.data.objects.new(name, data)
    item.location = target + distance * away
    item.rotation_mode = "XYZ"
    item.rotation_euler = away.to_track_quat("Z", "Y").to_euler()
    added.collection_data().objects.link(item)
    return item
