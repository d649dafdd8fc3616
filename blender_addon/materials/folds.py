"""Folds of the photo's expression, on the skin as far as that expression is acted.

The material reads the shape keys' values as attributes of the object, so that nothing
has to be driven: every object shows its own, whatever copies, links or renders it, in
Cycles and in EEVEE.
"""

import bpy

from ...core.assets import Double
from ..rig.fold_weights import FOLDS, fold_attributes, fold_weights
from .images import image_from_png
from .shader import Shader

_BRIGHTEST = 2.0
"""Factor on the skin's colour that is white in the picture of folds."""

_DEPTH = 0.5
"""How far a fold that is darker by one lies below the skin, over what is between black
and white of the relief."""

_DEEPEST = 0.25
"""The same of the deepest fold."""


class Folds:
    """The nodes that put folds on a skin."""

    def __init__(
        self,
        shader: Shader,
        acted: bpy.types.NodeSocket,
        more: bpy.types.NodeSocket,
    ) -> None:
        self._shader, self._acted, self._more = shader, acted, more

    def on_colour(
        self, colour: bpy.types.NodeSocket, *, at: tuple[float, float]
    ) -> bpy.types.NodeSocket:
        """The colour with the folds over it."""
        asked = self._shader.vector(
            "SCALE", self._more, self._acted, at=(at[0] - 200, at[1] + 150)
        )
        return self._shader.vector("MULTIPLY_ADD", asked, colour, colour, at=at)

    def on_height(
        self, height: bpy.types.NodeSocket, *, at: tuple[float, float]
    ) -> bpy.types.NodeSocket:
        """The height with the folds in it."""
        x, y = at
        grey = self._shader.vector(
            "DOT_PRODUCT", self._more, (1 / 3,) * 3, at=(x - 600, y)
        )
        dark = self._shader.math("MULTIPLY", grey, _DEPTH, at=(x - 450, y))
        deep = self._shader.math("MAXIMUM", dark, -_DEEPEST, at=(x - 300, y))
        acted = self._shader.math("MULTIPLY", deep, self._acted, at=(x - 150, y))
        return self._shader.math("ADD", height, acted, at=at)


def add_folds(shader: Shader, double: Double, name: str) -> Folds | None:
    """The folds of `double`, if its photo's expression made any."""
    found = fold_weights(double)
    if not found.expressions:
        return None
    total: bpy.types.NodeSocket | float = 0.0
    for index, attribute in enumerate(fold_attributes(found)):
        y = 900 + 450 * index
        share = shader.node(
            "ShaderNodeAttribute", at=(-1600, y), attribute_name=attribute
        )
        weights = shader.node("ShaderNodeCombineXYZ", at=(-1600, y + 200))
        three = found.expressions[3 * index : 3 * index + 3]
        for slot, expression in enumerate(three):
            value = _shape_key(shader, expression, at=(-1850, y + 150 * slot))
            shader.feed(weights.inputs[slot], value)
        brought = shader.vector(
            "DOT_PRODUCT", share.outputs["Vector"], weights.outputs[0], at=(-1400, y)
        )
        total = shader.math("ADD", total, brought, at=(-1200, y))
    acted = shader.math("MINIMUM", total, 1.0, at=(-1000, 900))
    image = image_from_png(f"{name} Folds", double.textures[FOLDS])
    picture = shader.picture(image, at=(-1000, 600))
    picture.interpolation = "Cubic"
    more = shader.vector(
        "MULTIPLY_ADD",
        picture.outputs["Color"],
        (_BRIGHTEST,) * 3,
        (-1.0,) * 3,
        at=(-700, 650),
    )
    return Folds(shader, acted, more)


def _shape_key(
    shader: Shader, expression: str, *, at: tuple[float, float]
) -> bpy.types.NodeSocket:
    """The value of one of the object's own shape keys."""
    node = shader.node(
        "ShaderNodeAttribute",
        at=at,
        attribute_type="OBJECT",
        attribute_name=f'data.shape_keys.key_blocks["{expression}"].value',
    )
    node.label = expression
    node.hide = True
    return node.outputs["Fac"]
