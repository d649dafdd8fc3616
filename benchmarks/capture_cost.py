"""What capture costs beside the bare detector, and whether memory grows with length.

The example's clip is looped and scaled to the sizes that cameras film in. Ratios are
taken in one run, turn and turn about, so that a busy computer slows both. Memory is
that of a process of its own, which captures a minute of film and then several.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.speed import ROOT, bare_detector
from core.head_model import load_head_model
from core.images.video import open_video
from core.landmarks.closer import load_closer_look
from core.landmarks.types import LandmarkTrack
from core.landmarks.video_landmarks import track_landmarks
from core.messages import CaptureMotion, silent
from core.track import track_head
from core.worker import run

CLIP = ROOT / "examples" / "clip.mp4"
HEIGHTS = (480, 1080)
_RATE = 30
_LOOPS = 2
_SOLVED = 3000
"""Frames that the solver alone is given: enough for the driver to cost little."""
_MINUTES = (1, 30)
"""Lengths of which memory is compared. The long one takes a quarter of an hour; told
from four and ten minutes it seemed to need a quarter more than it does."""


def of_capturing(*, rounds: int = 3) -> dict[str, float]:
    """Ratios to the bare detector, memory, and what the solver alone does."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for height in HEIGHTS:
            clip = Path(folder) / f"{height}.mp4"
            loop(clip, height=height, frames=_LOOPS * 150)
            ratios = [_ratio(clip, Path(folder)) for _ in range(rounds)]
            figures[f"detector_ratio_{height}"] = round(statistics.median(ratios), 2)
        peaks = []
        for minutes in _MINUTES:
            clip = Path(folder) / f"{minutes}.mp4"
            loop(clip, height=240, frames=minutes * 60 * _RATE)
            peaks.append(_peak_mb(clip, Path(folder)))
    first, last = peaks
    figures["memory_mb"] = round(first)
    figures["memory_growth_percent"] = round(100 * (last / first - 1), 1)
    return figures | _solving()


def loop(path: Path, *, height: int, frames: int) -> None:
    """The example's clip over and over, as high as asked for and as wide."""
    with av.open(str(CLIP)) as source, av.open(str(path), "w") as target:
        pictures = [
            frame.reformat(width=height, height=height, format="yuv420p")
            for frame in source.decode(video=0)
        ]
        options = {"crf": "23", "preset": "veryfast"}
        video = target.add_stream("libx264", rate=_RATE, options=options)
        video.width, video.height, video.pix_fmt = height, height, "yuv420p"
        for index in range(frames):
            picture = pictures[index % len(pictures)]
            picture.pts, picture.time_base = index, Fraction(1, _RATE)
            target.mux(video.encode(picture))
        target.mux(video.encode(None))


def _ratio(clip: Path, folder: Path) -> float:
    asset = str(folder / "a.motion.npz")
    job = CaptureMotion(video=str(clip), asset=asset, overwrite=True)
    bare = _seconds(lambda: bare_detector(clip))
    return _seconds(lambda: run(job, silent)) / bare


def _seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _peak_mb(clip: Path, folder: Path) -> float:
    """Most memory of `photo-double capture`, by a process that starts nothing else."""
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True,"
        " capture_output=True); print(resource.getrusage(resource.RUSAGE_CHILDREN)"
        ".ru_maxrss)"
    )
    output = folder / "memory.motion.npz"
    capture = ["-m", "core", "capture", clip, "-o", output, "--overwrite"]
    command = [sys.executable, "-c", code, sys.executable, *capture]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return float(done.stdout) / 1024


def _solving() -> dict[str, float]:
    """Frames a second of the solver, on the processor and on CUDA where it is."""
    model = load_head_model()
    closer = load_closer_look(model.version_sha256)
    once = track_landmarks(open_video(CLIP), closer=closer)
    landmarks = _repeated(once, _SOLVED // len(once.seen))
    figures = {}
    devices = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
    for device in devices:
        track_head(model, landmarks, device=device)
        seconds = _seconds(lambda on=device: track_head(model, landmarks, device=on))
        name = "solve_frames_per_s" + ("" if device == "cpu" else f"_{device}")
        figures[name] = round(len(landmarks.seen) / seconds)
    return figures


def _repeated(track: LandmarkTrack, times: int) -> LandmarkTrack:
    """The same landmarks over and over."""
    count = len(track.seen)
    step = float(track.times_s[1] - track.times_s[0])

    def again(values: NDArray[Any]) -> NDArray[Any]:
        return np.concatenate([values] * times)

    return replace(
        track,
        times_s=np.arange(count * times) * step,
        points_px=again(track.points_px),
        scores=again(track.scores),
        hints=None if track.hints is None else again(track.hints),
        seen=again(track.seen),
    )
