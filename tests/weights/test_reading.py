"""What a reader of expressions learns, where the truth was made up."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core.expressions import EXPRESSION_INDEX as INDEX
from core.head_model import load_head_model
from core.landmarks.model_file import read_landmarker
from core.landmarks.skin import CHART_PX, HINTS, SkinEye
from core.track.reader import ExpressionReader, Impressions
from weights.learning import filming
from weights.learning.acting import act, random_faces
from weights.learning.charting import face_chart
from weights.learning.filming import film_part, read_parts
from weights.learning.motion import marked_motion
from weights.learning.reading import Lessons, learn_reader
from weights.learning.rehearsal import Rehearsal, mirrored_landmarks

FRAMES = 60
TOLD_BY_SKIN = INDEX["tongueOut"]
MOUTH = slice(CHART_PX // 2 - 8, CHART_PX // 2 + 8)


def rehearsal(seed: int) -> Rehearsal:
    """A film in which scores tell half of what was acted, and skin the tongue."""
    generator = torch.Generator().manual_seed(seed)
    acted = torch.rand(FRAMES, 52, generator=generator)
    acted = acted * (torch.rand(FRAMES, 52, generator=generator) > 0.8)
    scores = 0.5 * acted
    scores[:, TOLD_BY_SKIN] = 0
    off = torch.randn(FRAMES, 478, 2, generator=generator)
    seen = Impressions(
        solved=torch.zeros(FRAMES, 52),
        scores=scores,
        hints=torch.zeros(FRAMES, HINTS),
        off_neutral_mm=off,
        toward=torch.zeros(FRAMES, 2),
        openings=torch.ones(FRAMES, 2),
        gaze_rad=torch.zeros(FRAMES, 2, 2),
    )
    charts = torch.full((FRAMES, 3, CHART_PX, CHART_PX), 100, dtype=torch.uint8)
    charts[:, :, MOUTH, MOUTH] = (255 * acted[:, TOLD_BY_SKIN, None, None, None]).byte()
    return Rehearsal(seen=seen, charts=charts, acted=acted)


def test_mirroring_twice_changes_nothing() -> None:
    film, mirror = rehearsal(0), mirrored_landmarks(load_head_model())
    once = film.mirrored(mirror)
    assert torch.equal(
        once.acted[:, INDEX["mouthSmileLeft"]], film.acted[:, INDEX["mouthSmileRight"]]
    )
    twice = once.mirrored(mirror)
    for name, value in vars(film.seen).items():
        assert torch.equal(getattr(twice.seen, name), value), name


def test_what_films_tell_is_learned() -> None:
    model = load_head_model()
    chart = face_chart(model)
    lessons = replace(Lessons(), patterns=4, dropped=0.0, noise=0.1, rounds=30, batch=4)
    torch.manual_seed(0)
    reader, network = learn_reader(
        [rehearsal(seed) for seed in range(1, 13)],
        model,
        chart,
        lessons,
    )
    unseen = rehearsal(0)
    hints = network(chart.network_input(unseen.charts)).detach()
    read = reader.read(replace(unseen.seen, hints=hints))
    error = (read - unseen.acted).abs()
    told = (unseen.seen.scores - unseen.acted).abs()
    assert error.mean() < 0.5 * told.mean()
    assert error[:, TOLD_BY_SKIN].mean() < 0.75 * told[:, TOLD_BY_SKIN].mean()


def test_the_chart_shows_the_same_place_wherever_it_is() -> None:
    chart = face_chart(load_head_model())
    y, x = torch.meshgrid(torch.arange(128.0), torch.arange(128.0), indexing="ij")
    squares = torch.stack([2 * x, 2 * y, 0 * x]).byte()[None].repeat(2, 1, 1, 1)
    marks = torch.full((2, 478, 2), 40.0)
    marks[1] += 20
    first, second = (
        chart.flat(squares, marks)[:, :2].flatten(2).float()[..., chart.places]
    )
    assert (first - 79).abs().max() <= 1
    assert (second - 119).abs().max() <= 1


@pytest.fixture(scope="module")
def filmed(skins: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Rehearsal]:
    """Films of two people."""
    folder = tmp_path_factory.mktemp("films")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filming, "FILMS", 2)
        film_part(folder, skins, 3, landmarker=read_landmarker(None))
        written = (folder / "0003.pt").read_bytes()
        film_part(folder, Path("nowhere"), 3, landmarker=b"")
    assert (folder / "0003.pt").read_bytes() == written, "it was there already"
    return read_parts(folder)


def test_films_are_seen_as_they_were_acted(filmed: list[Rehearsal]) -> None:
    assert len(filmed) == 2
    model = load_head_model()
    skin = SkinEye.load(model.version_sha256)
    reader = ExpressionReader.load(model.version_sha256)
    for film in filmed:
        assert film.seen.solved.shape == film.acted.shape
        read = reader.read(replace(film.seen, hints=skin.of_charts(film.charts)))
        both = torch.stack([film.acted.flatten(), read.flatten()])
        assert torch.corrcoef(both)[0, 1] > 0.6


def test_every_kind_of_acting_is_whole() -> None:
    for seed in range(8):
        weights = act(seed, 20).weights
        assert weights.shape == (20, 52)
        assert np.isfinite(weights).all()
        assert weights.min() >= 0
        assert weights.max() <= 1
        assert weights.std(axis=0).max() > 0.05


def test_tongues_come_out_of_open_mouths() -> None:
    faces = random_faces(2000, 0.2, np.random.default_rng(3))
    out = faces[:, INDEX["tongueOut"]] > 0
    assert 0.1 < out.mean() < 0.3
    assert faces[out, INDEX["jawOpen"]].min() > 0.25
    assert faces[out, INDEX["mouthClose"]].max() == 0


def test_how_far_marks_move_is_learned_from_films() -> None:
    model = load_head_model()
    basis = model.landmark_expression_basis
    generator = torch.Generator().manual_seed(4)
    films = []
    for seed in range(80):
        film = rehearsal(seed)
        toward = torch.rand(FRAMES, 2, generator=generator) - 0.5
        x, z = (-toward).unbind(dim=1)
        away = torch.stack([x, (1 - x.square() - z.square()).sqrt(), z], dim=1)
        moved = 500 * torch.einsum("fe,elc->flc", film.acted, basis)
        moved = moved - (moved @ away[:, :, None]) * away[:, None]
        seen = replace(film.seen, toward=toward, off_neutral_mm=moved[..., [0, 2]])
        films.append(replace(film, seen=seen))
    learned = marked_motion(films, model)
    for name in ("mouthSmileLeft", "mouthStretchLeft", "browInnerUp"):
        own, told = (each[INDEX[name]][:, [0, 2]] for each in (basis, learned))
        # not quite half: what moves the whole face stays, or it would be a pose
        assert 0.45 < (own * told).sum() / own.square().sum() < 0.75, name
    still = marked_motion([], model)
    assert torch.allclose(still, basis, atol=1e-7)
