"""Numbered pictures, and pictures that move, as clips."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import UnreadableVideoError
from core.images.sound import read_sound
from core.images.video import FrameReader, open_video

from .clips import counting_frame, number_of, quarters


def written(folder: Path, numbers: range | list[int], pattern: str) -> list[Path]:
    """Pictures whose grey tells their place, from 0."""
    folder.mkdir(exist_ok=True)
    paths = [folder / (pattern % number) for number in numbers]
    for place, path in enumerate(paths):
        Image.fromarray(counting_frame(place)).save(path)
    return paths


def numbers_of(path: Path, **settings: float) -> list[int]:
    reader = FrameReader(open_video(path), **settings)
    return [number_of(frame.pixels_srgb) for frame in reader]


@pytest.mark.parametrize(
    "name", ["frame_####.png", "frame_%04d.png", "", "frame_0103.png"]
)
def test_a_sequence_is_named_in_four_ways(tmp_path: Path, name: str) -> None:
    written(tmp_path / "shot", range(98, 108), "frame_%04d.png")
    (tmp_path / "shot" / "notes.txt").write_text("no picture")
    video = open_video(tmp_path / "shot" / name)
    assert video.kind == "image sequence"
    assert video.name == "frame_####.png"
    assert (video.rate_fps, video.frame_count) == (24.0, 10)
    assert video.size_px == (128, 96)
    frames = list(FrameReader(video))
    assert [number_of(frame.pixels_srgb) for frame in frames] == list(range(10))
    times_s = [frame.time_s for frame in frames]
    assert times_s == pytest.approx(np.arange(10) / 24)
    assert read_sound(video, start_s=0.0, end_s=1.0) is None


def test_the_rate_is_as_asked_for_and_part_of_what_the_clip_is(tmp_path: Path) -> None:
    written(tmp_path, range(1, 9), "a%d.jpg")
    slow, fast = (open_video(tmp_path, rate_fps=rate) for rate in (12.0, 48.0))
    assert slow.duration_s == pytest.approx(8 / 12)
    assert slow.sha256 != fast.sha256
    assert numbers_of(tmp_path, start_s=2 / 24, end_s=5 / 24) == [2, 3, 4]


def test_numbers_that_are_missing_leave_gaps_in_time(tmp_path: Path) -> None:
    written(tmp_path, [7, 8, 11, 12], "f%03d.png")
    times_s = [f.time_s for f in FrameReader(open_video(tmp_path / "f###.png"))]
    assert times_s == pytest.approx(np.array([0, 1, 4, 5]) / 24)


def test_numbers_are_ordered_as_numbers(tmp_path: Path) -> None:
    written(tmp_path, range(8, 13), "f%d.png")
    assert numbers_of(tmp_path) == [0, 1, 2, 3, 4]


def test_a_damaged_picture_is_left_out_and_counted(tmp_path: Path) -> None:
    paths = written(tmp_path, range(1, 7), "f%d.png")
    paths[2].write_bytes(paths[2].read_bytes()[:60])
    reader = FrameReader(open_video(tmp_path))
    assert [number_of(frame.pixels_srgb) for frame in reader] == [0, 1, 3, 4, 5]
    assert reader.skipped == 1


def test_what_is_no_sequence_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UnreadableVideoError, match="without numbered pictures"):
        open_video(tmp_path)
    with pytest.raises(UnreadableVideoError, match="There are no pictures that"):
        open_video(tmp_path / "x_####.png")
    written(tmp_path, range(1, 3), "a%d.png")
    with pytest.raises(UnreadableVideoError, match="not a video"):
        open_video(tmp_path / "a1.png")
    written(tmp_path, range(1, 3), "b%d.png")
    with pytest.raises(UnreadableVideoError, match=r"several .* \(a#.png, b#.png\)"):
        open_video(tmp_path)


def test_pictures_of_another_size_are_brought_to_the_first_ones(tmp_path: Path) -> None:
    written(tmp_path, range(1, 6), "f%d.png")
    Image.fromarray(quarters(256, 192)).save(tmp_path / "f3.png")
    frames = list(FrameReader(open_video(tmp_path), longest_side_px=64))
    assert {frame.pixels_srgb.shape for frame in frames} == {(48, 64, 3)}


@pytest.mark.parametrize("suffix", ["webp", "gif"])
def test_pictures_that_move_keep_their_own_times(tmp_path: Path, suffix: str) -> None:
    pictures = [Image.fromarray(counting_frame(place)) for place in range(6)]
    path = tmp_path / f"a.{suffix}"
    lasts_ms = [40, 40, 200, 40, 0, 40]
    options = {"lossless": True} if suffix == "webp" else {}
    pictures[0].save(
        path, save_all=True, append_images=pictures[1:], duration=lasts_ms, **options
    )
    frames = list(FrameReader(open_video(path)))
    assert [number_of(frame.pixels_srgb) for frame in frames] == list(range(6))
    times_s = [frame.time_s for frame in frames]
    assert times_s == pytest.approx([0, 0.04, 0.08, 0.28, 0.32, 0.42])
    assert numbers_of(path, start_s=0.08, end_s=0.32) == [2, 3]


def test_a_webp_that_stands_still_or_is_cut_off_is_refused(tmp_path: Path) -> None:
    still = tmp_path / "still.webp"
    Image.fromarray(quarters()).save(still)
    with pytest.raises(UnreadableVideoError, match="does not move"):
        open_video(still)
    pictures = [Image.fromarray(counting_frame(place)) for place in range(6)]
    moving = tmp_path / "moving.webp"
    pictures[0].save(moving, save_all=True, append_images=pictures[1:], duration=40)
    moving.write_bytes(moving.read_bytes()[:-40])
    with pytest.raises(UnreadableVideoError, match=r"damaged|not move"):
        open_video(moving)
