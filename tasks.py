"""Set-up, demo and tests of Photo Double on a fresh machine, with Python alone.

    python3.11 tasks.py demo      the main job on the shipped example, into out/
    python3.11 tasks.py test      lint, types and tests, also in newer Blenders

Every task makes the environment that it needs: `.venv` for Python 3.11 and, for the
tests, `.venv-bpy50` and `.venv-bpy52` with newer Blenders. On Linux it first looks for
the system libraries that Blender and MediaPipe load. `make demo` and `make test` are
the same tasks.
"""

import argparse
import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
OUT = ROOT / "out"
WINDOWS = os.name == "nt"

SYSTEM_LIBRARIES = {
    "libX11.so.6": "libx11-6",
    "libXext.so.6": "libxext6",
    "libXfixes.so.3": "libxfixes3",
    "libXi.so.6": "libxi6",
    "libXrender.so.1": "libxrender1",
    "libXt.so.6": "libxt6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libSM.so.6": "libsm6",
    "libICE.so.6": "libice6",
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libGLESv2.so.2": "libgles2",
    "libgthread-2.0.so.0": "libglib2.0-0",
}
"""What the bpy and mediapipe wheels link to and do not carry, and Debian's package of
each: the NEEDED entries of all their libraries, less those found in the wheels."""

PYTEST = ("pytest", "--quiet")

DEMO_QUALITY = ("--size", "384x480", "--samples", "8")
"""What two cores render in a few minutes."""

PYTHON_PACKAGE_HINT = (
    "Install it (Debian and Ubuntu: apt-get install python3.11 python3.11-venv; "
    "macOS and Windows: the installer from Python's own site) and run this again."
)


class TaskError(Exception):
    """A task cannot go on; the message says what to do."""


def main() -> int:
    """Run the task named on the command line; 0 if all went well."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("task", choices=sorted(TASKS), nargs="?", default="demo")
    try:
        TASKS[parser.parse_args().task]()
    except TaskError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        command = " ".join(map(str, error.cmd))
        print(f"\nThis step failed (exit {error.returncode}): {command}")
        return 1
    except KeyboardInterrupt:
        print("\nCancelled.", file=sys.stderr)
        return 130
    return 0


def setup() -> Path:
    """Make `.venv` with Photo Double and Blender in it; its Python."""
    find_system_libraries()
    return environment(".venv", "3.11", ["-e", ".[blender]"])


def demo() -> None:
    """Bring the photo of the example to life with its clip."""
    python = setup()
    results = [OUT / "demo.blend", OUT / "demo.mp4", OUT / "demo.png"]
    inputs = digest(_files_that_matter())
    stamp = OUT / ".demo"
    if _text(stamp) == inputs and all(result.is_file() for result in results):
        announce("Nothing has changed since the last demo")
    else:
        stamp.unlink(missing_ok=True)
        started = time.monotonic()
        announce("Animating examples/photo.jpg with the performance of clip.mp4")
        examples = ROOT / "examples"
        command = ["-m", "core", "animate", examples / "photo.jpg"]
        command += [examples / "clip.mp4", "-o", results[0], "--render", results[1]]
        run([python, *command, *DEMO_QUALITY, "--overwrite"])
        announce("Putting photo, clip and result side by side")
        run([python, examples / "compare.py", *results[1:]])
        stamp.write_text(inputs)
        announce(f"Done in {time.monotonic() - started:.0f} seconds")
    for result in results:
        print(f"  {result.relative_to(ROOT)}  {result.stat().st_size / 1e6:.1f} MB")


def test() -> None:
    """Lint, types and tests; then the add-on's tests in newer Blenders."""
    find_system_libraries()
    python = environment(".venv", "3.11", ["-e", ".[blender,dev]"])
    outcomes = {
        "style": check(python, "ruff", "check", "."),
        "format": check(python, "ruff", "format", "--check", "."),
        "types": check(python, "pyright", "--pythonpath", str(python)),
        "core, worker, command line": check(python, *PYTEST, "--ignore=tests/blender"),
        "Blender 4.5": check(python, *PYTEST, "tests/blender"),
    }
    wanted = (
        [".venv-bpy50", "3.11", "bpy==5.0.1"],
        [".venv-bpy52", "3.13", "bpy==5.2.*"],
    )
    for name, version, bpy in wanted:
        blender = f"Blender {bpy.removeprefix('bpy==').removesuffix('.*')}"
        if find_python(version) is None:
            outcomes[blender] = f"skipped: there is no Python {version} here"
            continue
        needs = [bpy, "pytest", "numpy", "jaxtyping", "beartype"]
        newer = environment(name, version, needs)
        outcomes[blender] = check(newer, *PYTEST, "tests/blender")
    announce("Tests")
    for what, outcome in outcomes.items():
        print(f"  {what}: {outcome}")
    if failed := [what for what, outcome in outcomes.items() if outcome == "failed"]:
        raise TaskError(f"Failed: {', '.join(failed)}. What was wrong stands above.")


def check(python: Path, *command: str) -> str:
    """Run a module with an environment's Python: "passed" or "failed"."""
    announce(f"{python.relative_to(ROOT).parts[0]}: {' '.join(command)}")
    done = subprocess.run([python, "-m", *command], cwd=ROOT)
    return "failed" if done.returncode else "passed"


TASKS = {"setup": setup, "demo": demo, "test": test}


def find_system_libraries() -> None:
    """On Linux, make sure that what Blender and MediaPipe load is there.

    Missing packages are installed if this is Debian's kind of Linux and we may;
    otherwise TaskError names the one line that installs them.
    """
    if platform.system() != "Linux":
        return
    missing = [name for name in SYSTEM_LIBRARIES if not _loads(name)]
    if missing:
        _install([SYSTEM_LIBRARIES[name] for name in missing], missing)


def environment(name: str, version: str, needs: Sequence[str]) -> Path:
    """Make or bring up to date one virtual environment; the path of its Python."""
    folder = ROOT / name
    python = folder / ("Scripts/python.exe" if WINDOWS else "bin/python")
    pins = ROOT / "constraints.txt"
    state = " ".join([*needs, digest([pins, ROOT / "pyproject.toml"])])
    stamp = folder / "photo-double-installed"
    if state in _text(stamp).splitlines() and python.exists():
        return python
    if not _runs(python, version):
        announce(f"Making {name}")
        base = _python_with_venv(version)
        shutil.rmtree(folder, ignore_errors=True)
        run([base, "-m", "venv", folder])
    announce(f"Installing into {name} (the first time, some hundred MB to a few GB)")
    quiet = [] if sys.stdout.isatty() else ["--quiet"]
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install"]
    run([*pip, *quiet, "--constraint", pins, *needs])
    with stamp.open("a", encoding="utf-8") as file:
        file.write(f"{state}\n")
    return python


def find_python(version: str) -> Path | None:
    """A Python of this version: this one, on the path, the launcher's or pyenv's."""
    named = f"python{version}"
    candidates = [sys.executable, shutil.which(named), f"/usr/bin/{named}"]
    if WINDOWS and shutil.which("py"):
        ask = ["py", f"-{version}", "-c", "import sys; print(sys.executable)"]
        candidates.append(subprocess.run(ask, capture_output=True, text=True).stdout)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    candidates += sorted(pyenv.glob(f"versions/{version}.*/bin/python"), reverse=True)
    for candidate in candidates:
        if candidate and _runs(path := Path(str(candidate).strip()), version):
            return path
    return None


def _python_with_venv(version: str) -> Path:
    """A Python of this version that can make environments."""
    python = find_python(version)
    if python is None:
        raise TaskError(f"Python {version} was not found. {PYTHON_PACKAGE_HINT}")
    if subprocess.run(
        [python, "-c", "import ensurepip"], capture_output=True
    ).returncode:
        _install([f"python{version}-venv"], [f"the venv module of {python}"])
    return python


def _install(packages: list[str], missing: list[str]) -> None:
    line = f"apt-get install -y --no-install-recommends {' '.join(packages)}"
    what = f"Missing on this system: {', '.join(missing)}."
    if not shutil.which("apt-get"):
        raise TaskError(f"{what} Install them with this system's package manager.")
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        raise TaskError(f"{what} This line installs them:\n  sudo {line}")
    announce(f"{what} Installing {' '.join(packages)}")
    run(["apt-get", "update", "-qq"])
    run(line.split())


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _runs(python: Path, version: str) -> bool:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run([python, "-c", code], capture_output=True, text=True)
    except OSError:
        return False
    return answer.returncode == 0 and answer.stdout.strip() == version


def run(command: Iterable[str | Path]) -> None:
    """Run one command in the project's folder; CalledProcessError if it fails."""
    subprocess.run([str(part) for part in command], cwd=ROOT, check=True)


def announce(text: str) -> None:
    """Tell what happens next, at once."""
    print(f"\n== {text}", flush=True)


def digest(paths: Iterable[Path]) -> str:
    """One hash of the contents of some files."""
    total = hashlib.sha256()
    for path in paths:
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _files_that_matter() -> list[Path]:
    """Everything that the demo's result depends on."""
    folders = ("core", "blender_addon", "weights", "examples")
    kinds = {".py", ".safetensors", ".npz", ".jpg", ".mp4", ".png"}
    found = (path for folder in folders for path in (ROOT / folder).rglob("*"))
    return sorted(path for path in found if path.suffix in kinds)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


if __name__ == "__main__":
    sys.exit(main())
