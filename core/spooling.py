"""Bytes of a file that may be large: in memory if they are few, else left on the disk.

An hour of sound takes 300 MB as FLAC. Mapped from an unnamed temporary file, it is read
where it lies, piece by piece, and the system may take the memory back at any time.
"""

import io
import mmap
import tempfile
from typing import Any

MOST_IN_MEMORY = 1 << 24
"""Bytes: three minutes of stereo sound."""

Bytes = bytes | mmap.mmap
"""Both have a length, slices that are bytes, and can be written to a file at once."""


def spooled_file() -> tempfile.SpooledTemporaryFile[bytes]:
    """A file to write to; it moves to the disk when it becomes large."""
    return tempfile.SpooledTemporaryFile(max_size=MOST_IN_MEMORY)


def content_of(file: tempfile.SpooledTemporaryFile[bytes]) -> Bytes:
    """What was written to a `spooled_file`, which may be closed then."""
    size = file.seek(0, io.SEEK_END) or file.tell()
    if size <= MOST_IN_MEMORY:
        file.seek(0)
        return file.read()
    file.flush()
    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def reader_of(content: Bytes) -> io.BytesIO | io.BufferedReader:
    """The content as a file to read from."""
    if isinstance(content, bytes):
        return io.BytesIO(content)
    return io.BufferedReader(_Mapped(content))


class _Mapped(io.RawIOBase):
    """Reads mapped bytes, from a place of its own."""

    def __init__(self, content: mmap.mmap) -> None:
        self._content, self._at = content, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._content)}
        self._at = max(0, start[whence] + offset)
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        piece = self._content[self._at : self._at + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)
