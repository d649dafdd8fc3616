"""The commands that only look: what a file is, and whether all that is needed works."""

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .. import __version__
from ..assets import PART_NAMES, Double, Motion
from ..errors import FileRefusedError, UnreadableAssetError, UnreadableImageError
from ..images.animated_picture import moves
from ..images.image_sequence import SUFFIXES, is_sequence
from ..images.video_types import Video
from ..live_link import read_live_link
from ..messages import Progress
from ..pipelines.origin import version_of
from .arguments import Options
from .terminal import Display


def info(options: Options, display: Display) -> dict[str, Any]:
    """Tell what a file is."""
    path = Path(options.file)
    if not path.exists() and not is_sequence(path):
        raise UnreadableAssetError(
            f"There is nothing at {path}. Check the path.", path=path
        )
    if path.is_dir() and not _holds_pictures(path):
        return {"kind": "double", **_double_facts(Double.load(path))}
    if path.suffix == ".npz":
        return {"kind": "motion", **_motion_facts(Motion.load(path))}
    if path.suffix.lower() == ".csv":
        facts = _motion_facts(read_live_link(path))
        facts.pop("camera")  # the file does not tell
        return {"kind": "live_link_csv", **facts}
    return _media_facts(path)


def doctor(options: Options, display: Display) -> dict[str, Any]:
    """Check the installation; `healthy` is false if something needed is missing."""
    checks: list[Check] = []
    for check in _checks():
        checks.append(check)
        done = len(checks) / CHECK_COUNT
        display.show(Progress(fraction=done, doing=f"Checked {check.name}"))
    missing = [check.name for check in checks if check.needed and not check.ok]
    result: dict[str, Any] = {
        "healthy": not missing,
        "version": __version__,
        "checks": [asdict(check) for check in checks],
        "report": "\n".join(line for check in checks for line in check.lines()),
    }
    if missing:
        result |= {
            "status": "refused",
            "reason": f"Something that is needed is missing: {', '.join(missing)}. The "
            "list says what to do.",
        }
    return result


COMMANDS: dict[str, Callable[[Options, Display], dict[str, Any]]] = {
    "info": info,
    "doctor": doctor,
}


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that the doctor looked at."""

    name: str
    """What."""
    ok: bool
    """Whether it is as it should be."""
    found: str
    """What was found."""
    needed: bool = True
    """Whether anything fails without it."""
    advice: str = ""
    """What to do if it is not ok."""

    def lines(self) -> list[str]:
        """The check for reading."""
        mark = "ok     " if self.ok else "MISSING" if self.needed else "no     "
        first = f"{mark} {self.name}: {self.found}"
        return [first, f"        {self.advice}"] if self.advice else [first]


def _double_facts(double: Double) -> dict[str, Any]:
    parts = [PART_NAMES[part] for part in sorted(set(double.face_parts.tolist()))]
    return {
        "name": double.name,
        "format_version": double.format_version,
        "vertices": len(double.vertices),
        "faces": len(double.faces),
        "blendshapes": len(double.blendshapes),
        "parts": parts,
        "strands": 0 if double.hair is None else len(double.hair.points),
        "textures": sorted(double.textures),
        "camera": asdict(double.camera),
        "consent": double.consent,
        "facts": dict(double.facts),
        "provenance": dict(double.provenance),
    }


def _motion_facts(motion: Motion) -> dict[str, Any]:
    return {
        "format_version": motion.format_version,
        "frames": len(motion.times_s),
        "rate_fps": motion.rate_fps,
        "has_sound": motion.sound is not None,
        "camera": asdict(motion.camera),
        "facts": dict(motion.facts),
        "source": dict(motion.source),
    }


def _holds_pictures(folder: Path) -> bool:
    """Whether a folder is an image sequence rather than a Double."""
    return not (folder / "double.json").exists() and any(
        file.suffix.lower() in SUFFIXES for file in folder.iterdir()
    )


def _media_facts(path: Path) -> dict[str, Any]:
    """What a photo or a clip is, by its content."""
    from ..images.photo import read_photo
    from ..images.video import open_video

    if not path.is_file() or moves(path):
        return _clip_facts(open_video(path))
    try:
        photo = read_photo(path)
    except UnreadableImageError as not_a_photo:
        try:
            return _clip_facts(open_video(path))
        except FileRefusedError as error:
            raise UnreadableAssetError(
                f"{path} is no Double, no Motion, no photo and no video that can be "
                "read. Choose another file.",
                path=path,
            ) from (error if path.suffix in (".mp4", ".mov") else not_a_photo)
    return {
        "kind": "photo",
        "name": photo.name,
        "sha256": photo.sha256,
        "size_px": photo.size_px,
        "focal_px": photo.focal_px,
    }


def _clip_facts(video: Video) -> dict[str, Any]:
    facts = asdict(video)
    for name in ("path", "files", "numbers"):
        facts.pop(name)
    if video.numbers:
        facts["numbers"] = [video.numbers[0], video.numbers[-1]]
    return facts


def _checks() -> Iterator[Check]:
    """Yield all checks, quick ones first."""
    yield Check(
        name="Python",
        ok=sys.version_info >= (3, 11),
        found=f"{platform.python_version()} at {sys.executable}",
        advice="" if sys.version_info >= (3, 11) else "Install Python 3.11.",
    )
    for distribution, module in _LIBRARIES.items():
        yield _library(distribution, module, needed=True)
    yield _devices()
    yield _landmarker()
    yield _head_model()
    yield _writable("temporary folder", Path(tempfile.gettempdir()))
    yield _library("bpy", "bpy", needed=False)


_LIBRARIES = {
    "numpy": "numpy",
    "scipy": "scipy",
    "pillow": "PIL.Image",
    "av": "av",
    "safetensors": "safetensors.torch",
    "torch": "torch",
    "mediapipe": "mediapipe.tasks.python.vision",
}
"""Distributions and the modules whose import shows that they work here."""

CHECK_COUNT = len(_LIBRARIES) + 6
"""How many checks there are, for the progress bar."""

_ADVICE = {
    "bpy": 'photo-double animate needs it: pip install "bpy==4.5.*" (Python 3.11), or '
    "name your Blender with --blender PROGRAM.",
}


def _library(distribution: str, module: str, *, needed: bool) -> Check:
    """Import it in a process of its own, as missing system libraries may end it."""
    version = version_of(distribution)
    install = _ADVICE.get(distribution, f"Run: pip install {distribution}")
    if version is None:
        return Check(
            name=distribution,
            ok=False,
            found="not installed",
            needed=needed,
            advice=install,
        )
    run = subprocess.run(
        [sys.executable, "-P", "-c", f"import {module}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if run.returncode == 0:
        return Check(name=distribution, ok=True, found=version, needed=needed)
    lines = [line for line in run.stderr.splitlines() if line.strip()]
    return Check(
        name=distribution,
        ok=False,
        found=f"{version}, which does not work here ({lines[-1] if lines else 'ends'})",
        needed=needed,
        advice="If it names a library such as libGL.so.1, install that with your "
        f"system's package manager; else: pip install --force-reinstall {distribution}",
    )


def _devices() -> Check:
    try:
        from ..pipelines.device import available_devices
    except ImportError as error:
        return Check(name="devices", ok=False, found=str(error), advice="See torch.")
    return Check(name="devices", ok=True, found=", ".join(available_devices()))


def _landmarker() -> Check:
    """The face model: it may still be fetched unless that is forbidden."""
    from ..landmarks import model_file

    name = "face model"
    named = os.environ.get(model_file.ENVIRONMENT_VARIABLE)
    places = [model_file.shipped_path(), model_file.cached_path()]
    for place in [Path(named)] if named else places:
        if place.is_file() and model_file.is_genuine(place.read_bytes()):
            return Check(name=name, ok=True, found=str(place))
    if named:
        advice = f"Correct or unset {model_file.ENVIRONMENT_VARIABLE}."
        return Check(name=name, ok=False, found=f"not at {named}", advice=advice)
    offline = os.environ.get(model_file.OFFLINE_VARIABLE, "0") not in ("", "0")
    return Check(
        name=name,
        ok=False,
        found="not here",
        needed=offline,
        advice=f"Unset {model_file.OFFLINE_VARIABLE}, or name the file."
        if offline
        else "It is fetched when it is first needed (3.8 MB).",
    )


def _head_model() -> Check:
    try:
        from ..head_model import load_head_model

        model = load_head_model()
    except Exception as error:  # the doctor reports whatever is wrong
        advice = "Install Photo Double again."
        return Check(name="head model", ok=False, found=str(error), advice=advice)
    return Check(
        name="head model",
        ok=True,
        found=f"{len(model.template)} vertices, {model.identity_count} coefficients",
    )


def _writable(name: str, folder: Path) -> Check:
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        advice = "Make room, or set TMPDIR to a folder that can be written."
        return Check(name=name, ok=False, found=str(error), advice=advice)
    return Check(name=name, ok=True, found=str(folder))
