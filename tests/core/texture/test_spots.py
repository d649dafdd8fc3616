"""Spots are set aside, shadows are not."""

import pytest
import torch
from torch import Tensor

from core.head_model import HeadModel, load_head_model
from core.texture.spots import marks_on_skin
from core.texture.texels import Texels, skin_texels


@pytest.fixture(scope="module")
def model() -> HeadModel:
    return load_head_model()


@pytest.fixture(scope="module")
def texels(model: HeadModel) -> Texels:
    return skin_texels(model, 512)


def places(model: HeadModel, texels: Texels) -> Tensor:
    return texels.from_vertices(model.template)


def test_a_spot_is_set_aside_whole_and_the_edge_of_a_shadow_is_not(
    model: HeadModel, texels: Texels
) -> None:
    at = places(model, texels)
    cheek = model.region("cheeks") > 0.9
    left = cheek & (model.template[:, 0] > 0)
    away = (model.template - model.template[left].mean(dim=0)).norm(dim=1)
    middle = model.template[away.argmin()]
    near = (at - middle).norm(dim=1)
    spot = near < 0.002
    shadow = at[:, 0] < -middle[0]
    colour = -0.5 * spot[:, None].float() - 0.7 * shadow[:, None].float()
    marks = marks_on_skin(
        model, texels, colour.expand(-1, 3).clone(), torch.ones(len(at))
    )
    assert spot.sum() > 5
    assert marks[spot].mean() == pytest.approx(-0.5, abs=0.1)
    edge = (at[:, 0] + middle[0]).abs() < 0.006
    assert marks[edge & (near > 0.02)].mean() > -0.02


def test_what_the_skin_is_full_of_is_grain(model: HeadModel, texels: Texels) -> None:
    random = torch.Generator().manual_seed(0)
    noise = 0.3 * torch.randn(len(places(model, texels)), 1, generator=random)
    marks = marks_on_skin(
        model, texels, noise.expand(-1, 3).clone(), torch.ones(len(noise))
    )
    assert marks.mean() > -0.25 * noise.std()


def test_grain_that_is_louder_in_the_dark_is_grain_there_too(
    model: HeadModel, texels: Texels
) -> None:
    at = places(model, texels)
    random = torch.Generator().manual_seed(0)
    dark = at[:, 0] > 0.01
    noise = torch.where(dark, 0.4, 0.04)[:, None]
    noise = noise * torch.randn(len(at), 1, generator=random)
    seen = torch.ones(len(at))
    marks = marks_on_skin(model, texels, noise.expand(-1, 3).clone(), seen)
    there = dark & (texels.from_vertices(model.region("cheeks")[:, None])[:, 0] > 0.9)
    assert marks[there].mean() > -0.5 * 0.4
