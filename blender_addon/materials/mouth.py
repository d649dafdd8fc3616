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
TONGUE_SRGB = (0.87, 0.54, 0.52)

FURROW_HALF_WIDTH = 0.07
"""Of the tongue's middle, in its UV square; U runs across the tongue."""
TONGUE_RELIEF_M = 0.002
"""Depth of that furrow; the papillae are a part of it."""
PAPILLAE = 0.35


def teeth_material(_: Double, name: str) -> bpy.types.Material:
    """Enamel."""
    return _wet(name, TEETH_SRGB, roughness=0.22, subsurface=0.25).material


def gum_material(_: Double, name: str) -> bpy.types.Material:
    """Gums."""
    return _wet(name, GUMS_SRGB, roughness=0.3, subsurface=0.2).material


def tongue_material(_: Double, name: str) -> bpy.types.Material:
    """The tongue: rough with papillae, furrowed in the middle, wetter than teeth."""
    shader = _wet(name, TONGUE_SRGB, roughness=0.4, subsurface=0.2)
    shader.set(Coat_Weight=1.0, Coat_Roughness=0.15)
    u = shader.place(at=(-1000, -200))[0]
    aside = shader.math(
        "ABSOLUTE", shader.math("SUBTRACT", u, 0.5, at=(-600, -200)), at=(-450, -200)
    )
    furrow = shader.ramp(aside, start=0.0, end=FURROW_HALF_WIDTH, at=(-300, -200))
    papillae = shader.noise(scale=90.0, at=(-500, -500))
    height = shader.math("MULTIPLY_ADD", papillae, PAPILLAE, furrow, at=(-150, -300))
    shader.relief(height, depth_m=TONGUE_RELIEF_M)
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
