"""What every door asks first of a file it is given: is it one, and what is its hash."""

import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path

from ..errors import FileRefusedError

Refusal = Callable[[str], FileRefusedError]
"""Makes the door's own error of a message."""


def require_regular_file(path: Path, *, kind: str, refuse: Refusal) -> int:
    """The size in bytes of a regular, readable, non-empty file.

    Folders, pipes and devices are refused without being opened: opening a pipe would
    wait forever, and a device has no end.
    """
    try:
        facts = os.stat(path)
    except OSError as error:
        if isinstance(error, FileNotFoundError | NotADirectoryError):
            raise refuse(f"There is no {kind} at {path}. Check the path.") from error
        raise refuse(
            f"{path} cannot be reached ({error.strerror}). Choose another {kind}."
        ) from error
    except ValueError as error:  # a null byte in the path
        raise refuse(f"{str(path)!r} is not a path. Choose another {kind}.") from error
    if stat.S_ISDIR(facts.st_mode):
        raise refuse(f"{path} is a folder. Choose the {kind} inside it.")
    if not stat.S_ISREG(facts.st_mode):
        raise refuse(f"{path} is not an ordinary file. Choose a {kind} on a disk.")
    if facts.st_size == 0:
        raise refuse(f"{path} is empty. Copy or export the {kind} again.")
    if not os.access(path, os.R_OK):
        raise refuse(
            f"You are not allowed to read {path}. Ask for permission, or copy the "
            f"{kind} to a folder of your own."
        )
    return facts.st_size


def sha256_of(path: Path) -> str:
    """The file's SHA-256 in hexadecimal, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
