"""Several takes a double: added, chosen among, carried over anew, with nothing lost."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view
from made_of_spheres import make_double, make_motion
from mathutils import Vector
from photo_double import blender_addon
from photo_double.blender_addon import scene, takes
from photo_double.blender_addon.scene.takes import captured_motion
from photo_double.core import assets, spaces
from photo_double.core.expressions import EXPRESSION_INDEX
from photo_double.core.live_link import live_link_csv
from photo_double.core.transfer import Transfer, transfer_motion

CLIP = Path(__file__).resolve().parents[2] / "examples" / "clip.mp4"
SMILE = "mouthSmileLeft"


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The add-on, with a data folder of its own."""
    for variable in ("XDG_DATA_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "data"))
    blender_addon.register()
    yield
    blender_addon.unregister()


@pytest.fixture
def added() -> scene.AddedDouble:
    """A double in a scene of the takes' own rate."""
    bpy.context.scene.render.fps = 25
    return scene.add_double(bpy.context, make_double())


def stored(folder: Path, name: str, motion: assets.Motion | None = None) -> str:
    path = folder / f"{name}.motion.npz"
    motion = motion or make_motion()
    replace(motion, source={**motion.source, "name": f"{name}.mp4"}).save(path)
    return str(path)


def apply(path: str) -> bpy.types.Action:
    assert bpy.ops.photo_double.apply_motion(filepath=path) == {"FINISHED"}
    return performed()


def performed() -> bpy.types.Action:
    """The one action that head and rig of the double have."""
    rig = bpy.data.objects["Test Person Rig"]
    keys = bpy.data.objects["Test Person Head"].data.shape_keys
    assert rig.animation_data.action == keys.animation_data.action
    assert rig.animation_data.action_slot.target_id_type == "OBJECT"
    assert keys.animation_data.action_slot.target_id_type == "KEY"
    return rig.animation_data.action


def curve_of(action: bpy.types.Action, path: str, index: int = 0) -> bpy.types.FCurve:
    bags = action.layers[0].strips[0].channelbags
    return next(c for bag in bags if (c := bag.fcurves.find(path, index=index)))


def keys_of(action: bpy.types.Action, expression: str) -> np.ndarray:
    curve = curve_of(action, f'key_blocks["{expression}"].value')
    values = np.empty(2 * len(curve.keyframe_points), np.float32)
    curve.keyframe_points.foreach_get("co", values)
    return values.reshape(-1, 2)[:, 1]


def carry_over(**settings: Any) -> bpy.types.Action:
    take = performed().photo_double_take
    for name, value in settings.items():
        setattr(take, name, value)
    assert bpy.ops.photo_double.carry_over() == {"FINISHED"}
    return performed()


def test_each_motion_is_a_take_of_its_own_called_after_its_clip(
    added: scene.AddedDouble, tmp_path: Path
) -> None:
    first = apply(stored(tmp_path, "hello"))
    second = apply(stored(tmp_path, "goodbye", make_motion(frames=10)))
    assert (first.name, second.name) == ("Test Person hello", "Test Person goodbye")
    assert performed() == second
    assert first.use_fake_user
    assert second.use_fake_user
    assert takes.takes_of(added.rig_object()) == [second, first], "by name"
    third = apply(stored(tmp_path / "again", "hello"))
    assert third.name == "Test Person hello.001"


def test_a_take_that_is_used_again_is_performed_as_it_was(
    added: scene.AddedDouble, tmp_path: Path
) -> None:
    first = apply(stored(tmp_path, "hello"))
    bpy.context.scene.frame_set(12)
    smile = added.head_object().data.shape_keys.key_blocks[SMILE]
    before = smile.value
    apply(stored(tmp_path, "goodbye", replace(make_motion(), expressions=_still())))
    bpy.context.scene.frame_set(12)
    assert smile.value == 0
    assert bpy.ops.photo_double.use_take(action=first.name) == {"FINISHED"}
    bpy.context.scene.frame_set(12)
    assert smile.value == before > 0
    assert performed() == first


def _still() -> np.ndarray:
    return np.zeros((30, 52), np.float32)


def test_only_the_sound_of_the_take_in_use_is_heard(
    added: scene.AddedDouble, tmp_path: Path
) -> None:
    first = apply(stored(tmp_path, "hello"))
    second = apply(stored(tmp_path, "goodbye"))
    strips = bpy.context.scene.sequence_editor.strips
    sounds = [strips[take.photo_double_take.sound] for take in (first, second)]
    assert [strip.mute for strip in sounds] == [True, False]
    bpy.ops.photo_double.use_take(action=first.name)
    assert [strip.mute for strip in sounds] == [False, True]


def test_a_csv_is_a_take_too(added: scene.AddedDouble, tmp_path: Path) -> None:
    motion = make_motion(frames=60)
    (tmp_path / "phone.csv").write_bytes(live_link_csv(motion))
    action = apply(str(tmp_path / "phone.csv"))
    assert action.name == "Test Person phone"
    expected = motion.expressions[:, EXPRESSION_INDEX[SMILE]]
    assert np.allclose(keys_of(action, SMILE), expected, atol=1e-6)


def test_a_damaged_csv_is_refused_and_nothing_changes(
    added: scene.AddedDouble, tmp_path: Path
) -> None:
    (tmp_path / "phone.csv").write_text("a,b\n1,2\n")
    with pytest.raises(RuntimeError, match="cannot be used as a Live Link Face CSV"):
        bpy.ops.photo_double.apply_motion(filepath=str(tmp_path / "phone.csv"))
    assert not bpy.data.actions


def test_a_take_is_carried_over_in_its_own_action_and_back(
    added: scene.AddedDouble, tmp_path: Path
) -> None:
    motion = make_motion()
    action = apply(stored(tmp_path, "hello"))
    before = keys_of(action, SMILE)
    assert carry_over(mouth=0.5, mirror=True) == action
    expected = transfer_motion(motion, Transfer(mouth=0.5, mirror=True))
    smile = expected.expressions[:, EXPRESSION_INDEX[SMILE]]
    assert np.allclose(keys_of(action, SMILE), smile, atol=1e-5)
    assert not np.allclose(smile, before)
    assert len(bpy.data.actions) == 1
    carry_over(mouth=1.0, mirror=False)
    assert np.array_equal(keys_of(action, SMILE), before)


def test_keys_that_the_artist_changed_are_never_written_over(
    added: scene.AddedDouble, tmp_path: Path
) -> None:
    action = apply(stored(tmp_path, "hello"))
    carry_over(brows=0.5)
    curve_of(action, f'key_blocks["{SMILE}"].value').keyframe_points[3].co.y = 0.9
    edited = keys_of(action, SMILE)
    new = carry_over(mouth=0.5)
    assert new != action
    assert np.array_equal(keys_of(action, SMILE), edited)
    assert action.use_fake_user
    assert new.name == "Test Person hello.001"
    assert keys_of(new, SMILE)[3] < 0.5
    take = action.photo_double_take
    assert (take.mouth, take.brows) == (1.0, 0.5), "as its keys were made"
    assert (new.photo_double_take.mouth, new.photo_double_take.brows) == (0.5, 0.5)
    assert carry_over(mouth=0.8) == new, "nobody worked on the new one"


@pytest.mark.parametrize("work", ["a jaw key", "a noise", "a moved key"])
def test_any_work_on_the_keys_is_noticed(
    added: scene.AddedDouble, tmp_path: Path, work: str
) -> None:
    action = apply(stored(tmp_path, "hello"))
    assert not scene.is_edited(action)
    curve = curve_of(action, f'key_blocks["{SMILE}"].value')
    match work:
        case "a jaw key":
            rig = added.rig_object()
            rig.pose.bones["jaw"].rotation_quaternion = (0.9, 0.1, 0, 0)
            rig.pose.bones["jaw"].keyframe_insert("rotation_quaternion", frame=4)
        case "a noise":
            curve.modifiers.new("NOISE")
        case _:
            curve.keyframe_points[2].co.x += 0.5
    assert scene.is_edited(action)


def test_the_artists_own_action_stays_when_a_take_comes(
    added: scene.AddedDouble, tmp_path: Path
) -> None:
    rig = added.rig_object()
    rig.keyframe_insert("location", frame=1)
    own = rig.animation_data.action
    apply(stored(tmp_path, "hello"))
    assert own.use_fake_user
    assert len(own.layers[0].strips[0].channelbags[0].fcurves) == 3
    assert not own.photo_double_take.double


def test_a_saved_file_can_carry_its_takes_over_without_any_other(
    added: scene.AddedDouble, tmp_path: Path
) -> None:
    path = stored(tmp_path, "hello")
    apply(path)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    Path(path).unlink()
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.context.view_layer.objects.active = bpy.data.objects["Test Person Rig"]
    assert captured_motion(performed()).sound is None
    action = carry_over(mouth=0.0)
    assert keys_of(action, SMILE).max() == 0
    assert keys_of(action, "browInnerUp").max() > 0.1


def test_carrying_over_is_one_step_of_undo(
    added: scene.AddedDouble, tmp_path: Path
) -> None:
    action = apply(stored(tmp_path, "hello"))
    before = keys_of(action, SMILE)
    name = action.name
    action.photo_double_take.mouth = 0.25
    bpy.ops.ed.undo_push(message="slider")
    bpy.ops.photo_double.carry_over("EXEC_DEFAULT", True)
    assert keys_of(bpy.data.actions[name], SMILE).max() < before.max()
    bpy.ops.ed.undo()
    assert np.array_equal(keys_of(bpy.data.actions[name], SMILE), before)
    assert not scene.is_edited(bpy.data.actions[name])


def test_a_take_of_another_double_is_refused(
    added: scene.AddedDouble, tmp_path: Path
) -> None:
    apply(stored(tmp_path, "hello"))
    other = scene.add_double(bpy.context, make_double("Other"))
    bpy.context.view_layer.objects.active = other.rig_object()
    with pytest.raises(RuntimeError, match="Other has no take 'Test Person hello'"):
        bpy.ops.photo_double.use_take(action="Test Person hello")
    with pytest.raises(RuntimeError, match="poll"):
        bpy.ops.photo_double.carry_over()


def test_an_action_that_lost_its_motion_says_so(
    added: scene.AddedDouble, tmp_path: Path
) -> None:
    action = apply(stored(tmp_path, "hello"))
    del action["photo_double_motion"]
    with pytest.raises(RuntimeError, match=r"does not hold the performance.*Add the"):
        bpy.ops.photo_double.carry_over()
    assert keys_of(action, SMILE).max() > 0


def test_a_rig_in_tweak_mode_is_left_alone(
    added: scene.AddedDouble, tmp_path: Path
) -> None:
    first = apply(stored(tmp_path, "hello"))
    second = stored(tmp_path, "goodbye")
    data = added.rig_object().animation_data
    track = data.nla_tracks.new()
    strip = track.strips.new("strip", 1, first)
    data.action = None
    track.select = strip.select = True
    track.is_solo = False
    data.use_tweak_mode = True
    if not data.use_tweak_mode:
        pytest.skip("this Blender enters tweak mode in its editor only")
    with pytest.raises(RuntimeError, match="Leave that mode"):
        bpy.ops.photo_double.apply_motion(filepath=second)
    assert len(bpy.data.actions) == 1


def pixels_of(motion: assets.Motion) -> np.ndarray:
    """Where the clip's camera saw a point 8 cm before the head joint [frames, 2]."""
    point = motion.T_world_head.astype(float) @ [0.0, -0.08, 0.03, 1.0]
    seen = np.linalg.inv(spaces.T_WORLD_CAMERA) @ point.T
    c = motion.camera
    center = np.array([c.center_x_px, c.center_y_px])
    return (c.focal_px * seen[:2] / seen[2]).T + center


def pixels_in_blender(
    added: scene.AddedDouble, camera: bpy.types.Object, frames: int
) -> np.ndarray:
    """The same point of the double in the camera's picture."""
    render = bpy.context.scene.render
    rig, found = added.rig_object(), []
    rest = rig.data.bones["head"].matrix_local.copy()
    point = rest.inverted() @ (rest.to_translation() + Vector((0, -0.08, 0.03)))
    for frame in range(1, frames + 1):
        bpy.context.scene.frame_set(frame)
        bone = rig.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones
        world = rig.matrix_world @ bone["head"].matrix @ point
        view = world_to_camera_view(bpy.context.scene, camera, world)
        found.append([view.x * render.resolution_x, (1 - view.y) * render.resolution_y])
    return np.array(found)


@pytest.mark.skipif(not CLIP.exists(), reason="examples/clip.mp4 is not made yet")
@pytest.mark.parametrize(
    "settings",
    [{}, {"mirror": True}, {"relative": True}, {"relative": True, "mirror": True}],
    ids=str,
)
def test_the_clips_camera_sees_the_double_where_it_saw_the_driver(
    added: scene.AddedDouble, tmp_path: Path, settings: dict[str, bool]
) -> None:
    motion = make_motion()
    source = {**motion.source, "start_s": 2.0}
    rig = added.rig_object()
    rig.location, rig.rotation_euler = (1.0, -2.0, 0.5), (0.1, 0.2, 0.7)
    bpy.context.scene.render.resolution_x = motion.camera.width_px
    bpy.context.scene.render.resolution_y = motion.camera.height_px
    apply(stored(tmp_path, "hello", replace(motion, source=source)))
    carry_over(**settings)
    assert bpy.ops.photo_double.show_clip(filepath=str(CLIP)) == {"FINISHED"}
    camera = bpy.data.objects["Test Person Clip Camera"]
    expected = pixels_of(motion)
    if settings.get("mirror"):
        expected[:, 0] = motion.camera.width_px - expected[:, 0]
    found = pixels_in_blender(added, camera, len(expected))
    assert np.ptp(expected, axis=0).min() > 20, "the head moves about"
    assert np.abs(found - expected).max() < 0.1
    (background,) = camera.data.background_images
    assert background.use_flip_x == bool(settings.get("mirror"))
    assert (background.clip.frame_start, background.clip.frame_offset) == (1, 50)
    assert bpy.context.scene.camera is None, "the artist's choice"


@pytest.mark.skipif(not CLIP.exists(), reason="examples/clip.mp4 is not made yet")
def test_the_clips_camera_follows_what_becomes_of_the_take(
    added: scene.AddedDouble, tmp_path: Path
) -> None:
    motion = make_motion()
    bpy.context.scene.render.resolution_x = motion.camera.width_px
    bpy.context.scene.render.resolution_y = motion.camera.height_px
    apply(stored(tmp_path, "hello", motion))
    bpy.ops.photo_double.show_clip(filepath=str(CLIP))
    carry_over(mirror=True, relative=True)
    camera = bpy.data.objects["Test Person Clip Camera"]
    expected = pixels_of(motion)
    expected[:, 0] = motion.camera.width_px - expected[:, 0]
    found = pixels_in_blender(added, camera, len(expected))
    assert np.abs(found - expected).max() < 0.1
    assert [item.use_flip_x for item in camera.data.background_images] == [True]


@pytest.mark.skipif(not CLIP.exists(), reason="examples/clip.mp4 is not made yet")
def test_the_clip_is_remembered_and_shown_by_one_camera(
    added: scene.AddedDouble, tmp_path: Path
) -> None:
    apply(stored(tmp_path, "hello"))
    for _ in range(2):
        bpy.ops.photo_double.show_clip(filepath=str(CLIP))
    assert performed().photo_double_take.clip == str(CLIP)
    assert sum(item.type == "CAMERA" for item in bpy.data.objects) == 1
    assert len(bpy.data.movieclips) == 1
    assert bpy.ops.photo_double.show_clip() == {"FINISHED"}, "without asking again"


def test_a_clip_that_cannot_be_shown_is_refused(
    added: scene.AddedDouble, tmp_path: Path
) -> None:
    apply(stored(tmp_path, "hello"))
    (tmp_path / "a.mp4").write_text("no video")
    with pytest.raises(RuntimeError, match=r"Blender cannot (open|show)"):
        bpy.ops.photo_double.show_clip(filepath=str(tmp_path / "a.mp4"))
    with pytest.raises(RuntimeError, match="There is no video at"):
        bpy.ops.photo_double.show_clip(filepath=str(tmp_path / "b.mp4"))
    assert not bpy.data.movieclips
    assert not any(item.type == "CAMERA" for item in bpy.data.objects)


def strip_of(action: bpy.types.Action) -> Any:
    return bpy.context.scene.sequence_editor.strips[action.photo_double_take.sound]


def heard(action: bpy.types.Action) -> tuple[float, float, float]:
    """First frame that a take's sound is heard at, the one after, what comes before."""
    strip = strip_of(action)
    if bpy.app.version >= (5, 2, 0):
        offset = strip.left_handle_offset
        return strip.left_handle, strip.right_handle, offset
    return strip.frame_final_start, strip.frame_final_end, strip.frame_offset_start


def test_a_take_is_trimmed_with_its_sound_and_made_whole_again(
    added: scene.AddedDouble, tmp_path: Path
) -> None:
    bpy.context.scene.frame_start = 11
    action = apply(stored(tmp_path, "hello"))
    before = keys_of(action, SMILE)
    assert heard(action) == (11, 41, 0)
    carry_over(start_s=0.2, end_s=0.8)
    assert np.allclose(keys_of(action, SMILE), before[5:20], atol=1e-6)
    assert tuple(action.frame_range) == (11, 25)
    assert heard(action) == (11, 26, 5)
    assert not strip_of(action).mute
    carry_over(start_s=0.0, end_s=0.0)
    assert np.array_equal(keys_of(action, SMILE), before)
    assert heard(action) == (11, 41, 0)


def test_a_stretched_take_is_silent_and_closes_its_eyes_still(
    added: scene.AddedDouble, tmp_path: Path
) -> None:
    action = apply(stored(tmp_path, "hello"))
    carry_over(stretch=0.4)
    assert len(keys_of(action, SMILE)) == 12
    assert keys_of(action, "eyeBlinkLeft").max() == 1
    assert strip_of(action).mute
    carry_over(stretch=2.0)
    assert len(keys_of(action, SMILE)) == 60
    carry_over(stretch=1.0)
    assert not strip_of(action).mute


def test_a_range_that_is_none_is_refused_and_nothing_changes(
    added: scene.AddedDouble, tmp_path: Path
) -> None:
    action = apply(stored(tmp_path, "hello"))
    before = keys_of(action, SMILE)
    take = action.photo_double_take
    take.start_s, take.end_s = 0.8, 0.4
    with pytest.raises(RuntimeError, match=r"hello would end at second 0\.4, before"):
        bpy.ops.photo_double.carry_over()
    take.start_s, take.end_s = 9.0, 0.0
    with pytest.raises(RuntimeError, match="none of them is from 9 on"):
        bpy.ops.photo_double.carry_over()
    assert np.array_equal(keys_of(action, SMILE), before)
    assert not scene.is_edited(action)


def test_a_sound_that_the_artist_moved_stays_where_it_is(
    added: scene.AddedDouble, tmp_path: Path
) -> None:
    action = apply(stored(tmp_path, "hello"))
    name = "content_start" if bpy.app.version >= (5, 2, 0) else "frame_start"
    setattr(strip_of(action), name, 40)
    carry_over(start_s=0.2)
    assert heard(action) == (40, 70, 0)


def test_takes_that_share_a_sound_each_hear_their_part_of_it(
    added: scene.AddedDouble, tmp_path: Path
) -> None:
    action = apply(stored(tmp_path, "hello"))
    curve_of(action, f'key_blocks["{SMILE}"].value').keyframe_points[3].co.y = 0.9
    new = carry_over(start_s=0.4)
    assert new.photo_double_take.sound == action.photo_double_take.sound
    assert heard(new) == (1, 21, 10)
    assert bpy.ops.photo_double.use_take(action=action.name) == {"FINISHED"}
    assert heard(action) == (1, 31, 0)
    assert not strip_of(action).mute


def remove(name: str, **choices: bool) -> set[str]:
    return bpy.ops.photo_double.remove_take(action=name, **choices)


def test_a_removed_take_gives_way_to_another_and_its_sound_goes(
    added: scene.AddedDouble, tmp_path: Path
) -> None:
    first = apply(stored(tmp_path, "hello"))
    second = apply(stored(tmp_path, "goodbye"))
    assert remove(second.name) == {"FINISHED"}
    assert performed() == first
    assert list(bpy.data.actions) == [first]
    assert not strip_of(first).mute
    assert len(bpy.data.sounds) == 1
    third = apply(stored(tmp_path, "again"))
    assert remove(first.name) == {"FINISHED"}
    assert performed() == third


def test_the_double_rests_when_its_last_take_is_removed(
    added: scene.AddedDouble, tmp_path: Path
) -> None:
    rig = added.rig_object()
    action = apply(stored(tmp_path, "hello"))
    rig.pose.bones["jaw"].rotation_quaternion = (0.9, 0.1, 0, 0)
    bpy.context.scene.frame_set(12)
    blocks = added.head_object().data.shape_keys.key_blocks
    assert max(block.value for block in blocks[1:]) > 0.3
    assert remove(action.name) == {"FINISHED"}
    assert not bpy.data.actions
    assert rig.animation_data.action is None
    assert max(block.value for block in blocks[1:]) == 0
    turned = [
        b.name for b in rig.pose.bones if tuple(b.rotation_quaternion)[1:] != (0,) * 3
    ]
    assert turned == ["jaw"], "the artist's own pose"


def test_a_take_with_the_artists_keys_is_not_removed_without_a_word(
    added: scene.AddedDouble, tmp_path: Path
) -> None:
    action = apply(stored(tmp_path, "hello"))
    curve_of(action, f'key_blocks["{SMILE}"].value').keyframe_points[3].co.y = 0.9
    with pytest.raises(RuntimeError, match="Keys of Test Person hello were changed"):
        remove(action.name)
    assert performed() == action
    assert remove(action.name, edited_too=True) == {"FINISHED"}
    assert not bpy.data.actions


def test_a_take_that_a_strip_of_the_nla_plays_is_not_removed(
    added: scene.AddedDouble, tmp_path: Path
) -> None:
    first = apply(stored(tmp_path, "hello"))
    second = apply(stored(tmp_path, "goodbye"))
    track = added.rig_object().animation_data.nla_tracks.new()
    track.strips.new("strip", 1, first)
    with pytest.raises(RuntimeError, match="is used elsewhere in the file"):
        remove(first.name)
    assert bpy.data.actions.get(first.name) == first
    assert performed() == second


def test_a_sound_strip_that_the_artist_cut_outlives_its_take(
    added: scene.AddedDouble, tmp_path: Path
) -> None:
    action = apply(stored(tmp_path, "hello"))
    strip = strip_of(action)
    renamed = bpy.app.version >= (5, 2, 0)
    setattr(strip, "right_handle_offset" if renamed else "frame_offset_end", 7)
    remove(action.name)
    assert [kept.name for kept in bpy.context.scene.sequence_editor.strips] == [
        "Test Person Sound"
    ]


def test_removing_a_take_is_one_step_of_undo(
    added: scene.AddedDouble, tmp_path: Path
) -> None:
    action = apply(stored(tmp_path, "hello"))
    name, before = action.name, keys_of(action, SMILE)
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.photo_double.remove_take("EXEC_DEFAULT", True, action=name)
    assert name not in bpy.data.actions
    bpy.ops.ed.undo()
    assert np.array_equal(keys_of(performed(), SMILE), before)
    assert performed().name == name
    assert not strip_of(performed()).mute


@pytest.mark.skipif(not CLIP.exists(), reason="examples/clip.mp4 is not made yet")
def test_the_clip_behind_a_trimmed_take_starts_with_it(
    added: scene.AddedDouble, tmp_path: Path
) -> None:
    motion = make_motion()
    apply(
        stored(
            tmp_path, "hello", replace(motion, source={**motion.source, "start_s": 2})
        )
    )
    carry_over(start_s=0.4)
    bpy.ops.photo_double.show_clip(filepath=str(CLIP))
    (background,) = bpy.data.objects["Test Person Clip Camera"].data.background_images
    assert background.clip.frame_offset == 60
