"""Animated WebP as a clip, with the times of its own frames.

Pillow decodes it, since FFmpeg does not read animated WebP. (Animated GIFs come in
through FFmpeg, as videos do.)
"""

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import UnreadableVideoError
from .colours import upright_srgb
from .image_sequence import fitted
from .regular_file import sha256_of
from .video_types import Video, VideoFrame

MOST_PIXELS = 50_000_000
"""Larger pictures are refused before they are decoded."""

_SHORTEST_S = 0.011
_INSTEAD_S = 0.1
"""Browsers show frames that are due for less than the first for the second."""

_DAMAGE = (OSError, SyntaxError, ValueError, TypeError, KeyError, EOFError, IndexError)
"""What Pillow raises on broken files."""


def is_webp(path: Path) -> bool:
    """Whether the file says that it is a WebP."""
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError:
        return False
    return head[:4] == b"RIFF" and head[8:] == b"WEBP"


def moves(path: Path) -> bool:
    """Whether the file is a GIF or WebP of more than one frame."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(path, formats=("GIF", "WEBP")) as image:
                return getattr(image, "n_frames", 1) > 1
        except (*_DAMAGE, Image.DecompressionBombError):
            return False


def open_animation(path: Path) -> Video:
    """What the animated WebP at `path` is. Raises UnreadableVideoError."""
    times_s: list[float] = []
    try:
        with _opened(path) as image:
            size_px = image.size
            count = getattr(image, "n_frames", 1)
            if count > 1:
                times_s = [time_s for time_s, _ in _frames(image)]
    except _DAMAGE as error:
        raise _damaged(path, error) from error
    if len(times_s) < 2:
        raise UnreadableVideoError(
            f"{path} is a picture that does not move. Choose a video, an animated GIF "
            "or WebP, or a sequence of numbered pictures.",
            path=path,
        )
    duration_s = times_s[-1] + float(np.median(np.diff(times_s)))
    return Video(
        path=path,
        name=path.name,
        sha256=sha256_of(path),
        size_px=size_px,
        rate_fps=len(times_s) / duration_s,
        first_frame_s=0.0,
        duration_s=duration_s,
        frame_count=count,
        has_sound=False,
        kind="animated picture",
    )


def animation_frames(
    video: Video, *, start_s: float, end_s: float, longest_side_px: int | None
) -> Iterator[VideoFrame]:
    """Yield the frames; each is made from the one before it, so none can be left out.

    Raises UnreadableVideoError where the file is damaged.
    """
    try:
        with _opened(video.path) as image:
            for time_s, picture in _frames(image):
                if time_s < start_s - 1e-6:
                    continue
                if time_s >= end_s - 1e-6:
                    return
                pixels = np.asarray(upright_srgb(picture.copy()))
                yield VideoFrame(
                    time_s=time_s,
                    pixels_srgb=fitted(
                        pixels, video.size_px, longest_side_px=longest_side_px
                    ),
                )
    except _DAMAGE as error:
        raise _damaged(video.path, error) from error


def _opened(path: Path) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # sizes are judged here
        try:
            image = Image.open(path, formats=("WEBP",))
        except Image.DecompressionBombError as error:
            raise _too_large(path) from error
    if image.size[0] * image.size[1] > MOST_PIXELS:
        image.close()
        raise _too_large(path)
    return image


def _frames(image: Image.Image) -> Iterator[tuple[float, Image.Image]]:
    """Yield (time, picture); the picture is valid until the next one."""
    time_s = 0.0
    for index in range(getattr(image, "n_frames", 1)):
        image.seek(index)
        image.load()
        yield time_s, image
        lasts_s = float(image.info.get("duration") or 0) / 1000
        time_s += lasts_s if lasts_s >= _SHORTEST_S else _INSTEAD_S


def _too_large(path: Path) -> UnreadableVideoError:
    return UnreadableVideoError(
        f"The pictures of {path} have more than {MOST_PIXELS // 1_000_000} million "
        "pixels. Export it smaller.",
        path=path,
    )


def _damaged(path: Path, error: Exception) -> UnreadableVideoError:
    return UnreadableVideoError(
        f"{path} is damaged or incomplete ({error}). Copy or export it again.",
        path=path,
    )
