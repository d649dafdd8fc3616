"""The engine's set-up as a process: its last message says what to do."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from photo_double.blender_addon import engine
from photo_double.blender_addon.worker_process import WorkerProcess
from photo_double.core.messages import Failed, Progress, decode


def test_a_folder_without_the_wheels_is_refused_with_the_log(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(engine, "engine_folder", lambda: tmp_path / "engine")
    monkeypatch.setattr(engine, "log_file", lambda: tmp_path / "install.log")
    requirements = tmp_path / "requirements-engine.txt"
    requirements.write_text("no-such-package==1.0\n")
    (tmp_path / "wheels").mkdir()
    command = engine.install_command(
        Path(sys.executable), wheels=str(tmp_path / "wheels")
    )
    command[command.index(str(engine.root_folder() / requirements.name))] = str(
        requirements
    )
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write("\n")
    process.stdin.flush()
    ended = decode(process.stdout.readlines()[-1])
    process.stdin.close()
    assert process.wait() == 1
    assert isinstance(ended, Failed)
    assert "No matching distribution found for no-such-package==1.0." in ended.reason
    assert "folder of wheels" in ended.reason
    assert "no-such-package" in (tmp_path / "install.log").read_text()


def test_the_chosen_python_makes_the_engine() -> None:
    assert engine.find_python(sys.executable) == Path(sys.executable)


def test_a_chosen_python_that_cannot_is_passed_over(tmp_path: Path) -> None:
    nothing = tmp_path / "python"
    assert engine.find_python(str(nothing)) != nothing


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the engine goes in a test that installs one."""
    folder = tmp_path / "engine"
    monkeypatch.setattr(engine, "engine_folder", lambda: folder)
    monkeypatch.setattr(engine, "log_file", lambda: tmp_path / "install.log")
    return folder


def install(*, cancel_at: str | None) -> Failed:
    """Install from a folder that has no wheels, or cancel it; how that ended."""
    command = engine.install_command(Path(sys.executable), wheels=tempfile.gettempdir())
    worker = WorkerProcess(command)
    for message in worker.wait():
        if isinstance(message, Progress) and message.doing == cancel_at:
            worker.cancel()
        if isinstance(message, Failed):
            worker.close()
            return message
    raise AssertionError("the engine was installed out of nothing")


def leave_an_engine(folder: Path) -> None:
    """An environment that looks whole."""
    folder.mkdir()
    for name in ("pyvenv.cfg", engine.COMPLETE_MARK):
        (folder / name).write_text("older")


@pytest.mark.parametrize("cancel_at", ["Making the engine's Python", None])
def test_nothing_half_made_is_left(folder: Path, cancel_at: str | None) -> None:
    ended = install(cancel_at=cancel_at)
    assert ended.cancelled == (cancel_at is not None)
    assert not list(folder.parent.glob("engine*"))


@pytest.mark.parametrize("cancel_at", ["Making the engine's Python", None])
def test_the_engine_that_was_there_comes_back(
    folder: Path, cancel_at: str | None
) -> None:
    leave_an_engine(folder)
    install(cancel_at=cancel_at)
    assert (folder / engine.COMPLETE_MARK).read_text() == "older"
    assert [path.name for path in folder.parent.glob("engine*")] == ["engine"]


def test_an_engine_that_aborts_is_told_with_its_last_words() -> None:
    line = "F0000 00:00:1.2   3 gl_context.cc:77] Check failed: no GPU"
    code = f"import os; os.write(2, {line.encode()!r} + b'\\n'); os._exit(134)"
    worker = WorkerProcess([sys.executable, "-I", "-c", code])
    (ended,) = worker.wait()
    assert isinstance(ended, Failed)
    assert "(Check failed: no GPU (gl_context.cc:77)). Try again" in ended.reason
    assert line in ended.details
