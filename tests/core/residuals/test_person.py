"""Who somebody is expected to be."""

import pytest
import torch

from core.residuals.person import ShapeImpression, person_residuals


def test_without_an_impression_people_are_expected() -> None:
    x = torch.tensor([[1.0, -2.0, 0.5, 9.0]])
    (prior,) = person_residuals(x, slice(0, 3), None, deviation=2.0)
    assert prior.value.flatten().tolist() == [0.5, -1.0, 0.25]


def test_an_impression_counts_for_the_person_and_not_for_the_errors_of_marks() -> None:
    x = torch.tensor([[1.0, -2.0, 0.5, 9.0]])
    impression = ShapeImpression(
        mean=torch.tensor([1.0, 0.0], dtype=torch.float64),
        whitening=torch.tensor([[4.0, 0.0], [2.0, 1.0]], dtype=torch.float64),
    )
    person, marks = person_residuals(x, slice(0, 3), impression, deviation=2.0)
    assert person.value.flatten().tolist() == pytest.approx([0.0, -1.0])
    assert marks.value.flatten().tolist() == [0.25]
    assert person.value.dtype == x.dtype
