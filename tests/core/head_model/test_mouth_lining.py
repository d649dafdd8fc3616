"""The lining of the mouth does not come through the lips when somebody smiles."""

import pytest
import torch
from torch import Tensor

from core.expressions import EXPRESSION_INDEX
from core.head_model import HeadModel, load_head_model
from core.head_model.mouth_lining import (
    neutral_with_lining_inside,
    with_lining_inside,
)
from core.mesh import triangulate
from core.rasterise import Fragments, rasterise

SIDE_PX, PX_PER_M = 300, 3000.0
SMILING = {"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0, "jawOpen": 0.4}
SMILES_AND_DIMPLES = {
    name: 0.8
    for stem in ("mouthSmile", "mouthDimple")
    for name in (f"{stem}Left", f"{stem}Right")
}


@pytest.fixture(scope="module")
def model() -> HeadModel:
    return load_head_model()


def weights_of(acted: dict[str, float]) -> Tensor:
    weights = torch.zeros(len(EXPRESSION_INDEX))
    for name, weight in acted.items():
        weights[EXPRESSION_INDEX[name]] = weight
    return weights


def pierced_px(model: HeadModel, vertices: Tensor) -> int:
    """Pixels around the mouth in which skin is seen from its back, from the front."""
    triangles = triangulate(model.faces[model.part_faces("skin")].long())
    a, b, c = in_the_picture(model, vertices)[triangles].unbind(dim=1)
    first, second = b - a, c - a
    backward = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0] > 0
    seen = from_the_front(model, vertices, triangles)
    return int((backward[seen.triangle_index.clamp(min=0)] & seen.covered).sum())


def in_the_picture(model: HeadModel, vertices: Tensor) -> Tensor:
    middle = vertices[model.region("lips") > 0.5].mean(dim=0)
    across = (vertices - middle)[:, [0, 2]] * torch.tensor([1.0, -1.0])
    return PX_PER_M * across + SIDE_PX / 2


def from_the_front(model: HeadModel, vertices: Tensor, triangles: Tensor) -> Fragments:
    return rasterise(
        in_the_picture(model, vertices),
        (vertices[:, 1] + 1).contiguous(),
        triangles,
        width_px=SIDE_PX,
        height_px=SIDE_PX,
    )


@pytest.mark.parametrize("acted", [SMILING, SMILES_AND_DIMPLES])
def test_lips_stay_whole_when_people_smile(
    model: HeadModel, acted: dict[str, float]
) -> None:
    people = torch.randn(23, 96, generator=torch.Generator().manual_seed(3))
    weights, before, after = weights_of(acted), [], []
    for person in people:
        neutral = model.vertices(person, torch.zeros(52))
        own = with_lining_inside(model, neutral, model.expression_basis)
        for counts, basis in ((before, model.expression_basis), (after, own)):
            moved = torch.tensordot(weights, basis, dims=1)
            counts.append(pierced_px(model, neutral + moved))
    assert sum(count > 100 for count in before) > 5
    assert sum(after) < 0.05 * sum(before)


def test_nothing_but_the_lining_moves(model: HeadModel) -> None:
    basis = model.expression_basis
    own = with_lining_inside(model, model.template, basis)
    moved = (own - basis).abs().amax(dim=(0, 2)) > 0
    assert moved.any()
    assert (model.region("mouth_inside")[moved] > 0.5).all()


def test_the_lining_gives_way_to_the_skin_and_no_more(model: HeadModel) -> None:
    away = torch.tensor([0.0, -1.0, 0.0])
    basis = torch.zeros_like(model.expression_basis)
    inside = (model.region("mouth_inside") > 0.05).float()[:, None]
    basis[0] = 0.003 * (1 - inside) * away
    basis[1] = -0.003 * (1 - inside) * away
    moved = (with_lining_inside(model, model.template, basis) - basis).norm(dim=2)
    assert moved[0].sum() < 0.1 * moved[1].sum()
    assert 0.0025 < moved[1].max() < 0.0031


def lining_px(model: HeadModel, vertices: Tensor) -> int:
    """Pixels around a closed mouth in which lining is seen from the front."""
    triangles = triangulate(model.faces[model.part_faces("skin")].long())
    lining = (model.region("mouth_inside")[triangles] > 0.5).all(dim=1)
    seen = from_the_front(model, vertices, triangles)
    return int((lining[seen.triangle_index.clamp(min=0)] & seen.covered).sum())


def test_nobodys_lining_comes_through_the_chin_at_rest(model: HeadModel) -> None:
    before, after = [], []
    for seed in (4, 25, 32, 78, 81, 111, 132):
        person = torch.randn(96, generator=torch.Generator().manual_seed(seed))
        neutral = model.vertices(person, torch.zeros(52))
        before.append(lining_px(model, neutral))
        after.append(lining_px(model, neutral_with_lining_inside(model, neutral)))
    assert min(before) > 100
    assert sum(after) < 0.01 * sum(before)


def test_who_has_it_inside_keeps_it_where_it_is(model: HeadModel) -> None:
    kept = neutral_with_lining_inside(model, model.template)
    assert (kept - model.template).abs().max() < 1e-6
    person = torch.randn(96, generator=torch.Generator().manual_seed(25))
    neutral = model.vertices(person, torch.zeros(52))
    moved = (neutral_with_lining_inside(model, neutral) - neutral).norm(dim=1)
    assert (model.region("mouth_inside")[moved > 0] > 0.5).all()
    assert 0.001 < moved.max() < 0.006
