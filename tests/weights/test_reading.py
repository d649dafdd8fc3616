"""What a reader of expressions learns, where the truth was made up."""

from dataclasses import replace

import numpy as np
import torch

from core.expressions import EXPRESSION_INDEX as INDEX
from core.head_model import load_head_model
from core.landmarks.model_file import read_landmarker
from core.track.reader import ExpressionReader, Impressions
from weights.learning.reading import Lessons, Rehearsal, learn_reader
from weights.learning.rehearsals import act, mirrored_landmarks, rehearsals

FRAMES = 60


def rehearsal(seed: int) -> Rehearsal:
    """A film in which scores tell half of what was acted."""
    generator = torch.Generator().manual_seed(seed)
    acted = torch.rand(FRAMES, 52, generator=generator)
    acted = acted * (torch.rand(FRAMES, 52, generator=generator) > 0.8)
    off = torch.randn(FRAMES, 478, 2, generator=generator)
    seen = Impressions(
        solved=torch.zeros(FRAMES, 52),
        scores=0.5 * acted,
        off_neutral_mm=off,
        toward=torch.zeros(FRAMES, 2),
        openings=torch.ones(FRAMES, 2),
        gaze_rad=torch.zeros(FRAMES, 2, 2),
    )
    return Rehearsal(seen=seen, acted=acted)


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
    motion = load_head_model().landmark_expression_basis
    lessons = replace(Lessons(), networks=1, patterns=4, dropped=0.0, noise=0.1)
    reader = learn_reader([rehearsal(seed) for seed in range(1, 25)], motion, lessons)
    unseen = rehearsal(0)
    error = (reader.read(unseen.seen) - unseen.acted).abs().mean()
    assert error < 0.5 * (unseen.seen.scores - unseen.acted).abs().mean()


def test_a_film_is_seen_as_it_was_acted() -> None:
    model, landmarker = load_head_model(), read_landmarker(None)
    (film,) = rehearsals(model, landmarker, films=1, frames=12, seed=8)
    assert film.seen.solved.shape == film.acted.shape
    read = ExpressionReader.load(model.version_sha256).read(film.seen)
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
