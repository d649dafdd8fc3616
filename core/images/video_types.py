"""What a clip is, and what one of its frames is, whatever files they come from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import UInt8

Kind = Literal["video", "image sequence", "animated picture"]
"""A container that FFmpeg reads, numbered pictures, or a picture that moves."""


@dataclass(frozen=True, kw_only=True)
class Video:
    """A clip whose header was read and whose first frame was decoded."""

    path: Path
    """Where it is."""
    name: str
    """The file's name without folder."""
    sha256: str
    """Of the file, in hexadecimal."""
    size_px: tuple[int, int]
    """Width and height as shown: upright, square pixels."""
    rate_fps: float
    """Frames a second, nominal (their average if the rate varies)."""
    first_frame_s: float
    """The container's clock at the first frame, which is time 0 of the clip."""
    duration_s: float | None
    """From the first frame to the end, if the container knows."""
    frame_count: int | None
    """Frames that the container's index lists; None if it has no index."""
    has_sound: bool
    """Whether there is a sound track."""
    kind: Kind = "video"
    """What the file, or the files, are."""
    files: tuple[Path, ...] = ()
    """The pictures of an image sequence, in order."""
    numbers: tuple[int, ...] = ()
    """The number in each one's name; one that is missing is a gap in time."""


@dataclass(frozen=True, kw_only=True)
class VideoFrame:
    """One frame as it is meant to be seen."""

    time_s: float
    """Presentation time, counted from the clip's first frame."""
    pixels_srgb: UInt8[np.ndarray, "height width 3"]
    """Upright, square pixels, eight bits; scaled down if asked for."""
