"""Laws of the statistics of people, and what happens when their file is not right."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.assets import PART_NAMES
from core.errors import MissingWeightsError
from core.expressions import EXPRESSION_NAMES
from core.head_model import HeadModel, load_head_model
from core.head_model.data import read_head_model
from core.head_model.prior import IDENTITY_PRIOR_PATH, prior_sha256, with_statistics
from core.mesh import triangle_faces, triangulate
from core.rasterise import rasterise

FLIP = torch.tensor([-1.0, 1.0, 1.0])


@pytest.fixture(scope="module")
def model() -> HeadModel:
    return load_head_model()


def test_statistics_of_another_head_model_are_refused() -> None:
    data = read_head_model(statistics=False)
    with pytest.raises(MissingWeightsError, match="another head model"):
        with_statistics(data.tensors, "0" * 64)


def test_missing_and_damaged_statistics_are_refused(tmp_path: Path) -> None:
    data = read_head_model(statistics=False)
    with pytest.raises(MissingWeightsError, match=r"there is no .*nowhere"):
        with_statistics(data.tensors, data.sha256, tmp_path / "nowhere.safetensors")
    damaged = tmp_path / "prior.safetensors"
    damaged.write_bytes(IDENTITY_PRIOR_PATH.read_bytes()[:5000])
    with pytest.raises(MissingWeightsError, match="cannot be read"):
        with_statistics(data.tensors, data.sha256, damaged)
    other = tmp_path / "other.safetensors"
    save_file(load_file(IDENTITY_PRIOR_PATH), other, {"format_version": json.dumps(99)})
    with pytest.raises(MissingWeightsError, match="another head model"):
        with_statistics(data.tensors, data.sha256, other)


def test_the_card_names_the_statistics_that_are_there() -> None:
    card = IDENTITY_PRIOR_PATH.with_suffix(".md").read_text(encoding="utf-8")
    assert prior_sha256() in card


def test_people_differ_less_than_sliders_allow(model: HeadModel) -> None:
    """Faces of scans vary by 3 to 7 mm a vertex, size and place included."""
    face = model.region("face") > 0.5
    spread = model.identity_basis[:, face].square().sum(dim=(0, 2)).sqrt()
    drawn = load_head_model(statistics=False).identity_basis[:, face]
    assert 0.003 < spread.mean() < 0.010
    assert spread.mean() != drawn.square().sum(dim=(0, 2)).sqrt().mean()


def test_coefficients_are_symmetric_or_asymmetric_and_both_are_alive(
    model: HeadModel,
) -> None:
    basis = model.identity_basis
    mirrored = basis[:, model.mirror] * FLIP
    even = (basis - mirrored).norm(dim=(1, 2)) / basis.norm(dim=(1, 2))
    odd = (basis + mirrored).norm(dim=(1, 2)) / basis.norm(dim=(1, 2))
    assert (torch.minimum(even, odd) < 0.3).float().mean() > 0.95
    face = model.region("face") > 0.5
    asymmetric = basis[odd < even][:, face].square().sum(dim=(0, 2)).sqrt()
    assert asymmetric.mean() > 0.0003


def test_marks_are_near_the_landmarks_and_irises_are_on_them(model: HeadModel) -> None:
    apart = (model.mark_template - model.landmark_template).norm(dim=1)
    assert 0 < apart.median() < 0.002
    assert (apart[468:] == 0).all()
    plain = load_head_model(statistics=False)
    assert torch.equal(plain.mark_template, plain.landmark_template)
    assert torch.equal(plain.mark_identity_basis, plain.landmark_identity_basis)


def test_nothing_is_seen_between_the_closed_lips_of_anybody(model: HeadModel) -> None:
    """Pixels of a fifth of a millimetre that show teeth: no dark or white slit."""
    triangles = triangulate(model.faces)
    parts = model.face_parts[triangle_faces(model.faces)]
    people = torch.randn(8, model.identity_count, generator=torch.manual_seed(5))
    still = torch.zeros(len(EXPRESSION_NAMES))
    for person in people:
        points = model.vertices(person, still) - model.landmarks(person, still)[13]
        picture = rasterise(
            points[:, [0, 2]] * 5000 + 160,
            points[:, 1] + 0.5,
            triangles,
            width_px=320,
            height_px=320,
        )
        shown = parts[picture.triangle_index[picture.covered]]
        assert (shown == PART_NAMES.index("teeth")).sum() < 50
