"""The command line: `photo-double`, or `python -m core`."""

from .main import main

__all__ = ["main"]
