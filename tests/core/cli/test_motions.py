"""Commands that need no tracking: stored motions, CSVs and doubles."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.assets import Motion
from core.cli import jobs, main
from core.expressions import EXPRESSION_INDEX
from core.live_link import live_link_csv
from core.live_link.reading import CAMERA
from core.messages import BuildScene, CaptureMotion, Done
from core.transfer import Transfer, transfer_motion

ROOT = Path(__file__).resolve().parents[3]
SMILE = EXPRESSION_INDEX["mouthSmileLeft"]
Command = Callable[..., dict[str, Any]]


@pytest.fixture
def motion(tmp_path: Path) -> Motion:
    """A smile that grows for two seconds, stored as take.motion.npz and take.csv."""
    poses = np.tile(np.eye(4, dtype=np.float32), (50, 1, 1))
    poses[:, 1, 3] = 0.5
    expressions = np.zeros((50, 52), np.float32)
    expressions[:, SMILE] = np.linspace(0, 0.8, 50)
    taken = Motion(
        times_s=np.arange(50) / 25,
        expressions=expressions,
        T_world_head=poses,
        gaze_rad=np.zeros((50, 2, 2), np.float32),
        seen=np.ones(50, bool),
        camera=CAMERA,
        source={"rate_fps": 25.0, "start_s": 1.0},
    )
    taken.save(tmp_path / "take.motion.npz")
    (tmp_path / "take.csv").write_bytes(live_link_csv(taken))
    return taken


@pytest.fixture
def command(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    motion: Motion,
) -> Command:
    """Run a command line in the folder of the motion; its result."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> dict[str, Any]:
        capsys.readouterr()
        status = main([*words, "--json"])
        result = json.loads(capsys.readouterr().out)
        assert (status == 0) == (result["status"] == "done")
        return result

    return run


def test_a_transfer_is_what_its_options_say(command: Command, motion: Motion) -> None:
    result = command(
        *("transfer", "take.motion.npz", "-o", "new.motion.npz", "--csv", "new.csv"),
        *("--strength", "all=0.2", "--strength", "mouth=0.5", "--mirror"),
        *("--range", "1:2", "--stretch", "2"),
    )
    new = Motion.load("new.motion.npz")
    assert result["facts"]["frames"] == len(new.times_s) == 50
    right = new.expressions[:, EXPRESSION_INDEX["mouthSmileRight"]]
    assert right[0] == pytest.approx(0.5 * motion.expressions[25, SMILE])
    assert right.max() == pytest.approx(0.5 * motion.expressions[49, SMILE])
    assert new.expressions[:, SMILE].max() == 0
    assert new.source["transfer"] == {
        **dict.fromkeys(("brows", "eyes", "jaw", "head", "gaze"), 0.2),
        "mouth": 0.5,
        "mirror": True,
        "start_s": 1.0,
        "end_s": 2.0,
        "stretch": 2.0,
    }
    assert Path("new.csv").read_bytes() == live_link_csv(new)


def test_a_csv_becomes_a_motion_and_is_told_about(
    command: Command, motion: Motion
) -> None:
    command("capture", "take.csv", "-o", "new.motion.npz", "--range", ":1")
    new = Motion.load("new.motion.npz")
    assert np.allclose(new.expressions, motion.expressions[:25], atol=1e-6)
    told = command("info", "take.csv")
    assert (told["kind"], told["frames"]) == ("live_link_csv", 50)
    assert told["facts"]["duration_s"] == 2.0


def test_a_short_csv_asks_for_its_rate(command: Command) -> None:
    lines = Path("take.csv").read_text().splitlines()
    Path("short.csv").write_text("\n".join(lines[:12]) + "\n")
    told = command("capture", "short.csv", "-o", "a.motion.npz")
    assert "60 was assumed" in told["advice"][0]
    told = command("capture", "short.csv", "-o", "b.motion.npz", "--rate", "25")
    assert told["advice"] == []
    assert Motion.load("b.motion.npz").times_s[-1] == pytest.approx(10 / 25)


def test_nothing_is_replaced_unless_told_to(command: Command) -> None:
    Path("new.motion.npz").write_text("mine")
    words = ("transfer", "take.motion.npz", "-o", "new.motion.npz", "--mirror")
    assert command(*words)["error"] == "OutputExistsError"
    assert Path("new.motion.npz").read_text() == "mine"
    assert command(*words, "--overwrite")["status"] == "done"
    words = ("transfer", "take.csv", "-o", "a.motion.npz", "--csv", "take.csv")
    assert command(*words)["error"] == "OutputExistsError"
    assert not Path("a.motion.npz").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["--strength", "mouth=2.5"],
        ["--strength", "nose=1"],
        ["--strength", "mouth"],
        ["--strength", "mouth=nan"],
        ["--stretch", "0"],
        ["--stretch", "inf"],
        ["--rate", "0"],
        ["--range", "2:1"],
    ],
    ids=" ".join,
)
def test_wrong_numbers_are_wrong_usage(words: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["transfer", "take.motion.npz", "-o", "a.motion.npz", *words])
    assert caught.value.code == 2


def test_an_empty_range_is_refused(command: Command) -> None:
    words = ("transfer", "take.csv", "-o", "a.motion.npz", "--range", "5:6")
    assert command(*words)["error"] == "EmptyTakeError"


def test_stored_performances_need_no_engine(motion: Motion, tmp_path: Path) -> None:
    words = ["capture", str(tmp_path / "take.csv"), "-o", str(tmp_path / "a.npz")]
    code = (
        f"import sys; from core.cli import main; assert main({words!r}) == 0; "
        "sys.exit(bool({'torch', 'mediapipe', 'av'} & {*sys.modules}))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True)
    assert run.returncode == 0, run.stderr.decode()


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The jobs that animate gives to other processes, which do nothing."""
    given: list[Any] = []

    def run(these: dict[str, Any], *_: Any, **__: Any) -> dict[str, Done]:
        for _, job in these.values():
            given.append(job)
            if isinstance(job, CaptureMotion):
                Path(job.asset).parent.mkdir(exist_ok=True)
                Path(job.asset).write_bytes(Path("take.motion.npz").read_bytes())
            if isinstance(job, BuildScene):
                motion = Motion.load(job.motion)
                given.append(transfer_motion(motion, Transfer(**job.transfer)))
        return {name: Done(asset="made") for name in these}

    monkeypatch.setattr(jobs, "_run", run)
    monkeypatch.setattr(jobs, "_blender", lambda _: ["blender"])
    monkeypatch.setattr(jobs, "double_facts", lambda _: {"converged": True})
    return given


def test_a_stored_double_performs_a_stored_motion_at_once(
    command: Command, done: list[Any], motion: Motion, tmp_path: Path
) -> None:
    Path("Ada.double").mkdir()
    told = command("animate", "Ada.double", "take.motion.npz", "-o", "a.blend")
    scene, performed = done
    assert (scene.double, scene.name) == (str(tmp_path / "Ada.double"), "Ada")
    assert scene.motion == str(tmp_path / "take.motion.npz")
    assert np.array_equal(performed.expressions, motion.expressions)
    assert told["facts"]["double"] == {"converged": True}
    assert (told["double"], told["motion"]) == ("Ada.double", "take.motion.npz")


def test_animate_carries_over_what_is_stored(
    command: Command, done: list[Any], motion: Motion
) -> None:
    words = ("animate", "Ada.double", "take.csv", "-o", "a.blend")
    told = command(*words, "--strength", "mouth=0.5", "--range", "1:2")
    assert [type(item) for item in done] == [BuildScene, Motion]
    assert len(done[1].times_s) == 25
    assert done[0].transfer == {"mouth": 0.5, "start_s": 1.0, "end_s": 2.0}
    expected = 0.5 * motion.expressions[25:, SMILE]
    assert done[1].expressions[:, SMILE] == pytest.approx(expected, abs=1e-6)
    assert told["motion"] is None, "nothing is kept unless asked for"
    assert not list(Path().glob("*transferred*"))


def test_animate_carries_over_what_it_captures_and_cuts_it_once(
    command: Command, done: list[Any], motion: Motion
) -> None:
    words = ("animate", "a.jpg", "a.mp4", "-o", "a.blend", "--keep", "kept")
    Path("a.mp4").touch()
    command(*words, "--mirror", "--range", "1:2")
    capture, scene, performed = done[1:]
    made = str(Path(capture.asset).absolute())
    assert (scene.motion, scene.transfer) == (made, {"mirror": True})
    assert scene.clip == str(Path("a.mp4").absolute())
    assert (capture.start_s, capture.end_s) == (1.0, 2.0)
    assert len(performed.times_s) == 50, "the stand-in for the capture is not cut again"
    assert performed.expressions[:, SMILE].max() == 0
    kept = sorted(item.name for item in Path("kept").iterdir())
    assert kept == ["a transferred.motion.npz", "a.motion.npz"]


def test_a_double_that_is_not_there_is_refused_before_anything(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_blender", lambda _: ["blender"])
    told = command("animate", "no.double", "a.mp4", "-o", "a.blend")
    assert told["error"] == "UnreadableAssetError"
    assert "There is no Double at no.double" in told["reason"]
