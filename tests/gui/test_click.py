"""The extension in a whole Blender with a window: validated, installed, clicked.

Needs a Blender of 4.5 or later, named by PHOTO_DOUBLE_BLENDER, so that no window opens
unasked; and a display or xvfb-run. The engine is the Python that runs the tests.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build_addon import build
from core.errors import MissingWeightsError
from core.landmarks.model_file import read_landmarker

pytestmark = [pytest.mark.gui, pytest.mark.slow]

LONGEST_S = 1200
Blender = Callable[..., str]


@pytest.fixture(scope="module")
def blender(tmp_path_factory: pytest.TempPathFactory) -> Blender:
    """Runs Blender with an empty configuration; gives back what it printed."""
    program = os.environ.get("PHOTO_DOUBLE_BLENDER")
    if not program:
        pytest.skip("needs a Blender: name its program in PHOTO_DOUBLE_BLENDER")
    environment = {
        **os.environ,
        "BLENDER_USER_RESOURCES": str(tmp_path_factory.mktemp("blender")),
        "PHOTO_DOUBLE_ENGINE_PYTHON": sys.executable,
        "XDG_DATA_HOME": str(tmp_path_factory.mktemp("data")),
    }

    def run(*arguments: str, before: tuple[str, ...] = ()) -> str:
        done = subprocess.run(
            [*before, program, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
        )
        printed = done.stdout + done.stderr
        assert done.returncode == 0, printed
        return printed

    return run


@pytest.fixture(scope="module")
def extension(tmp_path_factory: pytest.TempPathFactory, blender: Blender) -> Path:
    """The built zip, installed and enabled."""
    try:
        landmarker = read_landmarker()
    except MissingWeightsError as error:
        pytest.skip(str(error))
    path = build(tmp_path_factory.mktemp("dist"), landmarker)
    install = ("--command", "extension", "install-file", "-r", "user_default", "-e")
    blender(*install, str(path))
    return path


@pytest.fixture(scope="module")
def facts(
    tmp_path_factory: pytest.TempPathFactory,
    blender: Blender,
    extension: Path,
    examples: Path,
) -> dict[str, Any]:
    """What the click-through saw."""
    before: tuple[str, ...] = ()
    window = ["--window-geometry", "0", "0", "1280", "800", "--enable-event-simulate"]
    if sys.platform == "linux":
        window += ["--gpu-backend", "opengl"]
        if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            if not shutil.which("xvfb-run"):
                pytest.skip("needs a display, or xvfb-run")
            before = ("xvfb-run", "-a", "-s", "-screen 0 1280x800x24")
    if not (examples / "photo.jpg").is_file():
        pytest.skip("needs the example: run examples/make_example.py")
    out = tmp_path_factory.mktemp("facts") / "facts.json"
    script = Path(__file__).with_name("click_through.py")
    files = [str(examples / "photo.jpg"), str(examples / "clip.mp4"), str(out)]
    blender(*window, "--python", str(script), "--", *files, before=before)
    facts = json.loads(out.read_text(encoding="utf-8"))
    assert "crash" not in facts, facts["crash"]
    return facts


def test_the_extension_is_valid(blender: Blender, extension: Path) -> None:
    printed = blender("--command", "extension", "validate", str(extension))
    assert "rror" not in printed


def test_the_click_leads_to_an_animated_head(facts: dict[str, Any]) -> None:
    after = facts["after"]
    assert after["shape_keys"] == [53]
    assert {"photo Head", "photo Rig", "photo Camera"} <= set(after["objects"])
    assert after["active"] == "photo Rig"
    assert after["moved"]
    assert "photo performs from frame 1 to" in facts["outcome"]


def test_only_what_was_asked_for_changes(facts: dict[str, Any]) -> None:
    before, after = facts["before"], facts["after"]
    assert set(before["objects"]) <= set(after["objects"])
    assert before["range"] == after["range"]


def test_progress_rises_in_small_steps(facts: dict[str, Any]) -> None:
    fractions = [fraction for fraction, _ in facts["progress"]]
    assert fractions == sorted(fractions)
    assert len(fractions) > 10


def test_it_is_one_undo_step(facts: dict[str, Any]) -> None:
    assert facts["undone"] == facts["before"]
    assert facts["redone"] == facts["after"]


def test_esc_stops_the_job_and_changes_nothing(facts: dict[str, Any]) -> None:
    assert facts["stopped"]
    assert facts["after_esc"] == facts["redone"]


def test_a_missing_photo_is_refused_with_advice(facts: dict[str, Any]) -> None:
    assert "There is no photo at" in facts["refusal"]
    assert "Choose another" in facts["refusal"]


def test_takes_are_added_chosen_removed_and_brought_back(facts: dict[str, Any]) -> None:
    alone, added, chosen, removed, undone = facts["takes"]
    (first,) = alone["names"]
    assert first in added["names"]
    assert len(added["names"]) == 2
    assert added["performed"] != first
    assert "performs" in facts["added"]
    assert chosen == {"names": added["names"], "performed": first}
    assert removed == {"names": [first], "performed": first}
    assert undone == chosen
