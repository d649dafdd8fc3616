"""Hair of the head: light goes through strands and glances off them.

Cycles has a model of hair's fibres (Chiang et al., "A practical and controllable hair
and fur model", 2016); EEVEE does not know it and gets a surface of the same colours.
The colours are attributes of the strands, near root and near tip.
"""

import bpy

from ...core.assets import Double
from ..rig.hair_strands import ROOT_COLOUR, TIP_COLOUR
from .shader import Shader, linear

BROWN_SRGB = (0.24, 0.17, 0.12)
"""For the 3D view, if the photo does not say."""


def hair_material(double: Double, name: str) -> bpy.types.Material:
    """The material of the strands."""
    colour = double.colours_srgb.get("hair", BROWN_SRGB)
    shader = Shader(name, view_colour=linear(colour)[:3])
    root = shader.node("ShaderNodeAttribute", at=(-700, 200), attribute_name=ROOT_COLOUR)
    tip = shader.node("ShaderNodeAttribute", at=(-700, 0), attribute_name=TIP_COLOUR)
    strand = shader.node("ShaderNodeHairInfo", at=(-700, -200))
    along = strand.outputs["Intercept"]
    blended = shader.blend_colours(
        along, root.outputs["Color"], tip.outputs["Color"], at=(-300, 100)
    )
    shader.link(blended, "Base Color")
    shader.set(Roughness=0.5, IOR=1.55, Specular_IOR_Level=0.3)
    _add_fibres(shader, blended)
    return shader.material


def _add_fibres(shader: Shader, colour: bpy.types.NodeSocket) -> None:
    """What Cycles renders instead."""
    plain = next(n for n in shader.tree.nodes if n.type == "OUTPUT_MATERIAL")
    plain.target = "EEVEE"
    fibres = shader.node("ShaderNodeBsdfHairPrincipled", at=(300, 500))
    fibres.model, fibres.parametrization = "CHIANG", "COLOR"
    for name, value in (
        ("Roughness", 0.35),
        ("Radial Roughness", 0.5),
        ("Coat", 0.0),
        ("IOR", 1.55),
        ("Random Roughness", 0.2),
    ):
        fibres.inputs[name].default_value = value
    shader.link(colour, fibres.inputs["Color"])
    output = shader.node("ShaderNodeOutputMaterial", at=(600, 500))
    output.target = "CYCLES"
    shader.link(fibres.outputs[0], output.inputs["Surface"])
