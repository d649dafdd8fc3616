"""What all tests share: where real photos and videos lie, and the example."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real photos and videos beside the checkout; skips without it."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"needs real photos and videos in {folder}")
    return folder


@pytest.fixture(scope="session")
def examples() -> Path:
    """The shipped example: photo.jpg, clip.mp4 and the truth behind them."""
    return ROOT / "examples"
