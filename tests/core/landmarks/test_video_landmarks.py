import threading
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from core.errors import (
    CancelledError,
    NoFaceFoundError,
    TrackingLostError,
    UnreadableVideoError,
)
from core.head_model import load_head_model
from core.images.photo import read_photo
from core.images.video import FrameReader, open_video
from core.landmarks.closer import load_closer_look
from core.landmarks.photo_landmarks import detect_landmarks
from core.landmarks.skin import HINTS
from core.landmarks.types import Landmarks
from core.landmarks.video_landmarks import track_landmarks
from core.messages import Advice, Progress

WIDTH, HEIGHT = 480, 360
NOSE_TIP = 1


@pytest.fixture(scope="module")
def face(examples: Path) -> Image.Image:
    """A person who does not exist, about 200 pixels high."""
    if not (examples / "photo.jpg").exists():
        pytest.skip("examples/photo.jpg is not made yet")
    image = Image.open(examples / "photo.jpg").convert("RGB")
    return image.resize((round(image.width * 300 / image.height), 300))


@pytest.fixture(scope="module")
def known(face: Image.Image, tmp_path_factory: pytest.TempPathFactory) -> Landmarks:
    path = tmp_path_factory.mktemp("face") / "face.png"
    face.save(path)
    return detect_landmarks(read_photo(path))


def written(path: Path, pictures: Sequence[Image.Image]) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "12"})
        stream.width, stream.height = pictures[0].size
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_image(picture)))
        container.mux(stream.encode(None))
    return path


def scene(
    face: Image.Image | None, *, x: int = 100, size: tuple[int, int] | None = None
) -> Image.Image:
    picture = Image.new("RGB", size or (WIDTH, HEIGHT), (100, 110, 120))
    if face is not None:
        picture.paste(face, (x, 40))
    return picture


def test_the_face_is_followed_in_pixels_and_seconds(
    face: Image.Image, known: Landmarks, tmp_path: Path
) -> None:
    shifts = [60 + 2 * n for n in range(30)]
    path = written(tmp_path / "a.mp4", [scene(face, x=x) for x in shifts])
    heard: list[Progress | Advice] = []
    track = track_landmarks(open_video(path), say=heard.append)
    assert track.seen.all()
    assert track.times_s == pytest.approx(np.arange(30) / 25)
    assert track.image_size_px == (WIDTH, HEIGHT)
    nose = track.points_px[:, NOSE_TIP]
    expected = known.points_px[NOSE_TIP] + np.array([(x, 40) for x in shifts])
    assert np.abs(nose - expected).max() < 6
    fractions = [item.fraction for item in heard if isinstance(item, Progress)]
    assert fractions == sorted(fractions)
    assert fractions[-1] > 0.9


def test_a_range_starts_at_zero_and_knows_where_it_was(
    face: Image.Image, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.mp4", [scene(face)] * 20)
    track = track_landmarks(open_video(path), start_s=0.2, end_s=0.6)
    assert track.start_s == pytest.approx(0.2)
    assert track.times_s == pytest.approx(np.arange(10) / 25)
    with pytest.raises(UnreadableVideoError, match="has no frames between"):
        track_landmarks(open_video(path), start_s=50.0)


def test_frames_without_a_face_are_marked_and_hold_no_numbers(
    face: Image.Image, tmp_path: Path
) -> None:
    pictures = [scene(face)] * 8 + [scene(None)] * 5 + [scene(face)] * 8
    track = track_landmarks(open_video(written(tmp_path / "a.mp4", pictures)))
    assert np.flatnonzero(~track.seen).tolist() == [8, 9, 10, 11, 12]
    assert np.isnan(track.points_px[~track.seen]).all()
    assert np.isnan(track.scores[~track.seen]).all()
    assert np.isfinite(track.points_px[track.seen]).all()


def test_a_clip_that_mostly_shows_no_face_is_refused(
    face: Image.Image, tmp_path: Path
) -> None:
    pictures = [scene(face)] * 5 + [scene(None)] * 20
    with pytest.raises(TrackingLostError, match="missing in 20 of the 25 frames"):
        track_landmarks(open_video(written(tmp_path / "a.mp4", pictures)))
    with pytest.raises(NoFaceFoundError, match="in any of the 9 frames"):
        track_landmarks(open_video(written(tmp_path / "b.mp4", [scene(None)] * 9)))


def test_a_second_person_who_walks_in_does_not_take_over(
    face: Image.Image, known: Landmarks, tmp_path: Path
) -> None:
    wide = (2 * WIDTH, HEIGHT)
    alone = scene(face, x=60, size=wide)
    both = alone.copy()
    larger = face.resize((round(face.width * 1.15), round(face.height * 1.15)))
    both.paste(larger, (WIDTH + 60, 5))
    pictures = [alone] * 30 + [both] * 30
    track = track_landmarks(open_video(written(tmp_path / "a.mp4", pictures)))
    assert track.seen.all()
    assert track.points_px[:, NOSE_TIP, 0].max() < WIDTH


def test_several_faces_are_told_and_the_largest_is_followed(
    face: Image.Image, tmp_path: Path
) -> None:
    both = scene(face.resize((face.width // 2, 150)), x=20, size=(2 * WIDTH, HEIGHT))
    both.paste(face, (WIDTH + 60, 40))
    heard: list[Progress | Advice] = []
    path = written(tmp_path / "a.mp4", [both] * 5)
    track = track_landmarks(open_video(path), say=heard.append)
    assert track.points_px[:, NOSE_TIP, 0].min() > WIDTH
    advice = [item.text for item in heard if isinstance(item, Advice)]
    assert "shows 2 faces; the largest is followed (number 2" in advice[0]


def test_a_small_face_is_followed_in_a_window(
    face: Image.Image, known: Landmarks, tmp_path: Path
) -> None:
    scale = 64 / float(np.ptp(known.points_px[:, 0]))
    small = face.resize((round(face.width * scale), round(face.height * scale)))
    shifts = [700 + 4 * n for n in range(60)]
    pictures = [scene(small, x=x, size=(1280, 720)) for x in shifts]
    track = track_landmarks(open_video(written(tmp_path / "a.mp4", pictures)))
    assert track.seen.mean() > 0.95
    nose = track.points_px[:, NOSE_TIP]
    expected = known.points_px[NOSE_TIP] * scale + np.array([(x, 40) for x in shifts])
    assert np.nanmedian(np.abs(nose - expected)) < 3


def test_cancelling_stops_decoding_too(face: Image.Image, tmp_path: Path) -> None:
    def stop(message: Progress | Advice) -> None:
        raise CancelledError("enough")

    video = open_video(written(tmp_path / "a.mp4", [scene(face)] * 60))
    threads = threading.active_count()
    with pytest.raises(CancelledError):
        track_landmarks(video, say=stop)
    assert threading.active_count() == threads


def test_whom_a_clip_shows_is_asked_in_a_few_frames(
    face: Image.Image, known: Landmarks, tmp_path: Path
) -> None:
    shifts = [60 + n // 4 for n in range(24 * 6)]
    empty = scene(None)
    pictures = [
        empty if 24 <= n < 48 else scene(face, x=x) for n, x in enumerate(shifts)
    ]
    video = open_video(written(tmp_path / "a.mp4", pictures))
    asked: list[float] = []

    def who_is(pixels: np.ndarray, points_px: np.ndarray) -> np.ndarray:
        assert pixels.shape == (HEIGHT, WIDTH, 3)
        off = points_px[NOSE_TIP] - known.points_px[NOSE_TIP] - [0, 40]
        asked.append(float(off[0]))
        return np.array([off[0], 7.0])

    track = track_landmarks(video, who_is=who_is)
    chunks = (0, 4)  # nobody is seen in the second one
    assert asked == pytest.approx([shifts[24 * n + 12] for n in chunks], abs=6)
    assert track.person is not None
    assert track.person[:2] == pytest.approx([np.mean(asked), 7.0], rel=1e-5)
    assert track_landmarks(video).person is None


def test_a_closer_look_moves_the_marks_of_every_frame_and_sees_skin(
    face: Image.Image, tmp_path: Path
) -> None:
    closer = load_closer_look(load_head_model().version_sha256)
    empty = scene(None)
    pictures = [scene(face, x=60 + 9 * n) for n in range(5)] + [empty, scene(face)]
    video = open_video(written(tmp_path / "a.mp4", pictures))
    plain = track_landmarks(video)
    close = track_landmarks(video, closer=closer)
    assert close.refined
    assert not plain.refined
    assert plain.hints is None
    assert list(close.seen) == list(plain.seen)
    assert not close.seen[5]
    assert np.isnan(close.points_px[5]).all()
    assert close.hints is not None
    assert close.hints.shape == (7, HINTS)
    assert not close.hints[5].any()
    off, moved = [], []
    for index, frame in enumerate(FrameReader(video)):
        if plain.seen[index]:
            cut = closer.refiner.upright([(frame.pixels_srgb, plain.points_px[index])])
            offsets = closer.refiner.offsets(cut.squares_srgb, cut.marks, once=True)
            (expected,) = cut.outward(offsets)
            off.append(np.abs(close.points_px[index] - expected))
            moved.append(np.abs(plain.points_px[index] - expected))
            assert moved[-1].mean() > 0.2
            assert np.abs(close.hints[index]).max() > 0.1
    # half of the frames are looked at, the others are like those beside them
    assert sum(each.max() < 0.05 for each in off) >= len(off) / 2
    assert np.mean(off) < 0.3 * np.mean(moved)
