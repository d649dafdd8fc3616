"""Tests inside Blender: the add-on under the name it has there, and an empty file."""

import importlib.util
import os
import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = "photo_double"
_STATUS = pytest.StashKey[pytest.Session]()

if importlib.util.find_spec("bpy") is None:
    collect_ignore_glob = ["test_*.py"]
elif PACKAGE not in sys.modules:
    package = types.ModuleType(PACKAGE)
    package.__path__ = [str(ROOT)]
    sys.modules[PACKAGE] = package
    sys.path.insert(0, str(Path(__file__).parent))


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out what needs Blender where there is none."""
    without = importlib.util.find_spec("bpy") is None
    return True if without and collection_path.name.startswith("test_") else None


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Remember how the tests went."""
    session.config.stash[_STATUS] = session


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """End at once: bpy hangs in its destructors if Python did not free it before.

    Its thread for sound then still waits for what is destroyed. Whether Python frees it
    depends on what else was imported, such as torch.
    """
    session = config.stash.get(_STATUS, None)
    if session is None or "bpy" not in sys.modules:
        return
    config.get_terminal_writer().flush()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(int(session.exitstatus))


@pytest.fixture(autouse=True)
def empty_file() -> None:
    """Each test starts in a factory-fresh file."""
    import bpy

    bpy.ops.wm.read_factory_settings(use_empty=True)
