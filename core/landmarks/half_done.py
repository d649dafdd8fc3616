"""Captures that were stopped half-way, kept so that the next one goes on from there.

What was found in a clip lies in the user's cache until a capture of that clip has
succeeded. The file's name is made of all that decides what would be found: the clip's
content, the range, the detector, and the versions of what reads and looks; so nothing
stale is ever used. Nothing is kept for longer than two weeks, nor more than two
gigabytes (a landmark file of half an hour has 230 MB).
"""

import contextlib
import hashlib
import json
import os
import time
from importlib.metadata import version
from pathlib import Path
from typing import IO

import platformdirs

from .. import __version__
from ..images.video_types import Video
from .model_file import SHA256
from .stored import LandmarkFile

FORMAT = 5
"""To be raised whenever other landmarks would be found in the same clip."""

MOST_BYTES = 2 * 2**30
MOST_AGE_S = 14 * 24 * 3600.0

_SUFFIX = ".landmarks"


def half_done_folder() -> Path:
    """Where they are kept for this user."""
    cache = platformdirs.user_cache_dir("photo-double", appauthor=False)
    return Path(cache) / "half-done"


def half_done_path(
    video: Video,
    *,
    start_s: float | None,
    end_s: float | None,
    size_px: int,
    closer: bool,
    who_is: bool,
) -> Path:
    """Where what was found in this part of this clip lies, if it does."""
    decides = {
        "format": FORMAT,
        "photo double": __version__,
        "detector": SHA256,
        "mediapipe": version("mediapipe"),
        "av": version("av"),
        "clip": video.sha256,
        "kind": video.kind,
        "range": [start_s or 0.0, end_s],
        "size": size_px,
        "closer": closer,
        "who is": who_is,
    }
    text = json.dumps(decides, sort_keys=True)
    name = hashlib.sha256(text.encode()).hexdigest()[:32]
    return half_done_folder() / f"{name}{_SUFFIX}"


def open_half_done(path: Path) -> LandmarkFile | None:
    """What was found so far, to be gone on with; empty if that is nothing.

    None if the place cannot be written, or another capture of the same is under way.
    """
    _tidy(path.parent, apart_from=path)
    file: IO[bytes] | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | _BINARY, 0o600), "r+b")
        _lock(file)
        return LandmarkFile(file, path=path)
    except OSError:
        if file is not None:
            file.close()
        return None


_BINARY = getattr(os, "O_BINARY", 0)


def _lock(file: IO[bytes]) -> None:
    """Make the file this process's alone while it is open. Raises OSError."""
    if os.name == "nt":
        import msvcrt

        file.seek(2**40)  # far behind the end: the bytes themselves stay readable
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _tidy(folder: Path, *, apart_from: Path) -> None:
    """Delete what is too old, and the oldest of what is too much."""
    kept = 0
    with contextlib.suppress(OSError):
        files = [(file.stat(), file) for file in folder.glob(f"*{_SUFFIX}")]
        for facts, file in sorted(files, key=lambda one: -one[0].st_mtime):
            kept += facts.st_size
            old = time.time() - facts.st_mtime > MOST_AGE_S
            if file != apart_from and (old or kept > MOST_BYTES):
                with contextlib.suppress(OSError):
                    file.unlink()
