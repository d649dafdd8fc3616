import io
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from core.errors import OutputRefusedError
from core.images.movie import write_movie
from core.images.sound import read_sound
from core.images.video import FrameReader, open_video

from .clips import BLUE, RED


def pictures(times_s: list[float]) -> Iterator[tuple[float, np.ndarray]]:
    for index, time_s in enumerate(times_s):
        yield time_s, np.full((64, 96, 3), RED if index % 2 else BLUE, np.uint8)


def test_pictures_come_back_at_their_times(tmp_path: Path) -> None:
    times = [0.0, 0.04, 0.1, 0.13, 0.3]
    write_movie(tmp_path / "new" / "a.mp4", pictures(times), rate_fps=25.0)
    video = open_video(tmp_path / "new" / "a.mp4")
    frames = list(FrameReader(video))
    assert video.size_px == (96, 64)
    assert [frame.time_s for frame in frames] == pytest.approx(times, abs=1e-3)
    assert np.abs(frames[1].pixels_srgb[32, 48] - np.array(RED)).max() < 40
    assert not video.has_sound
    assert [item.name for item in (tmp_path / "new").iterdir()] == ["a.mp4"]


def test_sound_is_kept(examples: Path, tmp_path: Path) -> None:
    sound = read_sound(open_video(examples / "clip.mp4"), start_s=0.0, end_s=1.0)
    times = [index / 25 for index in range(25)]
    write_movie(tmp_path / "a.mp4", pictures(times), rate_fps=25.0, sound=sound)
    with av.open(str(tmp_path / "a.mp4")) as written:
        stream = written.streams.audio[0]
        heard = sum(frame.samples for frame in written.decode(stream))
        assert heard / stream.rate == pytest.approx(1.0, abs=0.1)
    assert sound is not None
    with av.open(io.BytesIO(sound)) as source:
        assert source.streams.audio[0].rate == stream.rate


def test_a_movie_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    def breaking() -> Iterator[tuple[float, np.ndarray]]:
        yield from pictures([0.0, 0.04])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_movie(tmp_path / "a.mp4", breaking(), rate_fps=25.0)
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputRefusedError, match="cannot be written"):
        write_movie(tmp_path / "file" / "a.mp4", pictures([0.0]), rate_fps=25.0)
