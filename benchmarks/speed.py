"""How long the engine takes: a photo, and a clip measured by the bare detector.

    python benchmarks/speed.py [--json] [--photo FILE] [--clip FILE] [--rounds N]

The clip's time is compared with that of the bare detector on the same clip in the same
run, turn and turn about, so that a busy computer slows both: once inside one process,
where all is loaded, and once as whole commands, start included. The bare detector is
MediaPipe's FaceLandmarker as its own guide uses it on a video: frames decoded one by
one, `detect_for_video` on each. Targets, on two cores: a photo in less than 20 seconds,
and a clip in less than 1.6 times the bare detector's time.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

PHOTO_TARGET_S = 20.0
CLIP_TARGET = 1.6


@dataclass(frozen=True, kw_only=True)
class Speed:
    """What was measured; medians over the rounds."""

    photo_command_s: float
    """`photo-double build`, start included."""
    clip_frames: int
    """Frames of the clip."""
    bare_s: float
    """The bare detector, all loaded."""
    capture_s: float
    """Our capture, all loaded."""
    ratio: float
    """The second by the first."""
    bare_command_s: float
    """The bare detector as a command, start included."""
    capture_command_s: float
    """`photo-double capture`, start included."""
    command_ratio: float
    """The second by the first."""
    cores: int
    """Processor cores that may be used."""
    load: float
    """How many processes wanted to run meanwhile, on average; -1 if unknown."""
    met: bool
    """Whether photo and clip (all loaded) meet their targets."""


def main() -> int:
    """Measure, print, and give back 0 if the targets are met."""
    options = _arguments()
    if options.bare:
        print(bare_detector(options.clip))
        return 0
    speed = measure(options.photo, options.clip, options.rounds)
    if options.json:
        print(json.dumps(asdict(speed)))
    else:
        for name, value in asdict(speed).items():
            print(f"{name:>18}: {value}")
    return 0 if speed.met else 1


def measure(photo: Path, clip: Path, rounds: int) -> Speed:
    """Take all times, interleaved."""
    from core.messages import CaptureMotion, silent
    from core.worker import run

    times: dict[str, list[float]] = {}
    frames = 0
    with tempfile.TemporaryDirectory() as folder:
        motion, double = f"{folder}/a.motion.npz", f"{folder}/a.double"
        job = CaptureMotion(video=str(clip), asset=motion, overwrite=True)
        command = [sys.executable, "-m", "core"]
        bare = [sys.executable, __file__, "--bare", "--clip", str(clip)]
        build = [*command, "build", str(photo), "-o", double, "--overwrite"]
        capture = [*command, "capture", str(clip), "-o", motion, "--overwrite"]
        run(job, silent)
        for _ in range(rounds):
            start = time.perf_counter()
            frames = bare_detector(clip)
            times.setdefault("bare", []).append(time.perf_counter() - start)
            _take(times, "capture", lambda: run(job, silent))
            _take(times, "bare_command", lambda: _run(bare))
            _take(times, "capture_command", lambda: _run(capture))
            _take(times, "photo_command", lambda: _run(build))
    middle = {name: statistics.median(values) for name, values in times.items()}
    ratio = _ratio(times["capture"], times["bare"])
    return Speed(
        photo_command_s=round(middle["photo_command"], 2),
        clip_frames=frames,
        bare_s=round(middle["bare"], 2),
        capture_s=round(middle["capture"], 2),
        ratio=round(ratio, 2),
        bare_command_s=round(middle["bare_command"], 2),
        capture_command_s=round(middle["capture_command"], 2),
        command_ratio=round(_ratio(times["capture_command"], times["bare_command"]), 2),
        cores=os.cpu_count() or 1,
        load=round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else -1.0,
        met=middle["photo_command"] < PHOTO_TARGET_S and ratio < CLIP_TARGET,
    )


def bare_detector(clip: Path) -> int:
    """Detect on every frame of the clip, and nothing else; the number of frames."""
    import av
    import mediapipe
    import numpy as np
    from mediapipe.tasks.python import BaseOptions, vision

    from core.landmarks.model_file import read_landmarker

    options = vision.FaceLandmarkerOptions(
        base_options=BaseOptions(model_asset_buffer=read_landmarker()),
        running_mode=vision.RunningMode.VIDEO,
        output_face_blendshapes=True,
    )
    count = found = 0
    with (
        av.open(str(clip)) as container,
        vision.FaceLandmarker.create_from_options(options) as landmarker,
    ):
        for frame in container.decode(video=0):
            # of rows with padding MediaPipe would see a slanted picture, and no face
            pixels = np.ascontiguousarray(frame.to_ndarray(format="rgb24"))
            image = mediapipe.Image(
                image_format=mediapipe.ImageFormat.SRGB, data=pixels
            )
            result = landmarker.detect_for_video(image, round(frame.time * 1000))
            count += 1
            found += bool(result.face_landmarks)
    assert found > count / 2, "a detector that sees no face is no measure"
    return count


def _take(times: dict[str, list[float]], name: str, act: Callable[[], object]) -> None:
    start = time.perf_counter()
    act()
    times.setdefault(name, []).append(time.perf_counter() - start)


def _ratio(ours: list[float], theirs: list[float]) -> float:
    """The middle of the ratios of each round."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def _run(command: list[str]) -> None:
    subprocess.run(
        command,
        cwd=ROOT,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--photo", type=Path, default=ROOT / "examples" / "photo.jpg")
    parser.add_argument("--clip", type=Path, default=ROOT / "examples" / "clip.mp4")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
