"""Numbered pictures in a folder as a clip, one frame each.

They are named by a pattern (`frame_####.png`, `frame_%04d.png`), by their folder if it
holds only one sequence, or by any one of them. Every picture comes through the front
door for photos. They have no times of their own: the rate is what the user says.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from ..errors import UnreadableImageError, UnreadableVideoError
from .photo import read_photo
from .regular_file import sha256_of
from .video_types import Video, VideoFrame

DEFAULT_RATE_FPS = 24.0
"""What pictures without times are taken for unless the user says otherwise: film."""

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp")
"""Names that pictures of a sequence may end with."""

FEWEST = 5
"""Pictures with numbers in a row; where one of fewer is named, it is but a picture."""

_PLACEHOLDER = re.compile(r"#+|%0?\d*d")
_NUMBERED = re.compile(r"^(?P<before>.*?)(?P<number>\d+)(?P<after>\D*)$", re.DOTALL)


def is_sequence(path: Path) -> bool:
    """Whether a path means several pictures: a pattern, a folder, or one of them."""
    if path.is_dir():
        return True
    if not path.exists():
        return _PLACEHOLDER.search(path.name) is not None
    return path.suffix.lower() in SUFFIXES and len(_siblings(path)) >= FEWEST


def open_sequence(path: Path, *, rate_fps: float | None) -> Video:
    """The clip that the pictures at `path` are. Raises UnreadableVideoError."""
    found = _found(path)
    numbers, files = tuple(found), tuple(found.values())
    try:
        first = read_photo(files[0])
    except UnreadableImageError as error:
        raise UnreadableVideoError(str(error), path=path) from error
    rate = rate_fps or DEFAULT_RATE_FPS
    digest = hashlib.sha256(f"{rate}".encode())
    for file in files:
        digest.update(f"{file.name}\0{sha256_of(file)}\n".encode())
    return Video(
        path=path,
        name=pattern_of(files[0]),
        sha256=digest.hexdigest(),
        size_px=first.size_px,
        rate_fps=rate,
        first_frame_s=0.0,
        duration_s=(numbers[-1] - numbers[0] + 1) / rate,
        frame_count=len(files),
        has_sound=False,
        kind="image sequence",
        files=files,
        numbers=numbers,
    )


def sequence_frames(
    video: Video,
    *,
    start_s: float,
    end_s: float,
    longest_side_px: int | None,
    skip: Callable[[], None],
) -> Iterator[VideoFrame]:
    """Yield the frames; `skip` is called for each picture that cannot be read."""
    for number, file in zip(video.numbers, video.files, strict=True):
        time_s = (number - video.numbers[0]) / video.rate_fps
        if time_s < start_s - 1e-6:
            continue
        if time_s >= end_s - 1e-6:
            return
        try:
            pixels = read_photo(file).pixels_srgb
        except UnreadableImageError:
            skip()
            continue
        yield VideoFrame(
            time_s=time_s,
            pixels_srgb=fitted(pixels, video.size_px, longest_side_px=longest_side_px),
        )


def fitted(
    pixels: UInt8[np.ndarray, "rows columns 3"],
    shown_size_px: tuple[int, int],
    *,
    longest_side_px: int | None,
) -> UInt8[np.ndarray, "height width 3"]:
    """The pixels in the clip's shape, at most so large."""
    width, height = shown_size_px
    if longest_side_px is not None and max(width, height) > longest_side_px:
        scale = longest_side_px / max(width, height)
        width, height = max(1, round(width * scale)), max(1, round(height * scale))
    if pixels.shape[:2] == (height, width):
        return pixels
    image = Image.fromarray(pixels)
    return np.asarray(image.resize((width, height), Image.Resampling.BOX))


def pattern_of(file: Path) -> str:
    """The name of a numbered picture with # for each digit of its number."""
    match = _NUMBERED.match(file.stem)
    if match is None:
        return file.name
    hashes = "#" * len(match["number"])
    return f"{match['before']}{hashes}{match['after']}{file.suffix}"


def _found(path: Path) -> dict[int, Path]:
    """The pictures by their numbers, in order."""
    if path.is_dir():
        return _in_folder(path)
    found = _siblings(path) if path.exists() else _matching(path)
    if not found:
        raise UnreadableVideoError(
            f"There are no pictures that {path} could mean. Check the pattern: one # "
            "for each digit of the number, as frame_####.png for frame_0001.png.",
            path=path,
        )
    return found


def _in_folder(folder: Path) -> dict[int, Path]:
    sequences: dict[str, dict[int, Path]] = {}
    for file in _files(folder):
        match = _NUMBERED.match(file.stem)
        if match is not None and file.suffix.lower() in SUFFIXES:
            key = f"{match['before']}#{match['after']}{file.suffix}"
            sequences.setdefault(key, {})[int(match["number"])] = file
    several = [found for found in sequences.values() if len(found) > 1]
    if len(several) == 1:
        return dict(sorted(several[0].items()))
    if not several:
        raise UnreadableVideoError(
            f"{folder} is a folder without numbered pictures. Choose the video inside "
            "it, or a folder of pictures such as frame_0001.png.",
            path=folder,
        )
    names = ", ".join(sorted(pattern_of(next(iter(s.values()))) for s in several)[:4])
    raise UnreadableVideoError(
        f"{folder} holds several sequences of pictures ({names}). Name one of them.",
        path=folder,
    )


def _siblings(path: Path) -> dict[int, Path]:
    """The pictures whose numbers run on from this one's, up and down."""
    match = _NUMBERED.match(path.stem)
    if match is None:
        return {}
    wanted = re.compile(
        re.escape(match["before"])
        + r"(\d+)"
        + re.escape(f"{match['after']}{path.suffix}")
    )
    found, first = _numbered(path.parent, wanted), int(match["number"])
    last = first
    while first - 1 in found:
        first -= 1
    while last + 1 in found:
        last += 1
    return {number: found[number] for number in range(first, last + 1)}


def _matching(path: Path) -> dict[int, Path]:
    """The pictures that a pattern means."""
    place = _PLACEHOLDER.search(path.name)
    if place is None:
        return {}
    text = place.group()
    digits = text.count("#") or int(text.strip("%0d") or 1)
    wanted = re.compile(
        re.escape(path.name[: place.start()])
        + rf"(\d{{{digits},}})"
        + re.escape(path.name[place.end() :])
    )
    return _numbered(path.parent, wanted)


def _numbered(folder: Path, wanted: re.Pattern[str]) -> dict[int, Path]:
    found = {
        int(match[1]): file
        for file in _files(folder)
        if (match := wanted.fullmatch(file.name))
    }
    return dict(sorted(found.items()))


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise UnreadableVideoError(
            f"{folder} cannot be read ({error.strerror}). Choose another folder.",
            path=folder,
        ) from error
