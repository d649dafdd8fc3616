"""A capture that was stopped goes on where it stopped, and nothing stale is used."""

import os
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from core.errors import CancelledError
from core.head_model import load_head_model
from core.images.video import open_video
from core.landmarks import half_done, video_landmarks
from core.landmarks.closer import load_closer_look
from core.landmarks.half_done import half_done_path, open_half_done
from core.landmarks.stored import RECORD
from core.landmarks.video_landmarks import forget_landmarks, track_landmarks
from core.messages import Advice, Progress


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache of a user who has none yet."""
    monkeypatch.setattr(half_done, "half_done_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache"


class Stopper:
    """Listens, and cancels when it has heard so much progress."""

    def __init__(self, after: int) -> None:
        self.left = after
        self.advice: list[str] = []

    def __call__(self, message: Progress | Advice) -> None:
        if isinstance(message, Advice):
            self.advice.append(message.text)
            return
        self.left -= 1
        if self.left == 0:
            raise CancelledError("Cancelled; nothing was written.")


def mean_and_middle(pixels: np.ndarray, points_px: np.ndarray) -> np.ndarray:
    """Numbers that differ from frame to frame."""
    return np.array([pixels.mean(), *points_px.mean(axis=0)])


def test_a_stopped_search_goes_on_and_finds_the_same(
    examples: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = open_video(examples / "clip.mp4")
    closer = load_closer_look(load_head_model().version_sha256)
    search = partial(
        track_landmarks, video, end_s=4.0, closer=closer, who_is=mean_and_middle
    )
    whole = search()
    with pytest.raises(CancelledError, match=r"goes on at 1\.9 s"):
        search(resumable=True, say=Stopper(2))
    (kept,) = folder.iterdir()
    with kept.open("ab") as file:
        file.write(b"torn")  # as if the process had been killed while it wrote
    looked_at: list[int] = []
    watch = video_landmarks._Watcher.watch

    def counting(self: object, chunk: list[object]) -> object:
        looked_at.append(len(chunk))
        return watch(self, chunk)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(video_landmarks._Watcher, "watch", counting)
    heard = Stopper(0)
    again = search(resumable=True, say=heard)
    assert sum(looked_at) == 100 - 48
    assert any("Going on at 1.9 s" in text for text in heard.advice)
    assert again.times_s == pytest.approx(whole.times_s)
    assert np.array_equal(again.points_px[:], whole.points_px[:], equal_nan=True)
    assert whole.hints is not None
    assert np.array_equal(again.hints, whole.hints)
    assert whole.person is not None
    assert again.person == pytest.approx(whole.person, rel=1e-5)
    del again  # and with it the lock on the file
    third = search(resumable=True)
    assert sum(looked_at) == 100 - 48, "what is complete is not looked at again"
    assert third.scores.shape == whole.scores.shape
    forget_landmarks(third)
    assert not list(folder.iterdir())


def test_another_clip_range_or_detector_starts_anew(
    examples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = open_video(examples / "clip.mp4")
    some = {"start_s": None, "end_s": 4.0, "size_px": 1280}
    some |= {"closer": True, "who_is": True}
    paths = {
        half_done_path(video, **some),
        half_done_path(video, **(some | {"end_s": 4.5})),
        half_done_path(video, **(some | {"closer": False})),
        half_done_path(video, **(some | {"who_is": False})),
        half_done_path(replace(video, sha256="0" * 64), **some),
    }
    monkeypatch.setattr(half_done, "SHA256", "another detector")
    paths.add(half_done_path(video, **some))
    assert len(paths) == 6


def test_two_captures_of_one_clip_do_not_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "cache" / "a.landmarks"
    first = open_half_done(path)
    assert first is not None
    assert open_half_done(path) is None
    first.delete()
    assert open_half_done(path) is not None


def test_what_is_no_landmark_file_is_emptied(tmp_path: Path) -> None:
    path = tmp_path / "a.landmarks"
    path.write_bytes(b"something else" * 1000)
    file = open_half_done(path)
    assert file is not None
    assert len(file) == 0
    file.append(np.zeros(3, RECORD))
    assert len(file.read(0, 3)) == 3


def test_old_files_and_too_many_of_them_are_deleted(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir()
    monkeypatch.setattr(half_done, "MOST_BYTES", 25)
    for days, name in ((1, "a"), (2, "b"), (3, "c"), (15, "d")):
        path = folder / f"{name}.landmarks"
        path.write_bytes(b"0123456789")
        os.utime(path, times=(time.time() - days * 86400,) * 2)
    open_half_done(folder / "new.landmarks")
    left = {path.name for path in folder.iterdir()}
    assert left == {"a.landmarks", "b.landmarks", "new.landmarks"}
