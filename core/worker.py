"""The worker: one job from standard input, messages to standard output, then the end.

It is a process of its own so that whoever asked, Blender above all, stays alive
whatever happens here. Standard output carries messages only; anything that a library
prints goes to standard error. It ends early when it is asked to (a line "cancel" or
the end of its standard input, SIGTERM, SIGINT), and then nothing half-written is left.

Exit status: 0 done, 1 refused or crashed, 2 not a job, 130 cancelled.
"""

import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import TextIO

from .errors import CancelledError, PhotoDoubleError
from .messages import (
    Advice,
    BuildDouble,
    CaptureMotion,
    Done,
    Failed,
    Message,
    Progress,
    Say,
    decode,
    encode,
)

DONE, REFUSED, NO_JOB, CANCELLED = 0, 1, 2, 130

_LONGEST_JOB = 1_000_000
_PIPED_IN_S = 0.5
"""If the input ends this soon after the job, it was piped in by something that will
not cancel; later, it means that whoever asked has closed it or died."""


def main() -> int:
    """Do the job on standard input and give back the exit status."""
    line = _read_line()
    channel = _Channel.over_stdout()
    try:
        job = decode(line)
        if not isinstance(job, BuildDouble | CaptureMotion):
            raise ValueError(f"the engine does not do {type(job).__name__}")
    except ValueError as error:
        channel.send(Failed(reason=f"The worker was given no job it knows: {error}"))
        return NO_JOB
    end = run(job, channel.say)
    channel.send(end)
    if isinstance(end, Failed):
        return CANCELLED if end.cancelled else REFUSED
    return DONE


def run(job: BuildDouble | CaptureMotion, say: Say) -> Done | Failed:
    """Do a job; every error becomes a `Failed`."""
    try:
        return _pipeline_for(job)(say)
    except CancelledError as error:
        return Failed(reason=str(error) or "Cancelled.", cancelled=True)
    except PhotoDoubleError as error:
        return Failed(
            reason=str(error), error=type(error).__name__, facts=dict(vars(error))
        )
    except ImportError as error:
        return Failed(
            reason=f"A part of the engine is missing or broken ({error}). Install the "
            'engine again; "photo-double doctor" says what is missing.',
            error=type(error).__name__,
            details=traceback.format_exc(),
        )
    except MemoryError as error:
        return Failed(
            reason="There is not enough memory for this job. Close other programs, "
            "use a smaller photo, or a shorter part of the video (From and To, or "
            "--range A:B).",
            error=type(error).__name__,
            details=traceback.format_exc(),
        )
    except Exception as error:  # whatever it is, the other process must hear of it
        return Failed(
            reason=f"The worker crashed ({type(error).__name__}: {error}). This is a "
            "bug of Photo Double; please report it with the details.",
            error=type(error).__name__,
            details=traceback.format_exc(),
        )


def _pipeline_for(job: BuildDouble | CaptureMotion) -> Callable[[Say], Done]:
    """What does the job. The engine is imported here, so that its lack is reported."""
    _be_modest()
    match job:
        case BuildDouble():
            from .pipelines.build_double import build_double

            return lambda say: build_double(job, say)
        case CaptureMotion():
            from .pipelines.capture_motion import capture_motion

            return lambda say: capture_motion(job, say)


def _be_modest() -> None:
    """Compute on one processor, unless OMP_NUM_THREADS says otherwise.

    The engine's problems are small. On an idle computer a second thread saves little;
    on a busy one, as under Blender's own renders, all wait for the slowest at every
    operation: 42 to 51 seconds for a photo that takes one thread 16 to 23. The detector
    and what reads and finishes pictures have threads of their own.
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")


class _Channel:
    """Where messages go to, and where the wish to stop arrives."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._cancelled = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._cancelled.set())
        threading.Thread(target=self._watch_input, daemon=True).start()

    @classmethod
    def over_stdout(cls) -> "_Channel":
        """Keep standard output for messages; prints go to standard error from now."""
        stream = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        return cls(stream)

    def say(self, message: Progress | Advice) -> None:
        """Pass a message on. Raises CancelledError if the job is to stop."""
        if self._cancelled.is_set():
            raise CancelledError("Cancelled; nothing was written.")
        self.send(message)

    def send(self, message: Message) -> None:
        """Write one line; a reader that has gone away counts as a wish to stop."""
        try:
            self._stream.write(encode(message) + "\n")
            self._stream.flush()
        except OSError:
            self._cancelled.set()

    def _watch_input(self) -> None:
        start = time.monotonic()
        while True:
            try:
                said = os.read(0, 4096)
            except OSError:
                said = b""
            if not said and time.monotonic() - start < _PIPED_IN_S:
                return
            if not said or b"cancel" in said:
                self._cancelled.set()
                return


def _read_line() -> str:
    """The first line of standard input.

    Byte by byte and without Python's buffers: what follows belongs to the thread that
    watches, and a thread that waits in a buffered read crashes the interpreter's exit.
    """
    line = bytearray()
    while len(line) < _LONGEST_JOB:
        piece = os.read(0, 1)
        if piece in (b"", b"\n"):
            break
        line += piece
    return line.decode("utf-8", "replace")


if __name__ == "__main__":
    sys.exit(main())
