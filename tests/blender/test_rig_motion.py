"""Check 2 to 4: the action's slots and curves; the head does as it was told."""

import bpy
import numpy as np
import pytest
from made_of_spheres import make_double, make_motion
from photo_double.blender_addon import scene
from photo_double.blender_addon.rig import motion_at_frames
from photo_double.core.assets import Motion
from photo_double.core.expressions import EXPRESSION_INDEX, EXPRESSION_NAMES

BLINK = EXPRESSION_INDEX["eyeBlinkLeft"]


def animated(
    motion: Motion, *, fps: int = 25, fps_base: float = 1.0, start: int | None = 1
) -> scene.AddedDouble:
    render = bpy.context.scene.render
    render.fps, render.fps_base = fps, fps_base
    added = scene.add_double(bpy.context, make_double())
    scene.animate_double(bpy.context, added, motion, start_frame=start)
    return added


def curves_of(animated: bpy.types.Key | bpy.types.Object) -> dict:
    data = animated.animation_data
    bag = data.action.layers[0].strips[0].channelbag(data.action_slot)
    return {(curve.data_path, curve.array_index): curve for curve in bag.fcurves}


def keys_of(curve: bpy.types.FCurve) -> np.ndarray:
    values = np.empty(2 * len(curve.keyframe_points), np.float32)
    curve.keyframe_points.foreach_get("co", values)
    return values.reshape(-1, 2)


def shown(added: scene.AddedDouble, frame: int) -> np.ndarray:
    bpy.context.scene.frame_set(frame)
    head = added.head_object().evaluated_get(bpy.context.evaluated_depsgraph_get())
    values = np.empty(3 * len(head.data.vertices), np.float32)
    head.data.vertices.foreach_get("co", values)
    return values.reshape(-1, 3)


def test_one_action_has_a_slot_for_the_face_and_one_for_the_rig() -> None:
    added = animated(make_motion())
    key = added.head_object().data.shape_keys.animation_data
    rig = added.rig_object().animation_data
    assert key.action == rig.action
    assert key.action_slot.target_id_type == "KEY"
    assert rig.action_slot.target_id_type == "OBJECT"
    assert [action.name for action in bpy.data.actions] == ["Test Person Performance"]


def test_the_faces_curves_are_the_52_and_hold_the_motion() -> None:
    motion = make_motion()
    added = animated(motion)
    curves = curves_of(added.head_object().data.shape_keys)
    assert list(curves) == [
        (f'key_blocks["{name}"].value', 0) for name in EXPRESSION_NAMES
    ]
    for index, curve in enumerate(curves.values()):
        keys = keys_of(curve)
        assert np.array_equal(keys[:, 0], np.arange(1, 31))
        assert np.allclose(keys[:, 1], motion.expressions[:, index], atol=1e-6)
        assert keys[:, 1].min() >= 0
        assert keys[:, 1].max() <= 1
        assert {point.interpolation for point in curve.keyframe_points} == {"LINEAR"}


def test_quaternions_are_unit_and_continuous() -> None:
    added = animated(make_motion())
    curves = curves_of(added.rig_object())
    assert len(curves) == 19
    for bone in ("neck", "head", "eye.L", "eye.R"):
        path = f'pose.bones["{bone}"].rotation_quaternion'
        rows = np.stack([keys_of(curves[path, i])[:, 1] for i in range(4)], axis=1)
        assert np.abs(np.linalg.norm(rows, axis=1) - 1).max() < 1e-3
        assert (rows[1:] * rows[:-1]).sum(axis=1).min() > 0


def test_the_heads_turn_in_the_world_is_the_performers() -> None:
    motion = make_motion()
    added = animated(motion)
    rig = added.rig_object()
    rest = np.array(rig.data.bones["head"].matrix_local)[:3, :3]
    for frame in (0, 7, 19, 29):
        bpy.context.scene.frame_set(1 + frame)
        turned = np.array(rig.pose.bones["head"].matrix)[:3, :3] @ rest.T
        assert np.allclose(turned, motion.T_world_head[frame, :3, :3], atol=1e-5)


def test_the_neck_takes_forty_percent_of_the_turn() -> None:
    motion = make_motion()
    added = animated(motion)
    rig = added.rig_object()
    rest = np.array(rig.data.bones["neck"].matrix_local)[:3, :3]

    def angle(rotation: np.ndarray) -> float:
        return float(np.arccos(np.clip((np.trace(rotation) - 1) / 2, -1, 1)))

    for frame in (3, 10, 25):
        bpy.context.scene.frame_set(1 + frame)
        neck = np.array(rig.pose.bones["neck"].matrix)[:3, :3] @ rest.T
        whole = angle(motion.T_world_head[frame, :3, :3])
        assert angle(neck) == pytest.approx(0.4 * whole, abs=1e-3)


def test_the_head_travels_as_the_performers_did() -> None:
    motion = make_motion()
    added = animated(motion)
    rig = added.rig_object()
    seen = []
    for frame in range(30):
        bpy.context.scene.frame_set(1 + frame)
        seen.append(np.array(rig.pose.bones["head"].head))
    filmed = motion.T_world_head[:, :3, 3]
    difference = (np.array(seen) - filmed) - (seen[0] - filmed[0])
    assert np.abs(difference).max() < 1e-5


def test_gaze_turns_the_eyes_within_the_head() -> None:
    motion = make_motion()
    added = animated(motion)
    rig = added.rig_object()
    frame = 8
    bpy.context.scene.frame_set(1 + frame)
    for side, name in enumerate(("eye.L", "eye.R")):
        looking = np.array(rig.pose.bones[name].vector.normalized())
        yaw, pitch = motion.gaze_rad[frame, side]
        expected = [
            np.sin(yaw) * np.cos(pitch),
            -np.cos(yaw) * np.cos(pitch),
            np.sin(pitch),
        ]
        head = motion.T_world_head[frame, :3, :3]
        assert np.allclose(looking, head @ expected, atol=1e-4)


def test_frames_differ_and_come_out_the_same_again() -> None:
    added = animated(make_motion())
    first, blink = shown(added, 1), shown(added, 16)
    assert np.abs(first - blink).max() > 1e-3
    assert np.array_equal(shown(added, 1), first)


@pytest.mark.parametrize(
    ("frames", "rate", "fps", "fps_base"),
    [
        (90, 30 / 1.001, 30, 1.001),
        (90, 30 / 1.001, 24, 1.0),
        (150, 50.0, 24, 1.0),
        (75, 25.0, 60, 1.0),
        (120, 60.0, 24, 1.001),
    ],
)
def test_there_is_a_key_on_every_frame_and_the_end_is_the_clips(
    frames: int, rate: float, fps: int, fps_base: float
) -> None:
    motion = make_motion(frames=frames, rate_fps=rate)
    added = animated(motion, fps=fps, fps_base=fps_base, start=11)
    for curve in (
        *curves_of(added.head_object().data.shape_keys).values(),
        *curves_of(added.rig_object()).values(),
    ):
        keys = keys_of(curve)
        assert keys[0, 0] == 11
        assert np.all(np.diff(keys[:, 0]) == 1)
        assert np.isfinite(keys).all()
        assert abs(len(keys) - frames / rate * fps / fps_base) <= 1
        ends_s = (keys[-1, 0] - 11) * fps_base / fps
        late = max(1 / rate, fps_base / fps)
        assert ends_s == pytest.approx(motion.times_s[-1], abs=late)


def test_a_clip_of_variable_rate_ends_at_its_second() -> None:
    even = make_motion(frames=60, rate_fps=30.0)
    times = np.cumsum(np.concatenate([[0.0], 1 / 30 + 0.01 * np.sin(np.arange(59))]))
    motion = Motion(**{**vars(even), "times_s": times})
    added = animated(motion, fps=24)
    keys = keys_of(
        curves_of(added.head_object().data.shape_keys)['key_blocks["jawOpen"].value', 0]
    )
    assert (keys[-1, 0] - 1) / 24 == pytest.approx(times[-1], abs=1 / 24)
    middle = np.interp(
        20 / 24, times, motion.expressions[:, EXPRESSION_INDEX["jawOpen"]]
    )
    assert keys[20, 1] == pytest.approx(middle, abs=0.02)


@pytest.mark.parametrize("blink_at", range(20, 28))
def test_a_blink_of_one_frame_still_closes_at_a_lower_rate(blink_at: int) -> None:
    motion = make_motion(frames=60, rate_fps=60.0)
    expressions = np.zeros_like(motion.expressions)
    expressions[blink_at, BLINK] = 1.0
    short = Motion(**{**vars(motion), "expressions": expressions})
    framed = motion_at_frames(short, 24.0)
    assert framed.expressions[:, BLINK].max() == 1.0
    assert np.abs(framed.expressions[:, BLINK].argmax() / 24 - blink_at / 60) < 0.021


def test_at_the_clips_own_rate_nothing_is_resampled() -> None:
    motion = make_motion(frames=40, rate_fps=30 / 1.001)
    framed = motion_at_frames(motion, 30 / 1.001)
    assert np.array_equal(framed.expressions, motion.expressions.astype(float))
    assert np.array_equal(framed.gaze_rad, motion.gaze_rad.astype(float))


def test_animating_again_keeps_the_older_action() -> None:
    added = animated(make_motion())
    before = bpy.data.actions[0]
    scene.animate_double(bpy.context, added, make_motion(frames=10), start_frame=5)
    assert before.use_fake_user
    assert added.rig_object().animation_data.action != before
    assert len(bpy.data.actions) == 2
