"""Brows: hairs in the colour of the photo's, no two quite alike.

U is a number of the hair's own, 0 to 1, and V runs from root to tip.
"""

import bpy

from ...core.assets import Double
from .shader import Shader, linear

BROWN_SRGB = (0.24, 0.17, 0.12)
"""For a photo that does not say."""

DARKEST, LIGHTEST = 0.35, 0.9
"""Hairs over the measured colour, which has skin between the hairs in it."""


def brow_material(double: Double, name: str) -> bpy.types.Material:
    """Soft hairs, lighter ones among darker ones."""
    colour = linear(double.colours_srgb.get("brows", BROWN_SRGB))
    shader = Shader(name, view_colour=colour[:3])
    number, _ = shader.place(at=(-900, 0))
    dark = (*(DARKEST * value for value in colour[:3]), 1.0)
    light = (*(LIGHTEST * value for value in colour[:3]), 1.0)
    own = shader.blend_colours(number, dark, light, at=(-300, 0))
    shader.link(own, "Base Color")
    shader.set(Roughness=0.55, IOR=1.55, Specular_IOR_Level=0.25)
    return shader.material
