import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from core.assets import Double, Motion
from core.cli.arguments import read_arguments
from core.cli.jobs import build_job

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-m", "core"]


def photo_double(
    *words: str | Path, cwd: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run a command line."""
    return subprocess.run(
        [*COMMAND, *map(str, words)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
    )


def refused(*words: str | Path) -> dict[str, Any]:
    """The result of a command that must be refused with a sentence."""
    run = photo_double(*words, "--json")
    assert run.returncode == 1, run.stderr
    assert run.stdout.count("\n") == 1, "one JSON object and nothing else"
    result = json.loads(run.stdout)
    assert result["status"] == "refused"
    assert not result.get("details"), "a refusal is not a crash"
    assert ". " in result["reason"], "what happened, then what to do"
    assert f"photo-double: {result['reason']}" in run.stderr
    assert "Traceback" not in run.stderr
    return result


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


def entries(folder: Path) -> list[str]:
    return sorted(item.name for item in folder.rglob("*"))


def test_a_text_called_jpg_is_refused(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_text("Dear Sir or Madam,\n" * 50)
    result = refused("build", tmp_path / "photo.jpg", "-o", tmp_path / "o" / "a.double")
    assert "is not a photo" in result["reason"]
    assert entries(tmp_path) == ["photo.jpg"]


def test_a_missing_photo_is_refused(tmp_path: Path) -> None:
    result = refused("build", tmp_path / "no.jpg", "-o", tmp_path / "a.double")
    assert "There is no photo at" in result["reason"]
    assert entries(tmp_path) == []


def test_a_photo_without_a_face_is_refused(tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (300, 400, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "noise.png")
    result = refused("build", tmp_path / "noise.png", "-o", tmp_path / "a.double")
    assert result["error"] == "NoFaceFoundError"
    assert entries(tmp_path) == ["noise.png"]


def test_two_faces_are_refused_with_their_places(photo: Path, tmp_path: Path) -> None:
    face = Image.open(photo).convert("RGB")
    both = Image.new("RGB", (2 * face.width, face.height))
    both.paste(face, (0, 0))
    both.paste(face, (face.width, 0))
    both.save(tmp_path / "both.jpg")
    result = refused("build", tmp_path / "both.jpg", "-o", tmp_path / "a.double")
    assert "--face N" in result["reason"]
    assert len(result["facts"]["boxes_px"]) == 2
    assert entries(tmp_path) == ["both.jpg"]


def test_a_truncated_video_is_refused(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for _ in range(25):
            container.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        container.mux(stream.encode(None))
    data = (tmp_path / "a.mp4").read_bytes()
    (tmp_path / "a.mp4").write_bytes(data[: len(data) * 2 // 3])
    result = refused("capture", tmp_path / "a.mp4", "-o", tmp_path / "a.motion.npz")
    assert result["error"] == "UnreadableVideoError"
    assert entries(tmp_path) == ["a.mp4"]


def test_sound_alone_is_refused(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.m4a"), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=44100)
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, 4096), np.float32), format="fltp", layout="mono"
        )
        frame.sample_rate = 44100
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    result = refused("capture", tmp_path / "a.m4a", "-o", tmp_path / "a.motion.npz")
    assert "has sound but no pictures" in result["reason"]
    assert entries(tmp_path) == ["a.m4a"]


@pytest.mark.parametrize("command", ["build", "capture"])
def test_an_existing_output_is_refused_and_untouched(
    tmp_path: Path, command: str
) -> None:
    (tmp_path / "older").write_bytes(b"precious")
    result = refused(command, tmp_path / "any", "-o", tmp_path / "older")
    assert "--overwrite" in result["reason"]
    assert (tmp_path / "older").read_bytes() == b"precious"
    assert entries(tmp_path) == ["older"]


def test_animate_refuses_what_exists_before_it_computes(tmp_path: Path) -> None:
    pytest.importorskip("bpy")
    (tmp_path / "a_0001.png").write_bytes(b"older")
    result = refused(
        "animate",
        *("no.jpg", "no.mp4", "-o", tmp_path / "a.blend"),
        *("--render", tmp_path / "a_####.png"),
    )
    assert "a_0001.png exists already" in result["reason"]
    (tmp_path / "b.blend").write_bytes(b"older")
    result = refused("animate", "no.jpg", "no.mp4", "-o", tmp_path / "b.blend")
    assert "b.blend exists already" in result["reason"]
    assert result["seconds"] < 5


def test_animate_stops_the_video_when_the_photo_is_refused(
    clip: Path, tmp_path: Path
) -> None:
    pytest.importorskip("bpy")
    result = refused("animate", tmp_path / "no.jpg", clip, "-o", tmp_path / "a.blend")
    assert "There is no photo at" in result["reason"]
    assert entries(tmp_path) == []


def test_a_blender_that_is_not_there_is_refused(tmp_path: Path) -> None:
    result = refused(
        *("animate", "no.jpg", "no.mp4", "-o", tmp_path / "a.blend"),
        *("--blender", tmp_path / "no blender"),
    )
    assert result["error"] == "BlenderUnavailableError"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["fly"],
        ["build", "a.jpg"],
        ["build", "a.jpg", "-o", "a.double", "--face", "0"],
        ["capture", "a.mp4", "-o", "a.npz", "--range", "5"],
        ["capture", "a.mp4", "-o", "a.npz", "--range", "5:2"],
        ["capture", "a.mp4", "-o", "a.npz", "--device", "abacus"],
        ["capture", "a_###.png", "-o", "a.npz", "--rate", "fast"],
        ["animate", "a.jpg", "a.mp4", "-o", "a.txt"],
        ["animate", "a.jpg", "a.mp4", "-o", "a.blend", "--render", "a.exe"],
        ["animate", "a.jpg", "a.mp4", "-o", "a.blend", "--size", "big"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_status_2(words: list[str]) -> None:
    run = photo_double(*words)
    assert run.returncode == 2
    assert "usage: photo-double" in run.stderr
    assert run.stdout == ""


def test_build_capture_and_info_agree(photo: Path, clip: Path, tmp_path: Path) -> None:
    made = photo_double("build", photo, "-o", "Ada.double", "--json", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    built = json.loads(made.stdout)
    assert built["status"] == "done"
    double = Double.load(tmp_path / "Ada.double")
    told = json.loads(photo_double("info", tmp_path / "Ada.double", "--json").stdout)
    assert told["kind"] == "double"
    assert told["vertices"] == len(double.vertices)
    assert told["facts"] == built["facts"]
    made = photo_double(
        *("capture", clip, "-o", tmp_path / "a.motion.npz"),
        *("--range", "0.2:0.8", "--csv", tmp_path / "a.csv"),
    )
    assert made.returncode == 0, made.stderr
    assert str(tmp_path / "a.motion.npz") in made.stdout
    assert "Finding the face in every frame" in made.stderr
    assert (tmp_path / "a.csv").is_file()
    told = json.loads(photo_double("info", tmp_path / "a.motion.npz", "--json").stdout)
    assert told["kind"] == "motion"
    assert told["frames"] == len(Motion.load(tmp_path / "a.motion.npz").times_s)
    again = photo_double("build", photo, "-o", tmp_path / "Ada.double", "--overwrite")
    assert again.returncode == 0, again.stderr


def test_info_tells_about_media_and_refuses_the_rest(
    clip: Path, tmp_path: Path
) -> None:
    told = json.loads(photo_double("info", clip, "--json").stdout)
    assert told["kind"] == "video"
    assert told["has_sound"]
    pictures = [Image.new("RGB", (64, 48), (40 * n, 90, 90)) for n in range(6)]
    for number, picture in enumerate(pictures):
        picture.save(tmp_path / f"shot_{number + 8:02d}.png")
    for named in (tmp_path, tmp_path / "shot_##.png", tmp_path / "shot_%02d.png"):
        told = json.loads(photo_double("info", named, "--json").stdout)
        assert told["kind"] == "image sequence"
        assert (told["name"], told["numbers"]) == ("shot_##.png", [8, 13])
    moving = tmp_path / "a.webp"
    pictures[0].save(moving, save_all=True, append_images=pictures[1:], duration=50)
    told = json.loads(photo_double("info", moving, "--json").stdout)
    assert (told["kind"], told["rate_fps"]) == ("animated picture", 20.0)
    (tmp_path / "a.txt").write_text("words")
    assert (
        "no Double, no Motion, no photo"
        in refused("info", tmp_path / "a.txt")["reason"]
    )
    assert "There is nothing at" in refused("info", tmp_path / "b")["reason"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_ctrl_c_ends_with_status_130_and_leaves_nothing(
    clip: Path, tmp_path: Path
) -> None:
    with subprocess.Popen(
        [*COMMAND, "capture", str(clip), "-o", str(tmp_path / "a.npz"), "--json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert "Opening the video" in process.stderr.readline()
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 130
    assert json.loads(output)["status"] == "cancelled"
    assert entries(tmp_path) == []


def test_doctor_finds_this_installation_in_order() -> None:
    run = photo_double("doctor", "--json")
    result = json.loads(run.stdout)
    assert run.returncode == 0, result
    assert result["healthy"]
    names = {check["name"] for check in result["checks"]}
    assert {"Python", "torch", "mediapipe", "face model", "head model"} <= names


def test_doctor_says_what_is_missing(tmp_path: Path) -> None:
    run = subprocess.run(
        [*COMMAND, "doctor"],
        cwd=ROOT,
        env={**os.environ, "PHOTO_DOUBLE_LANDMARKER": str(tmp_path / "no.task")},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert "MISSING face model: not at" in run.stdout
    assert "Correct or unset PHOTO_DOUBLE_LANDMARKER" in run.stdout
    assert "face model" in run.stderr


def test_hair_is_left_off_if_asked() -> None:
    line = ["build", "a.jpg", "-o", "a.double"]
    assert build_job(read_arguments(line), "a.double").hair
    assert not build_job(read_arguments([*line, "--no-hair"]), "a.double").hair
