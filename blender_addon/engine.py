"""The engine's environment: where it lies, whether it is there, how it is made.

The engine is a Python environment of its own with torch and MediaPipe. It lies in the
user's data folder, not in Blender's, whose path changes with every Blender version, so
that an update of Blender does not lose it. It is made only when the user asks, and a
file written last marks it as whole. This module knows no bpy.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..core import __version__

PYTHON_VARIABLE = "PHOTO_DOUBLE_ENGINE_PYTHON"
"""Environment variable that names the engine's Python, for farms and tests."""

COMPLETE_MARK = "photo-double-engine.json"
"""Written into the environment when everything is installed and was imported once."""

DOWNLOAD_SIZE = "about 0.4 GB to download, 1.5 GB on disk (with CUDA up to 6 GB)"
LICENCES = "PyTorch BSD-3-Clause, MediaPipe Apache-2.0, OpenCV Apache-2.0, NumPy BSD"

SUPPORTED_PYTHONS = ("3.11", "3.12", "3.13")


@dataclass(frozen=True, kw_only=True)
class EngineState:
    """Which Python would run the engine, and whether that can work."""

    python: Path | None
    """The interpreter; None where there is none."""
    why: str
    """For the user: which one it is, or what to do."""


def root_folder() -> Path:
    """The folder that holds `core`, `weights` and this package."""
    return Path(__file__).resolve().parent.parent


def data_folder() -> Path:
    """The user's own folder for Photo Double, the same for every Blender version."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        default = Path.home() / ".local" / "share"
        base = Path(os.environ.get("XDG_DATA_HOME") or default)
    return base / "photo-double"


def engine_folder() -> Path:
    """Where the engine of this version of Photo Double is installed."""
    return data_folder() / f"engine-{__version__}"


def log_file() -> Path:
    """What the last installation printed."""
    return data_folder() / "engine-install.log"


def environment_python(folder: Path) -> Path:
    """The interpreter of a virtual environment."""
    if sys.platform == "win32":
        return folder / "Scripts" / "python.exe"
    return folder / "bin" / "python"


def is_installed() -> bool:
    """Whether the engine's own environment is there, whole."""
    folder = engine_folder()
    return (folder / COMPLETE_MARK).is_file() and environment_python(folder).exists()


def find_engine(chosen: str = "") -> EngineState:
    """The engine to use: the chosen Python, the one in the environment, or our own."""
    for value, where in (
        (chosen, "chosen in the preferences"),
        (os.environ.get(PYTHON_VARIABLE, ""), f"named by {PYTHON_VARIABLE}"),
    ):
        if value:
            path = Path(value).expanduser()
            if path.is_file():
                return EngineState(python=path, why=f"{path} ({where})")
            return EngineState(
                python=None,
                why=f"There is no Python at {path} ({where}). Correct the path, or "
                "clear it to use Photo Double's own engine.",
            )
    if is_installed():
        python = environment_python(engine_folder())
        return EngineState(python=python, why=f"{python} (installed)")
    return EngineState(
        python=None,
        why="The engine is not installed. Press Install Engine in the add-on's "
        "preferences, or name a Python there that has it.",
    )


def find_python(chosen: str = "") -> Path | None:
    """A Python that can make the engine: the chosen, an installed, or Blender's."""
    first = [Path(chosen).expanduser()] if chosen else []
    for candidate in (*first, *_candidates()):
        if _version_of(candidate) in SUPPORTED_PYTHONS:
            return candidate
    return None


def install_command(python: Path, *, wheels: str = "") -> list[str]:
    """The command that makes the engine with `python`, from `wheels` if given.

    It speaks our messages on its standard output.
    """
    script = root_folder() / "blender_addon" / "engine_setup.py"
    requirements = root_folder() / "requirements-engine.txt"
    command = [str(python), "-I", "-X", "utf8", str(script), "install"]
    command += [str(engine_folder()), str(requirements), str(log_file())]
    return command + ([wheels] if wheels else [])


def check_command(python: Path) -> list[str]:
    """The command that tries the engine's parts; it speaks our messages."""
    script = root_folder() / "blender_addon" / "engine_setup.py"
    return [str(python), "-I", "-X", "utf8", str(script), "check"]


def _candidates() -> Iterator[Path]:
    for version in ("3.12", "3.11", "3.13"):
        if found := shutil.which(f"python{version}"):
            yield Path(found)
        if sys.platform == "win32" and shutil.which("py"):
            code = "import sys; print(sys.executable)"
            path = _output_of(["py", f"-{version}", "-c", code])
            if path:
                yield Path(path)
    for name in ("python3", "python"):
        if found := shutil.which(name):
            yield Path(found)
    yield Path(sys.executable)


def _version_of(python: Path) -> str:
    """Its version as "3.11", empty if it cannot make environments."""
    code = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
    return _output_of([str(python), "-I", "-c", code])


def _output_of(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
