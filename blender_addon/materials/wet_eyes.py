"""What lies between lids and eyeball: a film of tears, shade, and the caruncle."""

import bpy

from ...core.assets import Double
from .eyes import WATER_IOR
from .shader import Shader, linear

TEARS_LEAST = 0.05
"""What the film mirrors at least: lamps in a room are brighter than a render's."""

SHADE_SRGB = (0.24, 0.12, 0.10)
"""Light that came through lids and lashes is red."""

SHADE_AT_LID = 0.62
"""How much of the eye the shade hides beside the lid."""

CARUNCLE_SRGB = (0.72, 0.48, 0.44)
FOLD_SRGB = (0.78, 0.66, 0.62)
"""Flesh in the corner, and the thin fold that it ends in on the white."""


def tears_material(_: Double, name: str) -> bpy.types.Material:
    """A film that mirrors as water does, and lets all other light pass."""
    shader = Shader(name, view_colour=(1.0, 1.0, 1.0))
    shader.material.surface_render_method = "DITHERED"
    shader.set(
        Base_Color=(1.0, 1.0, 1.0, 1.0), Metallic=1.0, Roughness=0.04, IOR=WATER_IOR
    )
    fresnel = shader.node("ShaderNodeFresnel", at=(-300, -200))
    fresnel.inputs["IOR"].default_value = WATER_IOR
    mirrored = shader.math("MAXIMUM", fresnel.outputs[0], TEARS_LEAST, at=(-100, -200))
    shader.link(mirrored, "Alpha")
    return shader.material


def lid_shade_material(_: Double, name: str) -> bpy.types.Material:
    """Dark at the lid's rim (V = 0), clear at the far side and towards both ends."""
    colour = linear(SHADE_SRGB)
    shader = Shader(name, view_colour=colour[:3])
    shader.material.surface_render_method = "DITHERED"
    shader.set(Base_Color=colour, Roughness=1.0, IOR=1.4, Specular_IOR_Level=0.0)
    u, v = shader.place(at=(-900, 0))
    near = shader.math("SUBTRACT", 1.0, v, at=(-500, -100))
    falling = shader.math("POWER", near, 1.8, at=(-300, -100))
    begins = shader.ramp(u, start=0.0, end=0.25, at=(-500, 200))
    ends = shader.ramp(u, start=1.0, end=0.85, at=(-500, 50))
    along = shader.math("MULTIPLY", begins, ends, at=(-300, 100))
    shade = shader.math("MULTIPLY", falling, along, at=(-100, 0))
    shader.link(shader.math("MULTIPLY", shade, SHADE_AT_LID, at=(100, -200)), "Alpha")
    return shader.material


def caruncle_material(_: Double, name: str) -> bpy.types.Material:
    """Pink flesh, wet, with fine bumps; paler where it ends on the eyeball (V = 1)."""
    colour = linear(CARUNCLE_SRGB)
    shader = Shader(name, view_colour=colour[:3])
    v = shader.place(at=(-900, 200))[1]
    fold = shader.ramp(v, start=0.45, end=0.95, at=(-500, 200))
    pink = shader.blend_colours(fold, colour, linear(FOLD_SRGB), at=(-200, 200))
    shader.link(pink, "Base Color")
    shader.set(
        Roughness=0.4,
        IOR=1.4,
        Specular_IOR_Level=0.4,
        Coat_Weight=0.8,
        Coat_Roughness=0.08,
        Coat_IOR=WATER_IOR,
    )
    shader.subsurface(weight=0.3, scale_m=0.002, radius=(1.0, 0.4, 0.3))
    shader.grain(scale=9.0, depth_m=0.0002, strength=0.3)
    return shader.material
