"""The front door for clips: frames in order, upright, with their true times.

PyAV decodes. Times come from the presentation stamps, since phones record at a rate
that varies; the stored picture is turned by the display matrix, stretched by the
pixel aspect, and brought to eight bits. Frames are given out one at a time, so that a
long clip needs no more memory than a short one.
"""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import av.container
import av.error
import av.frame
import av.stream
import numpy as np
from jaxtyping import UInt8

from ..errors import UnreadableVideoError
from .animated_picture import animation_frames, is_webp, open_animation
from .deinterlace import deinterlaced
from .frame_colours import Upright, srgb_pixels, upright_of
from .image_sequence import is_sequence, open_sequence, sequence_frames
from .regular_file import require_regular_file, sha256_of
from .video_types import Video, VideoFrame

CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,gif,mpegts,mpeg,asf,flv,ogg"
"""What FFmpeg may open. No playlists and no image sequences: those name other files."""

AUDIO_CONTAINERS = "mp3,wav,flac,aac,aiff"
"""Opened only so that the refusal can say what the file is."""

_AFTER_S = 1e-5
"""So much after a frame the next one is looked for."""
_RATE_RANGE = (1.0, 1000.0)
_DEFAULT_RATE_FPS = 25.0


def open_video(path: Path | str, *, rate_fps: float | None = None) -> Video:
    """What the clip at `path` is. Raises UnreadableVideoError with what to do.

    `path` may be a folder, a pattern or a picture of an image sequence, which is taken
    for `rate_fps` frames a second; everything else has times of its own.
    """
    path = Path(path)
    if is_sequence(path):
        return open_sequence(path, rate_fps=rate_fps)
    require_regular_file(path, kind="video", refuse=lambda text: _refusal(path, text))
    if is_webp(path):
        return open_animation(path)
    with open_container(path) as container:
        stream = picture_stream(path, container)
        first = _first_frame(path, container, stream)
        upright = upright_of(first, stream.sample_aspect_ratio)
        rate_fps = _rate_of(stream)
        first_frame_s = presentation_time_s(first) or 0.0
        return Video(
            path=path,
            name=path.name,
            sha256=sha256_of(path),
            size_px=upright.size_px,
            rate_fps=rate_fps,
            first_frame_s=first_frame_s,
            duration_s=_duration_of(container, stream, first_frame_s),
            frame_count=stream.frames or None,
            has_sound=bool(container.streams.audio),
        )


def open_container(path: Path) -> av.container.InputContainer:
    """FFmpeg's view of a local file; nothing in it may lead to another file."""
    try:
        return av.open(
            f"file:{path.absolute()}",
            options={
                "protocol_whitelist": "file",
                "format_whitelist": f"{CONTAINERS},{AUDIO_CONTAINERS}",
            },
            metadata_errors="replace",
        )
    except (av.error.FFmpegError, ValueError, OSError) as error:
        raise _refusal(
            path,
            f"{path} is not a video that can be read: it is damaged, incomplete, or "
            "no video at all. Copy it again, or export it as an MP4.",
        ) from error


def picture_stream(
    path: Path, container: av.container.InputContainer
) -> av.VideoStream:
    """The stream with moving pictures, not the cover art of a song."""
    for stream in container.streams.video:
        if not stream.disposition & av.stream.Disposition.attached_pic:
            if stream.codec_context is None:
                raise _refusal(
                    path,
                    f"The pictures of {path} are stored in a way that cannot be read. "
                    "Export it as an MP4 with H.264.",
                )
            return stream
    if container.streams.audio:
        message = (
            f"{path} has sound but no pictures. Choose a video that shows the face."
        )
    else:
        message = f"{path} has no pictures. Choose a video that shows a face."
    raise _refusal(path, message)


class FrameReader:
    """The frames of a clip from `start_s` up to `end_s`, to be gone through once.

    Frames that cannot be decoded are left out and counted in `skipped`. Raises
    UnreadableVideoError at the end if the file broke off long before its index says.
    """

    skipped: int
    """Frames, or pieces of the file, that could not be decoded so far."""

    def __init__(
        self,
        video: Video,
        *,
        start_s: float | None = None,
        end_s: float | None = None,
        longest_side_px: int | None = None,
        known: int = 0,
        known_s: float | None = None,
    ) -> None:
        """So many frames of it are `known`, up to the one at `known_s`: not given."""
        self.skipped = 0
        self._video = video
        self._start_s = start_s or 0.0
        self._known = known
        self._first_s = self._start_s if known_s is None else known_s + _AFTER_S
        self._end_s = float("inf") if end_s is None else end_s
        self._longest_side_px = longest_side_px

    def __iter__(self) -> Iterator[VideoFrame]:
        """Yield the frames in the order of their increasing times."""
        match self._video.kind:
            case "video":
                yield from self._of_video(self._video)
            case "image sequence":
                yield from sequence_frames(
                    self._video,
                    start_s=self._first_s,
                    end_s=self._end_s,
                    longest_side_px=self._longest_side_px,
                    skip=self._skip,
                )
            case "animated picture":
                yield from animation_frames(
                    self._video,
                    start_s=self._first_s,
                    end_s=self._end_s,
                    longest_side_px=self._longest_side_px,
                )

    def _skip(self) -> None:
        self.skipped += 1

    def _of_video(self, video: Video) -> Iterator[VideoFrame]:
        with open_container(video.path) as container:
            stream = picture_stream(video.path, container)
            stream.thread_type = "AUTO"
            if self._first_s > 0.0:
                _seek(container, stream, video.first_frame_s + self._first_s)
            decoded, time_s, upright = self._known, -1.0, None
            for frame in deinterlaced(self._decode(container, stream), stream):
                time_s = self._next_time_s(frame, time_s)
                if time_s < self._first_s - 1e-6:
                    continue
                if time_s >= self._end_s - 1e-6:
                    return
                decoded += 1
                if upright is None or not upright.fits(frame):
                    upright = upright_of(frame, stream.sample_aspect_ratio)
                yield VideoFrame(
                    time_s=time_s,
                    pixels_srgb=self._pixels(frame, upright),
                )
            self._require_whole(decoded, time_s)

    def _pixels(
        self, frame: av.VideoFrame, upright: Upright
    ) -> UInt8[np.ndarray, "height width 3"]:
        return srgb_pixels(
            frame,
            upright,
            shown_size_px=self._video.size_px,
            longest_side_px=self._longest_side_px,
        )

    def _decode(
        self, container: av.container.InputContainer, stream: av.VideoStream
    ) -> Iterator[av.VideoFrame]:
        """Yield what can be decoded; damage is counted and passed over."""
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError:  # the rest of the file is missing
                self.skipped += 1
                return
            if packet is None:
                return
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                self.skipped += 1
                continue
            for frame in frames:
                if frame.is_corrupt:
                    self.skipped += 1
                else:
                    yield frame

    def _next_time_s(self, frame: av.VideoFrame, last_s: float) -> float:
        """The frame's time; one frame after the last where stamps are missing."""
        time_s = presentation_time_s(frame)
        if time_s is None:
            return last_s + 1.0 / self._video.rate_fps if last_s >= 0.0 else 0.0
        time_s -= self._video.first_frame_s
        if time_s <= last_s:
            return last_s + 1.0 / self._video.rate_fps
        return time_s

    def _require_whole(self, decoded: int, last_s: float) -> None:
        """Refuse a file that was cut off: the artist would get half a performance."""
        video = self._video
        if video.frame_count is None or self._end_s != float("inf"):
            return
        expected = video.frame_count - round(self._start_s * video.rate_fps)
        if decoded >= 0.9 * expected - 2:
            return
        raise _refusal(
            video.path,
            f"{video.path} is cut off or damaged: of {video.frame_count} frames only "
            f"{decoded} can be read. Copy or export it again, or take the part that "
            f"is whole (To, or --range 0:{max(last_s, 0.0):.1f}).",
        )


def _first_frame(
    path: Path, container: av.container.InputContainer, stream: av.VideoStream
) -> av.VideoFrame:
    """The first frame that can be decoded."""
    try:
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                continue
            for frame in frames:
                if not frame.is_corrupt:
                    return frame
    except av.error.FFmpegError:
        pass  # said below, in words
    raise _refusal(
        path,
        f"{path} holds no picture that can be decoded; it is damaged or incomplete. "
        "Copy or export it again.",
    )


def presentation_time_s(frame: av.frame.Frame) -> float | None:
    """When a picture or sound is due, by the container's clock, if it says so."""
    if frame.pts is None or not frame.time_base:
        return None
    return float(frame.pts * frame.time_base)


def _rate_of(stream: av.VideoStream) -> float:
    for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate):
        if rate and _RATE_RANGE[0] <= float(rate) <= _RATE_RANGE[1]:
            return float(Fraction(rate))
    return _DEFAULT_RATE_FPS


def _duration_of(
    container: av.container.InputContainer,
    stream: av.VideoStream,
    first_frame_s: float,
) -> float | None:
    if stream.duration and stream.time_base:
        start = stream.start_time or 0
        return float((start + stream.duration) * stream.time_base) - first_frame_s
    if container.duration:
        return container.duration / av.time_base
    return None


def _seek(
    container: av.container.InputContainer, stream: av.VideoStream, time_s: float
) -> None:
    """Go to the key frame before `time_s`, or stay at the start if there is no index.

    A second earlier than asked: stamps of key frames may lie after their neighbours'.
    """
    if not stream.time_base:
        return
    try:
        container.seek(
            int(max(time_s - 1.0, 0.0) / stream.time_base), stream=stream, backward=True
        )
    except av.error.FFmpegError:
        return


def _refusal(path: Path, message: str) -> UnreadableVideoError:
    return UnreadableVideoError(message, path=path)
