"""Check 1 and 7: one mesh, 52 keys that move what they should, weights, bones."""

import bpy
import numpy as np
import pytest
from made_of_spheres import EYE_RADIUS, EYES, make_double
from mathutils import Quaternion
from photo_double.blender_addon import scene
from photo_double.blender_addon.rig.armature import limited_weights
from photo_double.blender_addon.rig.head_mesh import MATERIAL_SLOTS, lid_margin
from photo_double.core.assets import JOINT_NAMES, PART_NAMES, Double
from photo_double.core.expressions import EXPRESSION_NAMES


@pytest.fixture
def double() -> Double:
    return make_double()


@pytest.fixture
def added(double: Double) -> scene.AddedDouble:
    return scene.add_double(bpy.context, double)


def coordinates(data: bpy.types.bpy_prop_collection) -> np.ndarray:
    values = np.empty(3 * len(data), np.float32)
    data.foreach_get("co", values)
    return values.reshape(-1, 3)


def evaluated(head: bpy.types.Object) -> np.ndarray:
    bpy.context.view_layer.update()
    shown = head.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return coordinates(shown.data.vertices)


def test_there_is_one_mesh_and_it_is_sound(added: scene.AddedDouble) -> None:
    assert [item.name for item in bpy.data.objects if item.type == "MESH"] == [
        added.head
    ]
    mesh = added.head_object().data
    assert not mesh.validate(verbose=True)
    assert all(polygon.use_smooth for polygon in mesh.polygons)


def test_faces_keep_their_corners_and_uvs(
    double: Double, added: scene.AddedDouble
) -> None:
    mesh = added.head_object().data
    layer = mesh.uv_layers.active
    assert len(mesh.polygons) == len(double.faces)
    for index in (0, 1, 40, 700, len(double.faces) - 1):
        polygon = mesh.polygons[index]
        corners = double.faces[index] >= 0
        assert list(polygon.vertices) == double.faces[index][corners].tolist()
        uvs = [layer.uv[loop].vector[:] for loop in polygon.loop_indices]
        expected = double.uvs[double.face_uvs[index][corners]]
        assert np.allclose(uvs, expected, atol=1e-6)


def test_the_keys_are_the_52_in_order(double: Double, added: scene.AddedDouble) -> None:
    blocks = added.head_object().data.shape_keys.key_blocks
    assert [block.name for block in blocks] == ["Basis", *EXPRESSION_NAMES]
    basis = coordinates(blocks[0].data)
    for block, offsets in zip(blocks[1:], double.blendshapes, strict=True):
        moved = coordinates(block.data) - basis
        assert np.abs(moved - offsets).max() < 1e-6
        assert 2e-4 < np.linalg.norm(moved, axis=1).max() < 0.08
        assert (block.slider_min, block.slider_max, block.value) == (0, 1, 0)


def test_a_left_blink_moves_the_left(added: scene.AddedDouble) -> None:
    blocks = added.head_object().data.shape_keys.key_blocks
    basis = coordinates(blocks[0].data)
    moved = np.linalg.norm(coordinates(blocks["eyeBlinkLeft"].data) - basis, axis=1)
    assert moved[basis[:, 0] > 0].sum() > 0.95 * moved.sum()


def test_each_part_has_its_slot(double: Double, added: scene.AddedDouble) -> None:
    mesh = added.head_object().data
    assert [m.name for m in mesh.materials] == [
        f"Test Person {slot.replace('_', ' ').title()}" for slot in MATERIAL_SLOTS
    ]
    used = {polygon.material_index for polygon in mesh.polygons}
    assert used == set(range(len(MATERIAL_SLOTS)))
    eyes = np.isin(double.face_parts, (1, 2))
    assert {mesh.polygons[i].material_index for i in np.flatnonzero(eyes)} == {1}


def test_weights_sum_to_one_with_four_bones_at_most(
    added: scene.AddedDouble,
) -> None:
    head = added.head_object()
    assert [group.name for group in head.vertex_groups] == list(JOINT_NAMES)
    for vertex in head.data.vertices:
        weights = [group.weight for group in vertex.groups if group.weight > 0]
        assert abs(sum(weights) - 1) < 1e-3
        assert len(weights) <= 4


def test_the_weakest_of_too_many_influences_go() -> None:
    weights = np.array([[0.3, 0.25, 0.2, 0.15, 0.07, 0.03]])
    limited = limited_weights(weights)
    assert (limited > 0).tolist() == [[True, True, True, True, False, False]]
    assert limited[0, 0] / limited[0, 1] == pytest.approx(0.3 / 0.25)
    assert limited.sum() == pytest.approx(1.0)


def test_bones_stand_in_the_joints(double: Double, added: scene.AddedDouble) -> None:
    bones = added.rig_object().data.bones
    ground = double.vertices[:, 2].min()
    for name, joint in zip(JOINT_NAMES, double.joints, strict=True):
        assert np.allclose(bones[name].head_local, joint - [0, 0, ground], atol=1e-6)
    assert {bone.name: bone.parent and bone.parent.name for bone in bones} == {
        "root": None,
        "neck": "root",
        "head": "neck",
        "jaw": "head",
        "eye.L": "head",
        "eye.R": "head",
    }
    for name in ("eye.L", "eye.R"):
        along = bones[name].tail_local - bones[name].head_local
        assert np.allclose(along.normalized(), (0, -1, 0), atol=1e-6)
    assert all(b.rotation_mode == "QUATERNION" for b in added.rig_object().pose.bones)


def test_turning_the_head_leaves_the_rim_alone(
    double: Double, added: scene.AddedDouble
) -> None:
    head, rig = added.head_object(), added.rig_object()
    rest = evaluated(head)
    rig.pose.bones["head"].rotation_quaternion = Quaternion((0, 1, 0), np.radians(30))
    moved = np.linalg.norm(evaluated(head) - rest, axis=1)
    rim = double.vertices[:, 2] < double.vertices[:, 2].min() + 1e-4
    assert rim.sum() == 24
    assert moved[rim].max() < 5e-4
    assert moved.max() > 0.03


def test_at_rest_the_head_is_the_neutral_on_the_ground(
    double: Double, added: scene.AddedDouble
) -> None:
    shown = evaluated(added.head_object())
    ground = double.vertices[:, 2].min()
    assert np.abs(shown - (double.vertices - [0, 0, ground])).max() < 1e-5


def test_the_jaw_and_the_eyes_turn_their_own_vertices(
    double: Double, added: scene.AddedDouble
) -> None:
    head, rig = added.head_object(), added.rig_object()
    rest = evaluated(head)
    rig.pose.bones["eye.L"].rotation_quaternion = Quaternion((0, 0, 1), 0.4)
    moved = np.linalg.norm(evaluated(head) - rest, axis=1) > 1e-4
    left_eye = double.skin_weights[:, 4] > 0
    assert moved[left_eye].mean() > 0.8
    assert not moved[~left_eye].any()


def test_only_skin_at_the_eyeballs_is_the_lids_wet_rim(double: Double) -> None:
    wet = lid_margin(double)
    distance = np.linalg.norm(double.vertices[:, None] - EYES, axis=2).min(axis=1)
    assert (wet[distance < EYE_RADIUS + 1e-5] == 1).all()
    assert (wet[distance > EYE_RADIUS + 0.0012] == 0).all()


def test_a_double_of_the_head_models_parts_alone_is_still_added(
    double: Double,
) -> None:
    known = double.face_parts <= PART_NAMES.index("eyelashes")
    older = {
        name: getattr(double, name)[known]
        for name in ("faces", "face_uvs", "face_parts")
    }
    added = scene.add_double(bpy.context, Double(**{**vars(double), **older}))
    mesh = added.head_object().data
    assert len(mesh.polygons) == known.sum()
    assert {polygon.material_index for polygon in mesh.polygons} == set(range(6))
