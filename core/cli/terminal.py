"""What the user sees: a progress bar or plain lines, advice, and the result.

Standard error shows how it goes; standard output holds the result alone, so that a
script can read it.
"""

import json
import re
import shutil
import sys
import time
from collections.abc import Mapping
from typing import Any, TextIO

from ..messages import Advice, Progress, plain

_BAR_WIDTH = 24
_PAUSE_S = 10.0
"""Between two lines that differ by a number only."""


class Display:
    """Shows messages on standard error: a moving bar on a terminal, else lines."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.advice: list[str] = []
        self._stream = stream or sys.stderr
        self._moving = self._stream.isatty()
        self._doing = ""
        self._fraction = 0.0
        self._start = time.monotonic()
        self._written_s = 0.0
        encoding = (self._stream.encoding or "ascii").lower()
        self._marks = ("━", "╌") if "utf" in encoding else ("#", ".")

    def show(self, message: Progress | Advice) -> None:
        """Show one message; progress never goes backward."""
        match message:
            case Advice():
                if message.text not in self.advice:
                    self.advice.append(message.text)
                    self.clear()
                    self._write(f"note: {message.text}\n")
            case Progress():
                self._fraction = max(self._fraction, min(message.fraction, 1.0))
                if self._moving:
                    self._draw(message.doing)
                else:
                    self._line(message.doing)
                self._doing = message.doing

    def clear(self) -> None:
        """Take the bar away."""
        if self._moving and self._doing:
            self._write("\r\x1b[K")

    def tell(self, text: str) -> None:
        """Write a line of its own."""
        self.clear()
        self._write(text + "\n")

    def _line(self, doing: str) -> None:
        """A line for each new stage; one that only counts on gets one now and then."""
        seconds = time.monotonic() - self._start
        same = _without_numbers(doing) == _without_numbers(self._doing)
        if same and (doing == self._doing or seconds < self._written_s + _PAUSE_S):
            return
        self._written_s = seconds
        self._write(f"[{seconds:6.1f} s] {doing}\n")

    def _draw(self, doing: str) -> None:
        done = round(self._fraction * _BAR_WIDTH)
        bar = self._marks[0] * done + self._marks[1] * (_BAR_WIDTH - done)
        width = shutil.get_terminal_size().columns - 1
        line = f"{bar} {self._fraction:4.0%}  {doing}"
        self._write("\r" + line[:width] + "\x1b[K")

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            return  # nobody watches any more


def _without_numbers(text: str) -> str:
    return re.sub(r"\d+", "", text)


def print_text(text: str) -> None:
    """Write the result to standard output."""
    print(text)  # noqa: T201 - the one place whose purpose is to print


def as_json(result: Mapping[str, Any]) -> str:
    """One line of strict JSON."""
    return json.dumps(plain(result), ensure_ascii=False, allow_nan=False)


def readable(result: Mapping[str, Any], indent: str = "") -> str:
    """Nested facts as indented lines, without what is empty."""
    lines: list[str] = []
    for name, value in result.items():
        label = name.replace("_", " ")
        match value:
            case None | "" | []:
                continue
            case Mapping() if not value:
                continue
            case Mapping():
                lines += [f"{indent}{label}:", readable(value, indent + "  ")]
            case bool():
                lines.append(f"{indent}{label}: {'yes' if value else 'no'}")
            case float():
                lines.append(f"{indent}{label}: {value:.6g}")
            case list() | tuple():
                lines.append(f"{indent}{label}: {', '.join(map(str, value))}")
            case _:
                lines.append(f"{indent}{label}: {value}")
    return "\n".join(lines)
