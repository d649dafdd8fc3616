"""Skin: the photo's colours, with light that scatters under the surface.

The mouth's inside and the lips are the same mesh; the region attributes of the head
make them wetter, and the inside darker.
"""

import bpy

from ...core.assets import Double
from .images import image_from_png
from .shader import Shader, linear

MOUTH_INSIDE_SRGB = (0.36, 0.14, 0.13)
"""Colour of the mucosa where no photo looks."""

ROUGHNESS = 0.6
WET_ROUGHNESS = 0.32


def skin_material(double: Double, name: str) -> bpy.types.Material:
    """The material of face, neck, ears and the mouth's inside."""
    shader = Shader(name, view_colour=linear(double.colours_srgb["skin"])[:3])
    albedo = image_from_png(f"{name} Albedo", double.textures["albedo"])
    colour = shader.picture(albedo, at=(-500, 200)).outputs["Color"]
    shader.set(Roughness=ROUGHNESS, IOR=1.4, Specular_IOR_Level=0.25, Coat_Weight=0.0)
    shader.subsurface(weight=0.15, scale_m=0.004, radius=(1.0, 0.35, 0.2))
    if "mouth_inside" in double.region_names:
        inside = _region(shader, "mouth_inside", at=(-500, 450))
        mix = shader.node("ShaderNodeMix", at=(-100, 250), data_type="RGBA")
        shader.link(inside, mix.inputs["Factor"])
        mix.inputs[7].default_value = linear(MOUTH_INSIDE_SRGB)
        shader.link(colour, mix.inputs[6])
        colour = mix.outputs[2]
    shader.link(colour, "Base Color")
    if "lips" in double.region_names:
        lips = _region(shader, "lips", at=(-500, -100))
        wet = shader.node("ShaderNodeMapRange", at=(-100, -100))
        wet.inputs["To Min"].default_value = ROUGHNESS
        wet.inputs["To Max"].default_value = WET_ROUGHNESS
        shader.link(lips, wet.inputs["Value"])
        shader.link(wet.outputs["Result"], "Roughness")
    shader.bump(scale=320.0, depth_m=0.0004, strength=0.12)
    return shader.material


def _region(
    shader: Shader, region: str, *, at: tuple[float, float]
) -> bpy.types.NodeSocket:
    node = shader.node("ShaderNodeAttribute", at=at, attribute_name=region)
    return node.outputs["Fac"]
