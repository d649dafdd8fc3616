"""A child process that speaks our messages, watched from Blender without waiting.

The engine runs in its own Python, so that Blender never imports torch, and a crash or
a hang there cannot take the artist's file with it. A thread reads what the child says
into a queue; Blender's main thread empties the queue whenever a timer fires. This
module knows no bpy.
"""

import contextlib
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..core import messages
from ..core.messages import Advice, Done, Failed, Message, Progress

OFFLINE_VARIABLE = "PHOTO_DOUBLE_OFFLINE"

_ENGINE_CODE = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from core.worker import main; sys.exit(main())"
)
_DROPPED_VARIABLES = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "LD_PRELOAD")
_ERROR_LINES_KEPT = 200
_TIME_TO_END_S = 4.0


class WorkerProcess:
    """One child process and what it has said so far."""

    def __init__(
        self, command: Sequence[str], *, line: str = "", offline: bool = True
    ) -> None:
        """Start `command` and give it `line` on its standard input, which stays open.

        Raises OSError if the program cannot be started.
        """
        self._said: queue.Queue[Message] = queue.Queue()
        self._errors: deque[str] = deque(maxlen=_ERROR_LINES_KEPT)
        self._ended = False
        self._process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            cwd=tempfile.gettempdir(),
            env=_clean_environment(offline=offline),
            **_own_group(),
        )
        self._threads = [
            threading.Thread(target=self._read_messages, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        self._tell(line + "\n")

    def news(self) -> Iterator[Message]:
        """What was said since the last call, without waiting.

        The last message of all is a Done or Failed, whatever happened to the child.
        """
        while not self._ended:
            try:
                message = self._said.get_nowait()
            except queue.Empty:
                return
            self._ended = isinstance(message, Done | Failed)
            yield message

    def wait(self) -> Iterator[Message]:
        """Everything that is said until the end, waiting for it."""
        while not self._ended:
            message = self._said.get()
            self._ended = isinstance(message, Done | Failed)
            yield message

    @property
    def running(self) -> bool:
        """Whether the child process is alive."""
        return self._process.poll() is None

    def cancel(self) -> None:
        """Ask the child to stop, and end it and all its children if it does not.

        It does not wait; a thread sees to the end.
        """
        self._tell("cancel\n")
        threading.Thread(target=self._make_sure_of_the_end, daemon=False).start()

    def close(self) -> None:
        """Cancel, and wait until the child is gone."""
        self._tell("cancel\n")
        self._make_sure_of_the_end()

    def _tell(self, text: str) -> None:
        """Say it past Python's buffers, which would complain again at exit."""
        # if the child is gone already, the reader reports how it ended
        with contextlib.suppress(OSError, ValueError):
            os.write(self._process.stdin.fileno(), text.encode())

    def _read_messages(self) -> None:
        last: Message | None = None
        for line in self._process.stdout:
            try:
                message = messages.decode(line)
            except ValueError:
                self._errors.append(line)
                continue
            if isinstance(message, Progress | Advice | Done | Failed):
                last = message
                self._said.put(message)
        status = self._process.wait()
        if not isinstance(last, Done | Failed):
            self._threads[1].join(timeout=1.0)
            cause = messages.last_words(self._errors) or f"status {status}"
            self._said.put(
                Failed(
                    reason=f"The engine stopped without a result ({cause}). "
                    "Try again; check the engine in the add-on's preferences if it "
                    "happens again.",
                    details="".join(self._errors),
                )
            )

    def _read_errors(self) -> None:
        self._errors.extend(self._process.stderr)

    def _make_sure_of_the_end(self) -> None:
        for end in (lambda: None, self._terminate, self._kill):
            end()
            try:
                self._process.wait(timeout=_TIME_TO_END_S)
            except subprocess.TimeoutExpired:
                continue
            break
        with contextlib.suppress(OSError):
            self._process.stdin.close()

    def _terminate(self) -> None:
        if sys.platform == "win32":
            self._process.terminate()
        else:
            self._signal_group(signal.SIGTERM)

    def _kill(self) -> None:
        if sys.platform == "win32":
            tree = ["taskkill", "/F", "/T", "/PID", str(self._process.pid)]
            subprocess.run(tree, check=False, capture_output=True)
        else:
            self._signal_group(signal.SIGKILL)

    def _signal_group(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)


def engine_command(python: Path, root: Path) -> list[str]:
    """The command that runs the engine's worker.

    `python` is the engine's interpreter, `root` the folder that holds `core`. The
    interpreter is isolated (-I), so that nothing of Blender's Python reaches it.
    """
    return [str(python), "-I", "-X", "utf8", "-c", _ENGINE_CODE, str(root)]


def _clean_environment(*, offline: bool) -> dict[str, str]:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in _DROPPED_VARIABLES
    }
    environment["PYTHONUNBUFFERED"] = "1"
    environment[messages.STDERR_IS_KEPT] = "1"
    environment.pop(OFFLINE_VARIABLE, None)
    if offline:
        environment[OFFLINE_VARIABLE] = "1"
    return environment


def _own_group() -> dict[str, object]:
    """How to start a child so that it can be ended together with its children."""
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        return {"creationflags": flags}
    return {"start_new_session": True}
