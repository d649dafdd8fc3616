"""Pictures that landmarks are learned from, and that something is learned from them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.head_model import HeadModel, load_head_model
from core.head_model.data import HEAD_MODEL_PATH
from core.landmarks.topology import LANDMARK_COUNT
from core.landmarks.upright import SIDE_PX
from weights.learning.album import Album, some_of
from weights.learning.courses import course, falling
from weights.learning.refining import Faces, Lessons, learn_refiner
from weights.learning.rehearsal import mirrored_landmarks
from weights.learning.stage import Stage, stage_of
from weights.learning.studios import face_template


@pytest.fixture(scope="module")
def model() -> HeadModel:
    return load_head_model()


@pytest.fixture(scope="module")
def stage(model: HeadModel) -> Stage:
    return stage_of(model, load_head_model(HEAD_MODEL_PATH))


def test_the_sky_is_seen_from_the_crown_and_hardly_from_inside_the_mouth(
    model: HeadModel, stage: Stage
) -> None:
    crown = int(model.template[:, 2].argmax())
    inside = model.region("mouth_inside") > 0.9
    assert stage.open_sky[crown] > 0.9
    assert stage.open_sky[inside].mean() < 0.3


@pytest.fixture(scope="module")
def faces(model: HeadModel) -> Faces:
    """Average faces in noise, whose marks are all off alike."""
    chance = torch.Generator().manual_seed(4)
    places = torch.from_numpy(face_template(model)).float()
    places = places + torch.randn(16, LANDMARK_COUNT, 2, generator=chance)
    noise = torch.randint(256, (16, 3, SIDE_PX, SIDE_PX), generator=chance)
    return Faces(
        squares=noise.byte(),
        marks=places + torch.tensor([0.0, 3.0]),
        places=places,
        weights=torch.rand(16, 52, generator=chance),
        gaze_rad=torch.randn(16, 2, 2, generator=chance),
    )


def test_an_average_face_lies_in_the_middle_of_the_square(model: HeadModel) -> None:
    template = face_template(model)
    assert template.min() > 0
    assert template.max() < SIDE_PX
    assert np.ptp(template, axis=0).max() == pytest.approx(0.8 * SIDE_PX, rel=0.01)


def test_mirroring_twice_changes_nothing(model: HeadModel, faces: Faces) -> None:
    mirror = mirrored_landmarks(model)
    once = faces.mirrored(mirror)
    assert not torch.equal(once.marks, faces.marks)
    twice = once.mirrored(mirror)
    for name, value in vars(faces).items():
        assert torch.allclose(vars(twice)[name].double(), value.double(), atol=1e-4)


def test_an_album_forgets_the_oldest_pictures(faces: Faces) -> None:
    album = Album(faces, 20)
    album.add(faces)
    album.add(replace(faces, weights=torch.full_like(faces.weights, 2.0)))
    assert album.count == 20
    assert album.added == 32
    kept = album.some(400).weights[:, 0]
    old = faces.weights[:, 0]
    assert set(kept.tolist()) == {2.0, *old[12:].tolist()}


@pytest.mark.usefixtures("ticking")
def test_marks_that_are_all_off_alike_are_moved_back(
    model: HeadModel, faces: Faces, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    monkeypatch.setattr("weights.learning.refining.faces_of", lambda some, _: some)
    lessons = Lessons(
        minutes=1.5, album=16, batch=8, looks=2, rate=1e-3, shift_px=0, jitter_px=0
    )
    crowds = _Again(faces)
    mirror = mirrored_landmarks(model)
    network, usual = learn_refiner(crowds, usual_marks(faces), mirror, lessons)
    seen = some_of(faces, torch.arange(8))
    with torch.inference_mode():
        pixels = (seen.squares.float() / 255 - 0.5) * 4
        moved = network(pixels, seen.marks, usual)[0][-1]
    assert (moved - seen.places).norm(dim=-1).mean() < 1.5


def usual_marks(faces: Faces) -> torch.Tensor:
    return faces.marks.mean(dim=0)


class _Again:
    """Crowds that are always the same one."""

    def __init__(self, faces: Faces) -> None:
        self._faces = faces

    def next(self) -> Faces:
        """It."""
        return self._faces

    def ready(self) -> list[Faces]:
        """None more."""
        return []


def test_steps_rise_and_then_fall_to_nothing() -> None:
    assert falling(1.0, 0.0, 0, warm=10) == pytest.approx(0.1)
    assert falling(1.0, 0.0, 9, warm=10) == pytest.approx(1.0)
    assert falling(1.0, 0.5, 99) == pytest.approx(0.5 * 100 / 300)
    assert falling(1.0, 1.0, 999) == pytest.approx(0.0)


def test_a_course_ends_when_its_time_is_spent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = iter([0.0, 6.0, 30.0, 30.0, 30.0, 54.0, 54.0, 66.0])
    monkeypatch.setattr("time.monotonic", lambda: next(now))
    assert list(course(1.0, lambda: "told")) == pytest.approx([0.1, 0.5])
    assert capsys.readouterr().out == "10%: told\n50%: told\n"
