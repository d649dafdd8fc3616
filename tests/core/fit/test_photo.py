"""The fit of a photo, by recovery of people whose numbers are known."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.errors import FitDivergedError
from core.expressions import EXPRESSION_INDEX
from core.fit import HeadFit, fit_head, fit_heads, personal_blendshapes
from core.fit.likeness import LARGEST_OFFSET_M
from core.head_model import HeadModel, lid_gaps
from core.landmarks.types import Landmarks
from tests.synthetic import (
    Person,
    expression,
    head_model,
    photo_of,
    picture_of,
    pose,
    rotation_error_deg,
    some_identity,
)

SMILE = {"mouthSmileLeft": 0.7, "mouthSmileRight": 0.6, "jawOpen": 0.2}


@pytest.fixture(scope="module")
def model() -> HeadModel:
    return head_model()


def person(model: HeadModel, *, seed: int = 0, yaw: float = 15.0) -> Person:
    return Person(
        identity=some_identity(model, seed=seed),
        expression=expression(**SMILE),
        T_camera_head=pose(yaw=yaw, pitch=-6, roll=4),
        focal_px=1300.0,
        gaze_rad=(0.2, 0.1),
    )


def face_error_mm(model: HeadModel, fit: HeadFit, truth: Person) -> float:
    """Mean distance of the neutral face's vertices after the best rigid motion."""
    true = model.vertices(torch.from_numpy(truth.identity), torch.zeros(52)).numpy()
    face = model.region("face").numpy() > 0.5
    found, true = fit.vertices_neutral[face].astype(float), true[face].astype(float)
    a, b = found - found.mean(0), true - true.mean(0)
    u, s, v = np.linalg.svd(a.T @ b)
    sign = np.diag([1, 1, np.sign(np.linalg.det(u @ v))])
    scale = (s * np.diag(sign)).sum() / (a * a).sum()
    return float(1e3 * np.linalg.norm(scale * a @ (u @ sign @ v) - b, axis=1).mean())


def test_shading_tells_the_shape_that_landmarks_leave_open(model: HeadModel) -> None:
    light = torch.tensor([0.5, 0.15, -0.2, 0.1, 0, 0, 0, 0, 0])
    marked, shaded = [], []
    for seed in (0, 1, 2):
        truth = person(model, seed=seed)
        seen = photo_of(model, truth, noise=0.01)
        pixels = picture_of(model, truth, light)
        fit = fit_head(model, seen, focal_px=1300.0)
        marked.append(face_error_mm(model, fit, truth))
        fit = fit_head(model, seen, focal_px=1300.0, pixels_srgb=pixels)
        shaded.append(face_error_mm(model, fit, truth))
    assert np.mean(shaded) < 0.95 * np.mean(marked)


def test_a_picture_without_shades_changes_little(model: HeadModel) -> None:
    truth = person(model)
    seen = photo_of(model, truth, noise=0.003)
    noise = np.random.default_rng(0).integers(0, 256, (1000, 800, 3), dtype=np.uint8)
    without = fit_head(model, seen, focal_px=1300.0)
    fit = fit_head(model, seen, focal_px=1300.0, pixels_srgb=noise)
    assert (
        abs(face_error_mm(model, fit, truth) - face_error_mm(model, without, truth))
        < 0.3
    )


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_hidden_person_is_recovered(model: HeadModel, seed: int) -> None:
    truth = person(model, seed=seed)
    fit = fit_head(model, photo_of(model, truth, noise=0.003), focal_px=1300.0)
    assert fit.converged
    assert fit.focal_source == "exif"
    assert fit.landmark_error_percent < 0.8
    assert rotation_error_deg(fit.T_camera_head, truth.T_camera_head) < 2.5
    assert face_error_mm(model, fit, truth) < 2.0


def test_focal_length_is_found_near_its_prior(model: HeadModel) -> None:
    truth = person(model)
    fit = fit_head(model, photo_of(model, truth, noise=0.003), focal_px=None)
    assert fit.focal_source == "prior"
    assert 0.6 < fit.camera.focal_px / truth.focal_px < 1.6
    assert fit.camera.center_x_px == 400
    assert fit.camera.center_y_px == 500


def test_a_smile_stays_an_expression(model: HeadModel) -> None:
    truth = person(model)
    fit = fit_head(model, photo_of(model, truth, noise=0.003), focal_px=1300.0)
    for name, weight in SMILE.items():
        assert fit.expression[EXPRESSION_INDEX[name]] == pytest.approx(weight, abs=0.15)
    assert (fit.expression >= 0).all()
    assert (fit.expression <= 1).all()


def test_gaze_is_recovered(model: HeadModel) -> None:
    truth = person(model)
    fit = fit_head(model, photo_of(model, truth, noise=0.002), focal_px=1300.0)
    error_deg = np.rad2deg(np.abs(fit.gaze_rad - np.array(truth.gaze_rad)))
    assert error_deg.max() < 8


def test_a_turned_head_is_placed(model: HeadModel) -> None:
    truth = person(model, yaw=-38.0)
    fit = fit_head(model, photo_of(model, truth, noise=0.003), focal_px=1300.0)
    assert rotation_error_deg(fit.T_camera_head, truth.T_camera_head) < 4
    assert fit.landmark_error_percent < 1.5


def test_a_photo_from_the_side_tells_the_depth_that_one_from_the_front_hides(
    model: HeadModel,
) -> None:
    alone, together = [], []
    for seed in range(3):
        front, side = (person(model, seed=seed, yaw=yaw) for yaw in (0.0, 38.0))
        side = replace(side, expression=expression(), focal_px=900.0)
        seen = [photo_of(model, shown, noise=0.003) for shown in (front, side)]
        alone.append(
            face_error_mm(model, fit_head(model, seen[0], focal_px=1300.0), front)
        )
        fits = fit_heads(model, seen, focals_px=[1300.0, 900.0])
        together.append(face_error_mm(model, fits[0], front))
        assert np.array_equal(fits[0].vertices_neutral, fits[1].vertices_neutral)
        for fit, truth in zip(fits, (front, side), strict=True):
            assert fit.camera.focal_px == pytest.approx(truth.focal_px)
            assert rotation_error_deg(fit.T_camera_head, truth.T_camera_head) < 3
            assert fit.landmark_error_percent < 1.5
        smile = EXPRESSION_INDEX["mouthSmileLeft"]
        assert fits[0].expression[smile] > fits[1].expression[smile] + 0.3
    assert np.mean(together) < 0.9 * np.mean(alone)


def test_the_mean_head_is_found_where_it_is(model: HeadModel) -> None:
    truth = Person(
        identity=np.zeros_like(some_identity(model, seed=0)),
        expression=expression(),
        T_camera_head=pose(),
        focal_px=1300.0,
    )
    fit = fit_head(model, photo_of(model, truth), focal_px=1300.0)
    assert np.abs(fit.identity).max() < 0.15
    assert fit.expression.max() < 0.1
    assert rotation_error_deg(fit.T_camera_head, truth.T_camera_head) < 0.3
    assert fit.rms_px < 0.5


def test_likeness_follows_the_landmarks_within_three_millimetres(
    model: HeadModel,
) -> None:
    truth = person(model)
    photo = photo_of(model, truth)
    bulge = photo.points_px.copy()
    cheek = np.array([50, 101, 118, 117, 123, 147, 187, 205])
    bulge[cheek, 1] += 25.0
    fit = fit_head(
        model,
        Landmarks(
            points_px=bulge,
            depth_px=photo.depth_px,
            image_size_px=photo.image_size_px,
            scores=photo.scores,
        ),
        focal_px=1300.0,
    )
    lengths = np.linalg.norm(fit.offsets, axis=1)
    assert lengths.max() <= LARGEST_OFFSET_M + 1e-6
    cheeks = model.landmark_vertices[cheek].numpy().ravel()
    assert fit.offsets[cheeks, 2].mean() < -0.001
    assert np.linalg.norm(fit.offsets[model.rim.numpy()], axis=1).max() < 0.0005


def test_eyes_move_with_their_joints(model: HeadModel) -> None:
    fit = fit_head(model, photo_of(model, person(model), noise=0.01), focal_px=None)
    vertices = fit.vertices_neutral
    for part, joint in (("eye_left", 4), ("eye_right", 5)):
        faces = model.faces[model.part_faces(part)]
        eye = vertices[np.unique(faces[faces >= 0].numpy())]
        middle = (eye.max(axis=0) + eye.min(axis=0)) / 2
        assert np.abs(middle - fit.joints[joint])[[0, 2]].max() < 0.001


def test_blinks_close_on_the_person(model: HeadModel) -> None:
    fit = fit_head(model, photo_of(model, person(model), noise=0.01), focal_px=None)
    shapes = personal_blendshapes(model, fit)
    for eye, name in enumerate(("eyeBlinkLeft", "eyeBlinkRight")):
        closed = fit.vertices_neutral + shapes[EXPRESSION_INDEX[name]]
        gaps = lid_gaps(model, torch.from_numpy(closed), eye).norm(dim=1)
        assert gaps.max() < 0.0003
        still = lid_gaps(model, torch.from_numpy(fit.vertices_neutral), eye)
        assert still.norm(dim=1).max() > 0.003


def test_landmarks_that_are_no_face_are_refused(model: HeadModel) -> None:
    with pytest.raises(FitDivergedError, match="Choose a photo"):
        fit_head(model, scattered(), focal_px=None)


def test_of_several_photos_the_one_that_does_not_fit_is_named(
    model: HeadModel,
) -> None:
    seen = photo_of(model, person(model), noise=0.01)
    with pytest.raises(FitDivergedError, match=r"onto leaves\.jpg"):
        fit_heads(
            model,
            [seen, scattered()],
            focals_px=[None, None],
            names=["ada.jpg", "leaves.jpg"],
        )


def scattered() -> Landmarks:
    """Landmarks that are no face."""
    points = np.random.default_rng(0).uniform(0, 800, (478, 2)).astype(np.float32)
    return Landmarks(
        points_px=points,
        depth_px=np.zeros(478, np.float32),
        image_size_px=(800, 800),
        scores=np.zeros(52, np.float32),
    )
