"""What a reader of expressions learns, where the truth was made up."""

from dataclasses import replace

import numpy as np
import torch

from core.expressions import EXPRESSION_INDEX as INDEX
from core.head_model import load_head_model
from core.landmarks.model_file import read_landmarker
from core.landmarks.skin import CHART_PX, HINTS, SkinEye
from core.track.reader import ExpressionReader, Impressions
from weights.learning.charting import face_chart
from weights.learning.reading import Lessons, Rehearsal, learn_reader
from weights.learning.rehearsals import act, mirrored_landmarks, rehearsals

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
        model.landmark_expression_basis,
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


def test_a_film_is_seen_as_it_was_acted() -> None:
    model, landmarker = load_head_model(), read_landmarker(None)
    (film,) = rehearsals(model, landmarker, films=1, frames=12, seed=8)
    assert film.seen.solved.shape == film.acted.shape
    hints = SkinEye.load(model.version_sha256).of_charts(film.charts)
    reader = ExpressionReader.load(model.version_sha256)
    read = reader.read(replace(film.seen, hints=hints))
    assert (
        torch.corrcoef(torch.stack([film.acted.flatten(), read.flatten()]))[0, 1] > 0.6
    )


def test_every_kind_of_acting_is_whole() -> None:
    for seed in range(8):
        weights = act(seed, 20).weights
        assert weights.shape == (20, 52)
        assert np.isfinite(weights).all()
        assert weights.min() >= 0
        assert weights.max() <= 1
        assert weights.std(axis=0).max() > 0.05
