"""MediaPipe when it does not start: whoever asked hears why."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import DetectorFailedError
from core.landmarks.detector import FaceDetector
from core.messages import last_words

ROOT = Path(__file__).resolve().parents[3]
FATAL = "F0000 00:00:1795757498.471267   29162 gl_context.cc:77] Check failed: no GPU"

ABORTING = f"""
import os
os.write(2, b"I0000 00:00:1795757498.471267   29162 a.cc:1] hello\\n")
os.write(2, {FATAL.encode()!r} + b"\\n")
os.abort()
"""


@pytest.fixture
def aborting(tmp_path: Path) -> str:
    """A folder with a MediaPipe that ends the process as its C++ side does."""
    (tmp_path / "mediapipe").mkdir()
    (tmp_path / "mediapipe" / "__init__.py").write_text(ABORTING)
    return str(tmp_path)


def test_a_model_that_mediapipe_refuses_is_told_with_its_reason() -> None:
    with pytest.raises(
        DetectorFailedError, match=r"cannot start \(.*zip.*\)\. Install"
    ):
        FaceDetector(b"no model at all", faces=1)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows asks about aborted ones")
def test_the_line_that_mediapipe_aborts_with_is_told(
    aborting: str, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.png"
    Image.fromarray(np.full((300, 300, 3), 128, np.uint8)).save(photo)
    run = subprocess.run(
        [
            sys.executable,
            "-P",
            "-m",
            "core",
            "build",
            photo,
            "-o",
            "a.double",
            "--json",
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([aborting, str(ROOT)])},
        capture_output=True,
        text=True,
    )
    told = json.loads(run.stdout)
    assert "(Check failed: no GPU (gl_context.cc:77))" in told["reason"]
    assert FATAL in told["details"].splitlines()
    assert not (tmp_path / "a.double").exists()


@pytest.mark.parametrize("kept", [False, True])
def test_what_mediapipe_prints_is_hidden_where_nobody_keeps_it(kept: bool) -> None:
    code = (
        "import os; from core.landmarks.detector import quiet_stderr\n"
        "with quiet_stderr(): os.write(2, b'noise')\n"
        "os.write(2, b'!')"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment |= {"PHOTO_DOUBLE_STDERR_IS_KEPT": "1"} if kept else {}
    run = subprocess.run(
        [sys.executable, "-P", "-c", code], env=environment, capture_output=True
    )
    assert run.stderr == (b"noise!" if kept else b"!")


@pytest.mark.parametrize(
    ("printed", "cause"),
    [
        ([], ""),
        (["Traceback", "ValueError: F"], ""),
        (["W0000 00:00:1.2 3 a.cc:4] careful"], ""),
        (
            ["F0000 00:00:1.2   3 a.cc:4] Check failed: x ", "*** stack"],
            "Check failed: x (a.cc:4)",
        ),
        (["terminate called after", "  what():  std::bad_alloc"], "std::bad_alloc"),
    ],
)
def test_the_last_words_of_native_code_are_found(
    printed: list[str], cause: str
) -> None:
    assert last_words(printed) == cause
