"""The photo's own light as a world: what the double was seen in shines on it again.

The double knows how bright a white surface of any direction was (`Double.photo_light`,
nine spherical harmonics). The light that arrives from each direction follows: a matte
surface blurs it, and takes the first band down to two thirds and the second to a
quarter (Ramamoorthi and Hanrahan 2001), so it is made as much stronger here.

What harmonics cannot tell, shadows that were cast on the face and gloss, the skin's own
material shows with it ("Shadows"; of no other light they would be right).

Harmonics are smooth, a room is not: a cornea that mirrored them was a grey veil over
the pupil. So what gloss mirrors is gathered where most light comes from.

In an artist's scene only the light is the photo's: the camera sees the backdrop that it
saw, and the world that the scene had stays in the file untouched.
"""

from dataclasses import dataclass

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.assets import Double
from ...core.errors import PhotoLightUnknownError
from ..materials.node_tree import NodeTree
from ..properties import skin_controls
from .added import AddedDouble

_ROWS, _COLUMNS = 64, 128
_BANDS = np.array([1.0] + 3 * [1.5] + 5 * [4.0 * 0.6])
"""What undoes the blur; the last band less, as it is the least sure and rings."""


LUMINANCE = (0.2126, 0.7152, 0.0722)
"""As Blender's own node makes grey of linear colours."""

_GATHERED, _BRIGHTEST = 0.75, 18.0
"""Share of the mirrored light that is gathered around the brightest direction, and how
many times as bright as the mean it is there at most: a window, not a spark on wet lips.
"""
_SHARPEST, _WIDER = 80.0, 0.8
"""The greatest power of its brightness by which it is gathered, and by which factors
that is lowered until it is dim enough."""


def knows_light(double: Double) -> bool:
    """Whether the double holds its photo's light."""
    return bool(np.any(double.photo_light))


def refuse_unknown_light(double: Double) -> None:
    """Raise PhotoLightUnknownError if the double does not hold its photo's light."""
    if not knows_light(double):
        raise PhotoLightUnknownError(
            f"{double.name} was made by an older version, without the light of its "
            "photo. Choose another light, or build the double anew from its photo."
        )


def shine_photo_light(
    context: bpy.types.Context, added: AddedDouble, double: Double
) -> bpy.types.World:
    """Let the photo's light fall on the scene, in place of what its world sheds.

    The scene gets a copy of its world, in which the camera sees what it saw. The world
    that it had is not changed, and stays in the file when that is saved.
    """
    scene, theirs = context.scene, context.scene.world
    world = _copy_with_nodes(theirs, f"{added.name} World")
    picture = light_picture(double, f"{added.name} Light")
    _replace_light(NodeTree(world.node_tree), picture)
    scene.world = world
    if theirs is not None and theirs.users == 0:
        theirs.use_fake_user = True  # Blender does not save what nobody uses
    show_photo_shadows(added)
    return world


def show_photo_shadows(added: AddedDouble) -> None:
    """Put the shadows and gloss that the photo showed back on the face."""
    if controls := skin_controls(added.head_object()):
        controls.inputs["Shadows"].default_value = 1.0


def light_picture(double: Double, name: str) -> bpy.types.Image:
    """The light from all directions as an equirectangular picture, linear, packed."""
    rgb = radiance(double.photo_light, _directions())
    image = bpy.data.images.new(
        name, _COLUMNS, _ROWS, alpha=False, float_buffer=True, is_data=True
    )
    rgba = np.ones((_ROWS, _COLUMNS, 4), np.float32)
    rgba[..., :3] = rgb
    image.pixels.foreach_set(np.ascontiguousarray(rgba[::-1]).ravel())
    image.file_format = "OPEN_EXR"  # packed as it is, brighter than white and all
    image.update()
    image.pack()
    return image


def radiance(
    light: NDArray[np.floating], directions: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Light [..., 3] that arrives from unit directions [..., 3], never negative.

    What is cut off below zero is taken from the rest, so that the sum stays.
    """
    x, y, z = np.moveaxis(np.asarray(directions, np.float64), -1, 0)
    one = np.ones_like(x)
    harmonics = [one, x, y, z, x * y, y * z, z * x, x * x - y * y, 3 * z * z - 1]
    raw = np.stack(harmonics, axis=-1) @ (_BANDS[:, None] * light)
    kept = raw.clip(min=0.0)
    weight = np.sqrt((1 - z * z).clip(min=0.0))[..., None]
    share = (raw * weight).sum() / max((kept * weight).sum(), 1e-9)
    return kept * float(share.clip(0.1, 1.0))


def arriving(
    tree: NodeTree, picture: bpy.types.Image, *, at: tuple[float, float]
) -> bpy.types.NodeSocket:
    """The colour of the picture's light from each direction, as rays meet it.

    Those that gloss sends out meet it gathered; together it is as much.
    """
    x, y = at
    around = tree.node("ShaderNodeTexEnvironment", at=at, image=picture)
    colour = around.outputs["Color"]
    gathered = gathering(picture)
    grey = tree.node("ShaderNodeRGBToBW", at=(x + 250, y - 150))
    tree.feed(grey.inputs[0], colour)
    share = tree.math("DIVIDE", grey.outputs[0], gathered.peak, at=(x + 400, y - 150))
    share = tree.math("POWER", share, gathered.power, at=(x + 550, y - 150))
    share = tree.math(
        "MULTIPLY_ADD", share, gathered.gain, gathered.rest, at=(x + 700, y - 150)
    )
    scaled = tree.vector("SCALE", colour, share, at=(x + 850, y - 150))
    rays = tree.node("ShaderNodeLightPath", at=(x + 850, y + 300))
    mirrored = rays.outputs["Is Glossy Ray"]
    return tree.blend_colours(mirrored, colour, scaled, at=(x + 1000, y))


@dataclass(frozen=True, kw_only=True)
class Gathering:
    """What multiplies light that is gathered: `gain * (grey / peak)**power + rest`."""

    peak: float
    """The greatest brightness."""
    power: float
    """How sharply it falls from there."""
    gain: float
    """Of what is gathered."""
    rest: float
    """Of all light, from everywhere."""


def gathering(picture: bpy.types.Image) -> Gathering:
    """How the light of an equirectangular picture is gathered; its sum stays."""
    pixels = np.empty(4 * _ROWS * _COLUMNS, np.float32)
    picture.pixels.foreach_get(pixels)
    grey = pixels.reshape(_ROWS, _COLUMNS, 4)[..., :3] @ np.array(LUMINANCE)
    peak = max(float(grey.max()), 1e-6)
    rise = np.pi * ((np.arange(_ROWS) + 0.5) / _ROWS - 0.5)
    weight = np.repeat(np.cos(rise)[:, None], _COLUMNS, axis=1)
    whole = float((weight * grey).sum())
    most = _BRIGHTEST * whole / float(weight.sum()) / peak
    power = _SHARPEST
    while True:
        peaked = float((weight * grey * (grey / peak) ** power).sum())
        gain = _GATHERED * whole / max(peaked, 1e-6)
        if gain <= most or power < 1:
            return Gathering(peak=peak, power=power, gain=gain, rest=1 - _GATHERED)
        power *= _WIDER


def _copy_with_nodes(world: bpy.types.World | None, name: str) -> bpy.types.World:
    """A new world that looks like `world`, by nodes; black where there is none."""
    copy = world.copy() if world else bpy.data.worlds.new(name)
    copy.name = name
    has_nodes = bpy.app.version >= (5, 0) or copy.use_nodes
    if world and has_nodes:
        return copy
    if not has_nodes:
        copy.use_nodes = True
    tree = NodeTree(copy.node_tree)
    tree.tree.nodes.clear()
    plain = tree.node("ShaderNodeBackground", at=(0, 0))
    copy.color = world.color if world else (0.0, 0.0, 0.0)
    plain.inputs["Color"].default_value = (*copy.color, 1.0)
    output = tree.node("ShaderNodeOutputWorld", at=(300, 0))
    tree.feed(output.inputs["Surface"], plain.outputs[0])
    return copy


def _replace_light(tree: NodeTree, light: bpy.types.Image) -> None:
    """Let every ray but the camera's meet `light` instead of the world's surface."""
    outputs = [node for node in tree.tree.nodes if node.type == "OUTPUT_WORLD"]
    x = max((node.location.x + node.width for node in tree.tree.nodes), default=0.0)
    colour = arriving(tree, light, at=(x + 50, -350))
    x += 1000
    shed = tree.node("ShaderNodeBackground", at=(x + 350, -350))
    tree.feed(shed.inputs["Color"], colour)
    rays = tree.node("ShaderNodeLightPath", at=(x + 350, 100))
    for number, output in enumerate(outputs):
        y = -200.0 * number
        mix = tree.node("ShaderNodeMixShader", at=(x + 600, y))
        tree.feed(mix.inputs[0], rays.outputs["Is Camera Ray"])
        tree.feed(mix.inputs[1], shed.outputs[0])
        for link in output.inputs["Surface"].links:
            tree.feed(mix.inputs[2], link.from_socket)
        tree.feed(output.inputs["Surface"], mix.outputs[0])
        output.location = (x + 800, y)


def _directions() -> NDArray[np.float64]:
    """Where each pixel of an equirectangular world looks, from the top row down."""
    turn = np.pi - 2 * np.pi * (np.arange(_COLUMNS) + 0.5) / _COLUMNS
    rise = np.pi / 2 - np.pi * (np.arange(_ROWS) + 0.5) / _ROWS
    turn, rise = np.meshgrid(turn, rise)
    flat = np.cos(rise)
    looks = [np.cos(turn) * flat, np.sin(turn) * flat, np.sin(rise)]
    return np.stack(looks, axis=-1).astype(np.float64)
