"""Unseen skin has more blood in the ears, spots everywhere, and none on lips."""

import numpy as np
import pytest

from core.head_model import HeadModel, load_head_model
from core.texture.liveliness import blood_beneath


@pytest.fixture(scope="module")
def model() -> HeadModel:
    return load_head_model()


@pytest.fixture(scope="module")
def added(model: HeadModel) -> np.ndarray:
    return blood_beneath(model).numpy()


def test_ears_are_redder_than_cheeks(model: HeadModel, added: np.ndarray) -> None:
    redder = added[:, 0] - added[:, 1]
    ears, cheeks = (model.region(name).numpy() > 0.9 for name in ("ears", "cheeks"))
    assert redder[ears].mean() > redder[cheeks].mean() + 0.08


def test_spots_are_faint_and_even_out(model: HeadModel, added: np.ndarray) -> None:
    skin = np.unique(model.faces[model.part_faces("skin")].numpy().clip(0))
    plain = skin[model.region("ears").numpy()[skin] < 0.01]
    assert np.abs(added[plain]).max() < 0.045
    assert np.abs(added[plain].mean(axis=0)).max() < 0.005
    assert added[plain, 1].std() > 0.005


def test_lips_keep_their_colour(model: HeadModel, added: np.ndarray) -> None:
    assert not added[model.region("lips").numpy() > 0.999].any()
