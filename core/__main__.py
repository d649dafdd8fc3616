"""Lets `python -m core` do what `photo-double` does."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
