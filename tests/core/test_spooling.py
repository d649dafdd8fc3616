import io
import mmap
import tracemalloc

import pytest

from core import spooling
from core.spooling import content_of, reader_of, spooled_file


@pytest.mark.parametrize(("size", "kind"), [(5000, bytes), (5001, mmap.mmap)])
def test_few_bytes_stay_in_memory_and_many_on_the_disk(
    monkeypatch: pytest.MonkeyPatch, size: int, kind: type
) -> None:
    monkeypatch.setattr(spooling, "MOST_IN_MEMORY", 5000)
    written = bytes(range(251)) * 20 + b"tail"
    with spooled_file() as file:
        file.write(written[:size])
        file.seek(3)
        content = content_of(file)
    assert type(content) is kind
    assert content[:] == written[:size]


def test_what_is_mapped_reads_as_a_file_and_by_several_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spooling, "MOST_IN_MEMORY", 10)
    with spooled_file() as file:
        file.write(b"0123456789abcdef")
        content = content_of(file)
    one, other = reader_of(content), reader_of(content)
    assert one.read(4) == b"0123"
    assert other.read() == b"0123456789abcdef"
    assert one.read(2) == b"45"
    assert one.seek(-2, io.SEEK_END) == 14
    assert one.read(99) == b"ef"
    assert one.read(1) == b""


def test_a_large_content_takes_no_memory_of_python() -> None:
    block = b"x" * (1 << 20)
    tracemalloc.start()
    try:
        with spooled_file() as file:
            for _ in range(64):
                file.write(block)
            content = content_of(file)
        assert len(content) == 64 << 20
        reader = reader_of(content)
        while reader.read(1 << 16):
            pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 24 << 20, "once what stays in memory, and no more"
