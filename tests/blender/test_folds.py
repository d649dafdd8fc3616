"""The folds of the photo come and go with its expression, in every object by itself."""

from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest
from made_of_spheres import make_double, png
from photo_double.blender_addon import scene
from photo_double.blender_addon.rig.fold_weights import FOLDS, MOST, fold_weights
from photo_double.core.assets import Double
from photo_double.core.expressions import EXPRESSION_INDEX, EXPRESSION_NAMES
from test_skin_controls import add_lit, render

HALF_SRGB = 188
"""As it was: half of 2."""


def squeezed(double: Double, name: str) -> Double:
    """The double with one expression that presses all of its skin together."""
    blendshapes = np.zeros_like(double.blendshapes)
    on_skin = np.unique(double.faces[double.face_parts == 0])
    on_skin = on_skin[on_skin >= 0]
    blendshapes[EXPRESSION_INDEX[name], on_skin, 0] = -0.3 * double.vertices[on_skin, 0]
    return replace(double, blendshapes=blendshapes)


def creased(*, weight: float, srgb: int = 137) -> Double:
    """A double whose smile of that weight made its skin so dark everywhere."""
    double = squeezed(make_double(), "mouthSmileLeft")
    expression = np.zeros(52, np.float32)
    expression[EXPRESSION_INDEX["mouthSmileLeft"]] = weight
    folds = png(np.full((16, 16, 3), srgb, np.uint8))
    return replace(
        double,
        photo_expression=expression,
        textures={**double.textures, FOLDS: folds},
    )


def test_the_photos_expression_brings_the_folds_whole() -> None:
    double = make_double()
    expression = np.zeros(52, np.float32)
    for name in ("mouthSmileLeft", "mouthSmileRight", "jawOpen", "noseSneerLeft"):
        expression[EXPRESSION_INDEX[name]] = 0.7
    double = replace(
        double,
        photo_expression=expression,
        textures={**double.textures, FOLDS: b""},
    )
    found = fold_weights(double)
    assert 0 < len(found.expressions) <= MOST
    acted = [EXPRESSION_NAMES.index(name) for name in found.expressions]
    together = found.weights @ expression[acted]
    assert together.max() == pytest.approx(1, abs=1e-4)
    assert (together > 0.99).any()
    left = found.weights[:, found.expressions.index("mouthSmileLeft")]
    assert left[double.vertices[:, 0] > 0.03].max() > 0.5
    assert left[double.vertices[:, 0] < -0.03].max() < 0.01


def test_a_double_without_folds_has_no_weights() -> None:
    assert fold_weights(make_double()).expressions == ()
    added = scene.add_double(bpy.context, make_double())
    names = [attribute.name for attribute in added.head_object().data.attributes]
    assert not [name for name in names if name.startswith(FOLDS)]


def test_skin_is_darker_as_far_as_the_expression_is_acted(tmp_path: Path) -> None:
    added = add_lit(creased(weight=0.8))
    head = added.head_object()
    assert not head.animation_data or not head.animation_data.drivers
    key = head.data.shape_keys.key_blocks["mouthSmileLeft"]
    shown = []
    for value in (0.0, 0.4, 0.8):
        key.value = value
        shown.append(render(tmp_path)[24:28, 20:28].mean())
    assert shown[1] / shown[0] == pytest.approx(0.75, abs=0.1)
    assert shown[2] / shown[0] == pytest.approx(0.5, abs=0.12)


def test_folds_that_change_nothing_are_not_seen(tmp_path: Path) -> None:
    plain = squeezed(make_double(), "mouthSmileLeft")
    pictures = []
    for double in (plain, creased(weight=0.8, srgb=HALF_SRGB)):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        added = add_lit(double)
        keys = added.head_object().data.shape_keys.key_blocks
        keys["mouthSmileLeft"].value = 0.8
        pictures.append(render(tmp_path))
    assert np.abs(pictures[0] - pictures[1]).mean() < 0.002
