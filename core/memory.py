"""Memory that is free, back to the system.

The C library of Linux keeps what large arrays leave behind, in pieces that the next
ones do not always fit: over half an hour of film that grows to a third of all that a
capture needs.
"""

import ctypes
import sys
from collections.abc import Callable
from functools import cache


def give_back_memory() -> None:
    """Give free memory back, where the system's allocator keeps it: glibc."""
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):  # another C library, such as musl
        return None
