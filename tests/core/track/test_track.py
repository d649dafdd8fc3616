"""Tracking a clip, by recovery of performances whose numbers are known."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.expressions import EXPRESSION_INDEX as INDEX
from core.head_model import HeadModel
from core.landmarks.stored import RECORD, LandmarkFile, StoredPoints
from core.landmarks.topology import LIPS_OUTER
from core.landmarks.types import LandmarkTrack
from core.residuals.person import ShapeImpression
from core.track import HeadTrack, track_head
from core.track import clip as clip_module
from core.track import track as track_module
from core.track.calibration import AS_MARKED, varied_frames
from core.track.clip import Clip
from core.track.first_look import look_first
from core.track.reader import ExpressionReader
from tests.synthetic import (
    Person,
    clip_of,
    expression,
    head_model,
    pose,
    rotation_error_deg,
    some_identity,
)

FRAMES = 100
UNSEEN = (70, 71, 72, 73)
BLINK_FRAMES = slice(40, 43)


def performance(model: HeadModel) -> list[Person]:
    """A person who smiles, opens the mouth, turns the head, blinks, looks about."""
    identity = some_identity(model, seed=3)
    people = []
    for frame in range(FRAMES):
        t = frame / 25
        smile = max(0.0, np.sin(1.7 * t)) * 0.7
        blink = 1.0 if frame in range(40, 43) else 0.5 if frame in (39, 43) else 0.0
        people.append(
            Person(
                identity=identity,
                expression=expression(
                    mouthSmileLeft=smile,
                    mouthSmileRight=smile,
                    jawOpen=max(0.0, np.sin(4.1 * t + 3)) * 0.5,
                    browInnerUp=max(0.0, np.sin(2.3 * t + 4)) * 0.6,
                    eyeBlinkLeft=blink,
                    eyeBlinkRight=blink,
                ),
                T_camera_head=pose(
                    yaw=20 * np.sin(1.3 * t), pitch=8 * np.sin(2.1 * t), roll=3
                ),
                focal_px=1500.0,
                gaze_rad=(0.3 * np.sin(0.9 * t), 0.0),
            )
        )
    return people


@pytest.fixture(scope="module")
def model() -> HeadModel:
    return head_model()


@pytest.fixture(scope="module")
def truth(model: HeadModel) -> list[Person]:
    return performance(model)


@pytest.fixture(scope="module")
def clip(model: HeadModel, truth: list[Person]) -> LandmarkTrack:
    """Landmarks that move as marks do, not as far as the head does."""
    motion = ExpressionReader.load(model.version_sha256).motion
    marked = deepcopy(model)
    marked.landmark_expression_basis.lerp_(motion, AS_MARKED)
    return clip_of(marked, truth, noise=0.0036, unseen=UNSEEN)


@pytest.fixture(scope="module")
def tracked(model: HeadModel, clip: LandmarkTrack) -> HeadTrack:
    return track_head(model, clip)


def seen(values: np.ndarray) -> np.ndarray:
    return np.delete(values, UNSEEN, axis=0)


def test_every_frame_has_a_whole_answer(
    tracked: HeadTrack, clip: LandmarkTrack
) -> None:
    assert tracked.expressions.shape == (FRAMES, 52)
    assert np.isfinite(tracked.expressions).all()
    assert np.isfinite(tracked.T_camera_head).all()
    assert np.isfinite(tracked.gaze_rad).all()
    assert (tracked.expressions >= 0).all()
    assert (tracked.expressions <= 1).all()
    assert (tracked.seen == clip.seen).all()
    rotations = tracked.T_camera_head[:, :3, :3]
    assert np.allclose(rotations @ rotations.transpose(0, 2, 1), np.eye(3), atol=1e-6)


def test_the_pose_is_recovered(tracked: HeadTrack, truth: list[Person]) -> None:
    true = np.stack([person.T_camera_head for person in truth])
    error_deg = seen(rotation_error_deg(tracked.T_camera_head, true))
    assert np.median(error_deg) < 1.5
    assert error_deg.max() < 4


def test_expressions_are_recovered(tracked: HeadTrack, truth: list[Person]) -> None:
    true = np.stack([person.expression for person in truth])
    error = seen(np.abs(tracked.expressions - true))
    for name in ("mouthSmileLeft", "mouthSmileRight", "jawOpen"):
        assert error[:, INDEX[name]].mean() < 0.06, name
    assert error[:, INDEX["browInnerUp"]].mean() < 0.12
    assert error.mean() < 0.03


def test_what_nobody_acts_is_at_rest(tracked: HeadTrack, truth: list[Person]) -> None:
    true = np.stack([person.expression for person in truth])
    idle = ~true.any(axis=0)
    idle[track_module._KNOWN] = False
    assert tracked.expressions[:, idle].mean() < 0.002


def test_expressions_are_recovered_in_millimetres(
    model: HeadModel, tracked: HeadTrack, truth: list[Person]
) -> None:
    true = np.stack([person.expression for person in truth])
    face = model.region("face").numpy() > 0.5
    basis = model.expression_basis.numpy()[:, face]
    difference = seen(tracked.expressions - true)
    offsets = np.einsum("fe,evc->fvc", difference, basis)
    assert 1e3 * np.linalg.norm(offsets, axis=-1).mean() < 0.6


def test_blinks_close_fully_and_open_again(tracked: HeadTrack) -> None:
    for name in ("eyeBlinkLeft", "eyeBlinkRight"):
        curve = tracked.expressions[:, INDEX[name]]
        assert (curve[BLINK_FRAMES] > 0.9).all(), name  # others: 0.95 to 1
        awake = np.r_[curve[:37], curve[46:]]
        assert awake.max() < 0.25, name


def test_the_gaze_is_recovered(tracked: HeadTrack, truth: list[Person]) -> None:
    true = np.array([person.gaze_rad for person in truth])
    error_deg = np.rad2deg(np.abs(tracked.gaze_rad - true[:, None]))
    assert np.median(seen(error_deg)) < 4


def test_unseen_frames_are_bridged(tracked: HeadTrack) -> None:
    track = tracked.T_camera_head[69:75, :3, 3]
    steps = np.linalg.norm(np.diff(track, axis=0), axis=1)
    assert steps.max() < 0.01


def test_whom_a_clip_seems_to_show_is_believed(
    model: HeadModel, clip: LandmarkTrack, truth: list[Person]
) -> None:
    true = torch.from_numpy(truth[0].identity).double()
    sure = ShapeImpression(mean=true, whitening=10 * torch.eye(len(true)).double())

    def off(tracked: HeadTrack) -> float:
        return float(np.linalg.norm(tracked.identity - truth[0].identity))

    assert off(track_head(model, clip, person=sure)) < 0.3 * off(
        track_head(model, clip)
    )


def test_marks_move_half_as_the_head_does_and_half_as_in_films(
    model: HeadModel, clip: LandmarkTrack
) -> None:
    own = look_first(model, clip).driver
    motion = ExpressionReader.load(model.version_sha256).motion.to(own.bases.neutral)
    marked = own.as_marked(motion)
    middle = 0.5 * (own.bases.expression + motion)
    assert torch.allclose(marked.bases.expression, middle, atol=1e-8)
    assert torch.equal(marked.bases.neutral, own.bases.neutral)
    groups = len(marked.products.sums) - len(own.products.meeting)
    moved = marked.products.sums[:groups].sum(dim=0)
    assert torch.allclose(moved, middle.sum(dim=1).T, atol=1e-5)
    lips = list(LIPS_OUTER)
    pursed, shown = (
        basis[INDEX["mouthPucker"], lips] for basis in (own.bases.expression, motion)
    )
    assert 0.5 < (shown * pursed).sum() / pursed.square().sum() < 0.9


def test_key_frames_are_of_heads_that_turn(model: HeadModel) -> None:
    calm = Person(
        identity=some_identity(model, seed=3),
        expression=expression(),
        T_camera_head=pose(),
        focal_px=1400.0,
    )
    turned = replace(calm, T_camera_head=pose(yaw=20.0))
    down = replace(calm, T_camera_head=pose(pitch=-20.0))
    track = clip_of(model, [calm] * 40 + [turned] + [calm] * 40 + [down])
    clip = Clip.of(track, like=model.template, silent_deviation=0.1)
    turns = clip.turns(slice(None))
    assert turns[0].norm() < 0.02
    assert turns[40].norm() == pytest.approx(np.radians(20), rel=0.4)
    assert turns[81].norm() > 0.1
    chosen = varied_frames(torch.cat([clip.expected(slice(None))[0], turns], dim=1), 4)
    assert {40, 81} <= set(chosen.tolist())


def test_a_known_focal_length_is_kept(model: HeadModel, clip: LandmarkTrack) -> None:
    tracked = track_head(model, clip, focal_px=1500.0)
    assert tracked.camera.focal_px == pytest.approx(1500.0)
    assert tracked.focal_source == "given"


def test_one_frame_is_enough(model: HeadModel, truth: list[Person]) -> None:
    tracked = track_head(model, clip_of(model, truth[:1]))
    assert tracked.expressions.shape == (1, 52)
    assert rotation_error_deg(tracked.T_camera_head[0], truth[0].T_camera_head) < 4


def test_windows_join_without_a_trace(
    model: HeadModel,
    clip: LandmarkTrack,
    tracked: HeadTrack,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clip_module, "WINDOW", 7)
    file = LandmarkFile.temporary()
    records = np.zeros(len(clip.seen), RECORD)
    records["points_px"] = clip.points_px[:]
    file.append(records)
    stored = replace(clip, points_px=StoredPoints(file=file))
    windowed = track_head(model, stored)
    assert np.abs(windowed.expressions - tracked.expressions).max() < 1e-3
    assert np.abs(windowed.T_camera_head - tracked.T_camera_head).max() < 1e-3
    assert windowed.rms_px == pytest.approx(tracked.rms_px, rel=1e-3)


@pytest.mark.parametrize(("smile", "rest"), [(0.0, 0.0), (0.8, 0.8)])
def test_who_smiles_all_the_time_is_said_to_rest_smiling(
    model: HeadModel, smile: float, rest: float
) -> None:
    person = Person(
        identity=some_identity(model, seed=5),
        expression=expression(mouthSmileLeft=smile, mouthSmileRight=smile),
        T_camera_head=pose(),
        focal_px=1500.0,
    )
    tracked = track_head(model, clip_of(model, [person] * 20, noise=0.002))
    assert tracked.rest[INDEX["mouthSmileLeft"]] == pytest.approx(rest, abs=0.25)


def test_a_mouth_read_as_open_is_doubted_while_its_lips_touch(
    model: HeadModel, clip: LandmarkTrack, truth: list[Person]
) -> None:
    first = look_first(model, clip)
    observed = first.clip.at(slice(None))
    read = torch.zeros_like(observed.expected)
    read[:, INDEX["jawOpen"]] = 0.4
    asked = track_module._as_read(first.driver, first.frames, observed, read)
    acted = np.stack([person.expression for person in truth])[clip.seen]
    closed = acted[:, INDEX["jawOpen"]] < 0.01
    jaw = asked.deviation[:, INDEX["jawOpen"]].numpy()
    assert np.median(jaw[closed]) > 0.1
    assert (jaw[acted[:, INDEX["jawOpen"]] > 0.35] < 0.05).all()
    brows = asked.deviation[:, INDEX["browInnerUp"]]
    assert (brows < 0.05).all()
    known = [INDEX["eyeBlinkLeft"], INDEX["tongueOut"]]
    assert torch.equal(asked.expected[:, known], read[:, known])
    lower = read[:, INDEX["jawOpen"]] - asked.expected[:, INDEX["jawOpen"]]
    assert (lower > 0.02).all()
    assert (lower < 0.06).all()
