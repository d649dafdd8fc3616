"""Writing a film: pictures with their times, and a sound, as a widely played MP4.

H.264 with its usual chroma where this build of FFmpeg has it, else MPEG-4.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import cast

import av
import av.codec.codec
import av.container
import av.error
import numpy as np
from jaxtyping import UInt8

from ..assets import refused_output
from ..spooling import Bytes, reader_of

_CLOCK = Fraction(1, 90_000)
_CODECS = (("libx264", {"crf": "20", "preset": "veryfast"}), ("mpeg4", {"q": "3"}))


def write_movie(
    path: Path,
    pictures: Iterator[tuple[float, UInt8[np.ndarray, "height width 3"]]],
    *,
    rate_fps: float,
    sound: Bytes | None = None,
) -> None:
    """Write pictures (each with the second it is due) to an MP4, whole or not at all.

    All have the same even width and height. `sound` is a FLAC file that starts with
    the first picture. Raises OutputRefusedError if the place cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix=f".{path.name}.", dir=path.parent
        ) as folder:
            file = Path(folder) / "movie.mp4"
            with av.open(str(file), "w") as target:
                _write(target, pictures, rate_fps, sound)
            os.replace(file, path)
    except OSError as error:
        raise refused_output(path, error) from error


def _write(
    target: av.container.OutputContainer,
    pictures: Iterator[tuple[float, UInt8[np.ndarray, "height width 3"]]],
    rate_fps: float,
    sound: Bytes | None,
) -> None:
    first_s, pixels = next(pictures)
    video = _video_stream(target, pixels.shape[:2], rate_fps)
    with ExitStack() as stack:
        source, audio = None, None
        if sound is not None:  # all streams must be there before the first picture
            source = stack.enter_context(av.open(reader_of(sound), "r"))
            audio = target.add_stream("aac", rate=source.streams.audio[0].rate)
        for time_s, shown in chain([(first_s, pixels)], pictures):
            frame = av.VideoFrame.from_ndarray(shown, format="rgb24")
            frame.pts, frame.time_base = round((time_s - first_s) / _CLOCK), _CLOCK
            target.mux(video.encode(frame))
        target.mux(video.encode(None))
        if source is not None and audio is not None:
            for piece in source.decode(audio=0):
                target.mux(audio.encode(piece))
            target.mux(audio.encode(None))


def _video_stream(
    target: av.container.OutputContainer, size: tuple[int, ...], rate_fps: float
) -> av.VideoStream:
    codec, options = next(
        (name, options)
        for name, options in _CODECS
        if name in av.codec.codec.codecs_available
    )
    rate = Fraction(rate_fps).limit_denominator(1001)
    video = cast("av.VideoStream", target.add_stream(codec, rate, options))
    video.height, video.width = size
    video.pix_fmt = "yuv420p"
    video.codec_context.time_base = _CLOCK
    return video
