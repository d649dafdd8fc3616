"""For how long a network learns, and how large its steps are."""

import math
import time
from collections.abc import Callable, Iterator

REPORT_S = 20.0


def course(minutes: float, report: Callable[[], str]) -> Iterator[float]:
    """Yield the share of the time that is spent; print a report now and then."""
    start = told = time.monotonic()
    while (spent := (time.monotonic() - start) / 60 / minutes) < 1:
        yield spent
        if time.monotonic() - told > REPORT_S:
            told = time.monotonic()
            print(f"{spent:.0%}: {report()}", flush=True)


def falling(rate: float, spent: float, steps: int, *, warm: int = 300) -> float:
    """The step's size: it rises for some steps, then falls like a cosine."""
    risen = min(1.0, (steps + 1) / warm)
    return rate * risen * 0.5 * (1 + math.cos(math.pi * spent))
