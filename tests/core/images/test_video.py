from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from core.errors import UnreadableVideoError
from core.images.frame_colours import HLG, PQ, tone_map
from core.images.video import FrameReader, Video, VideoFrame, open_video

from .clips import (
    BLUE,
    GREEN,
    RED,
    WHITE,
    counting_frame,
    middle_of_quarters,
    number_of,
    quarters,
    turn_by_matrix,
    write_clip,
)


def frames_of(path: Path, **settings: float) -> tuple[Video, list[VideoFrame]]:
    video = open_video(path)
    return video, list(FrameReader(video, **settings))


def assert_quarters(pixels: np.ndarray, *expected: tuple[int, int, int]) -> None:
    for found, colour in zip(middle_of_quarters(pixels), expected, strict=True):
        assert np.abs(found - colour).max() <= 12, (found, colour)


def test_times_are_the_presentation_stamps_even_if_the_rate_varies(
    tmp_path: Path,
) -> None:
    stamps = [0, 40, 70, 200, 240, 300, 500]
    path = write_clip(
        tmp_path / "phone.mp4",
        [counting_frame(n) for n in range(7)],
        stamps=stamps,
        time_base=Fraction(1, 1000),
    )
    video, frames = frames_of(path)
    assert [frame.time_s for frame in frames] == pytest.approx(
        [stamp / 1000 for stamp in stamps]
    )
    assert [number_of(frame.pixels_srgb) for frame in frames] == list(range(7))
    assert video.size_px == (128, 96)


def test_time_zero_is_the_first_frame_wherever_the_clock_starts(tmp_path: Path) -> None:
    path = write_clip(
        tmp_path / "late.mkv",
        [counting_frame(n) for n in range(5)],
        stamps=[50, 51, 52, 53, 54],
    )
    video, frames = frames_of(path)
    assert video.first_frame_s == pytest.approx(2.0)
    assert [frame.time_s for frame in frames] == pytest.approx(
        [0, 0.04, 0.08, 0.12, 0.16]
    )


def test_a_range_takes_the_frames_from_its_start_up_to_its_end(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", [counting_frame(n) for n in range(50)])
    _, frames = frames_of(path, start_s=0.4, end_s=0.8)
    assert [number_of(frame.pixels_srgb) for frame in frames] == list(range(10, 20))
    assert frames[0].time_s == pytest.approx(0.4)
    _, rest = frames_of(path, start_s=1.8)
    assert [number_of(frame.pixels_srgb) for frame in rest] == [45, 46, 47, 48, 49]


@pytest.mark.parametrize(
    ("matrix", "size", "expected"),
    [
        ((1, 0, 0, 1), (128, 96), (RED, GREEN, BLUE, WHITE)),
        ((0, 1, -1, 0), (96, 128), (BLUE, RED, WHITE, GREEN)),
        ((-1, 0, 0, -1), (128, 96), (WHITE, BLUE, GREEN, RED)),
        ((0, -1, 1, 0), (96, 128), (GREEN, WHITE, RED, BLUE)),
        ((-1, 0, 0, 1), (128, 96), (GREEN, RED, WHITE, BLUE)),
    ],
)
def test_a_clip_is_turned_once_as_its_display_matrix_says(
    tmp_path: Path,
    matrix: tuple[int, ...],
    size: tuple[int, int],
    expected: tuple[tuple[int, int, int], ...],
) -> None:
    path = write_clip(tmp_path / "turned.mp4", [quarters()] * 3)
    turn_by_matrix(path, matrix)
    video, frames = frames_of(path)
    assert video.size_px == size
    assert frames[0].pixels_srgb.shape[:2] == size[::-1]
    assert_quarters(frames[0].pixels_srgb, *expected)


def test_pixels_that_are_not_square_are_made_so(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "wide.mp4", [quarters()] * 3, aspect=Fraction(4, 3))
    video, frames = frames_of(path)
    assert video.size_px == (171, 96)
    assert frames[0].pixels_srgb.shape == (96, 171, 3)


def test_ten_bits_odd_sizes_and_gifs_are_read(tmp_path: Path) -> None:
    ten = write_clip(tmp_path / "ten.mp4", [quarters()] * 3, pixel_format="yuv420p10le")
    assert_quarters(frames_of(ten)[1][0].pixels_srgb, RED, GREEN, BLUE, WHITE)
    odd = write_clip(
        tmp_path / "odd.mkv",
        [quarters(99, 77)] * 3,
        codec="ffv1",
        pixel_format="bgr0",
    )
    assert frames_of(odd)[1][0].pixels_srgb.shape == (77, 99, 3)
    pictures = [Image.fromarray(quarters()), Image.fromarray(255 - quarters())]
    pictures[0].save(
        tmp_path / "a.gif", save_all=True, append_images=pictures[1:], duration=200
    )
    _, frames = frames_of(tmp_path / "a.gif")
    assert [frame.time_s for frame in frames] == pytest.approx([0.0, 0.2])
    assert_quarters(frames[0].pixels_srgb, RED, GREEN, BLUE, WHITE)


def test_interlaced_frames_have_no_comb_and_keep_their_times(tmp_path: Path) -> None:
    pictures = []
    for n in range(8):
        pixels = np.full((96, 128, 3), 40, np.uint8)
        pixels[0::2, 8 * n : 8 * n + 20] = 220
        pixels[1::2, 8 * n + 4 : 8 * n + 24] = 220
        pictures.append(pixels)
    path = tmp_path / "tv.mp4"
    options = {"x264-params": "interlaced=1:tff=1", "crf": "8"}
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        for pixels in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        container.mux(stream.encode(None))
    _, frames = frames_of(path)
    assert [frame.time_s for frame in frames] == pytest.approx(np.arange(8) / 25)
    for frame in frames[1:-1]:
        rows = frame.pixels_srgb[20:76, :, 1].astype(int)
        assert np.abs(rows[1:] - rows[:-1]).max() < 60


def test_large_frames_shrink_to_the_same_colours(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "4k.mp4", [quarters(3840, 2160)] * 2)
    _, frames = frames_of(path, longest_side_px=1280)
    assert frames[0].pixels_srgb.shape == (720, 1280, 3)
    _, whole = frames_of(path)
    for small, large in zip(
        middle_of_quarters(frames[0].pixels_srgb),
        middle_of_quarters(whole[0].pixels_srgb),
        strict=True,
    ):
        assert np.abs(small - large).max() <= 2


def test_frames_come_smaller_if_asked_and_keep_their_shape(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", [quarters(256, 128)] * 2)
    turn_by_matrix(path, (0, 1, -1, 0))
    video, frames = frames_of(path, longest_side_px=64)
    assert video.size_px == (128, 256)
    assert frames[0].pixels_srgb.shape == (64, 32, 3)


@pytest.mark.parametrize("curve", [PQ, HLG])
def test_hdr_white_is_white_black_is_black_and_grey_rises(curve: int) -> None:
    ramp = np.linspace(0, 65535, 200).astype(np.uint16)
    mapped = tone_map(np.repeat(ramp[None, :, None], 3, axis=2), curve=curve)[0]
    assert mapped[0].max() == 0
    assert mapped[-1].min() >= 250
    assert (np.diff(mapped[:, 1].astype(int)) >= 0).all()
    paper_white = {PQ: 0.58, HLG: 0.75}[curve]  # ITU-R BT.2408, table 1
    assert 215 <= mapped[round(paper_white * 199), 1] <= 245


def test_sound_alone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "song.m4a"
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=44100)
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, 1024), np.float32), format="fltp", layout="mono"
        )
        frame.sample_rate = 44100
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(UnreadableVideoError, match="has sound but no pictures"):
        open_video(path)


def test_a_clip_without_its_index_is_refused(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", [counting_frame(n) for n in range(40)])
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(UnreadableVideoError, match="damaged, incomplete"):
        open_video(path)


def _cut_behind_its_index(path: Path, share: float) -> Path:
    noise = np.random.default_rng(0)
    frames = [noise.integers(0, 255, (96, 128, 3), np.uint8) for _ in range(40)]
    write_clip(path, frames, options={"movflags": "faststart"})
    data = path.read_bytes()
    path.write_bytes(data[: round(len(data) * share)])
    return path


def test_a_clip_that_breaks_off_is_refused_and_its_whole_part_is_not(
    tmp_path: Path,
) -> None:
    path = _cut_behind_its_index(tmp_path / "cut.mp4", 0.6)
    video = open_video(path)
    with pytest.raises(
        UnreadableVideoError, match=r"is cut off or damaged.*--range 0:"
    ):
        list(FrameReader(video))
    assert len(list(FrameReader(video, end_s=0.4))) == 10


def test_damage_in_the_middle_is_passed_over_and_counted(tmp_path: Path) -> None:
    noise = np.random.default_rng(0)
    frames = [noise.integers(0, 255, (96, 128, 3), np.uint8) for _ in range(60)]
    path = write_clip(tmp_path / "scratched.mp4", frames)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + len(data) // 60] = b"\x55" * (len(data) // 60)
    path.write_bytes(data)
    reader = FrameReader(open_video(path))
    read = list(reader)
    assert reader.skipped >= 1
    assert 54 <= len(read) < 60
    assert (np.diff([frame.time_s for frame in read]) > 0).all()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Just words.\n" * 200,
        b"#EXTM3U\n#EXTINF:1,\n/etc/hostname\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile /etc/hostname\n",
    ],
    ids=["empty", "text", "playlist", "list of other files"],
)
def test_what_is_no_video_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(UnreadableVideoError) as caught:
        open_video(tmp_path / "a.mp4")
    assert ". " in str(caught.value), "what happened, then what to do"


def test_a_photo_is_no_video(tmp_path: Path) -> None:
    Image.fromarray(quarters()).save(tmp_path / "a.jpg")
    with pytest.raises(UnreadableVideoError):
        open_video(tmp_path / "a.jpg")


def test_a_missing_video_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableVideoError, match="There is no video at"):
        open_video(tmp_path / "a: b.mp4")
