"""Hair as Blender's hair curves, fastened to the head bone."""

import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

from ...core.assets import Hair
from .head_mesh import flat

ROOT_COLOUR, TIP_COLOUR = "root_colour", "tip_colour"
"""Attributes of the strands."""

TAPER = 0.35
"""Thickness at the tip, over that at the root."""

GROWN, FINEST = 0.6, 0.4
"""Share of the usual length from which strands are as thick as all, and thickness of
the finest over that."""


def build_hair(
    hair: Hair, name: str, *, offset: NDArray[np.float32]
) -> bpy.types.Object:
    """An object of hair curves, `offset` metres away from head space's origin."""
    strands, points = hair.points.shape[:2]
    curves = bpy.data.hair_curves.new(name)
    curves.add_curves([points] * strands)
    curves.position_data.foreach_set("vector", flat(hair.points + offset))
    along = np.linspace(1.0, TAPER, points)
    thickness = hair.radius_m * _fineness(hair)[:, None] * along
    radius = curves.attributes.new("radius", "FLOAT", "POINT")
    radius.data.foreach_set("value", flat(thickness))
    for end, attribute in enumerate((ROOT_COLOUR, TIP_COLOUR)):
        colours = np.ones((strands, 4), np.float32)
        colours[:, :3] = hair.colours_srgb[:, end] / 255.0
        layer = curves.attributes.new(attribute, "BYTE_COLOR", "CURVE")
        layer.data.foreach_set("color_srgb", flat(colours))
    return bpy.data.objects.new(name, curves)


def _fineness(hair: Hair) -> NDArray[np.floating]:
    """Thickness of each strand over the usual: short ones are baby hairs, and fine."""
    lengths = np.linalg.norm(np.diff(hair.points, axis=1), axis=2).sum(axis=1)
    share = lengths / max(float(np.median(lengths)), 1e-6)
    return np.clip(share / GROWN, FINEST, 1.0)


def fasten_to_bone(item: bpy.types.Object, rig: bpy.types.Object, bone: str) -> None:
    """Let one bone carry an object, which stays where it is at rest."""
    rest = rig.data.bones[bone]
    item.parent, item.parent_type, item.parent_bone = rig, "BONE", bone
    tail = rest.matrix_local @ Matrix.Translation((0.0, rest.length, 0.0))
    item.matrix_parent_inverse = tail.inverted()
