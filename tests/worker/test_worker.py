import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core import worker
from core.errors import CancelledError, SeveralFacesError
from core.messages import (
    Advice,
    BuildDouble,
    CaptureMotion,
    Done,
    Failed,
    Job,
    Message,
    Progress,
    decode,
    encode,
    silent,
)

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "core.worker"]


def run_worker(line: str) -> tuple[int, list[Message], str]:
    """Exit status, messages and standard error of a worker with this one job."""
    run = subprocess.run(
        COMMAND,
        cwd=ROOT,
        input=line + "\n",
        capture_output=True,
        text=True,
        timeout=300,
    )
    return (
        run.returncode,
        [decode(text) for text in run.stdout.splitlines()],
        run.stderr,
    )


def refused(job: Job) -> Failed:
    """The last message of a job that must be refused in words."""
    status, messages, _ = run_worker(encode(job))
    last = messages[-1]
    assert isinstance(last, Failed)
    assert status == 1
    assert last.details == "", "a refusal is not a crash"
    assert ". " in last.reason, "what happened, then what to do"
    return last


def test_a_text_called_jpg_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_text("Dear Sir or Madam,\n" * 50)
    last = refused(
        BuildDouble(photo=str(tmp_path / "photo.jpg"), asset=str(tmp_path / "a.double"))
    )
    assert last.error == "UnreadableImageError"
    assert last.facts["path"] == str(tmp_path / "photo.jpg")
    assert [item.name for item in tmp_path.iterdir()] == ["photo.jpg"]


def test_a_missing_video_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    last = refused(
        CaptureMotion(video=str(tmp_path / "no.mp4"), asset=str(tmp_path / "a.npz"))
    )
    assert last.error == "UnreadableVideoError"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "line", ["", "hello", '{"kind": "Done", "asset": "a"}', '{"kind": "BuildDouble"}']
)
def test_what_is_no_job_ends_with_status_2(line: str) -> None:
    status, messages, _ = run_worker(line)
    assert status == 2
    assert [type(message) for message in messages] == [Failed]


@pytest.fixture
def clip(examples: Path) -> Path:
    if not (examples / "clip.mp4").exists():
        pytest.skip("examples/clip.mp4 is not made yet")
    return examples / "clip.mp4"


def test_a_job_ends_with_done_and_prints_nothing_but_messages(
    clip: Path, tmp_path: Path
) -> None:
    job = CaptureMotion(
        video=str(clip), asset=str(tmp_path / "a.motion.npz"), end_s=0.5
    )
    status, messages, errors = run_worker(encode(job))
    assert status == 0
    assert isinstance(messages[-1], Done)
    assert Path(messages[-1].asset).is_file()
    assert {type(message) for message in messages[:-1]} <= {Progress, Advice}
    fractions = [item.fraction for item in messages if isinstance(item, Progress)]
    assert fractions == sorted(fractions)
    assert errors == "", "the libraries' chatter is kept away"


@pytest.mark.parametrize("way", ["line", "end of input", "signal"])
def test_a_cancelled_job_leaves_nothing(clip: Path, tmp_path: Path, way: str) -> None:
    if way == "signal" and os.name == "nt":
        pytest.skip("Windows has no such signal")
    job = CaptureMotion(video=str(clip), asset=str(tmp_path / "a.motion.npz"))
    with subprocess.Popen(
        COMMAND,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(encode(job) + "\n")
        process.stdin.flush()
        assert isinstance(decode(process.stdout.readline()), Progress)
        time.sleep(worker._PIPED_IN_S)
        if way == "line":
            process.stdin.write("cancel\n")
            process.stdin.flush()
        elif way == "signal":
            process.send_signal(signal.SIGTERM)
        else:
            process.stdin.close()
        last = decode(process.stdout.readlines()[-1])
        assert process.wait(timeout=60) == 130
    assert isinstance(last, Failed)
    assert last.cancelled
    assert list(tmp_path.iterdir()) == []


def _run_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> Failed:
    def fail(say: object) -> Done:
        raise error

    monkeypatch.setattr(worker, "_pipeline_for", lambda job: fail)
    end = worker.run(BuildDouble(photo="a", asset="b"), silent)
    assert isinstance(end, Failed)
    return end


def test_a_crash_is_told_with_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    end = _run_with(monkeypatch, ZeroDivisionError("no way"))
    assert "crashed (ZeroDivisionError: no way)" in end.reason
    assert "Traceback" in end.details
    assert "in fail" in end.details


def test_a_refusal_carries_its_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    boxes = ((1.0, 2.0, 3.0, 4.0), (5.0, 6.0, 7.0, 8.0))
    error = SeveralFacesError("Two faces. Choose.", path="a.jpg", boxes_px=boxes)
    end = _run_with(monkeypatch, error)
    assert end.error == "SeveralFacesError"
    facts = json.loads(encode(end))["facts"]
    assert facts == {"path": "a.jpg", "boxes_px": [list(box) for box in boxes]}


def test_a_missing_library_and_too_little_memory_are_told_in_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    missing = _run_with(monkeypatch, ImportError("No module named 'torch'"))
    assert "photo-double doctor" in missing.reason
    assert "not enough memory" in _run_with(monkeypatch, MemoryError()).reason
    assert _run_with(monkeypatch, CancelledError("Stopped.")).cancelled
