"""Run one BuildScene job without a window: a job on stdin, messages on stdout.

A script, not a module: `python headless.py` with the bpy package, or
`blender -b --factory-startup --python headless.py`. It reads one JSON line (see
core/messages) and says how far it is, line by line; the last is Done or Failed, and
the exit status is 0 or 1. What Blender prints itself goes to stderr.
"""

import importlib
import os
import signal
import sys
import threading
import traceback
import types
from pathlib import Path
from typing import Any, TextIO

PACKAGE = "photo_double"


def main() -> int:
    """The exit status of the one job on stdin."""
    channel = _private_stdout()
    line = sys.stdin.readline()
    _make_package()
    messages = importlib.import_module(f"{PACKAGE}.core.messages")
    errors = importlib.import_module(f"{PACKAGE}.core.errors")

    def say(message: Any) -> None:
        channel.write(messages.encode(message) + "\n")
        channel.flush()

    _end_on_signal(say, messages.Failed)
    try:
        job = messages.decode(line)
        if not isinstance(job, messages.BuildScene):
            raise ValueError(f"not a job for Blender: {type(job).__name__}")
        # the action is a take, as the add-on will find it when the file is opened
        importlib.import_module(f"{PACKAGE}.blender_addon.takes").register()
        scene = importlib.import_module(f"{PACKAGE}.blender_addon.scene")
        say(scene.build_scene(job, say))
    except errors.PhotoDoubleError as error:
        cancelled = isinstance(error, errors.CancelledError)
        kind = type(error).__name__
        say(messages.Failed(reason=str(error), cancelled=cancelled, error=kind))
        return 1
    except BaseException as error:
        reason = (
            "Blender stopped unexpectedly while it built the scene. Try again; if it "
            "happens again, report it with the details."
        )
        say(
            messages.Failed(
                reason=reason,
                details=traceback.format_exc(),
                error=type(error).__name__,
            )
        )
        return 1
    return 0


def _private_stdout() -> TextIO:
    """The real stdout, for messages alone; all else that prints goes to stderr.

    Blender writes to file descriptor 1 from C, past `sys.stdout`.
    """
    sys.stdout.flush()
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return channel


def _make_package() -> None:
    """Let `core` and `blender_addon` be one package, as they are in the extension."""
    package = types.ModuleType(PACKAGE)
    package.__path__ = [str(Path(__file__).resolve().parent.parent)]
    sys.modules[PACKAGE] = package


def _end_on_signal(say: Any, failed: type) -> None:
    """Clean up and end as soon as the parent asks, even in the midst of a render.

    Python calls its handlers only between frames, but writes the signal's number to
    a pipe at once; a thread that waits there acts while Blender still renders.
    """
    arrived, written = os.pipe()
    os.set_blocking(written, False)
    signal.set_wakeup_fd(written, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)

    def wait() -> None:
        os.read(arrived, 1)
        blend_file = sys.modules.get(f"{PACKAGE}.blender_addon.scene.blend_file")
        if blend_file is not None:
            blend_file.remove_temporary_folders()
        reason = "Cancelled. Nothing was written."
        say(failed(reason=reason, cancelled=True, error="CancelledError"))
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    # bpy may crash or hang while it is torn down, after all work is done.
    os._exit(status)
