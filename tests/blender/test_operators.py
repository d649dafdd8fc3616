"""The add-on in Blender without a window: registered twice, run by a script."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from made_of_spheres import make_double, make_motion
from photo_double import blender_addon
from photo_double.blender_addon.operators import animate_from_photo, asks, requests
from photo_double.blender_addon.operators.job import Stage
from photo_double.core.live_link import live_link_csv
from photo_double.core.messages import Advice, Done, Failed, Message, Progress, encode


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The add-on, with a data folder of its own and no engine."""
    for variable in ("XDG_DATA_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "data"))
    monkeypatch.delenv("PHOTO_DOUBLE_ENGINE_PYTHON", raising=False)
    blender_addon.register()
    yield
    blender_addon.unregister()


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """A photo and a video, which nobody opens."""
    paths = {"photo": tmp_path / "Ada.jpg", "video": tmp_path / "clip.mp4"}
    for path in paths.values():
        path.touch()
    return {name: str(path) for name, path in paths.items()}


def saying(*messages: Message) -> Stage:
    """A child process that says these messages and ends."""
    lines = [encode(message) for message in messages]
    command = [sys.executable, "-I", "-c", f"print({chr(10).join(lines)!r})"]
    return Stage(start=0.0, end=1.0, command=command)


def stored_stages(folder: Path, *, advice: str = "") -> list[Stage]:
    """What an engine would say that has made a double and a motion."""
    double, motion = folder / "Ada 7.double", folder / "clip.motion.npz"
    make_double().save(double)
    make_motion().save(motion)
    told = [Advice(text=advice)] if advice else []
    return [
        saying(Progress(fraction=0.5, doing="Working"), *told, Done(asset=str(double))),
        saying(Done(asset=str(motion))),
    ]


def engine_that(monkeypatch: pytest.MonkeyPatch, stages: list[Stage]) -> None:
    """Let these processes stand for the engine's."""
    remaining = iter(stages)
    for module, name in ((animate_from_photo, "build_stage"), (asks, "capture_stage")):
        monkeypatch.setattr(module, name, lambda *_, **__: next(remaining))


def job() -> Any:
    return bpy.context.window_manager.photo_double_job


def settings() -> Any:
    return bpy.context.window_manager.photo_double


def animate(**choices: Any) -> set[str]:
    return bpy.ops.photo_double.animate_from_photo(**choices)


def test_the_addon_registers_again_after_it_was_taken_back() -> None:
    blender_addon.unregister()
    blender_addon.register()
    assert "animate_from_photo" in dir(bpy.ops.photo_double)


def test_the_photo_names_the_double_whatever_its_folder_is_called(
    monkeypatch: pytest.MonkeyPatch, files: dict[str, str], tmp_path: Path
) -> None:
    engine_that(monkeypatch, stored_stages(tmp_path))
    assert animate(**files) == {"FINISHED"}
    assert "Ada Rig" in bpy.data.objects
    assert "Ada Head" in bpy.data.objects


def test_the_outcome_stays_to_be_read_with_all_advice(
    monkeypatch: pytest.MonkeyPatch, files: dict[str, str], tmp_path: Path
) -> None:
    engine_that(monkeypatch, stored_stages(tmp_path, advice="The face is small."))
    bpy.context.scene.frame_end = 10
    animate(**files)
    assert job().outcome == (
        "Ada performs from frame 1 to 29, but the scene ends at 10 already. "
        "The face is small."
    )
    assert not job().refused
    assert bpy.context.scene.frame_end == 10


def test_the_scene_ends_with_the_performance_if_asked(
    monkeypatch: pytest.MonkeyPatch, files: dict[str, str], tmp_path: Path
) -> None:
    engine_that(monkeypatch, stored_stages(tmp_path))
    settings().fit_range = True
    animate(**files)
    assert bpy.context.scene.frame_end == 29
    assert job().outcome == "Ada performs from frame 1 to 29."


def test_a_scene_without_a_camera_gets_the_photos(
    monkeypatch: pytest.MonkeyPatch, files: dict[str, str], tmp_path: Path
) -> None:
    engine_that(monkeypatch, stored_stages(tmp_path))
    animate(**files)
    assert bpy.context.scene.camera.name == "Ada Camera"


def test_a_camera_that_the_scene_has_stays(
    monkeypatch: pytest.MonkeyPatch, files: dict[str, str], tmp_path: Path
) -> None:
    bpy.ops.object.camera_add()
    bpy.context.scene.camera = bpy.context.object
    engine_that(monkeypatch, stored_stages(tmp_path))
    animate(**files)
    assert bpy.context.scene.camera.name == "Camera"


def stored(folder: Path, *, lit: bool) -> str:
    """A stored double, which knows its photo's light or does not."""
    double, path = make_double(), folder / "stored.double"
    if lit:
        double = replace(double, photo_light=np.full((9, 3), 0.1, np.float32))
    double.save(path)
    return str(path)


def lamps() -> int:
    return sum(item.type == "LIGHT" for item in bpy.data.objects)


def test_a_stored_double_gets_the_light_that_was_asked_for(tmp_path: Path) -> None:
    world = bpy.data.worlds.new("World")
    bpy.context.scene.world = world
    add, path = bpy.ops.photo_double.add_double, stored(tmp_path, lit=True)
    add(filepath=path, light="NONE")
    assert (lamps(), bpy.context.scene.world) == (0, world)
    add(filepath=path, light="STUDIO")
    assert (lamps(), bpy.context.scene.world) == (4, world)
    add(filepath=path, light="PHOTO")
    assert lamps() == 4
    assert bpy.context.scene.world.name == "Test Person 3 World"


def test_without_a_word_the_panels_light_is_taken(tmp_path: Path) -> None:
    settings().light = "NONE"
    bpy.ops.photo_double.add_double(filepath=stored(tmp_path, lit=True))
    assert lamps() == 0
    assert settings().light == "NONE"


def test_a_light_that_a_double_does_not_know_is_refused_before_it_is_added(
    tmp_path: Path,
) -> None:
    path = stored(tmp_path, lit=False)
    with pytest.raises(RuntimeError, match="without the light of its "):
        bpy.ops.photo_double.add_double(filepath=path, light="PHOTO")
    assert not bpy.data.objects


def test_the_click_lights_as_its_dialog_says_and_the_panel_remembers(
    monkeypatch: pytest.MonkeyPatch, files: dict[str, str], tmp_path: Path
) -> None:
    engine_that(monkeypatch, stored_stages(tmp_path))
    animate(**files, light="NONE")
    assert lamps() == 0
    assert settings().light == "NONE"


def test_a_refusal_is_reported_and_stays_to_be_read(
    monkeypatch: pytest.MonkeyPatch, files: dict[str, str]
) -> None:
    reason = "No face was found in Ada.jpg. Use another."
    engine_that(monkeypatch, [saying(Failed(reason=reason))] * 2)
    with pytest.raises(RuntimeError, match="No face was found"):
        animate(**files)
    assert (job().outcome, job().refused) == (reason, True)
    assert not bpy.data.objects


@pytest.mark.parametrize(
    ("choices", "reason"),
    [
        ({"photo": "", "video": ""}, "No photo was chosen"),
        ({"photo": "no.jpg"}, "There is no photo at"),
        ({"second_photo": "no.jpg"}, "There is no second photo at"),
        ({"video": "no.mp4"}, "There is no video at"),
        ({}, "The engine is not installed"),
    ],
)
def test_what_is_missing_is_said_and_what_was_chosen_is_kept(
    files: dict[str, str], choices: dict[str, str], reason: str
) -> None:
    chosen = {**files, **choices}
    with pytest.raises(RuntimeError, match=reason):
        animate(**chosen, start_s=1.5)
    assert job().refused
    assert {name: getattr(settings(), name) for name in chosen} == chosen
    assert settings().start_s == 1.5


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the engine is asked for, which does nothing of it."""
    asked: list[Any] = []

    def stage_of(job: Any, start: float, end: float) -> Stage:
        asked.append(job)
        return saying(Failed(reason="That is enough."))

    monkeypatch.setattr(requests, "_engine_stage", stage_of)
    return asked


@pytest.mark.parametrize("operator", ["animate_from_photo", "build_double"])
def test_further_photos_go_to_the_engine(
    jobs: list[Any],
    files: dict[str, str],
    tmp_path: Path,
    operator: str,
) -> None:
    side = tmp_path / "side.jpg"
    side.touch()
    chosen = {"photo": files["photo"], "third_photo": str(side)}
    if operator == "animate_from_photo":
        chosen["video"] = files["video"]
    with pytest.raises(RuntimeError, match="That is enough"):
        getattr(bpy.ops.photo_double, operator)(**chosen)
    assert jobs[0].more_photos == (str(side),)


@pytest.mark.parametrize(
    ("chosen", "asset", "rate_fps"),
    [
        ("shot", "shot.motion.npz", 25.0),
        ("shot/face_####.png", "face.motion.npz", 25.0),
        ("shot/face_0001.png", "face_0001.motion.npz", 25.0),
        ("clip.mp4", "clip.motion.npz", None),
    ],
)
def test_image_sequences_may_be_chosen_and_play_at_the_scenes_rate(
    jobs: list[Any],
    files: dict[str, str],
    tmp_path: Path,
    chosen: str,
    asset: str,
    rate_fps: float | None,
) -> None:
    (tmp_path / "shot").mkdir()
    (tmp_path / "shot" / "face_0001.png").touch()
    bpy.context.scene.render.fps = 25
    with pytest.raises(RuntimeError, match="That is enough"):
        animate(photo=files["photo"], video=str(tmp_path / chosen))
    assert Path(jobs[1].video) == tmp_path / chosen
    assert Path(jobs[1].asset).name == asset
    assert jobs[1].rate_fps == rate_fps


def test_a_take_may_come_from_an_image_sequence(
    jobs: list[Any], tmp_path: Path
) -> None:
    make_double().save(tmp_path / "Ada.double")
    bpy.ops.photo_double.add_double(filepath=str(tmp_path / "Ada.double"))
    (tmp_path / "shot").mkdir()
    with pytest.raises(RuntimeError, match="That is enough"):
        bpy.ops.photo_double.add_take(video=str(tmp_path / "shot"))
    assert Path(jobs[0].video) == tmp_path / "shot"


def test_what_a_dialog_was_filled_with_does_not_come_back_later() -> None:
    kind = bpy.ops.photo_double.animate_from_photo.get_rna_type()
    remembered = [
        item.identifier
        for item in kind.properties
        if not item.is_skip_save and item.identifier != "rna_type"
    ]
    assert remembered == []


def stored_performance(folder: Path, kind: str) -> str:
    """A performance of a second at 30 frames a second that no engine has to capture."""
    motion = make_motion(frames=30, rate_fps=30.0)
    motion = replace(motion, source={**motion.source, "name": "phone.mov"})
    if kind == "csv":
        path = folder / "phone.csv"
        path.write_bytes(live_link_csv(motion))
    else:
        path = folder / "phone.motion.npz"
        motion.save(path)
    return str(path)


@pytest.mark.parametrize(
    ("kind", "last", "told"),
    [("csv", 9, "so 60 was assumed."), ("npz", 24, "from frame 1 to 24.")],
)
def test_a_stored_performance_will_do_for_the_video(
    monkeypatch: pytest.MonkeyPatch,
    files: dict[str, str],
    tmp_path: Path,
    kind: str,
    last: int,
    told: str,
) -> None:
    engine_that(monkeypatch, stored_stages(tmp_path)[:1])
    bpy.context.scene.render.fps = 30
    path = stored_performance(tmp_path, kind)
    chosen = {"photo": files["photo"], "video": path}
    assert animate(**chosen, start_s=0.2) == {"FINISHED"}
    action = bpy.data.objects["Ada Rig"].animation_data.action
    assert action.name == "Ada phone"
    take = action.photo_double_take
    assert (take.clip, take.start_s) == ("", pytest.approx(0.2))
    assert tuple(action.frame_range) == (1.0, last)
    assert settings().motion == path
    assert job().outcome.startswith(f"Ada performs from frame 1 to {last}")
    assert job().outcome.endswith(told)


def test_a_stored_performance_that_cannot_be_read_is_refused_before_any_work(
    monkeypatch: pytest.MonkeyPatch, files: dict[str, str], tmp_path: Path
) -> None:

    monkeypatch.setattr(
        animate_from_photo, "build_stage", lambda *_, **__: saying(Failed(reason="ran"))
    )
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b\n1,2\n")
    with pytest.raises(RuntimeError, match="cannot be used as a Live Link Face CSV"):
        animate(photo=files["photo"], video=str(bad))
    with pytest.raises(RuntimeError, match="There is no performance at"):
        animate(photo=files["photo"], video=str(tmp_path / "none.motion.npz"))
    good = stored_performance(tmp_path, "npz")
    with pytest.raises(RuntimeError, match="none of them is from 5 on"):
        animate(photo=files["photo"], video=good, start_s=5.0)
    with pytest.raises(RuntimeError, match=r"before it starts at 0\.5"):
        animate(photo=files["photo"], video=good, start_s=0.5, end_s=0.2)


def test_a_take_may_come_from_a_stored_performance_without_an_engine(
    tmp_path: Path,
) -> None:
    make_double().save(tmp_path / "Ada.double")
    bpy.ops.photo_double.add_double(filepath=str(tmp_path / "Ada.double"))
    path = stored_performance(tmp_path, "csv")
    assert bpy.ops.photo_double.add_take(video=path) == {"FINISHED"}
    action = bpy.data.objects["Test Person Rig"].animation_data.action
    assert action.name == "Test Person phone"
    assert bpy.ops.photo_double.capture_motion(video=path) == {"FINISHED"}
    assert settings().motion == path
    assert job().outcome == "phone.csv needs no capturing: it is Motion in the panel."
