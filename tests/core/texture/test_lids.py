"""Lids are unseen where open eyes roll them up, and seen where eyes are closed."""

import numpy as np
import pytest
import torch

from core.expressions import EXPRESSION_INDEX
from core.head_model import load_head_model
from core.texture.lids import lids_shown
from core.texture.texels import skin_texels


def test_closed_eyes_show_the_skin_that_open_ones_roll_up() -> None:
    model = load_head_model()
    texels = skin_texels(model, 256)
    rest = model.template.numpy()
    expression = np.zeros(52, np.float32)
    opened = lids_shown(model, texels, rest, expression)
    for side in ("Left", "Right"):
        expression[EXPRESSION_INDEX[f"eyeBlink{side}"]] = 1
    shut = lids_shown(model, texels, rest, expression)
    at = texels.from_vertices(model.template)
    eyes = model.joints(torch.zeros(model.identity_count))[4:]
    near, which = torch.cdist(at, eyes).min(dim=1)
    upper = (near < 0.025) & (at[:, 2] > eyes[which, 2] - 0.003)
    assert (opened[upper] < 0.5).sum() > 50
    assert opened[~upper].numpy() == pytest.approx(1)
    assert shut.numpy() == pytest.approx(1)
