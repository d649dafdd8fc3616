"""The statistics of people, and what happens when they are not what they should be."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.errors import MissingWeightsError
from core.head_model import load_head_model
from core.head_model.prior import IDENTITY_PRIOR_PATH, prior_sha256, with_statistics


def test_the_turned_basis_varies_as_the_statistics_say() -> None:
    model, plain = load_head_model(), load_head_model(statistics=False)
    prior = load_file(IDENTITY_PRIOR_PATH)
    covariance = prior["root"].T @ prior["root"]
    some = slice(None, None, 97)
    basis, turned = plain.identity_basis[:, some], model.identity_basis[:, some]
    expected = torch.einsum("ivc,ij,jvc->v", basis, covariance.float(), basis)
    assert torch.allclose((turned**2).sum(dim=(0, 2)), expected, rtol=1e-3)


def test_the_average_person_is_moved_by_millimetres() -> None:
    model, plain = load_head_model(), load_head_model(statistics=False)
    face = model.region("face") > 0.5
    moved = (model.template - plain.template)[face].norm(dim=1)
    assert 0.0005 < float(moved.mean()) < 0.02


def test_statistics_of_another_head_model_are_refused() -> None:
    plain = load_head_model(statistics=False)
    tensors = {"template": plain.template}
    with pytest.raises(MissingWeightsError, match="another head model"):
        with_statistics(tensors, "0" * 64)


@pytest.mark.parametrize("broken", ["missing", "damaged", "older"])
def test_a_broken_file_is_refused_in_a_sentence(tmp_path: Path, broken: str) -> None:
    path = tmp_path / "prior.safetensors"
    if broken == "damaged":
        path.write_bytes(IDENTITY_PRIOR_PATH.read_bytes()[:1000])
    if broken == "older":
        save_file(load_file(IDENTITY_PRIOR_PATH), path, {"format_version": "0"})
    with pytest.raises(MissingWeightsError, match=r"Install (a )?Photo\s"):
        with_statistics({}, "0" * 64, path)


def test_the_card_names_the_file_that_is_there() -> None:
    card = IDENTITY_PRIOR_PATH.with_suffix(".md").read_text(encoding="utf-8")
    assert prior_sha256() in card
