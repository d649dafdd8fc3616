import io
import mmap
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from core import spooling
from core.assets import Motion
from core.images.movie import write_movie
from core.images.sound import cut_sound, read_sound
from core.images.video import open_video
from core.live_link.reading import CAMERA

from .clips import counting_frame, write_clip


def decoded(flac: bytes) -> tuple[np.ndarray, int]:
    """Samples in -1 to 1 of the first channel, and their rate."""
    with av.open(io.BytesIO(flac)) as container:
        stream = container.streams.audio[0]
        pieces = [frame.to_ndarray() for frame in container.decode(stream)]
        samples = np.concatenate([p.reshape(-1, stream.channels)[:, 0] for p in pieces])
        return samples / np.iinfo(samples.dtype).max, stream.rate


def onset_s(flac: bytes) -> float:
    samples, rate = decoded(flac)
    return int(np.argmax(np.abs(samples) > 0.2)) / rate


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_sound_starts_with_the_first_frame_taken(tmp_path: Path, suffix: str) -> None:
    frames = [counting_frame(n) for n in range(50)]
    video = open_video(write_clip(tmp_path / f"a{suffix}", frames, tone_from_s=1.0))
    whole = read_sound(video, start_s=0.0, end_s=2.0)
    assert whole is not None
    assert onset_s(whole) == pytest.approx(1.0, abs=0.03)
    part = read_sound(video, start_s=0.6, end_s=1.4)
    assert part is not None
    assert onset_s(part) == pytest.approx(0.4, abs=0.03)
    samples, rate = decoded(part)
    assert len(samples) / rate == pytest.approx(0.8, abs=0.001)


def test_sound_that_is_there_before_the_pictures_is_cut(tmp_path: Path) -> None:
    path = write_clip(
        tmp_path / "late.mkv",
        [counting_frame(n) for n in range(25)],
        stamps=range(20, 45),
        tone_from_s=1.0,
    )
    video = open_video(path)
    sound = read_sound(video, start_s=0.0, end_s=1.0)
    assert sound is not None
    assert onset_s(sound) == pytest.approx(1.0 - 20 / 25, abs=0.03)


def test_a_silent_clip_has_no_sound(tmp_path: Path) -> None:
    video = open_video(write_clip(tmp_path / "a.mp4", [counting_frame(0)] * 5))
    assert read_sound(video, start_s=0.0, end_s=1.0) is None


def test_long_sound_lies_on_the_disk_and_is_stored_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = [counting_frame(n) for n in range(50)]
    video = open_video(write_clip(tmp_path / "a.mp4", frames, tone_from_s=1.0))
    few = read_sound(video, start_s=0.0, end_s=2.0)
    monkeypatch.setattr(spooling, "MOST_IN_MEMORY", 1000)
    sound = read_sound(video, start_s=0.0, end_s=2.0)
    assert isinstance(few, bytes)
    assert isinstance(sound, mmap.mmap)
    assert sound[:] == few
    part = cut_sound(sound, start_s=0.6, end_s=1.4)
    assert part is not None
    assert onset_s(part) == pytest.approx(0.4, abs=0.03)
    motion = replace(still_motion(), sound=sound)
    motion.save(tmp_path / "a.motion.npz")
    again = Motion.load(tmp_path / "a.motion.npz").sound
    assert isinstance(again, mmap.mmap)
    assert again[:] == few
    pictures = ((n / 25, counting_frame(n)) for n in range(50))
    write_movie(tmp_path / "film.mp4", pictures, rate_fps=25.0, sound=again)
    filmed = read_sound(open_video(tmp_path / "film.mp4"), start_s=0.0, end_s=2.0)
    assert filmed is not None
    assert onset_s(filmed) == pytest.approx(1.0, abs=0.05)


def still_motion() -> Motion:
    return Motion(
        times_s=np.arange(3) / 25,
        expressions=np.zeros((3, 52), np.float32),
        T_world_head=np.tile(np.eye(4, dtype=np.float32), (3, 1, 1)),
        gaze_rad=np.zeros((3, 2, 2), np.float32),
        seen=np.ones(3, bool),
        camera=CAMERA,
    )


def test_stored_sound_is_cut_to_the_sample(tmp_path: Path) -> None:
    frames = [counting_frame(n) for n in range(50)]
    video = open_video(write_clip(tmp_path / "a.mp4", frames, tone_from_s=1.0))
    whole = read_sound(video, start_s=0.0, end_s=2.0)
    assert whole is not None
    part = cut_sound(whole, start_s=0.6, end_s=1.4)
    assert part is not None
    samples, rate = decoded(whole)
    cut, _ = decoded(part)
    first = round(0.6 * rate)
    assert np.array_equal(cut, samples[first : first + round(0.8 * rate)])
    assert cut_sound(whole, start_s=3.0, end_s=4.0) is None
    assert cut_sound(b"noise", start_s=0.0, end_s=1.0) is None
