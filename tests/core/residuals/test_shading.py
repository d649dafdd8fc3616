"""Shape from shading: the skin's places, their light, and what it asks of the shape."""

import numpy as np
import pytest
import torch
from torch import Tensor

from core.harmonics import harmonics, harmonics_per_normal
from core.head_model import HeadModel
from core.residuals.brightness import GAMMA, log_brightness
from core.residuals.shading import ShadingEvidence, shading_evidence
from core.residuals.surface import NOT_BESIDE_M, SPACING_M, SkinSurface, skin_surface
from tests.synthetic import head_model

LIGHT = torch.tensor([0.6, 0.2, -0.25, 0.15, 0.02, 0.0, 0.03, 0.0, 0.01]).double()


@pytest.fixture(scope="module")
def model() -> HeadModel:
    return head_model()


@pytest.fixture(scope="module")
def surface(model: HeadModel) -> SkinSurface:
    return skin_surface(model)


def person_with(surface: SkinSurface, **coefficients: float) -> Tensor:
    """Coefficients by their number, as in `_3=1.0`."""
    person = torch.zeros(len(surface.basis), dtype=torch.float64)
    for number, value in coefficients.items():
        person[int(number[1:])] = value
    return person


def brightness_of(surface: SkinSurface, person: Tensor) -> Tensor:
    normals, _ = surface.normals(person)
    return (harmonics(normals) @ LIGHT).log()


def evidence_on(
    surface: SkinSurface, person: Tensor, brightness: Tensor
) -> ShadingEvidence | None:
    normals, moved = surface.normals(person)
    places = surface.points(person)[surface.places]
    return shading_evidence(brightness, normals, moved, places)


def asked_of(evidence: ShadingEvidence | None, number: int) -> float:
    """What one coefficient alone should change by."""
    assert evidence is not None
    row = evidence.per_coefficient[:, number]
    return -float(row @ evidence.value / (row @ row))


def test_harmonics_change_as_their_derivative_says() -> None:
    normals = torch.randn(5, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(harmonics, normals)
    derived = torch.autograd.functional.jacobian(harmonics, normals[0].detach())
    assert torch.allclose(harmonics_per_normal(normals[0].detach()), derived)


def test_normals_change_as_their_derivative_says(surface: SkinSurface) -> None:
    person = person_with(surface, _1=0.5, _7=-1.0, _120=0.4)
    _, moved = surface.normals(person)
    step = 1e-5
    for number in (0, 7, 60, 120):
        more, less = person.clone(), person.clone()
        more[number] += step
        less[number] -= step
        change = (surface.normals(more)[0] - surface.normals(less)[0]) / (2 * step)
        assert torch.allclose(change, moved[number], atol=1e-6)


def test_places_are_apart_and_beside_no_other_colour(
    model: HeadModel, surface: SkinSurface
) -> None:
    places = surface.template[surface.places]
    between = torch.cdist(places, places) + torch.eye(len(places))
    assert between.min() > SPACING_M
    lips = model.template[model.region("lips") > 0.3].double()
    assert torch.cdist(places, lips).min() > NOT_BESIDE_M["lips"]


def test_a_light_alone_asks_for_no_other_shape(surface: SkinSurface) -> None:
    person = person_with(surface, _0=1.0, _5=-1.0)
    evidence = evidence_on(surface, person, brightness_of(surface, person))
    asked = [abs(asked_of(evidence, number)) for number in range(6)]
    assert max(asked) < 0.15


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_shading_asks_for_the_shape_that_cast_it(
    surface: SkinSurface, number: int
) -> None:
    start = person_with(surface)
    seen = brightness_of(surface, person_with(surface, **{f"_{number}": 0.5}))
    assert asked_of(evidence_on(surface, start, seen), number) == pytest.approx(
        0.5, rel=0.3
    )


def test_hair_on_the_forehead_hardly_counts(surface: SkinSurface) -> None:
    start = person_with(surface)
    seen = brightness_of(surface, person_with(surface, _0=0.5))
    forehead = surface.template[surface.places][:, 2] > 0.09
    assert 0 < forehead.sum() < 0.2 * len(forehead)
    covered = torch.where(forehead, seen - 2.0, seen)
    assert asked_of(evidence_on(surface, start, covered), 0) == pytest.approx(
        0.5, abs=0.25
    )


def test_the_evener_the_skin_the_more_its_shading_counts(surface: SkinSurface) -> None:
    start = person_with(surface)
    seen = brightness_of(surface, start)
    noise = torch.randn(len(seen), generator=torch.Generator().manual_seed(1)).double()
    lengths = []
    for spread in (0.0, 0.03, 0.1, 0.2):
        evidence = evidence_on(surface, start, seen + spread * noise)
        assert evidence is not None
        lengths.append(float(evidence.per_coefficient[:, 0].norm()))
    even, hardly_uneven, usual, uneven = lengths
    assert hardly_uneven == pytest.approx(even, rel=0.05)
    assert even > 1.5 * usual
    assert usual > 1.2 * uneven


def test_what_no_light_explains_is_no_evidence(surface: SkinSurface) -> None:
    start = person_with(surface)
    seen = brightness_of(surface, start)
    noise = torch.randn(len(seen), generator=torch.Generator().manual_seed(1)).double()
    assert evidence_on(surface, start, seen + 0.6 * noise) is None


def test_brightness_is_read_where_the_points_lie() -> None:
    pixels = np.full((40, 60, 3), 128, np.uint8)
    pixels[:, 30:] = 255
    points = torch.tensor([[10.0, 20.0], [50.0, 20.0], [70.0, 20.0]]).double()
    value, seen = log_brightness(pixels, points, px_per_m=300.0)
    half = GAMMA * np.log(128 / 255)
    assert value[:2].tolist() == pytest.approx([half, 0.0], abs=1e-3)
    assert seen.tolist() == [True, True, False]
