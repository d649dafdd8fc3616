"""The file of a BuildScene job: checks 1 to 7 on what lies on the disk, and renders."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import bpy
import numpy as np
import pytest
from made_of_spheres import make_double, make_motion
from photo_double import blender_addon
from photo_double.blender_addon import scene as scene_code
from photo_double.core import assets as core_assets
from photo_double.core import messages
from photo_double.core.expressions import EXPRESSION_NAMES
from photo_double.core.transfer import Transfer, transfer_motion

ROOT = Path(__file__).resolve().parents[2]
HEADLESS = ROOT / "blender_addon" / "headless.py"


@pytest.fixture(scope="module")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("assets")
    make_double().save(folder / "person.double")
    make_motion(frames=12, rate_fps=30 / 1.001).save(folder / "clip.motion.npz")
    return folder


@pytest.fixture(scope="module")
def built(assets: Path) -> Path:
    end = run(job(assets, "scene.blend"))[-1]
    assert isinstance(end, messages.Done), end
    return Path(end.asset)


def job(assets: Path, blend: str, **settings: object) -> messages.BuildScene:
    return messages.BuildScene(
        double=str(assets / "person.double"),
        motion=str(assets / "clip.motion.npz"),
        blend=str(assets / blend),
        name="Test Person",
        **settings,
    )


def run(asked: messages.BuildScene) -> list[messages.Message]:
    """Every message of the job, run as the command line does."""
    process = subprocess.run(
        [sys.executable, str(HEADLESS)],
        input=messages.encode(asked) + "\n",
        capture_output=True,
        text=True,
        timeout=300,
    )
    told = [messages.decode(line) for line in process.stdout.splitlines()]
    assert process.returncode == (0 if isinstance(told[-1], messages.Done) else 1)
    return told


def opened(path: Path) -> bpy.types.Scene:
    bpy.ops.wm.open_mainfile(filepath=str(path), use_scripts=False)
    return bpy.context.scene


def the_head() -> bpy.types.Object:
    meshes = [item for item in bpy.data.objects if item.type == "MESH"]
    assert len(meshes) == 1
    return meshes[0]


def test_messages_tell_of_progress_and_end_with_facts(assets: Path) -> None:
    told = run(job(assets, "told.blend"))
    fractions = [m.fraction for m in told if isinstance(m, messages.Progress)]
    assert fractions == sorted(fractions)
    facts = told[-1].facts
    assert facts["frames"] == 12
    assert facts["rate_fps"] == pytest.approx(29.97, abs=0.001)
    assert facts["shape_keys"] == 52


def test_the_scene_has_the_clips_rate_and_length(built: Path) -> None:
    scene = opened(built)
    assert (scene.render.fps, scene.render.fps_base) == (30, pytest.approx(1.001))
    assert (scene.frame_start, scene.frame_end) == (1, 12)
    assert scene.camera is not None
    assert scene.world is not None
    assert scene.view_settings.view_transform == "Standard"
    assert scene.render.filepath.startswith("//")
    assert "#" in scene.render.filepath
    assert scene.render.image_settings.file_format == "PNG"
    assert scene.render.ffmpeg.audio_codec == "AAC"
    assert scene.render.resolution_x % 2 == scene.render.resolution_y % 2 == 0


def test_the_keys_are_the_52_and_the_action_moves_them(built: Path) -> None:
    scene = opened(built)
    head = the_head()
    keys = head.data.shape_keys
    assert [b.name for b in keys.key_blocks] == ["Basis", *EXPRESSION_NAMES]
    assert keys.animation_data.action_slot.target_id_type == "KEY"
    rig = head.parent.animation_data
    assert rig.action == keys.animation_data.action
    assert rig.action_slot.target_id_type == "OBJECT"
    motion = make_motion(frames=12, rate_fps=30 / 1.001)
    for frame in (1, 6, 12):
        scene.frame_set(frame)
        values = [block.value for block in keys.key_blocks[1:]]
        assert np.allclose(values, motion.expressions[frame - 1], atol=1e-5)


def test_the_file_needs_nothing_beside_it(built: Path) -> None:
    opened(built)
    strips_own = ["Test Person Sound.flac"]
    assert bpy.utils.blend_paths(absolute=False, packed=False) == strips_own
    for path in bpy.utils.blend_paths(absolute=False, packed=True):
        assert path.startswith("//") or path in strips_own
    images = [image for image in bpy.data.images if image.source == "FILE"]
    assert len(images) == 3
    assert all(image.packed_file and all(image.size) for image in images)
    assert [sound.packed_file is not None for sound in bpy.data.sounds] == [True]


def test_the_file_has_no_scripts_drivers_or_leftovers(built: Path) -> None:
    opened(built)
    assert not bpy.data.texts
    owners = [*bpy.data.objects, *bpy.data.shape_keys, *bpy.data.armatures]
    owners += [material.node_tree for material in bpy.data.materials]
    for owner in owners:
        assert not (owner.animation_data and owner.animation_data.drivers)
    for kind in (
        "actions armatures cameras collections images lights materials meshes "
        "objects shape_keys sounds worlds"
    ).split():
        for data in getattr(bpy.data, kind):
            assert data.users > 0, data
            assert not data.name[-3:].isdigit(), data


def test_the_sound_starts_and_ends_with_the_clip(built: Path) -> None:
    scene = opened(built)
    (strip,) = scene.sequence_editor.strips
    assert strip.frame_final_start == scene.frame_start
    assert abs(strip.frame_final_end - (scene.frame_end + 1)) <= 1
    assert scene.sync_mode == "AUDIO_SYNC"


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The add-on, as an artist has it who opens the file."""
    for variable in ("XDG_DATA_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "data"))
    blender_addon.register()
    yield
    blender_addon.unregister()


def smile_of(motion: core_assets.Motion) -> np.ndarray:
    return motion.expressions[:, EXPRESSION_NAMES.index("mouthSmileLeft")]


def keyed_smile() -> np.ndarray:
    """What the head's action says of the smile, frame by frame."""
    action = the_head().data.shape_keys.animation_data.action
    bags = action.layers[0].strips[0].channelbags
    path = 'key_blocks["mouthSmileLeft"].value'
    curve = next(c for bag in bags if (c := bag.fcurves.find(path)))
    return np.array([point.co[1] for point in curve.keyframe_points])


def test_the_performance_is_a_take_whose_strengths_can_be_changed(
    assets: Path, registered: None
) -> None:
    (assets / "clips").mkdir(exist_ok=True)
    clip = assets / "clips" / "hello.mp4"
    clip.touch()
    asked = job(assets, "take.blend", transfer={"mouth": 0.5}, clip=str(clip))
    end = run(asked)[-1]
    assert isinstance(end, messages.Done), end
    opened(Path(end.asset))
    head = the_head()
    action = head.data.shape_keys.animation_data.action
    take = action.photo_double_take
    assert (action.name, take.double) == ("Test Person hello", "Test Person")
    assert take.clip == "//clips/hello.mp4"
    assert (take.mouth, take.brows) == (0.5, 1.0)
    assert not scene_code.is_edited(action)
    motion = make_motion(frames=12, rate_fps=30 / 1.001)
    half = transfer_motion(motion, Transfer(mouth=0.5))
    assert np.allclose(keyed_smile(), smile_of(half), atol=1e-5)
    bpy.context.view_layer.objects.active = head
    take.mouth = 1.0
    assert bpy.ops.photo_double.carry_over() == {"FINISHED"}
    assert head.data.shape_keys.animation_data.action == action
    assert np.allclose(keyed_smile(), smile_of(motion), atol=1e-5)


def test_a_scene_of_a_part_is_as_long_as_it_and_holds_the_rest(
    assets: Path, registered: None
) -> None:
    part = {"start_s": 0.1, "end_s": 0.3}
    end = run(job(assets, "part.blend", transfer=part))[-1]
    assert isinstance(end, messages.Done), end
    assert (end.facts["frames"], end.facts["sound"]) == (6, True)
    scene = opened(Path(end.asset))
    assert scene.frame_end == 6
    (strip,) = scene.sequence_editor.strips
    renamed = bpy.app.version >= (5, 2, 0)
    sides = ("left", "right") if renamed else ("start", "end")
    name = "{}_handle" if renamed else "frame_final_{}"
    assert [getattr(strip, name.format(side)) for side in sides] == [1, 7]
    bpy.context.view_layer.objects.active = the_head()
    take = the_head().data.shape_keys.animation_data.action.photo_double_take
    take.start_s = take.end_s = 0.0
    assert bpy.ops.photo_double.carry_over() == {"FINISHED"}
    assert len(keyed_smile()) == 12


def test_a_stretched_scene_is_silent(assets: Path) -> None:
    end = run(job(assets, "slow.blend", transfer={"stretch": 2.0}))[-1]
    assert isinstance(end, messages.Done), end
    assert (end.facts["frames"], end.facts["sound"]) == (24, False)


def test_saving_the_file_again_keeps_everything(built: Path, tmp_path: Path) -> None:
    opened(built)
    before = {d.name for d in bpy.data.user_map()}
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "again.blend"))
    opened(tmp_path / "again.blend")
    assert {d.name for d in bpy.data.user_map()} == before


def test_an_existing_file_is_left_alone_unless_allowed(assets: Path) -> None:
    target = assets / "there.blend"
    target.write_text("mine")
    end = run(job(assets, "there.blend"))[-1]
    assert isinstance(end, messages.Failed)
    assert "exists already" in end.reason
    assert not end.details
    assert target.read_text() == "mine"
    assert isinstance(
        run(job(assets, "there.blend", overwrite=True))[-1], messages.Done
    )
    assert target.stat().st_size > 10_000


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"engine": "luxcore"}, "no engine"),
        ({"render": "film.avi"}, "Name it FILE.mp4"),
        ({"render": "film.mp4", "frames": (90, 99)}, "none of those asked for"),
    ],
)
def test_what_cannot_be_done_is_refused_before_any_work(
    assets: Path, tmp_path: Path, settings: dict, words: str
) -> None:
    if "render" in settings:
        settings = {**settings, "render": str(tmp_path / settings["render"])}
    end = run(job(assets, str(tmp_path / "no.blend"), **settings))[-1]
    assert isinstance(end, messages.Failed)
    assert words in end.reason
    assert not end.details
    assert not list(tmp_path.iterdir())


def test_a_missing_double_is_told_of(assets: Path, tmp_path: Path) -> None:
    asked = messages.BuildScene(
        double=str(tmp_path / "nobody.double"),
        motion=str(assets / "clip.motion.npz"),
        blend=str(tmp_path / "no.blend"),
        name="Nobody",
    )
    end = run(asked)[-1]
    assert isinstance(end, messages.Failed)
    assert "There is no Double" in end.reason
    assert not list(tmp_path.iterdir())


def test_a_movie_has_every_frame_and_the_sound(assets: Path, tmp_path: Path) -> None:
    movie = tmp_path / "film.mp4"
    asked = job(
        assets, "film.blend", render=str(movie), engine="workbench", width_px=96
    )
    told = run(asked)
    assert isinstance(told[-1], messages.Done), told[-1]
    assert "Rendering frame 12 of 12" in [getattr(m, "doing", "") for m in told]
    assert list(tmp_path.iterdir()) == [movie]
    content = movie.read_bytes()
    assert b"avc1" in content
    assert b"mp4a" in content
    strips = bpy.context.scene.sequence_editor_create().strips
    strip = strips.new_movie("film", str(movie), 1, 1)
    assert strip.frame_final_duration == 12
    assert strip.elements[0].orig_fps == pytest.approx(29.97, abs=0.01)


def test_a_sequence_and_a_picture(assets: Path, tmp_path: Path) -> None:
    sequence = job(
        assets,
        "sequence.blend",
        render=str(tmp_path / "f_####.png"),
        engine="workbench",
        frames=(3, 5),
        width_px=64,
    )
    assert isinstance(run(sequence)[-1], messages.Done)
    names = ["f_0003.png", "f_0004.png", "f_0005.png"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    refused = run(sequence)[-1]
    assert isinstance(refused, messages.Failed)

    picture = tmp_path / "one.png"
    asked = job(
        assets,
        "picture.blend",
        render=str(picture),
        samples=2,
        width_px=64,
        height_px=80,
    )
    assert isinstance(run(asked)[-1], messages.Done)
    image = bpy.data.images.load(str(picture))
    assert tuple(image.size) == (64, 80)
    pixels = np.array(image.pixels[:]).reshape(-1, 4)[:, :3]
    assert pixels.max() > 0.4
    magenta = (pixels[:, 0] > 0.9) & (pixels[:, 1] < 0.1) & (pixels[:, 2] > 0.9)
    assert not magenta.any()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends processes at once")
def test_ended_in_mid_render_it_leaves_nothing(assets: Path, tmp_path: Path) -> None:
    asked = job(
        assets,
        str(tmp_path / "scene.blend"),
        render=str(tmp_path / "film.mp4"),
        samples=512,
        width_px=400,
    )
    process = subprocess.Popen(
        [sys.executable, str(HEADLESS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    process.stdin.write(messages.encode(asked) + "\n")
    process.stdin.flush()
    for line in process.stdout:
        if "Rendering" in json.loads(line).get("doing", ""):
            break
    time.sleep(1.0)
    assert list(tmp_path.iterdir())
    started = time.monotonic()
    os.kill(process.pid, signal.SIGTERM)
    last = messages.decode(process.stdout.read().splitlines()[-1])
    assert process.wait(timeout=30) == 1
    assert time.monotonic() - started < 10
    assert isinstance(last, messages.Failed)
    assert last.cancelled
    assert not list(tmp_path.iterdir())
