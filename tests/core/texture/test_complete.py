"""What is not seen lies between what is seen around it, on either side."""

import numpy as np
import pytest

from core.head_model import load_head_model
from core.mesh import edges
from core.texture.complete import _contrast, join_sides
from core.texture.field import Field


@pytest.mark.parametrize("bright_side", [1, -1])
def test_a_hole_in_a_face_lit_from_one_side_is_as_bright_as_its_rim(
    bright_side: int,
) -> None:
    model = load_head_model()
    at = model.template.numpy()
    face = model.region("face").numpy()
    nose = at[face > 0.9][at[face > 0.9, 1].argmin()]
    away = np.abs(np.abs(at[:, 0]) - 0.02) + np.abs(at[:, 2] - nose[2])
    seen_there = np.clip((away - 0.01) / 0.01, 0, 1)  # two holes with soft rims
    confidence = face * seen_there
    seen = np.where(at[:, :1] * bright_side > 0, 0.6, -0.6)
    on_skin = edges(model.faces[model.face_parts == 0].long()).numpy()
    field = Field(confidence, on_skin)
    base = np.zeros_like(seen)
    found = join_sides(field, seen, base, model.mirror.numpy())
    hole = (confidence < 0.01) & (away < 0.01) & (face > 0.9)
    for side in (1, -1):
        there = hole & (at[:, 0] * side > 0)
        assert there.sum() > 5
        assert found[there] == pytest.approx(0.6 * side * bright_side, abs=0.15)


@pytest.mark.parametrize(("over_skin", "dark"), [(-0.5, 1.0), (0.3, 0.0)])
def test_brows_are_what_is_darker_than_the_skin_around(
    over_skin: float, dark: float
) -> None:
    model = load_head_model()
    on_skin = edges(model.faces[model.face_parts == 0].long()).numpy()
    brows = model.region("brows").numpy()[:, None]
    shadow = -2 * (model.region("eyelids").numpy()[:, None] > 0.5)
    colour = np.tile(over_skin * brows - 0.8 + 0.1 * shadow, 3)
    assert _contrast(colour, brows, np.ones_like(brows), on_skin) == dark
