"""The sound of a clip as FLAC, cut so that it starts with the first frame taken."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
import av.container
import av.error
import numpy as np
from jaxtyping import Int16

from ..spooling import Bytes, content_of, reader_of, spooled_file
from .video import Video, open_container, presentation_time_s

HIGHEST_RATE_HZ = 48000
"""Faster sampled sound is brought down to this."""

_BLOCK = 4096
_TOLERANCE_S = 0.05
"""Gaps shorter than this are rounding of time stamps, not silence."""


def read_sound(video: Video, *, start_s: float, end_s: float) -> Bytes | None:
    """A FLAC file of the clip from `start_s` to `end_s`; None if it has no sound.

    Convention: both count from the clip's first frame, as `VideoFrame.time_s` does.
    Sound that begins late or has gaps is filled with silence, so that sample 0 is
    heard at `start_s`. Sound that cannot be decoded counts as none.
    """
    if not video.has_sound or end_s <= start_s:
        return None
    first_s = video.first_frame_s + start_s
    try:
        with open_container(video.path) as source:
            return _recoded(source, first_s=first_s, duration_s=end_s - start_s)
    except (av.error.FFmpegError, ValueError):
        return None


def cut_sound(sound: Bytes, *, start_s: float, end_s: float) -> Bytes | None:
    """A part of a sound that `read_sound` gave; None if there is nothing in it."""
    if end_s <= start_s:
        return None
    try:
        with av.open(reader_of(sound), "r") as source:
            return _recoded(source, first_s=start_s, duration_s=end_s - start_s)
    except (av.error.FFmpegError, ValueError):
        return None


def _recoded(
    source: av.container.InputContainer, *, first_s: float, duration_s: float
) -> Bytes | None:
    """A FLAC file of the sound from `first_s` on the container's clock."""
    stream = source.streams.audio[0]
    if stream.codec_context is None or not stream.rate:
        return None
    rate = min(int(stream.rate), HIGHEST_RATE_HZ)
    layout = "mono" if stream.channels == 1 else "stereo"
    cut = _Cut(first_s=first_s, samples=round(duration_s * rate), rate=rate)
    with spooled_file() as file:
        with av.open(file, "w", format="flac") as target:
            out = target.add_stream("flac", rate=rate, layout=layout)
            out.codec_context.format = "s16"
            heard = _encode(cut.of(_decoded(source, stream, cut, layout)), out, target)
        return content_of(file) if heard else None


@dataclass(frozen=True, kw_only=True)
class _Cut:
    """Which stretch of sound is wanted."""

    first_s: float
    """The container's clock at sample 0."""
    samples: int
    """How many samples, per channel."""
    rate: int
    """Samples a second."""

    def of(
        self,
        pieces: Iterator[tuple[float | None, Int16[np.ndarray, "samples channels"]]],
    ) -> Iterator[Int16[np.ndarray, "samples channels"]]:
        """Yield the wanted stretch without gaps or overlaps; shorter if it ends."""
        done = 0
        for time_s, samples in pieces:
            start = done
            if time_s is not None:
                start = round((time_s - self.first_s) * self.rate)
                if abs(start - done) < _TOLERANCE_S * self.rate and done:
                    start = done
            if start > done:
                silence = min(start, self.samples) - done
                yield np.zeros((silence, samples.shape[1]), np.int16)
                done += silence
            piece = samples[max(done - start, 0) :][: self.samples - done]
            if len(piece):
                yield piece
                done += len(piece)
            if done >= self.samples:
                return


def _decoded(
    source: av.container.InputContainer,
    stream: av.AudioStream,
    cut: _Cut,
    layout: str,
) -> Iterator[tuple[float | None, Int16[np.ndarray, "samples channels"]]]:
    """Yield (time, samples) as they are decoded; damaged packets are passed over."""
    resampler = av.AudioResampler(format="s16", layout=layout, rate=cut.rate)
    channels = 1 if layout == "mono" else 2
    if cut.first_s > 2.0 and stream.time_base:
        source.seek(
            int((cut.first_s - 1.0) / stream.time_base), stream=stream, backward=True
        )
    for packet in source.demux(stream):
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            continue
        for frame in frames:
            time_s = presentation_time_s(frame)
            for piece in resampler.resample(frame):
                yield time_s, piece.to_ndarray().reshape(-1, channels)
                time_s = None


def _encode(
    pieces: Iterator[Int16[np.ndarray, "samples channels"]],
    out: av.AudioStream,
    target: av.container.OutputContainer,
) -> bool:
    """Write the pieces; whether there was anything to hear."""
    written = 0
    for piece in pieces:
        for block in np.array_split(piece, max(1, -(-len(piece) // _BLOCK))):
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(block.reshape(1, -1)),
                format="s16",
                layout=out.codec_context.layout.name,
            )
            frame.sample_rate = out.codec_context.sample_rate
            frame.time_base = Fraction(1, out.codec_context.sample_rate)
            frame.pts = written
            target.mux(out.encode(frame))
            written += len(block)
    target.mux(out.encode(None))
    return written > 0
