"""The artist's choices as jobs for the engine: checked paths, new asset paths."""

import re
from pathlib import Path

import bpy

from ...core import messages
from ...core.errors import EngineMissingError, FileRefusedError
from ...core.messages import BuildDouble, CaptureMotion
from ..asset_paths import assets_folder, unused_asset
from ..engine import root_folder
from ..preferences import engine_state
from ..worker_process import engine_command
from .job import Stage

STORED_SUFFIXES = (".npz", ".csv")
"""How the names of performances end that need no capturing."""

_PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")


def chosen_file(path: str, what: str) -> Path:
    """The file an artist chose, absolute. Raises FileRefusedError if there is none."""
    if not path:
        raise FileRefusedError(f"No {what} was chosen. Choose one.", path="")
    file = Path(bpy.path.abspath(path))
    if not file.is_file():
        raise FileRefusedError(
            f"There is no {what} at {file}. Choose another.", path=file
        )
    return file


def is_stored_performance(path: str) -> bool:
    """Whether this is a Motion or a Live Link Face CSV and no video, by its name."""
    return Path(path).suffix.lower() in STORED_SUFFIXES


def chosen_clip(path: str) -> Path:
    """The video, animated picture or image sequence an artist chose, absolute.

    A sequence may be its folder, its pattern, or one of its pictures; what it holds is
    for the engine to say. Raises FileRefusedError if nothing can be there.
    """
    if path:
        clip = Path(bpy.path.abspath(path))
        if clip.is_dir() or (
            re.search(r"#|%0?\d*d", clip.name) and clip.parent.is_dir()
        ):
            return clip
    return chosen_file(path, "video")


def build_stage(
    photo: Path,
    *more_photos: Path,
    face: int,
    name: str,
    start: float,
    end: float,
) -> Stage:
    """Build a Double of the person in the photos. Raises EngineMissingError."""
    asset = unused_asset(assets_folder(bpy.data.filepath), name, ".double")
    job = BuildDouble(
        photo=str(photo),
        more_photos=tuple(map(str, more_photos)),
        asset=str(asset),
        face=face or None,
    )
    return _engine_stage(job, start, end)


def capture_stage(
    video: Path, *, start_s: float, end_s: float, start: float, end: float
) -> Stage:
    """Capture a Motion from `video`. Raises EngineMissingError without an engine.

    `start_s` and `end_s` are seconds of the video, 0 for its own start and end.
    """
    folder = assets_folder(bpy.data.filepath)
    asset = unused_asset(folder, _name_of(video), ".motion.npz")
    render = bpy.context.scene.render
    job = CaptureMotion(
        video=str(video),
        asset=str(asset),
        rate_fps=render.fps / render.fps_base if _is_pictures(video) else None,
        start_s=start_s or None,
        end_s=end_s or None,
    )
    return _engine_stage(job, start, end)


def _is_pictures(clip: Path) -> bool:
    """Whether a clip is an image sequence, which has no frame rate but the scene's."""
    return not clip.is_file() or clip.suffix.lower() in _PICTURES


def _name_of(clip: Path) -> str:
    """What a clip's motion is called: the file, or the pattern without its number."""
    return re.sub(r"[#%].*", "", clip.stem).rstrip("_-. ") or clip.parent.name


def _engine_stage(job: BuildDouble | CaptureMotion, start: float, end: float) -> Stage:
    state = engine_state()
    if state.python is None:
        raise EngineMissingError(state.why)
    return Stage(
        start=start,
        end=end,
        command=engine_command(state.python, root_folder()),
        line=messages.encode(job),
    )
