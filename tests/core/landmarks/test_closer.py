"""A closer look at a clip's faces: at every second one, and at those that are odd."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from core.head_model import load_head_model
from core.landmarks.closer import load_closer_look
from core.landmarks.upright import SIDE_PX

LookAt = Callable[[list[float]], tuple[Tensor, int]]


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> LookAt:
    """Offsets of faces whose marks all lie at one place, and how many were looked at.

    Marks are off by where they lie.
    """
    closer = load_closer_look(load_head_model().version_sha256)

    def look_at(places: list[float]) -> tuple[Tensor, int]:
        looks = 0

        def offsets(squares_srgb: Tensor, marks: Tensor, *, once: bool) -> Tensor:
            nonlocal looks
            assert once
            assert len(squares_srgb) == len(marks)
            looks += len(marks)
            return marks

        monkeypatch.setattr(closer.refiner, "offsets", offsets)
        marks = torch.tensor(places)[:, None, None].expand(-1, 478, 2)
        squares = torch.zeros(len(places), 3, SIDE_PX, SIDE_PX, dtype=torch.uint8)
        found = closer._offsets(squares, marks)
        return found[:, 0, 0], looks

    return look_at


@pytest.mark.parametrize("count", [1, 2, 5, 8])
def test_a_steady_face_is_looked_at_half_as_often(
    looked_at: LookAt, count: int
) -> None:
    offsets, looks = looked_at([60.0] * count)
    assert offsets.tolist() == pytest.approx([60.0] * count)
    assert looks == (count + 1) // 2


def test_between_two_looks_the_frame_that_is_more_alike_counts_more(
    looked_at: LookAt,
) -> None:
    offsets, looks = looked_at([60.0, 60.1, 61.1])
    assert looks == 2
    assert 60.0 < offsets[1] < 60.35


def test_a_face_that_is_unlike_both_beside_it_is_looked_at(
    looked_at: LookAt,
) -> None:
    offsets, looks = looked_at([60.0, 66.0, 60.0, 60.0, 60.0])
    assert looks == 4
    assert offsets[1] == 66.0


def test_beyond_a_cut_nothing_is_carried_over(looked_at: LookAt) -> None:
    offsets, _ = looked_at([60.0, 60.0, 90.0, 90.0])
    assert offsets[1] == pytest.approx(60.0, abs=0.3)


def test_faces_that_are_the_same_are_off_alike() -> None:
    closer = load_closer_look(load_head_model().version_sha256)
    squares = torch.zeros(3, 3, SIDE_PX, SIDE_PX, dtype=torch.uint8)
    marks = torch.from_numpy(closer.refiner.template).float().expand(3, -1, -1)
    offsets = closer._offsets(squares, marks)
    assert offsets.abs().max() > 0.01
    assert torch.allclose(offsets[1], offsets[0], atol=1e-4)
