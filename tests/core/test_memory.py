import platform
from pathlib import Path

import numpy as np
import pytest

from core.memory import give_back_memory


def _resident_pages() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1])


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_free_memory_below_what_is_in_use_goes_back_to_the_system() -> None:
    pieces = [np.ones(12_500) for _ in range(1000)]
    used = _resident_pages()
    del pieces[:-1]  # the last one lies above them all
    give_back_memory()
    assert used - _resident_pages() > 20_000
    assert pieces[0].sum() == 12_500
