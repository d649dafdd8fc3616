"""The face through a clip, frame by frame, as measured and not smoothed.

MediaPipe's mode for videos smooths as it goes, which lags: on two clips lids came 0.5
and lips 0.2 to 0.3 frames late, and fast openings lost up to a tenth of their range.
So every frame is looked at on its own, at the same price, and smoothing is left to a
solver that sees both sides of each moment. Since no frame needs the one before it,
several are looked at at once while the next ones are decoded.
"""

import os
import queue
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import chain, islice
from pathlib import Path

import numpy as np
from jaxtyping import Float

from ..errors import (
    CancelledError,
    FileRefusedError,
    NoFaceFoundError,
    TrackingLostError,
    UnreadableVideoError,
)
from ..images.video import FrameReader, Video, VideoFrame
from ..messages import Advice, Progress, Say, silent
from .closer import CloserLook
from .detector import DetectedFace, FaceDetector
from .followed import Followed
from .half_done import half_done_path, open_half_done
from .model_file import read_landmarker
from .photo_landmarks import find_faces
from .read_ahead import read_ahead
from .recorded import records_of, track_of
from .stored import LandmarkFile, StoredPoints
from .topology import LANDMARK_COUNT
from .types import LandmarkTrack
from .views import Views, WhoIs
from .window import Window

LONGEST_SIDE_PX = 1280
"""Larger frames are scaled down while they are converted."""
MOST_FRAMES = 432_000
"""Two hours at 60 frames a second; longer clips are to be cut."""
LEAST_SEEN = 0.5
"""With the face in fewer of the frames than this share, there is no performance."""

_CHUNK = 24
"""Frames that share one window; the window then follows the face."""
_SEARCH_EVERY = 12
"""While no face is known, this often a frame is searched thoroughly."""
_WIDE_ENOUGH = 0.15
"""A face of this share of the frame's width is looked for in the whole frame."""
_WINDOW_FACTOR = 4.0
"""How much wider than a smaller face its window is."""
_FACES = 2
"""As many as one pass looks for, so that a passer-by does not take over."""
_WORKERS = max(1, min(4, os.cpu_count() or 1))


def track_landmarks(
    video: Video,
    *,
    start_s: float | None = None,
    end_s: float | None = None,
    landmarker: Path | str | None = None,
    closer: CloserLook | None = None,
    who_is: WhoIs | None = None,
    resumable: bool = False,
    say: Say = silent,
) -> LandmarkTrack:
    """The landmarks of the clip's face from `start_s` up to `end_s`.

    A closer look moves them to what the frames show, and tells what the skin shows;
    `who_is` is asked for the person in some frames.

    Convention: `start_s` and `end_s` count from the clip's first frame; the track's
    own times start at 0. A resumable search goes on where the last one of the same
    part of the clip stopped; `forget_landmarks` once the track is no longer needed.
    Raises NoFaceFoundError, TrackingLostError if the face is missing in more than half
    of the frames, and UnreadableVideoError.
    """
    model = read_landmarker(landmarker, say=say)
    _require_bearable(video, start_s, end_s)
    asked = closer is not None, who_is is not None
    file = _file_for(video, start_s, end_s, *asked) if resumable else None
    file = LandmarkFile.temporary() if file is None else file
    if not file.complete:
        try:
            with _Watcher(model, closer, who_is, video, say) as watcher:
                _search(video, watcher, file, start_s, end_s, say)
        except CancelledError as error:
            raise CancelledError(_stopped(video, file) or str(error)) from error
        except FileRefusedError:
            file.delete()
            raise
    if not len(file):
        raise UnreadableVideoError(
            f"{video.name} has no frames between {start_s or 0:g} and "
            f"{'its end' if end_s is None else f'{end_s:g}'} s. Choose another range.",
            path=video.path,
        )
    track = track_of(video, file, closer=closer is not None)
    try:
        _require_seen(video, track)
    except FileRefusedError:
        file.delete()
        raise
    return track


def forget_landmarks(track: LandmarkTrack) -> None:
    """Delete what is kept of a search for landmarks; the track's points are gone."""
    if isinstance(track.points_px, StoredPoints):
        track.points_px.file.delete()


def _file_for(
    video: Video,
    start_s: float | None,
    end_s: float | None,
    closer: bool,
    who_is: bool,
) -> LandmarkFile | None:
    """What was found before in the same part of the clip, in whole chunks."""
    file = open_half_done(
        half_done_path(
            video,
            start_s=start_s,
            end_s=end_s,
            size_px=LONGEST_SIDE_PX,
            closer=closer,
            who_is=who_is,
        )
    )
    if file is not None and not file.complete:
        file.cut(len(file) - len(file) % _CHUNK)
    return file


def _stopped(video: Video, file: LandmarkFile) -> str:
    """What is said when a search is cancelled; empty if nothing is kept."""
    if file.path is None or not len(file):
        return ""
    time_s = float(file.read(len(file) - 1, len(file))["time_s"][0])
    return (
        f"Cancelled; nothing was written. The next capture of this part of "
        f"{video.name} goes on at {time_s:.1f} s."
    )


def _search(
    video: Video,
    watcher: "_Watcher",
    file: LandmarkFile,
    start_s: float | None,
    end_s: float | None,
    say: Say,
) -> None:
    """Look at all frames that the file does not hold yet."""
    known = file.read(len(file) - 1, len(file))[0] if len(file) else None
    reader = FrameReader(
        video,
        start_s=start_s,
        end_s=end_s,
        longest_side_px=LONGEST_SIDE_PX,
        known=0 if known is None else len(file),
        known_s=None if known is None else float(known["time_s"]),
    )
    skipped = 0 if known is None else int(known["skipped"])
    if known is not None:
        watcher.remember(file)
        text = f"Going on at {known['time_s']:.1f} s of {video.name}, where an "
        say(Advice(text=text + "earlier capture was stopped."))
    frames = read_ahead(iter(reader), most=_CHUNK)
    try:
        for chunk in iter(lambda: list(islice(frames, _CHUNK)), []):
            faces = watcher.watch(chunk)
            total = skipped + reader.skipped
            file.append(records_of(video, chunk, faces, skipped=total))
            file.note(*watcher.looks, watcher.views.known)
            if len(file) > MOST_FRAMES:
                raise _too_long(video)
            say(_progress(video, chunk[-1].time_s, start_s, end_s))
    finally:
        frames.close()
    file.note(*watcher.looks, watcher.views.known, complete=True)
    watcher.tell_of_strangers()


class _Watcher:
    """Keeps an eye on one face, from chunk to chunk."""

    def __init__(
        self,
        model: bytes,
        closer: CloserLook | None,
        who_is: WhoIs | None,
        video: Video,
        say: Say,
    ) -> None:
        self._closer = closer
        self.views = Views(who_is)
        """Whom the followed face seems to be."""
        self._video = video
        self._say = say
        self._followed = Followed()
        self._stack = ExitStack()
        self._detectors: queue.SimpleQueue[FaceDetector] = queue.SimpleQueue()
        for _ in range(_WORKERS):
            detector = FaceDetector(model, faces=_FACES)
            self._detectors.put(self._stack.enter_context(detector))
        self._pool = self._stack.enter_context(ThreadPoolExecutor(_WORKERS))

    def __enter__(self) -> "_Watcher":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def looks(self) -> tuple[int, Float[np.ndarray, "signs"] | None]:
        """What was learned of the followed face's looks."""
        return self._followed.looks

    def remember(self, file: LandmarkFile) -> None:
        """Go on following the face that was followed when the file was written."""
        self.views.remember(len(file) // _CHUNK, *file.views)
        for index in range(len(file) - 1, -1, -1):
            record = file.read(index, index + 1)[0]
            if record["seen"]:
                size = np.array(self._video.size_px, np.float32)
                face = DetectedFace(
                    points=record["points_px"] / size,
                    depth=np.zeros(LANDMARK_COUNT, np.float32),
                    scores=record["scores"],
                )
                self._followed.remember(face, *file.looks)
                return

    def tell_of_strangers(self) -> None:
        """Say how many frames showed somebody else alone."""
        if self._followed.strangers:
            text = f"{self._followed.strangers} frames of {self._video.name} show "
            text += "somebody else than the others; they are bridged like frames "
            self._say(Advice(text=text + "without a face."))

    def watch(self, chunk: list[VideoFrame]) -> list[DetectedFace | None]:
        """The face in each frame of a chunk; None where it is not seen."""
        if self._followed.last is None:
            self._first_sight(chunk)
        window = self._window(chunk[0])
        found = self._pool.map(lambda frame: self._look(frame, window), chunk)
        followed = [
            self._follow(frame, faces)
            for frame, faces in zip(chunk, list(found), strict=True)
        ]
        closely = self._closely(chunk, followed)
        for face in closely:
            if face is not None:  # as it will be remembered if this is gone on with
                self._followed.meet(face)
        self.views.look(chunk, closely)
        return closely

    def _closely(
        self, chunk: list[VideoFrame], faces: list[DetectedFace | None]
    ) -> list[DetectedFace | None]:
        """The faces as a closer look shows them."""
        seen = [
            (frame.pixels_srgb, face)
            for frame, face in zip(chunk, faces, strict=True)
            if face is not None
        ]
        if self._closer is None or not seen:
            return faces
        share = -(-len(seen) // _WORKERS)
        parts = [seen[n : n + share] for n in range(0, len(seen), share)]
        looked_at = chain.from_iterable(self._pool.map(self._closer.at, parts))
        return [None if face is None else next(looked_at) for face in faces]

    def _look(self, frame: VideoFrame, window: Window) -> list[DetectedFace]:
        detector = self._detectors.get()
        try:
            pixels = frame.pixels_srgb
            faces = detector.find(window.cut(pixels, longest_side_px=LONGEST_SIDE_PX))
            return [window.outward(face, pixels) for face in faces]
        finally:
            self._detectors.put(detector)

    def _first_sight(self, chunk: list[VideoFrame]) -> None:
        """Look thoroughly for whom to follow: the widest face, and say so if asked."""
        for frame in chunk[::_SEARCH_EVERY]:
            detector = self._detectors.get()
            faces = find_faces(detector, frame.pixels_srgb)
            self._detectors.put(detector)
            if not faces:
                continue
            widths = [face.width for face in faces]
            largest = widths.index(max(widths))
            self._followed.meet(faces[largest])
            if len(faces) > 1:
                self._say(
                    Advice(
                        text=f"{self._video.name} shows {len(faces)} faces; the "
                        f"largest is followed (number {largest + 1} from the left). "
                        "Crop the video to follow another."
                    )
                )
            return

    def _window(self, frame: VideoFrame) -> Window:
        whole, last = Window.whole(frame.pixels_srgb), self._followed.last
        if last is None or last.width >= _WIDE_ENOUGH:
            return whole
        return Window.around(last, whole, factor=_WINDOW_FACTOR).moved_into(whole)

    def _follow(
        self, frame: VideoFrame, faces: list[DetectedFace]
    ) -> DetectedFace | None:
        """The face that was followed so far, among those found in this frame."""
        return self._followed.among(frame, faces, lambda: self._look_again(frame))

    def _look_again(self, frame: VideoFrame) -> list[DetectedFace]:
        """Faces around where the followed one was; now and then, all in the frame."""
        last, pixels = self._followed.last, frame.pixels_srgb
        assert last is not None, "nobody is followed yet"
        faces = self._look(frame, Window.around(last, Window.whole(pixels), factor=2.6))
        if faces or self._followed.unseen % _SEARCH_EVERY != _SEARCH_EVERY - 1:
            return faces
        detector = self._detectors.get()
        try:
            return find_faces(detector, pixels)
        finally:
            self._detectors.put(detector)


def _require_bearable(video: Video, start_s: float | None, end_s: float | None) -> None:
    """Refuse what is known to be too long before anything is decoded."""
    end = min(
        float("inf") if end_s is None else end_s,
        float("inf") if video.duration_s is None else video.duration_s,
    )
    frames = (end - (start_s or 0.0)) * video.rate_fps
    if frames != float("inf") and frames > MOST_FRAMES:
        raise _too_long(video)


def _too_long(video: Video) -> UnreadableVideoError:
    minutes = MOST_FRAMES / video.rate_fps / 60.0
    return UnreadableVideoError(
        f"{video.name} has more than {MOST_FRAMES} frames. Take at most "
        f"{minutes:.0f} minutes at a time (From and To, or --range A:B, in seconds).",
        path=video.path,
    )


def _progress(
    video: Video, time_s: float, start_s: float | None, end_s: float | None
) -> Progress:
    first, last = start_s or 0.0, end_s
    if last is None or (video.duration_s is not None and video.duration_s < last):
        last = video.duration_s
    done = 0.5 if not last else (time_s - first) / max(last - first, 1e-6)
    return Progress(
        fraction=min(max(done, 0.0), 1.0),
        doing="Finding the face in every frame",
    )


def _require_seen(video: Video, track: LandmarkTrack) -> None:
    frames, seen = len(track.seen), int(track.seen.sum())
    if not seen:
        raise NoFaceFoundError(
            f"No face was found in any of the {frames} frames of {video.name}. "
            "Use a clip that shows one person's face, upright, sharp and well lit.",
            path=video.path,
        )
    if seen < LEAST_SEEN * frames:
        raise TrackingLostError(
            f"The face is missing in {frames - seen} of the {frames} frames "
            f"of {video.name}. Choose the part that shows it (From and To, or "
            "--range A:B, in seconds), or film closer to the front.",
            path=video.path,
        )
