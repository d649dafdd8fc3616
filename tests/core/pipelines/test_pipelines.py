import io
import json
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from core.assets import Double, Motion
from core.errors import ConsentRefusedError, OutputExistsError, SeveralFacesError
from core.images.photo import read_photo
from core.images.video import FrameReader, open_video
from core.landmarks import half_done
from core.messages import Advice, BuildDouble, CaptureMotion, Progress
from core.pipelines.build_double import build_double, name_of
from core.pipelines.capture_motion import capture_motion


@pytest.fixture(scope="module")
def photo(examples: Path) -> Path:
    if not (examples / "photo.jpg").exists():
        pytest.skip("examples/photo.jpg is not made yet")
    return examples / "photo.jpg"


@pytest.fixture(scope="module")
def clip(examples: Path) -> Path:
    if not (examples / "clip.mp4").exists():
        pytest.skip("examples/clip.mp4 is not made yet")
    return examples / "clip.mp4"


def test_a_photo_becomes_a_double(photo: Path, tmp_path: Path) -> None:
    (tmp_path / "consent.json").write_text('{"id": "7f"}')
    heard: list[Progress | Advice] = []
    job = BuildDouble(
        photo=str(photo),
        asset=str(tmp_path / "Ada.double"),
        consent=str(tmp_path / "consent.json"),
    )
    done = build_double(job, heard.append)
    double = Double.load(done.asset)
    assert double.name == "Ada"
    assert double.blendshapes.shape == (52, *double.vertices.shape)
    assert double.skin_weights.sum(axis=1) == pytest.approx(1.0, abs=1e-3)
    assert double.consent == {"id": "7f"}
    assert double.provenance["photo_sha256"] == read_photo(photo).sha256
    albedo = Image.open(io.BytesIO(double.textures["albedo"]))
    assert albedo.mode == "RGB"
    assert done.facts["landmark_error_percent"] < 1.5
    json.dumps(done.facts, allow_nan=False)
    fractions = [item.fraction for item in heard if isinstance(item, Progress)]
    assert fractions == sorted(fractions)


def test_two_photos_become_one_double(photo: Path, tmp_path: Path) -> None:
    lighter = tmp_path / "lighter.png"
    with Image.open(photo) as picture:
        small = picture.resize((picture.width // 2, picture.height // 2))
        small.point(lambda value: min(255, value + 12)).save(lighter)
    job = BuildDouble(
        photo=str(photo),
        more_photos=(str(lighter),),
        asset=str(tmp_path / "Ada.double"),
    )
    done = build_double(job, lambda message: None)
    double = Double.load(done.asset)
    assert done.facts["photos"] == 2
    assert max(done.facts["landmark_error_percents"]) < 1.5
    assert double.provenance["photo_sha256"] == read_photo(photo).sha256
    (other,) = double.provenance["more_photos"]
    assert other == {"name": "lighter.png", "sha256": read_photo(lighter).sha256}
    assert double.camera.width_px == read_photo(photo).size_px[0]


def test_a_further_photo_of_two_people_is_refused_with_what_helps(
    photo: Path, tmp_path: Path
) -> None:
    with Image.open(photo) as picture:
        half = picture.resize((picture.width // 2, picture.height // 2))
    both = Image.new("RGB", (2 * half.width, half.height))
    both.paste(half, (0, 0))
    both.paste(half, (half.width, 0))
    both.save(tmp_path / "both.png")
    job = BuildDouble(
        photo=str(photo),
        more_photos=(str(tmp_path / "both.png"),),
        asset=str(tmp_path / "Ada.double"),
    )
    with pytest.raises(SeveralFacesError, match=r"both\.png shows 2 faces\. Crop it"):
        build_double(job, lambda message: None)
    assert not (tmp_path / "Ada.double").exists()


def test_a_clip_becomes_a_motion_with_its_sound(clip: Path, tmp_path: Path) -> None:
    heard: list[Progress | Advice] = []
    job = CaptureMotion(
        video=str(clip),
        asset=str(tmp_path / "a.motion.npz"),
        start_s=0.4,
        end_s=1.6,
        csv=str(tmp_path / "a.csv"),
        overlay=str(tmp_path / "a.mp4"),
    )
    done = capture_motion(job, heard.append)
    motion, video = Motion.load(done.asset), open_video(clip)
    frames = len(motion.times_s)
    assert frames == pytest.approx(1.2 * video.rate_fps, abs=1)
    assert motion.times_s[0] == 0.0
    assert motion.source["start_s"] == pytest.approx(0.4, abs=1 / video.rate_fps)
    assert motion.source["sha256"] == video.sha256
    assert ((motion.expressions >= 0) & (motion.expressions <= 1)).all()
    assert np.allclose(np.linalg.det(motion.T_world_head[:, :3, :3]), 1.0, atol=1e-4)
    assert (motion.T_world_head[:, 1, 3] > 0.1).all(), "in front of the camera"
    assert len((tmp_path / "a.csv").read_text().splitlines()) == frames + 1
    shown = open_video(tmp_path / "a.mp4")
    assert shown.size_px[0] == 2 * video.size_px[0]
    assert shown.size_px[1] > video.size_px[1], "curves are under the pictures"
    assert len(list(FrameReader(shown))) == frames
    assert shown.has_sound
    assert not [item for item in heard if isinstance(item, Advice)], "nothing to say"
    assert motion.facts["resting_face_weight"] < 0.35
    assert motion.sound is not None
    with av.open(io.BytesIO(motion.sound)) as sound:
        heard_s = sum(frame.samples for frame in sound.decode(audio=0))
        heard_s /= sound.streams.audio[0].rate
    assert heard_s == pytest.approx(frames / video.rate_fps, abs=0.05)
    fractions = [item.fraction for item in heard if isinstance(item, Progress)]
    assert fractions == sorted(fractions)


def test_outputs_and_consent_are_checked_before_the_photo(tmp_path: Path) -> None:
    (tmp_path / "Ada.double").mkdir()
    job = BuildDouble(photo="missing.jpg", asset=str(tmp_path / "Ada.double"))
    with pytest.raises(OutputExistsError):
        build_double(job, lambda message: None)
    job = BuildDouble(
        photo="missing.jpg", asset=str(tmp_path / "b.double"), consent="missing.json"
    )
    with pytest.raises(ConsentRefusedError):
        build_double(job, lambda message: None)


def test_a_double_is_called_after_its_folder() -> None:
    assert name_of(Path("out/Mona Lisa.double")) == "Mona Lisa"
    assert name_of(Path("out/mona")) == "mona"


def test_an_image_sequence_becomes_a_motion_at_the_rate_that_is_said(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(half_done, "half_done_folder", lambda: tmp_path / "cache")
    with av.open(str(clip)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number == 12:
                break
            if number != 5:
                frame.to_image().save(tmp_path / f"shot_{number + 1:03d}.jpg")
    heard: list[Progress | Advice] = []
    job = CaptureMotion(
        video=str(tmp_path / "shot_###.jpg"),
        asset=str(tmp_path / "a.motion.npz"),
        rate_fps=12.0,
    )
    motion = Motion.load(capture_motion(job, heard.append).asset)
    expected = [number / 12 for number in range(12) if number != 5]
    assert motion.times_s == pytest.approx(expected)
    assert motion.rate_fps == 12.0
    (advice,) = [item.text for item in heard if isinstance(item, Advice)]
    assert "taken for 12 frames a second" in advice
    assert "Numbers are missing (1)" in advice
    assert not list((tmp_path / "cache").iterdir()), "nothing is kept after success"
