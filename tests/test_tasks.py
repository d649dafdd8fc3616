"""Set-up on a fresh machine: what is missing is installed or named."""

import os
import sys
from pathlib import Path

import pytest

import tasks


def test_find_python_knows_the_one_that_runs() -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    found = tasks.find_python(version)
    assert found is not None
    assert found.exists()


def test_find_python_finds_none_that_does_not_exist() -> None:
    assert tasks.find_python("3.99") is None


@pytest.mark.skipif(sys.platform != "linux", reason="apt is a Linux matter")
def test_missing_libraries_are_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    libraries = {"libnowhere.so.1": "libnowhere1", "libc.so.6": "libc6"}
    monkeypatch.setattr(tasks, "SYSTEM_LIBRARIES", libraries)
    monkeypatch.setattr(tasks.shutil, "which", lambda _: "/usr/bin/apt-get")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(tasks.TaskError) as refused:
        tasks.find_system_libraries()
    last = str(refused.value).splitlines()[-1].strip()
    assert last.startswith("sudo apt-get install")
    assert last.endswith(" libnowhere1")


@pytest.mark.skipif(sys.platform != "linux", reason="apt is a Linux matter")
def test_nothing_is_installed_where_nothing_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks, "SYSTEM_LIBRARIES", {"libc.so.6": "libc6"})
    monkeypatch.setattr(tasks, "run", pytest.fail)
    tasks.find_system_libraries()


def test_digest_tells_other_contents(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_text("one")
    second.write_text("two")
    before = tasks.digest([first, second])
    assert before == tasks.digest([first, second])
    second.write_text("three")
    assert before != tasks.digest([first, second])


def test_an_installed_environment_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("constraints.txt", "pyproject.toml"):
        (tmp_path / name).write_text("pins")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    monkeypatch.setattr(tasks, "ROOT", tmp_path)
    monkeypatch.setattr(tasks, "WINDOWS", False)
    ran: list[list[str]] = []
    monkeypatch.setattr(tasks, "_runs", lambda *_: True)
    monkeypatch.setattr(tasks, "run", lambda command: ran.append([*map(str, command)]))
    assert tasks.environment(".venv", "3.11", ["bpy"]) == python
    assert "install" in ran[0]
    tasks.environment(".venv", "3.11", ["bpy"])
    assert len(ran) == 1
    (tmp_path / "constraints.txt").write_text("other pins")
    tasks.environment(".venv", "3.11", ["bpy"])
    assert len(ran) == 2
