"""Strands in the scene: as the Double has them, carried by the head, shown or not."""

from collections.abc import Iterator
from dataclasses import replace

import bpy
import numpy as np
import pytest
from made_of_spheres import make_double, make_motion
from mathutils import Quaternion
from photo_double import blender_addon
from photo_double.blender_addon import scene
from photo_double.blender_addon.properties import hair_object
from photo_double.core.assets import JOINT_NAMES, Double, Hair

STRANDS, POINTS = 40, 5


@pytest.fixture
def double() -> Double:
    """A head with strands that stand off its upper half."""
    away = np.random.default_rng(0).normal(size=(STRANDS, 3))
    away[:, 2] = np.abs(away[:, 2])
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    far = np.linspace(0.1, 0.13, POINTS)
    points = far[None, :, None] * away[:, None] + [0, 0, 0.06]
    colours = np.zeros((STRANDS, 2, 3), np.uint8)
    colours[:, 0], colours[:, 1] = (60, 40, 30), (120, 80, 60)
    return replace(
        make_double(),
        hair=Hair(
            points=points.astype(np.float32), colours_srgb=colours, radius_m=0.0002
        ),
    )


def positions(item: bpy.types.Object) -> np.ndarray:
    """The strands' points as the scene shows them now."""
    shown = item.evaluated_get(bpy.context.evaluated_depsgraph_get())
    values = np.empty(3 * STRANDS * POINTS, np.float32)
    shown.data.position_data.foreach_get("vector", values)
    world = np.array(shown.matrix_world)
    return values.reshape(-1, 3) @ world[:3, :3].T + world[:3, 3]


def test_strands_lie_on_the_head_as_they_were_stored(double: Double) -> None:
    added = scene.add_double(bpy.context, double)
    item = bpy.data.objects[added.hair]
    assert item.type == "CURVES"
    assert len(item.data.curves) == STRANDS
    head = bpy.data.objects[added.head]
    first = np.array(head.matrix_world @ head.data.vertices[0].co)
    assert double.hair is not None
    offset = first - double.vertices[0]
    stored = double.hair.points.reshape(-1, 3)
    assert np.allclose(positions(item), stored + offset, atol=1e-5)


def test_strands_taper_and_have_colours_of_their_own(double: Double) -> None:
    added = scene.add_double(bpy.context, double)
    curves = bpy.data.objects[added.hair].data
    radius = np.empty(STRANDS * POINTS, np.float32)
    curves.attributes["radius"].data.foreach_get("value", radius)
    assert radius[0] == pytest.approx(0.0002)
    assert radius[POINTS - 1] < 0.5 * radius[0]
    tip = curves.attributes["tip_colour"].data[0].color_srgb
    assert np.allclose(tip[:3], np.array([120, 80, 60]) / 255, atol=0.01)
    assert len(curves.materials) == 1


def test_the_head_bone_carries_the_hair(double: Double) -> None:
    added = scene.add_double(bpy.context, double)
    item, rig = bpy.data.objects[added.hair], added.rig_object()
    before = positions(item)
    turn = Quaternion((0, 0, 1), 0.5)
    rig.pose.bones["head"].rotation_quaternion = turn
    bpy.context.view_layer.update()
    after = positions(item)
    bone = rig.pose.bones["head"]
    moved = bone.matrix @ rig.data.bones["head"].matrix_local.inverted()
    expected = before @ np.array(moved)[:3, :3].T + np.array(moved)[:3, 3]
    assert np.abs(after - before).max() > 0.01
    assert np.allclose(after, expected, atol=1e-4)


def test_a_performance_moves_it_without_drivers(double: Double) -> None:
    added = scene.add_double(bpy.context, double)
    scene.animate_double(bpy.context, added, make_motion())
    item = bpy.data.objects[added.hair]
    assert item.animation_data is None
    seen = []
    for frame in (1, 10):
        bpy.context.scene.frame_set(frame)
        seen.append(positions(item))
    assert np.abs(seen[0] - seen[1]).max() > 0.005


@pytest.fixture
def long_haired(double: Double) -> Double:
    """The same with strands that hang from ear to chest."""
    assert double.hair is not None
    head, neck = (double.joints[JOINT_NAMES.index(name)] for name in ("head", "neck"))
    way = head[2] - neck[2]
    points = np.zeros((STRANDS, POINTS, 3), np.float32)
    points[..., 0] = np.linspace(-0.08, 0.08, STRANDS)[:, None]
    points[..., 2] = head[2] + way * np.linspace(0.5, -2.0, POINTS)
    return replace(double, hair=replace(double.hair, points=points))


def test_long_hair_stays_on_the_shoulders_when_the_head_turns(
    long_haired: Double,
) -> None:
    added = scene.add_double(bpy.context, long_haired)
    item, rig = bpy.data.objects[added.hair], added.rig_object()
    assert long_haired.hair is not None
    at_rest = positions(item).reshape(STRANDS, POINTS, 3)
    stored = long_haired.hair.points
    assert np.allclose(at_rest - at_rest[0, 0], stored - stored[0, 0], atol=1e-5)
    rig.pose.bones["head"].rotation_quaternion = Quaternion((0, 0, 1), 0.6)
    bpy.context.view_layer.update()
    turned = positions(item).reshape(STRANDS, POINTS, 3)
    gone = np.linalg.norm(turned - at_rest, axis=2)
    assert gone[0, 0] > 0.03
    assert gone[:, -1].max() < 1e-5
    assert (np.diff(gone[0]) < 1e-6).all()


def test_long_hair_goes_where_the_body_goes(long_haired: Double) -> None:
    added = scene.add_double(bpy.context, long_haired)
    item, rig = bpy.data.objects[added.hair], added.rig_object()
    at_rest = positions(item)
    rig.location = (1.0, 2.0, 3.0)
    rig.rotation_euler = (0.0, 0.0, 0.4)
    rig.pose.bones["root"].location = (0.1, -0.05, 0.02)
    bpy.context.view_layer.update()
    bone = rig.pose.bones["root"]
    moved = bone.matrix @ rig.data.bones["root"].matrix_local.inverted()
    carried = np.array(rig.matrix_world @ moved)
    expected = at_rest @ carried[:3, :3].T + carried[:3, 3]
    assert np.allclose(positions(item), expected, atol=1e-4)


def test_short_hair_needs_nothing_to_rest_on(double: Double) -> None:
    added = scene.add_double(bpy.context, double)
    assert not bpy.data.objects[added.hair].modifiers
    kinds = {item.type for item in added.collection_data().objects}
    assert "EMPTY" not in kinds


def test_each_engine_has_its_own_surface(double: Double) -> None:
    added = scene.add_double(bpy.context, double)
    (material,) = bpy.data.objects[added.hair].data.materials
    outputs = {
        node.target: node.inputs["Surface"].links[0].from_node
        for node in material.node_tree.nodes
        if node.type == "OUTPUT_MATERIAL"
    }
    assert set(outputs) == {"CYCLES", "EEVEE"}
    assert outputs["CYCLES"] != outputs["EEVEE"]
    assert all(node.inputs["Base Color"].is_linked for node in outputs.values())


def test_hair_may_be_left_off_or_missing(double: Double) -> None:
    bald = scene.add_double(bpy.context, double, hair=False)
    older = scene.add_double(bpy.context, replace(double, hair=None))
    assert bald.hair not in bpy.data.objects
    assert older.hair not in bpy.data.objects


class TestSwitch:
    @pytest.fixture(autouse=True)
    def registered(self) -> Iterator[None]:
        blender_addon.register()
        yield
        blender_addon.unregister()

    def test_one_switch_hides_hair_in_view_and_render(self, double: Double) -> None:
        added = scene.add_double(bpy.context, double)
        item = bpy.data.objects[added.hair]
        bpy.context.view_layer.objects.active = added.head_object()
        settings = bpy.context.window_manager.photo_double
        assert settings.show_hair
        settings.show_hair = False
        assert item.hide_render
        assert item.hide_viewport
        settings.show_hair = True
        assert not item.hide_render

    def test_any_part_of_the_double_finds_its_hair(self, double: Double) -> None:
        added = scene.add_double(bpy.context, double)
        item = bpy.data.objects[added.hair]
        assert hair_object(added.rig_object()) == item
        assert hair_object(added.head_object()) == item
        assert hair_object(item) == item
        assert hair_object(None) is None
