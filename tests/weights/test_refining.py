"""Pictures that landmarks are learned from, and that something is learned from them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.head_model import HeadModel, load_head_model
from core.head_model.data import HEAD_MODEL_PATH
from core.landmarks.model_file import read_landmarker
from core.landmarks.topology import FACE_COUNT, LANDMARK_COUNT
from core.landmarks.upright import SIDE_PX
from core.texture.texels import skin_texels
from weights.learn_landmark_refiner import face_template, photographed
from weights.learning.looks import random_look
from weights.learning.refining import Album, Lessons, learn_refiner
from weights.learning.rehearsals import mirrored_landmarks
from weights.learning.synthetic_photos import (
    SIZE_PX,
    Stage,
    random_pose,
    stage_of,
    take_photo,
)


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


def test_a_photo_is_the_same_again_and_holds_its_landmarks(
    model: HeadModel, stage: Stage
) -> None:
    look = random_look(model, skin_texels(model, 128), 7)
    pose = random_pose(np.random.default_rng(2), np.zeros(52))
    photo, again = (take_photo(stage, look, pose, 11) for _ in range(2))
    assert np.array_equal(photo.pixels_srgb, again.pixels_srgb)
    assert photo.pixels_srgb.shape == (SIZE_PX, SIZE_PX, 3)
    assert photo.points_px.shape == (LANDMARK_COUNT, 2)
    assert (photo.points_px > 0).all()
    assert (photo.points_px < SIZE_PX).all()


@pytest.fixture(scope="module")
def album(model: HeadModel) -> Album:
    template = face_template(model)
    return photographed(model, read_landmarker(None), template, people=1, seed=3)


def test_the_detector_marks_the_face_near_where_it_is(album: Album) -> None:
    assert len(album.marks) >= 4
    off = (album.marks - album.places)[:, :FACE_COUNT].norm(dim=-1)
    assert off.mean() < 4
    assert (album.places[:, :FACE_COUNT].mean(dim=1) - SIDE_PX / 2).abs().max() < 20


def test_mirroring_twice_changes_nothing(model: HeadModel, album: Album) -> None:
    mirror = mirrored_landmarks(model)
    once = album.mirrored(mirror)
    assert not torch.equal(once.marks, album.marks)
    twice = once.mirrored(mirror)
    for name, value in vars(album).items():
        assert torch.allclose(vars(twice)[name].double(), value.double(), atol=1e-4)


def test_marks_that_are_all_off_alike_are_moved_back(
    model: HeadModel, album: Album
) -> None:
    torch.manual_seed(0)
    count = 16
    chosen = torch.randint(len(album.marks), (count,))
    faces = album.at(chosen)
    wrong = replace(faces, marks=faces.places + torch.tensor([0.0, 3.0]))
    lessons = replace(Lessons(), rounds=25, batch=8, shift_px=0.0, jitter_px=0.0)
    network, usual = learn_refiner(wrong, mirrored_landmarks(model), lessons)
    with torch.inference_mode():
        pixels = (wrong.squares.float() / 255 - 0.5) * 4
        moved = network(pixels, wrong.marks, usual)[0][-1]
    assert (moved - wrong.places).norm(dim=-1).mean() < 1.5
