"""Hair of the head: many strands, each in colours of its own near root and near tip.

It is a plain surface in both engines. Cycles' model of hair's fibres needs many bounces
of light: with the few that suit a head it turned dark hair grey, in 1.4 times the time.
EEVEE lets strands shade each other less, so that it gets darker ones.
"""

import bpy

from ...core.assets import Double
from ..rig.hair_strands import ROOT_COLOUR, TIP_COLOUR
from .shader import Shader, linear

BROWN_SRGB = (0.24, 0.17, 0.12)
"""For the 3D view, if the photo does not say."""

GLOSS = 0.1
"""How much strands reflect, as the BSDF takes it. Each shows light to the camera from
somewhere: at 0.28 dark hair was a grey veil, 5 to 11 L* too light, of its photos' red
and yellow a quarter."""

EEVEE_SHADE = 0.5
"""EEVEE showed cropped grey hair 2.3 times as bright as Cycles, at the same colours."""


def hair_material(double: Double, name: str) -> bpy.types.Material:
    """The material of the strands."""
    colour = double.colours_srgb.get("hair", BROWN_SRGB)
    shader = Shader(name, view_colour=linear(colour)[:3])
    ends = [
        shader.node("ShaderNodeAttribute", at=(-700, at), attribute_name=attribute)
        for at, attribute in ((200, ROOT_COLOUR), (0, TIP_COLOUR))
    ]
    strand = shader.node("ShaderNodeHairInfo", at=(-700, -200))
    own = shader.blend_colours(
        strand.outputs["Intercept"],
        ends[0].outputs["Color"],
        ends[1].outputs["Color"],
        at=(-300, 100),
    )
    shader.link(own, "Base Color")
    shader.set(Roughness=0.38, IOR=1.45, Specular_IOR_Level=GLOSS)
    _add_eevee(shader, own)
    return shader.material


def _add_eevee(shader: Shader, colour: bpy.types.NodeSocket) -> None:
    """A darker surface, which EEVEE shows instead."""
    for node in shader.tree.nodes:
        if node.type == "OUTPUT_MATERIAL":
            node.target = "CYCLES"
    darker = shader.vector("SCALE", colour, EEVEE_SHADE, at=(0, -500))
    surface = shader.node("ShaderNodeBsdfPrincipled", at=(300, -500))
    shader.link(darker, surface.inputs["Base Color"])
    for name in ("Roughness", "IOR", "Specular IOR Level"):
        value = shader.principled.inputs[name].default_value
        surface.inputs[name].default_value = value
    output = shader.node("ShaderNodeOutputMaterial", at=(600, -500), target="EEVEE")
    shader.link(surface.outputs["BSDF"], output.inputs["Surface"])
