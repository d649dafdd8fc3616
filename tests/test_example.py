"""The shipped example: real files, and the truth behind them is known."""

from pathlib import Path

import numpy as np
import pytest

from core.assets import Double, Motion
from core.expressions import EXPRESSION_INDEX
from core.messages import BuildDouble, CaptureMotion, silent
from core.pipelines.build_double import build_double
from core.pipelines.capture_motion import capture_motion

Truth = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def truth(examples: Path) -> Truth:
    """What the maker of the example knows about every frame."""
    with np.load(examples / "truth.npz") as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def motion(examples: Path, tmp_path_factory: pytest.TempPathFactory) -> Motion:
    """The performance as captured from the clip."""
    path = tmp_path_factory.mktemp("clip") / "clip.motion.npz"
    video = str(examples / "clip.mp4")
    capture_motion(CaptureMotion(video=video, asset=str(path), device="cpu"), silent)
    return Motion.load(path)


def test_the_example_is_small(examples: Path) -> None:
    media = [examples / "photo.jpg", examples / "clip.mp4", examples / "truth.npz"]
    assert sum(path.stat().st_size for path in media) < 4_000_000


@pytest.mark.slow
def test_the_photo_becomes_a_double(
    examples: Path, truth: Truth, tmp_path: Path
) -> None:
    path = tmp_path / "ada.double"
    job = BuildDouble(photo=str(examples / "photo.jpg"), asset=str(path), device="cpu")
    done = build_double(job, silent)
    double = Double.load(path)
    assert done.facts["landmark_error_percent"] < 1.5
    assert done.facts["focal_source"] == "exif"
    assert double.hair is not None
    assert done.facts["hair_strands"] == len(double.hair.points) > 10_000
    known = truth["photo_T_camera_head"][0]
    assert turn_deg(double.T_camera_head[:3, :3], known[:3, :3]) < 6.0


@pytest.mark.slow
def test_every_frame_of_the_clip_shows_a_face(motion: Motion, truth: Truth) -> None:
    assert len(motion.times_s) == len(truth["clip_expressions"])
    assert motion.seen.all()
    assert motion.sound is not None
    assert motion.rate_fps == 25


@pytest.mark.slow
def test_the_head_turns_as_it_was_turned(motion: Motion, truth: Truth) -> None:
    found = motion.T_world_head[:, :3, :3]
    known = np.einsum(
        "ij,fjk->fik", _WORLD_OF_CAMERA, truth["clip_T_camera_head"][:, :3, :3]
    )
    # A constant offset is the fitted identity's business: compare turns from the mean.
    offset = known[0] @ found[0].T
    angles = [turn_deg(offset @ f, k) for f, k in zip(found, known, strict=True)]
    assert np.median(angles) < 3.0


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["jawOpen", "eyeBlinkLeft", "eyeBlinkRight", "mouthSmileLeft"]
)
def test_the_face_moves_as_it_was_moved(
    motion: Motion, truth: Truth, name: str
) -> None:
    column = EXPRESSION_INDEX[name]
    found, known = motion.expressions[:, column], truth["clip_expressions"][:, column]
    assert np.corrcoef(found, known)[0, 1] > 0.8


@pytest.mark.slow
def test_every_blink_closes(motion: Motion, truth: Truth) -> None:
    column = EXPRESSION_INDEX["eyeBlinkLeft"]
    closed = np.flatnonzero(truth["clip_expressions"][:, column] > 0.95)
    blinks = np.split(closed, np.flatnonzero(np.diff(closed) > 1) + 1)
    assert len(blinks) == 4
    for blink in blinks:
        around = slice(max(blink[0] - 2, 0), blink[-1] + 3)
        assert motion.expressions[around, column].max() > 0.85


def turn_deg(first: np.ndarray, second: np.ndarray) -> float:
    """Angle between two rotations."""
    cosine = (np.trace(first @ second.T) - 1) / 2
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


_WORLD_OF_CAMERA = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
