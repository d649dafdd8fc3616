"""Teeth, gums and tongue: plain colours, wet, with some light inside.

A mouth is a cave: what is in it gets a third of the light that falls on the face, and
most of that from below the upper lip. Its colours are those of things held in the hand,
not those that photos of mouths show, which have the cave's darkness in them already.
"""

import bpy

from ...core.assets import Double
from .shader import Shader, linear

TEETH_SRGB = (0.95, 0.90, 0.80)
GUMS_SRGB = (0.80, 0.48, 0.46)
TONGUE_SRGB = (0.78, 0.47, 0.45)


def teeth_material(_: Double, name: str) -> bpy.types.Material:
    """Enamel."""
    return _wet(name, TEETH_SRGB, roughness=0.22, subsurface=0.25).material


def gum_material(_: Double, name: str) -> bpy.types.Material:
    """Gums."""
    return _wet(name, GUMS_SRGB, roughness=0.3, subsurface=0.2).material


def tongue_material(_: Double, name: str) -> bpy.types.Material:
    """The tongue, a little rough."""
    shader = _wet(name, TONGUE_SRGB, roughness=0.42, subsurface=0.2)
    shader.grain(scale=140.0, depth_m=0.0006, strength=0.35)
    return shader.material


def _wet(
    name: str,
    colour_srgb: tuple[float, float, float],
    *,
    roughness: float,
    subsurface: float,
) -> Shader:
    colour = linear(colour_srgb)
    shader = Shader(name, view_colour=colour[:3])
    shader.set(
        Base_Color=colour,
        Roughness=roughness,
        IOR=1.45,
        Specular_IOR_Level=0.5,
        Coat_Weight=0.3,
        Coat_Roughness=0.1,
        Coat_IOR=1.33,
    )
    shader.subsurface(weight=subsurface, scale_m=0.003, radius=(1.0, 0.6, 0.45))
    return shader
