"""The 52 expressions as shape keys, by their ARKit names and in their order."""

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.expressions import EXPRESSION_NAMES
from .head_mesh import flat

BASIS = "Basis"


def add_shape_keys(
    head: bpy.types.Object, blendshapes: NDArray[np.float32], name: str
) -> bpy.types.Key:
    """Give `head` a Basis and one key per expression; gives back the Key, named `name`.

    Whoever reads the file (exporters, live link) expects exactly these names, in this
    order, with nothing between; keys of an artist's own come after them.
    """
    mesh = head.data
    neutral = np.empty(3 * len(mesh.vertices), np.float32)
    mesh.vertices.foreach_get("co", neutral)
    head.shape_key_add(name=BASIS, from_mix=False)
    for expression, offsets in zip(EXPRESSION_NAMES, blendshapes, strict=True):
        block = head.shape_key_add(name=expression, from_mix=False)
        block.data.foreach_set("co", neutral + flat(offsets))
        block.interpolation = "KEY_LINEAR"
        block.value = 0.0  # Blender 5 makes new keys with the value 1
    keys = mesh.shape_keys
    assert keys is not None
    keys.name = name
    head.active_shape_key_index = 0
    return keys
