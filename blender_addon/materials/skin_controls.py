"""What an artist may turn on a skin, in one node group: zero is as the photo has it.

Melanin and blood take light away by Beer and Lambert's law, each in its own colours, so
more of either multiplies the measured colour and keeps what is painted in it. Oil
smooths the surface and puts a coat over it; the lips have a coat of their own. Hair
that is painted on the skin keeps its look. Every slider is an input of the group node,
where it can be keyed or driven like any other.
"""

from dataclasses import dataclass

import bpy

from ...core.absorption import BLOOD_ABSORPTION
from ..properties import SKIN_CONTROL_NAMES, SKIN_CONTROLS
from .node_tree import NodeTree
from .shader import Shader

MELANIN_ABSORPTION = (0.55, 0.75, 1.05)
"""Of red, green and blue light at a slider of one; it climbs towards
blue as melanin's own does, but less: scattered light has met less of it."""

BRIGHTEST = 0.9
"""No skin gives back more of the light, however little melanin and blood it has."""

OIL_COAT, LIP_COAT = 0.7, 0.25
"""Weight of the coat at full oil, and of the lips' as they are."""

OIL_COAT_ROUGHNESS, LIP_COAT_ROUGHNESS = 0.28, 0.14
LIP_ROUGHNESS = 0.4
WET_ROUGHNESS = 0.3


@dataclass(frozen=True, kw_only=True)
class Slider:
    """One control: 0 leaves the skin as it was measured."""

    lowest: float
    """The least that it can be set to; 1 is the most."""
    description: str
    """What it does."""


SLIDERS = dict(
    zip(
        SKIN_CONTROL_NAMES,
        (
            Slider(
                lowest=-0.5,
                description="Brown pigment: 0 as in the photo, more makes the skin "
                "darker and warmer, less makes it paler",
            ),
            Slider(
                lowest=-0.5,
                description="Blood under the skin: 0 as in the photo, more makes it "
                "flush, less makes it wan",
            ),
            Slider(
                lowest=-1.0,
                description="Grease or sweat on the skin: 0 as in the photo, more "
                "makes it shine, less makes it matte",
            ),
            Slider(
                lowest=-1.0,
                description="Wetness of the lips: 0 moist, 1 glossy, -1 dry",
            ),
            Slider(
                lowest=0.0,
                description="Shadows and gloss that were on the face in the photo: 0 "
                "none, for a light of your own, 1 as they were, for the photo's light",
            ),
        ),
        strict=True,
    )
)
"""The controls by the names of the group's inputs."""

_SURFACE = {
    "Albedo": "Colour of the skin as measured from the photo",
    "Shade": "Half the light that fell there in the photo beside the smooth one",
    "Base Roughness": "Roughness of the skin as measured from the photo",
    "Hair": "1 where hair is painted on the skin, which the sliders leave alone",
    "Lips": "1 on the lips, 0 elsewhere",
    "Wet": "1 where the skin is always wet: rims of the lids, inside of the mouth",
}
_COLOURS = ("Albedo", "Shade")
_RESULTS = ("Color", "Roughness", "Coat Weight", "Coat Roughness")


def add_skin_controls(shader: Shader, name: str) -> bpy.types.Node:
    """A group node in `shader` that holds the sliders; its outputs feed the BSDF."""
    node = shader.node("ShaderNodeGroup", at=(0, 0), name=SKIN_CONTROLS)
    node.label = SKIN_CONTROLS
    node.width = 200.0
    node.node_tree = _controls(name)
    return node


def _controls(name: str) -> bpy.types.NodeTree:
    tree = bpy.data.node_groups.new(name, "ShaderNodeTree")
    _add_sockets(tree)
    group = NodeTree(tree)
    inputs = group.node("NodeGroupInput", at=(-1400, 0)).outputs
    result = group.node("NodeGroupOutput", at=(600, 0)).inputs
    bare = group.math("SUBTRACT", 1.0, inputs["Hair"], at=(-1400, 300))
    oil = group.math("MULTIPLY", inputs["Oil"], bare, at=(-1250, 100))
    group.feed(result["Color"], _colour(group, inputs, bare))
    group.feed(result["Roughness"], _roughness(group, inputs, oil))
    weight, roughness = _coat(group, inputs, oil)
    group.feed(result["Coat Weight"], weight)
    group.feed(result["Coat Roughness"], roughness)
    return tree


def _add_sockets(tree: bpy.types.NodeTree) -> None:
    """Sliders first, then what the material feeds, then what comes out."""
    for name, slider in SLIDERS.items():
        socket = tree.interface.new_socket(
            name, description=slider.description, socket_type="NodeSocketFloat"
        )
        socket.subtype = "FACTOR"
        socket.min_value, socket.max_value = slider.lowest, 1.0
        socket.default_value = 0.0
    for name, description in _SURFACE.items():
        kind = "NodeSocketColor" if name in _COLOURS else "NodeSocketFloat"
        socket = tree.interface.new_socket(
            name, description=description, socket_type=kind
        )
        if name == "Shade":
            socket.default_value = (0.5, 0.5, 0.5, 1.0)
    for name in _RESULTS:
        kind = "NodeSocketColor" if name == "Color" else "NodeSocketFloat"
        tree.interface.new_socket(name, in_out="OUTPUT", socket_type=kind)


def _colour(
    group: NodeTree,
    inputs: bpy.types.bpy_prop_collection,
    bare: bpy.types.NodeSocket,
) -> bpy.types.NodeSocket:
    """What melanin and blood leave of the measured colour, where the skin is bare."""
    melanin = group.vector(
        "SCALE", MELANIN_ABSORPTION, inputs["Melanin"], at=(-1100, 500)
    )
    blood = group.vector("SCALE", BLOOD_ABSORPTION, inputs["Redness"], at=(-1100, 350))
    both = group.vector("ADD", melanin, blood, at=(-900, 550))
    absorbed = group.vector("SCALE", both, bare, at=(-900, 400))
    split = group.node("ShaderNodeSeparateXYZ", at=(-700, 450))
    joined = group.node("ShaderNodeCombineXYZ", at=(-100, 450))
    group.feed(split.inputs[0], absorbed)
    for axis in range(3):
        at = 600 - 150 * axis
        lost = group.math("MULTIPLY", split.outputs[axis], -1.0, at=(-500, at))
        left = group.math("EXPONENT", lost, at=(-300, at))
        group.feed(joined.inputs[axis], left)
    colour = group.vector(
        "MULTIPLY", inputs["Albedo"], joined.outputs[0], at=(100, 450)
    )
    brightest = group.vector(
        "MAXIMUM", inputs["Albedo"], (BRIGHTEST,) * 3, at=(100, 250)
    )
    whole = group.vector("MINIMUM", colour, brightest, at=(300, 450))
    return _shaded(group, inputs, whole)


def _shaded(
    group: NodeTree, inputs: bpy.types.bpy_prop_collection, colour: bpy.types.NodeSocket
) -> bpy.types.NodeSocket:
    """The colour, as much of the photo's own shadows over it as is asked for."""
    more = group.vector(
        "MULTIPLY_ADD", inputs["Shade"], (2.0,) * 3, (-1.0,) * 3, at=(-700, 800)
    )
    asked = group.vector("SCALE", more, inputs["Shadows"], at=(-400, 800))
    shade = group.vector("ADD", asked, (1.0,) * 3, at=(-100, 800))
    return group.vector("MULTIPLY", colour, shade, at=(450, 600))


def _roughness(
    group: NodeTree,
    inputs: bpy.types.bpy_prop_collection,
    oil: bpy.types.NodeSocket,
) -> bpy.types.NodeSocket:
    """Less under oil and wherever it is wet."""
    smoother = group.math("MULTIPLY_ADD", oil, -0.45, 1.0, at=(-1100, 50))
    skin = group.math("MULTIPLY", inputs["Base Roughness"], smoother, at=(-900, 50))
    lips = group.math(
        "MULTIPLY_ADD", inputs["Lip Wetness"], -0.15, LIP_ROUGHNESS, at=(-1100, -100)
    )
    dry = group.blend(inputs["Lips"], skin, lips, at=(-700, 50))
    return group.blend(inputs["Wet"], dry, WET_ROUGHNESS, at=(-500, 50))


def _coat(
    group: NodeTree,
    inputs: bpy.types.bpy_prop_collection,
    oil: bpy.types.NodeSocket,
) -> tuple[bpy.types.NodeSocket, bpy.types.NodeSocket]:
    """Weight and roughness of the film of oil or water."""
    coat = group.math("MULTIPLY", oil, OIL_COAT, at=(-1100, -300))
    skin = group.math("MAXIMUM", coat, 0.0, at=(-900, -300))
    moist = group.math(
        "MULTIPLY_ADD", inputs["Lip Wetness"], 1 - LIP_COAT, LIP_COAT, at=(-1100, -450)
    )
    lips = group.math("MAXIMUM", moist, 0.0, at=(-900, -450))
    dry = group.blend(inputs["Lips"], skin, lips, at=(-700, -300))
    weight = group.math("MAXIMUM", dry, inputs["Wet"], at=(-500, -300))
    film = group.math("MAXIMUM", inputs["Lips"], inputs["Wet"], at=(-700, -500))
    roughness = group.blend(
        film, OIL_COAT_ROUGHNESS, LIP_COAT_ROUGHNESS, at=(-500, -500)
    )
    return weight, roughness
