"""A smile's folds are set aside; what is the person's own stays."""

import numpy as np
import pytest
import torch
from torch import Tensor

from core.expressions import EXPRESSION_INDEX
from core.head_model import HeadModel, load_head_model
from core.texture.folds import folds_of_expression, press
from core.texture.texels import Texels, skin_texels

DARKER = -0.4
"""All marks that are painted, as a logarithm."""


@pytest.fixture(scope="module")
def model() -> HeadModel:
    return load_head_model()


@pytest.fixture(scope="module")
def texels(model: HeadModel) -> Texels:
    return skin_texels(model, 1024)


def found(model: HeadModel, texels: Texels, marks: Tensor, *, smile: float) -> Tensor:
    """The folds found on plain skin with these marks [texels], under a smile."""
    expression = torch.zeros(52)
    for name in ("mouthSmile", "cheekSquint"):
        for side in ("Left", "Right"):
            expression[EXPRESSION_INDEX[name + side]] = smile
    rest = model.template.numpy()
    offsets = torch.tensordot(expression, model.expression_basis, dims=1).numpy()
    colour = DARKER * marks[:, None].float().expand(-1, 3).clone()
    pressed = press(model, texels, rest, rest + offsets)
    return folds_of_expression(texels, colour, torch.ones(len(colour)), pressed)


def below_the_eye(model: HeadModel) -> Tensor:
    """A place on the skin that a smile pushes up against the lid."""
    joints = model.joints(torch.zeros(model.identity_count))
    wanted = joints[4] + torch.tensor([0.014, -0.02, -0.018])
    away = (model.template - wanted).norm(dim=1)
    away[model.region("face") < 0.9] = torch.inf
    return model.template[away.argmin()]


def line(at: Tensor, middle: Tensor, *, axis: int) -> Tensor:
    """Texels of a dark line up to 2 cm long and 1.4 mm wide along an axis of space."""
    away = (at - middle).abs()
    across = 2 if axis == 0 else 0
    return (away.norm(dim=1) < 0.010) & (away[:, across] < 0.0007)


def test_a_line_across_what_a_smile_presses_is_its_fold(
    model: HeadModel, texels: Texels
) -> None:
    at = texels.from_vertices(model.template)
    fold = line(at, below_the_eye(model), axis=0)
    folds = found(model, texels, fold, smile=0.9)
    assert fold.sum() > 50
    assert folds[fold].mean() < 0.7 * DARKER
    assert folds[~fold].abs().mean() < 0.01


def test_a_line_the_other_way_and_a_mole_stay(model: HeadModel, texels: Texels) -> None:
    at = texels.from_vertices(model.template)
    middle = below_the_eye(model)
    upright = line(at, middle, axis=2)
    assert found(model, texels, upright, smile=0.9)[upright].mean() > 0.35 * DARKER
    mole = (at - middle).norm(dim=1) < 0.0015
    assert found(model, texels, mole, smile=0.9)[mole].mean() > 0.2 * DARKER


def test_lines_of_the_forehead_are_not_a_smiles(
    model: HeadModel, texels: Texels
) -> None:
    at = texels.from_vertices(model.template)
    middle = model.template[model.region("forehead") > 0.9].mean(dim=0)
    wrinkle = line(at, middle + torch.tensor([0, -0.02, 0]), axis=0)
    assert wrinkle.sum() > 50
    assert found(model, texels, wrinkle, smile=0.9)[wrinkle].abs().max() == 0


@pytest.mark.parametrize("smile", [0.0, 0.2])
def test_a_face_at_rest_or_nearly_so_has_none(
    model: HeadModel, texels: Texels, smile: float
) -> None:
    random = np.random.default_rng(0)
    marks = torch.from_numpy(random.normal(size=len(texels.vertices)))
    assert not found(model, texels, marks, smile=smile).any()
