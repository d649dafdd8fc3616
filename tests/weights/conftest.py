"""What several tests of learning need."""

from itertools import count
from types import SimpleNamespace

import pytest


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second passes with every look at the clock.

    So a course has as many steps on a busy computer as on an idle one: two looks each.
    """
    looks = count()
    clock = SimpleNamespace(monotonic=lambda: float(next(looks)))
    monkeypatch.setattr("weights.learning.courses.time", clock)
