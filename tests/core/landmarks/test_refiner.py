"""The refiner of landmarks: its file, and that it finds what a picture shows."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from benchmarks import portraits
from core.camera import rotation_from_vector
from core.errors import MissingWeightsError
from core.expressions import EXPRESSION_NAMES
from core.head_model import HeadModel, load_head_model
from core.landmarks.refiner import LandmarkRefiner, load_refiner, refine_landmarks
from core.landmarks.topology import FACE_COUNT, LANDMARK_COUNT
from core.landmarks.types import Landmarks
from core.spaces import T_WORLD_CAMERA, inverse_rigid
from weights.learning.rehearsal import mirrored_landmarks

PEOPLE = ((31, 0.0), (32, 25.0), (33, -30.0), (34, 15.0))
"""Seeds, and how far they turn to their left in degrees."""


@pytest.fixture(scope="module")
def model() -> HeadModel:
    return load_head_model()


@pytest.fixture(scope="module")
def often_seen(model: HeadModel) -> list[tuple[np.ndarray, Landmarks, np.ndarray]]:
    """Pictures of people, the detector's landmarks in all looks and the true places."""
    found = []
    for seed, yaw_deg in PEOPLE:
        generator = torch.Generator().manual_seed(seed)
        identity = torch.randn(model.identity_count, generator=generator)
        rest = torch.zeros(len(EXPRESSION_NAMES))
        pixels = portraits.take(
            model,
            model.vertices(identity, rest),
            portraits.paint(model, seed),
            portraits.light(20, 25, 0.35),
            yaw_deg=yaw_deg,
        )
        true_px = places(model.landmarks(identity, rest), yaw_deg)
        found.append((pixels, portraits.marked(pixels), true_px))
    return found


@pytest.fixture(scope="module")
def portrayed(
    often_seen: list[tuple[np.ndarray, Landmarks, np.ndarray]],
) -> list[tuple[np.ndarray, Landmarks, np.ndarray]]:
    """The same in the first look alone."""
    return [
        (pixels, replace(marked, more_looks_px=()), true_px)
        for pixels, marked, true_px in often_seen
    ]


def places(points: torch.Tensor, yaw_deg: float) -> np.ndarray:
    """Where landmarks of a head are in its portrait."""
    turn = rotation_from_vector(torch.tensor([0, 0, np.deg2rad(yaw_deg)])).float()
    points = points @ turn.T + torch.tensor([0.0, portraits.distance_m(), -0.02])
    to_camera = torch.from_numpy(inverse_rigid(T_WORLD_CAMERA)[:3, :3]).float()
    camera = (points @ to_camera.T).numpy()
    middle = portraits.SIZE_PX / 2
    return portraits.FOCAL_PX * camera[:, :2] / camera[:, 2:] + middle


def off_px(landmarks: Landmarks, true_px: np.ndarray) -> float:
    """Mean error of the face's landmarks, their common shift left out."""
    error = (landmarks.points_px - true_px)[:FACE_COUNT]
    return float(np.linalg.norm(error - error.mean(axis=0), axis=1).mean())


def test_marks_come_nearer_to_where_they_are(
    model: HeadModel, portrayed: list[tuple[np.ndarray, Landmarks, np.ndarray]]
) -> None:
    before, after = 0.0, 0.0
    for pixels, marked, true_px in portrayed:
        refined = refine_landmarks(model, pixels, marked)
        assert refined.refined
        assert refined.points_px.dtype == np.float32
        before += off_px(marked, true_px)
        after += off_px(refined, true_px)
    assert after < 0.85 * before


def test_more_looks_agree_and_make_a_photo_slightly_turned_matter_less(
    model: HeadModel, often_seen: list[tuple[np.ndarray, Landmarks, np.ndarray]]
) -> None:
    moved = {0: 0.0, 8: 0.0}
    for pixels, marked, true_px in often_seen:
        assert len(marked.more_looks_px) == 8
        eye_px = np.linalg.norm(true_px[468] - true_px[473])
        for look in marked.more_looks_px:
            apart = np.linalg.norm(look - marked.points_px, axis=1)
            assert apart.mean() < 0.05 * eye_px
        aslant, turn = turned(pixels)
        again = portraits.marked(aslant)
        for looks in moved:
            here = refined_px(model, pixels, marked, looks=looks)
            there = refined_px(model, aslant, again, looks=looks)
            carried = (here - 0.5) @ turn[:, :2].T + turn[:, 2] + 0.5
            moved[looks] += float(np.linalg.norm(carried - there, axis=1).mean())
    assert moved[8] < 0.5 * moved[0]


def turned(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A picture turned by seven degrees and a tenth smaller, and the way there."""
    middle = portraits.SIZE_PX / 2 - 0.5
    turn = cv2.getRotationMatrix2D((middle, middle), 7.0, 0.9)
    aslant = cv2.warpAffine(
        pixels, turn, pixels.shape[1::-1], borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(aslant, np.uint8), np.asarray(turn)


def refined_px(
    model: HeadModel, pixels: np.ndarray, marked: Landmarks, *, looks: int
) -> np.ndarray:
    """Refined landmarks, from so many looks beside the first."""
    fewer = replace(marked, more_looks_px=marked.more_looks_px[:looks])
    return refine_landmarks(model, pixels, fewer).points_px


def test_faces_together_are_refined_as_each_alone(
    model: HeadModel, portrayed: list[tuple[np.ndarray, Landmarks, np.ndarray]]
) -> None:
    refiner = load_refiner(model.version_sha256)
    faces = [(pixels, marked.points_px) for pixels, marked, _ in portrayed]
    cut = refiner.upright(faces)
    together = cut.outward(refiner.offsets(cut.squares_srgb, cut.marks))
    for face, refined in zip(faces, together, strict=True):
        assert np.abs(refined - refiner.refine(*face)).max() < 0.01


def test_one_look_gives_nearly_what_two_give_but_errs_a_little_more(
    model: HeadModel, portrayed: list[tuple[np.ndarray, Landmarks, np.ndarray]]
) -> None:
    refiner = load_refiner(model.version_sha256)
    off = []
    for pixels, marked, true_px in portrayed:
        cut = refiner.upright([(pixels, marked.points_px)])
        places = [
            cut.outward(refiner.offsets(cut.squares_srgb, cut.marks, once=once))[0]
            for once in (True, False)
        ]
        off.append(
            [off_px(replace(marked, points_px=each), true_px) for each in places]
        )
    once, twice = np.mean(off, axis=0)
    assert twice < once < 1.1 * twice


def test_a_picture_twice_as_large_gives_the_same(
    model: HeadModel, portrayed: list[tuple[np.ndarray, Landmarks, np.ndarray]]
) -> None:
    pixels, marked, true_px = portrayed[0]
    large = np.repeat(np.repeat(pixels, 2, axis=0), 2, axis=1)
    twice = replace(marked, points_px=2 * marked.points_px)
    eye_px = np.linalg.norm(true_px[468] - true_px[473])
    once = refine_landmarks(model, pixels, marked).points_px
    again = refine_landmarks(model, large, twice).points_px / 2
    assert np.abs(again - once).max() < 0.02 * eye_px


def test_the_mirrored_picture_gives_nearly_the_mirrored_landmarks(
    model: HeadModel, portrayed: list[tuple[np.ndarray, Landmarks, np.ndarray]]
) -> None:
    pixels, marked, true_px = portrayed[1]
    width = pixels.shape[1]
    order = mirrored_landmarks(model).numpy()
    flip = np.array([-1.0, 1.0], np.float32)
    turned = marked.points_px[order] * flip + [width, 0]
    mirrored = replace(marked, points_px=turned.astype(np.float32))
    there = refine_landmarks(model, pixels[:, ::-1].copy(), mirrored).points_px
    here = refine_landmarks(model, pixels, marked).points_px
    eye_px = np.linalg.norm(true_px[468] - true_px[473])
    apart = np.linalg.norm(there[order] * flip + [width, 0] - here, axis=1)
    assert np.median(apart) < 0.02 * eye_px


def test_its_marks_lean_less_than_the_detectors(model: HeadModel) -> None:
    errors = load_refiner(model.version_sha256).errors
    assert errors is not None
    assert errors.leaning.shape == (LANDMARK_COUNT, 3)
    detectors = model.mark_identity_basis - model.landmark_identity_basis
    assert errors.leaning_per_identity.norm() < 0.8 * detectors.norm()


def test_a_refiner_of_another_head_model_is_refused() -> None:
    with pytest.raises(MissingWeightsError, match="another head model"):
        LandmarkRefiner.load("0" * 64)


def test_a_missing_file_says_how_to_make_it(tmp_path: Path, model: HeadModel) -> None:
    with pytest.raises(MissingWeightsError, match="learn_landmark_refiner"):
        LandmarkRefiner.load(model.version_sha256, tmp_path / "none.safetensors")
