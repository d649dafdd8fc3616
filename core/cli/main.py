"""From a command line to an exit status."""

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from ..errors import CancelledError, PhotoDoubleError
from . import jobs, look, motions
from .arguments import Options, read_arguments
from .terminal import Display, as_json, print_text, readable

_EXIT_STATUS = {"done": 0, "refused": 1, "cancelled": 130}
"""Exit statuses; argparse itself ends with 2 on wrong usage."""

COMMANDS: dict[str, Callable[[Options, Display], dict[str, Any]]] = {
    **jobs.COMMANDS,
    **motions.COMMANDS,
    **look.COMMANDS,
}


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line asks for and give back the exit status."""
    options = read_arguments(arguments)
    display = Display()
    start = time.monotonic()
    result: dict[str, Any] = {"command": options.command, "status": "done"}
    with _polite_end():
        try:
            result |= COMMANDS[options.command](options, display)
        except (KeyboardInterrupt, CancelledError):
            result |= {"status": "cancelled", "reason": _cancelled(options)}
        except PhotoDoubleError as error:
            result |= _refusal(error)
    result |= {
        "advice": display.advice,
        "seconds": round(time.monotonic() - start, 2),
    }
    _tell(result, options, display)
    return _EXIT_STATUS[result["status"]]


def _cancelled(options: Options) -> str:
    """What is said when the user stops a command."""
    if options.command not in ("capture", "animate"):
        return "Cancelled."
    return "Cancelled. Given again, it goes on with the video where it stopped."


def _tell(result: dict[str, Any], options: Options, display: Display) -> None:
    """Reasons go to standard error, results to standard output."""
    display.clear()
    report = result.pop("report", None)
    if options.json:
        print_text(as_json(result))
    elif report is not None:
        print_text(report)
    elif result["status"] == "done":
        hidden = ("command", "status", "advice", "seconds")
        print_text(readable({k: v for k, v in result.items() if k not in hidden}))
    if "reason" in result:
        display.tell(f"photo-double: {result['reason']}")
    if result.get("details"):
        display.tell(result["details"])


def _refusal(error: PhotoDoubleError) -> dict[str, Any]:
    """What the result says about an error of ours, or of a job's process."""
    if not isinstance(error, jobs.JobFailedError):
        return {
            "status": "refused",
            "error": type(error).__name__,
            "reason": str(error),
            "facts": vars(error),
        }
    end = error.end
    return {
        "status": "cancelled" if end.cancelled else "refused",
        "error": end.error,
        "reason": end.reason,
        "facts": end.facts,
        "details": end.details,
    }


@contextlib.contextmanager
def _polite_end() -> Iterator[None]:
    """Let SIGTERM end a job as Ctrl+C does: cleaned up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    older = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, older)
