"""Skin: the photo's colours, with light that scatters under the surface.

The mouth's inside and the lips are the same mesh; the region attributes of the head
make them wetter, and the inside darker. Relief and roughness are those that the Double
brings, or a fine grain and one value for all. What an artist may turn is one node group
(`skin_controls`).
"""

import bpy

from ...core.assets import Double
from ..rig.head_mesh import LID_MARGIN
from .folds import Folds, add_folds
from .images import image_from_png
from .shader import Shader, linear
from .skin_controls import add_skin_controls

MOUTH_INSIDE_SRGB = (0.82, 0.50, 0.48)
"""Colour of the mucosa where no photo looks."""

LID_RIM_SRGB = (0.74, 0.50, 0.45)
LID_RIM_SHARE = 0.45
"""The rim of the lids is mucosa more than skin, and the socket behind it wholly."""

ROUGHNESS = 0.6
"""Where the Double does not say."""

GLOSS = 0.25
"""How much skin reflects, as the BSDF takes it; painted hair reflects nothing."""

RELIEF_M = 0.001
"""Between black and white of the Double's picture of the relief."""


def skin_material(double: Double, name: str) -> bpy.types.Material:
    """The material of face, neck, ears and the mouth's inside."""
    shader = Shader(name, view_colour=linear(double.colours_srgb["skin"])[:3])
    shader.set(IOR=1.4, Specular_IOR_Level=GLOSS, Coat_IOR=1.4)
    shader.subsurface(weight=0.35, scale_m=0.003, radius=(1.0, 0.35, 0.2))
    controls = add_skin_controls(shader, f"{name} Controls")
    _show_roughness(shader, double, controls, name)
    _spare_hair(shader, double, controls, name)
    _know_shadows(shader, double, controls, name)
    inside = _region(shader, double, "mouth_inside", at=(-700, 500))
    shader.feed(controls.inputs["Lips"], _region(shader, double, "lips", at=(-700, 0)))
    margin = shader.node(
        "ShaderNodeAttribute", at=(-700, -150), attribute_name=LID_MARGIN
    )
    wet = shader.math("MAXIMUM", margin.outputs["Fac"], inside, at=(-400, -100))
    shader.feed(controls.inputs["Wet"], wet)
    colour = shader.blend_colours(
        inside, controls.outputs["Color"], linear(MOUTH_INSIDE_SRGB), at=(100, 300)
    )
    rim = shader.math("MULTIPLY", margin.outputs["Fac"], LID_RIM_SHARE, at=(100, 500))
    colour = shader.blend_colours(rim, colour, linear(LID_RIM_SRGB), at=(200, 300))
    shader.link(colour, "Base Color")
    for result in ("Roughness", "Coat Weight", "Coat Roughness"):
        shader.link(controls.outputs[result], result)
    folds = add_folds(shader, double, name)
    _show_relief(shader, double, folds, name)
    # Last, so that it stays the active one, which is what exporters and the view show.
    albedo = image_from_png(f"{name} Albedo", double.textures["albedo"])
    picture = shader.picture(albedo, at=(-700, 300))
    skin = picture.outputs["Color"]
    creased = folds.on_colour(skin, at=(-300, 400)) if folds else skin
    shader.link(creased, controls.inputs["Albedo"])
    return shader.material


def _region(
    shader: Shader, double: Double, region: str, *, at: tuple[float, float]
) -> bpy.types.NodeSocket | float:
    """How much of the surface belongs to a region; nothing, if the Double has none."""
    if region not in double.region_names:
        return 0.0
    node = shader.node("ShaderNodeAttribute", at=at, attribute_name=region)
    return node.outputs["Fac"]


def _show_roughness(
    shader: Shader, double: Double, controls: bpy.types.Node, name: str
) -> None:
    socket = controls.inputs["Base Roughness"]
    socket.default_value = ROUGHNESS
    if picture := _map(shader, double, "roughness", f"{name} Roughness", at=(-1000, 0)):
        shader.link(picture.outputs["Color"], socket)


def _spare_hair(
    shader: Shader, double: Double, controls: bpy.types.Node, name: str
) -> None:
    """Keep sliders and gloss off painted hair, if the Double says where it is."""
    if picture := _map(shader, double, "hair", f"{name} Hair", at=(-1000, -300)):
        painted = picture.outputs["Color"]
        shader.link(painted, controls.inputs["Hair"])
        gloss = shader.math("MULTIPLY_ADD", painted, -GLOSS, GLOSS, at=(100, -200))
        shader.link(gloss, "Specular IOR Level")


def _know_shadows(
    shader: Shader, double: Double, controls: bpy.types.Node, name: str
) -> None:
    """Hand on the photo's cast shadows and gloss, if the Double kept them."""
    if png := double.textures.get("shade"):
        image = image_from_png(f"{name} Shade", png)
        picture = shader.picture(image, at=(-1000, 300))
        shader.link(picture.outputs["Color"], controls.inputs["Shade"])


def _show_relief(
    shader: Shader, double: Double, folds: Folds | None, name: str
) -> None:
    if picture := _map(shader, double, "bump", f"{name} Relief", at=(-300, -400)):
        picture.interpolation = "Cubic"  # 8 bits would show as steps of 4 micrometres
        height = picture.outputs["Color"]
        if folds:
            height = folds.on_height(height, at=(-100, -550))
        shader.relief(height, depth_m=RELIEF_M)
    else:
        shader.grain(scale=320.0, depth_m=0.0004, strength=0.12)


def _map(
    shader: Shader, double: Double, texture: str, name: str, *, at: tuple[float, float]
) -> bpy.types.Node | None:
    """The node of a texture that holds numbers, if the Double has it."""
    png = double.textures.get(texture)
    if not png:
        return None
    return shader.picture(image_from_png(name, png, is_colour=False), at=at)
