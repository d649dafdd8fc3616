import io
from pathlib import Path

import av
import numpy as np
import pytest

from core.images.sound import cut_sound, read_sound
from core.images.video import open_video

from .clips import counting_frame, write_clip


def decoded(flac: bytes) -> tuple[np.ndarray, int]:
    """Samples in -1 to 1 of the first channel, and their rate."""
    with av.open(io.BytesIO(flac)) as container:
        stream = container.streams.audio[0]
        pieces = [frame.to_ndarray() for frame in container.decode(stream)]
        samples = np.concatenate([piece[0] for piece in pieces])
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
