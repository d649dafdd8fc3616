"""The reader of shapes: its file, and that pixels tell it who somebody is."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import portraits
from benchmarks.shape import Errors
from core.errors import MissingWeightsError
from core.expressions import EXPRESSION_NAMES
from core.fit import fit_head
from core.fit.shape_reader import (
    SHAPE_READER_PATH,
    ShapeReader,
    load_shape_reader,
)
from core.head_model import HeadModel, load_head_model
from core.landmarks.types import Landmarks
from weights.learning.rehearsal import mirrored_landmarks
from weights.learning.tuning import mirror_signs

PEOPLE = (
    (51, 0.0),
    (52, 20.0),
    (53, -25.0),
    (54, 10.0),
)
"""Seeds, and how far they turn to their left in degrees."""
REST = torch.zeros(len(EXPRESSION_NAMES))
Portrayed = list[tuple[torch.Tensor, np.ndarray, Landmarks]]


@pytest.fixture(scope="module")
def model() -> HeadModel:
    return load_head_model()


@pytest.fixture(scope="module")
def portrayed(model: HeadModel) -> Portrayed:
    """Who is shown, the picture, and its refined landmarks."""
    found = []
    for seed, yaw_deg in PEOPLE:
        generator = torch.Generator().manual_seed(seed)
        identity = torch.randn(model.identity_count, generator=generator)
        pixels = portraits.take(
            model,
            model.vertices(identity, REST),
            portraits.paint(model, seed),
            portraits.light(20, 25, 0.35),
            yaw_deg=yaw_deg,
        )
        found.append((identity, pixels, portraits.detect(model, pixels)))
    return found


def face(model: HeadModel, identity: torch.Tensor) -> np.ndarray:
    """The neutral face's vertices."""
    shown = (model.region("face") > 0.5).numpy()
    return model.vertices(identity.float(), REST).numpy()[shown]


def test_its_people_are_nearer_than_an_average_face(
    model: HeadModel, portrayed: Portrayed
) -> None:
    reader = load_shape_reader(model.version_sha256)
    read, average = Errors(), Errors()
    for identity, pixels, landmarks in portrayed:
        truth = face(model, identity).astype(float)
        seen = reader.read(pixels, landmarks, portraits.FOCAL_PX)
        read.add(face(model, seen.mean), truth)
        average.add(face(model, torch.zeros(model.identity_count)), truth)
    nearer = read.figures("")["_mean_mm"] / average.figures("")["_mean_mm"]
    assert nearer < 0.75


def test_it_sees_more_than_the_landmarks(
    model: HeadModel, portrayed: Portrayed
) -> None:
    reader = load_shape_reader(model.version_sha256)
    flat = Errors(), Errors()
    for identity, pixels, landmarks in portrayed:
        truth = face(model, identity).astype(float)
        grey = np.full_like(pixels, 127)
        for errors, shown in zip(flat, (pixels, grey), strict=True):
            told = reader.told(shown, landmarks.points_px, portraits.FOCAL_PX)
            errors.add(face(model, told), truth)
    with_pixels, without = (each.figures("")["_mean_mm"] for each in flat)
    assert with_pixels < 0.9 * without


def test_in_the_mirror_it_sees_the_mirrored_person(
    model: HeadModel, portrayed: Portrayed
) -> None:
    reader = load_shape_reader(model.version_sha256)
    _, pixels, landmarks = portrayed[1]
    points = landmarks.points_px[mirrored_landmarks(model).numpy()]
    points = points * np.array([-1, 1], np.float32) + [pixels.shape[1], 0]
    there = reader.told(pixels[:, ::-1].copy(), points, portraits.FOCAL_PX)
    here = reader.told(pixels, landmarks.points_px, portraits.FOCAL_PX)
    off = mirror_signs(model) * there - here
    assert off.abs().max() < 0.3
    assert off.norm() < 0.1 * here.norm()


def test_a_fit_starts_from_who_is_seen(model: HeadModel, portrayed: Portrayed) -> None:
    read, landmarks_only = Errors(), Errors()
    for identity, pixels, landmarks in portrayed:
        truth = face(model, identity).astype(float)
        shown = (model.region("face") > 0.5).numpy()
        for errors, picture in ((read, pixels), (landmarks_only, None)):
            fit = fit_head(
                model, landmarks, focal_px=portraits.FOCAL_PX, pixels_srgb=picture
            )
            errors.add(fit.vertices_neutral[shown], truth)
    with_pixels = read.figures("")["_mean_mm"]
    assert with_pixels < 0.95 * landmarks_only.figures("")["_mean_mm"]


def test_marks_that_nobody_refined_are_fitted_without_it(
    model: HeadModel, portrayed: Portrayed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> ShapeReader:
        raise AssertionError("the reader was asked")

    monkeypatch.setattr("core.fit.energy.load_shape_reader", refuse)
    _, pixels, landmarks = portrayed[0]
    fit_head(
        model,
        replace(landmarks, refined=False),
        focal_px=portraits.FOCAL_PX,
        pixels_srgb=pixels,
    )


def test_its_card_names_its_file() -> None:
    card = SHAPE_READER_PATH.with_suffix(".md").read_text(encoding="utf-8")
    assert hashlib.sha256(SHAPE_READER_PATH.read_bytes()).hexdigest() in card


def test_a_reader_of_another_head_model_is_refused() -> None:
    with pytest.raises(MissingWeightsError, match="another head model"):
        ShapeReader.load("0" * 64)


def test_a_missing_file_says_how_to_make_it(tmp_path: Path, model: HeadModel) -> None:
    with pytest.raises(MissingWeightsError, match="learn_shape_reader"):
        ShapeReader.load(model.version_sha256, tmp_path / "none.safetensors")


def test_what_frames_of_a_clip_tell_on_average_is_believed_less(
    model: HeadModel, portrayed: Portrayed
) -> None:
    reader = load_shape_reader(model.version_sha256)
    _, pixels, seen = portrayed[0]
    told = reader.who_is(pixels, seen.points_px)
    padded = np.concatenate([told, np.zeros(9)])
    of_clip, of_photo = reader.of_clip(padded), reader.read(pixels, seen, None)
    assert of_clip is not None
    assert torch.allclose(of_clip.mean, reader.impression(torch.from_numpy(told)).mean)
    once, twice = face(model, of_clip.mean.float()), face(model, of_photo.mean.float())
    assert 0 < np.linalg.norm(once - twice, axis=1).mean() < 0.0005
    assert torch.allclose(1.5 * of_clip.whitening, of_photo.whitening)
    assert reader.of_clip(None) is None
