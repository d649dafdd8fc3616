"""Running a job in a process of its own and listening to it.

Each job, the engine's as Blender's, has its own process: a crash in native code ends
in a sentence, and what libraries print never mixes with what we print. The process
answers with messages, one a line; other lines are kept for the report of a crash.
"""

import contextlib
import os
import queue
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import IO

from ..messages import (
    STDERR_IS_KEPT,
    Advice,
    Done,
    Failed,
    Job,
    Message,
    Progress,
    decode,
    encode,
    last_words,
)

_PATIENCE_S = 20.0
"""How long a cancelled job may take to clean up before it is ended by force."""

_LINES_KEPT = 60


class Child:
    """A running job. Messages go to `heard` as (child, message); the last one too."""

    def __init__(
        self,
        command: list[str],
        job: Job,
        heard: "queue.Queue[tuple[Child, Message]]",
        *,
        environment: Mapping[str, str] | None = None,
        name: str = "worker",
    ) -> None:
        """Start `command` and hand it the job. Raises OSError if it cannot start."""
        self.name = name
        self._heard = heard
        self._printed: deque[str] = deque(maxlen=_LINES_KEPT)
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, STDERR_IS_KEPT: "1", **(environment or {})},
            text=True,
            encoding="utf-8",
            errors="replace",
            # Ctrl+C in the terminal is for us; we then ask the child to stop
            start_new_session=True,
        )
        self._say(encode(job))
        threading.Thread(target=self._listen, daemon=True).start()

    def cancel(self) -> None:
        """Ask the job to stop; it cleans up and then answers with its last message."""
        self._say("cancel")
        if self._process.poll() is None:
            self._process.terminate()

    def end(self) -> None:
        """See to it that the process is gone, by force if it must be."""
        with contextlib.suppress(OSError):
            if self._process.stdin:
                self._process.stdin.close()
        try:
            self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _say(self, line: str) -> None:
        stdin = self._process.stdin
        with contextlib.suppress(OSError, ValueError):
            if stdin:
                stdin.write(line + "\n")
                stdin.flush()

    def _listen(self) -> None:
        """Pass messages on; if the process ends without a last one, say so for it."""
        printed = threading.Thread(
            target=self._keep, args=(self._process.stderr,), daemon=True
        )
        printed.start()
        last = None
        for line in self._process.stdout or ():
            message = self._message_of(line)
            if message is None or last is not None:
                continue
            if isinstance(message, Done | Failed):
                last = message  # handed on when the process is gone
                continue
            self._heard.put((self, message))
        status = self._process.wait()
        printed.join(timeout=2.0)
        self._heard.put((self, last or self._fallen(status)))

    def _message_of(self, line: str) -> Message | None:
        try:
            message = decode(line)
        except ValueError:
            self._printed.append(line.rstrip())
            return None
        if isinstance(message, Progress | Advice | Done | Failed):
            return message
        return None

    def _keep(self, stream: IO[str] | None) -> None:
        for line in stream or ():
            self._printed.append(line.rstrip())

    def _fallen(self, status: int) -> Failed:
        """What to say for a process that ended without a word."""
        if status in (-9, 137):
            reason = (
                f"The {self.name} was ended from outside, most likely because there "
                "was not enough memory. Close other programs, or use a smaller photo "
                "or a shorter part of the video."
            )
        else:
            cause = last_words(self._printed)
            reason = (
                f"The {self.name} ended without an answer "
                f"({cause or f'status {status}'}). "
            )
            reason += (
                "A library that it uses gave up. Install Photo Double again; if that "
                "does not help, please report it with the details."
                if cause
                else "This is a bug; please report it with the details."
            )
        return Failed(
            reason=reason, error="ProcessDied", details="\n".join(self._printed)
        )


def run_all(
    children: "Callable[[queue.Queue[tuple[Child, Message]]], list[Child]]",
    hear: Callable[[Child, Progress | Advice], None],
) -> dict[str, Done | Failed]:
    """Start the children, listen until all have ended, and give their last messages.

    If one fails, the others are asked to stop; after Ctrl+C all are, and
    KeyboardInterrupt is raised once they are gone.
    """
    heard: queue.Queue[tuple[Child, Message]] = queue.Queue()
    running = children(heard)
    ends: dict[str, Done | Failed] = {}
    try:
        while len(ends) < len(running):
            try:  # with a time limit, since only then does Windows notice Ctrl+C
                child, message = heard.get(timeout=0.2)
            except queue.Empty:
                continue
            if isinstance(message, Progress | Advice):
                hear(child, message)
                continue
            ends[child.name] = message
            if isinstance(message, Failed):
                for other in running:
                    if other.name not in ends:
                        other.cancel()
    except KeyboardInterrupt:
        for child in running:
            child.cancel()
        raise
    finally:
        for child in running:
            child.end()
    return ends
