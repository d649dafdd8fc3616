"""Make or check the engine's environment: a script for a Python outside of Blender.

    python engine_setup.py install FOLDER REQUIREMENTS LOG [WHEELS]
    python engine_setup.py check

It speaks our messages on standard output. An installation that fails or is cancelled
leaves nothing behind, and the engine that was there before comes back. An environment
without its mark is half made, as after a loss of power; the next installation removes
it first. Only a folder that holds an environment is ever removed.
"""

import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import venv
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

messages = importlib.import_module("core.messages")

COMPLETE_MARK = "photo-double-engine.json"
PARTS = ("torch", "mediapipe", "numpy", "scipy", "av", "PIL", "safetensors")

_CHECK = (
    "import importlib, json, sys\n"
    f"parts = {{n: getattr(importlib.import_module(n), '__version__', '') "
    f"for n in {PARTS!r}}}\n"
    "import torch\n"
    "parts['python'] = sys.version.split()[0]\n"
    "parts['device'] = 'cuda' if torch.cuda.is_available() else "
    "'mps' if torch.backends.mps.is_available() else 'cpu'\n"
    "sys.path.insert(0, sys.argv[1])\n"
    "from core.landmarks.detector import FaceDetector\n"
    "from core.landmarks.model_file import read_landmarker\n"
    "with FaceDetector(read_landmarker(), faces=1): pass\n"
    "print(json.dumps(parts))\n"
)
"""MediaPipe loads what it needs of the system when it first looks for a face."""


class SetupError(Exception):
    """Setting up failed; the message is for the user."""


class SetupCancelledError(BaseException):
    """The user does not want it any more.

    Not an Exception: it comes with a signal at any moment, and the standard library's
    own `except Exception` would take it for a symbolic link that cannot be made.
    """


def main(arguments: list[str]) -> int:
    """Do what the command line says; 0 if it went well."""
    if os.name != "nt":
        signal.signal(signal.SIGTERM, _cancel)
    threading.Thread(target=_end_when_told, daemon=True).start()
    try:
        if arguments[0] == "check":
            facts = check(Path(sys.executable))
            say(messages.Done(asset=sys.executable, facts=facts))
        else:
            folder, requirements, log = map(Path, arguments[1:4])
            install(folder, requirements, log, arguments[4:])
    except (
        SetupError,
        SetupCancelledError,
        OSError,
        subprocess.CalledProcessError,
    ) as error:
        cancelled = isinstance(error, SetupCancelledError)
        say(messages.Failed(reason=str(error), cancelled=cancelled))
        return 1
    return 0


def say(message: object) -> None:
    """Write one message."""
    sys.stdout.write(messages.encode(message) + "\n")
    sys.stdout.flush()


def install(folder: Path, requirements: Path, log: Path, wheels: list[str]) -> None:
    """Make the environment in place of an older one, which returns if this fails."""
    say(messages.Progress(fraction=0.02, doing="Preparing the engine's folder"))
    older = folder.with_name(f"{folder.name}.older")
    _clear(older)
    if (folder / COMPLETE_MARK).is_file():
        folder.rename(older)
    _clear(folder)
    try:
        _fill(folder, requirements, log, wheels)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        if older.exists():
            older.rename(folder)
        raise
    shutil.rmtree(older, ignore_errors=True)


def _fill(folder: Path, requirements: Path, log: Path, wheels: list[str]) -> None:
    """Make the environment, install into it, try it, and mark it as whole."""
    log.parent.mkdir(parents=True, exist_ok=True)
    say(messages.Progress(fraction=0.05, doing="Making the engine's Python"))
    venv.EnvBuilder(with_pip=True, symlinks=os.name != "nt").create(folder)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    source = ["--no-index", "--find-links", wheels[0]] if wheels else []
    command = [str(python), "-I", "-m", "pip", "install", "--no-input"]
    command += ["--disable-pip-version-check", "--progress-bar=off", *source]
    pins = requirements.with_name("constraints.txt")
    command += ["--constraint", str(pins)] if pins.is_file() else []
    _run_pip([*command, "-r", str(requirements)], log)
    say(messages.Progress(fraction=0.93, doing="Trying the engine"))
    facts = check(python)
    (folder / COMPLETE_MARK).write_text(json.dumps(facts), encoding="utf-8")
    say(messages.Done(asset=str(python), facts=facts))


def check(python: Path) -> dict[str, str]:
    """The versions of the engine's parts. Raises SetupError if one is missing."""
    done = subprocess.run(
        [str(python), "-I", "-c", _CHECK, str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, messages.STDERR_IS_KEPT: "1"},
    )
    if done.returncode != 0:
        ended = f"it stopped without a word (status {done.returncode})"
        printed = done.stderr.strip().splitlines() or [ended]
        reason = messages.last_words(printed) or printed[-1]
        ours = reason.startswith("core.errors.")  # it says itself what to do
        advice = "Install it again, or name another Python in the preferences."
        raise SetupError(
            f"The engine at {python} does not work: {reason.rpartition('Error: ')[2]}"
            + ("" if ours else f". {advice}")
        )
    return json.loads(done.stdout.splitlines()[-1])


def _clear(folder: Path) -> None:
    """Remove an older or half-made environment; refuse to remove anything else."""
    if not folder.exists():
        return
    if not (folder / "pyvenv.cfg").is_file() and any(folder.iterdir()):
        raise SetupError(
            f"{folder} holds something that is not an engine of Photo Double, so it is "
            "left alone. Move it away and install again."
        )
    shutil.rmtree(folder)


def _run_pip(command: list[str], log: Path) -> None:
    with log.open("w", encoding="utf-8") as kept:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        tail: list[str] = []
        for fraction, line in _with_fractions(process.stdout or ()):
            kept.write(line)
            kept.flush()
            tail = [*tail[-20:], line.strip()]
            doing = _doing(line)
            if doing:
                say(messages.Progress(fraction=fraction, doing=doing))
        if process.wait() != 0:
            errors = [line for line in tail if line.startswith("ERROR")] or tail[-1:]
            reason = errors[-1].removeprefix("ERROR: ").rstrip(".") if errors else ""
            raise SetupError(
                f"The engine could not be installed: {reason[:300]}. The log {log} "
                "says more. Check the network and try again, or install from a folder "
                "of wheels."
            )


def _with_fractions(lines: Iterable[str]) -> Iterator[tuple[float, str]]:
    """Lines with a guess of how far pip is: each collected package is a step."""
    fraction = 0.08
    for line in lines:
        if line.startswith("Collecting"):
            fraction += (0.75 - fraction) * 0.06
        elif line.startswith("Installing collected"):
            fraction = 0.8
        yield fraction, line


def _doing(line: str) -> str:
    words = line.split()
    if line.startswith("Collecting"):
        return f"Fetching {words[1]}"
    if line.strip().startswith("Downloading") and len(words) > 1:
        return f"Downloading {words[1].rpartition('/')[2]} {' '.join(words[2:])}"
    return "Installing the engine's parts" if line.startswith("Installing") else ""


def _end_when_told() -> None:
    """End this process and pip with it when the add-on cancels or is gone.

    The signal reaches pip as well as `_cancel`. Windows knows no such signals: there
    the process ends at once, and the next installation tidies up.
    """
    sys.stdin.readline()
    said = sys.stdin.readline()
    if said.strip() == "cancel" or not said:
        if os.name != "nt":
            os.killpg(os.getpgrp(), signal.SIGTERM)
        else:
            say(messages.Failed(reason="Cancelled.", cancelled=True))
            os._exit(130)


def _cancel(number: int, frame: FrameType | None) -> None:
    """Leave what is being done, once: tidying up must not be interrupted."""
    del frame
    signal.signal(number, lambda *_: None)
    raise SetupCancelledError("Cancelled.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
