"""Check 10 and 12: nothing changes that was not asked for; two heads do not meet."""

from typing import Any

import bpy
import pytest
from made_of_spheres import make_double, make_motion
from photo_double.blender_addon import scene
from photo_double.core.errors import MissingDoubleError

KINDS = (
    "actions armatures cameras collections images lights materials meshes objects "
    "scenes shape_keys sounds texts worlds"
).split()


def artists_scene() -> None:
    """A cube that is selected, a sphere in its collection, odd settings."""
    bpy.ops.mesh.primitive_uv_sphere_add(location=(3, 0, 0))
    bpy.ops.mesh.primitive_cube_add(location=(-3, 0, 0))
    world = bpy.data.worlds.new("Artist's World")
    this = bpy.context.scene
    this.world = world
    this.render.fps, this.render.fps_base = 24, 1.0
    this.frame_start, this.frame_end = 5, 77
    this.frame_set(33)
    this.render.resolution_x = 1234
    this.cursor.location = (0.5, 0.25, 0.125)
    this.view_settings.exposure = 0.5


def settings() -> dict[str, Any]:
    this = bpy.context.scene
    layer = bpy.context.view_layer
    active = layer.objects.active
    return {
        "rate": (this.render.fps, this.render.fps_base),
        "range": (this.frame_start, this.frame_end, this.frame_current),
        "preview": this.use_preview_range,
        "size": (this.render.resolution_x, this.render.resolution_y),
        "engine": this.render.engine,
        "output": (this.render.filepath, this.render.image_settings.file_format),
        "camera": this.camera,
        "transform": this.view_settings.view_transform,
        "exposure": this.view_settings.exposure,
        "world": this.world,
        "sync": this.sync_mode,
        "selected": sorted(item.name for item in layer.objects if item.select_get()),
        "active": active.name if active else None,
        "mode": active.mode if active else None,
        "modes": {item.name: item.mode for item in artists_objects()},
        "cursor": tuple(this.cursor.location),
        "collection": layer.active_layer_collection.name,
        "handlers": len(bpy.app.handlers.render_write),
    }


def artists_objects() -> list[bpy.types.Object]:
    return [bpy.data.objects[name] for name in ("Cube", "Sphere")]


def add_everything(name: str = "Test Person") -> scene.AddedDouble:
    double, motion = make_double(), make_motion()
    added = scene.add_double(bpy.context, double, name=name)
    scene.animate_double(bpy.context, added, motion)
    camera = scene.match_camera(bpy.context, added, double)
    scene.light_double(bpy.context, added, camera=camera)
    scene.add_sound(bpy.context, added, motion)
    return added


@pytest.mark.parametrize("mode", ["OBJECT", "EDIT", "SCULPT", "EDIT_BOTH", "NOTHING"])
def test_the_artists_scene_stays_as_it_is(mode: str) -> None:
    artists_scene()
    if mode == "EDIT_BOTH":
        bpy.data.objects["Sphere"].select_set(True)
    if mode == "NOTHING":
        bpy.context.view_layer.objects.active = None
        bpy.ops.object.select_all(action="DESELECT")
    elif mode != "OBJECT":
        bpy.ops.object.mode_set(mode=mode.removesuffix("_BOTH"))
    before = settings()
    added = add_everything()
    assert settings() == before
    assert added.rig_object().mode == "OBJECT"


def test_the_double_stands_on_the_cursor() -> None:
    artists_scene()
    added = add_everything()
    assert tuple(added.rig_object().location) == (0.5, 0.25, 0.125)


def test_keys_start_where_the_scene_starts() -> None:
    artists_scene()
    added = add_everything()
    action = added.rig_object().animation_data.action
    assert action.frame_range[0] == 5
    strip = bpy.context.scene.sequence_editor.strips[0]
    assert strip.frame_final_start == 5


def test_nothing_on_the_first_run_is_numbered() -> None:
    artists_scene()
    add_everything()
    for kind in KINDS:
        names = [data.name for data in getattr(bpy.data, kind)]
        assert not [n for n in names if n[-4:-3] == "." and n[-3:].isdigit()]


def test_two_doubles_of_one_name_share_nothing() -> None:
    first, second = add_everything(), add_everything()
    assert (first.name, second.name) == ("Test Person", "Test Person 2")
    for attribute in ("rig_object", "head_object", "collection_data"):
        assert getattr(first, attribute)() != getattr(second, attribute)()
    one, two = first.head_object(), second.head_object()
    assert one.data != two.data
    assert one.data.shape_keys != two.data.shape_keys
    assert not set(one.data.materials) & set(two.data.materials)
    assert one.modifiers["Armature"].object == first.rig_object()
    assert two.modifiers["Armature"].object == second.rig_object()
    assert one.data.shape_keys.animation_data.action != (
        two.data.shape_keys.animation_data.action
    )
    for kind in KINDS:
        names = [data.name for data in getattr(bpy.data, kind)]
        assert not [n for n in names if n[-4:-3] == "." and n[-3:].isdigit()]


def test_removing_the_collection_leaves_only_what_was_there() -> None:
    artists_scene()
    before = {kind: sorted(d.name for d in getattr(bpy.data, kind)) for kind in KINDS}
    double = make_double()
    added = scene.add_double(bpy.context, double)
    scene.animate_double(bpy.context, added, make_motion())
    scene.light_double(bpy.context, added)
    for item in list(added.collection_data().all_objects):
        bpy.data.objects.remove(item)
    bpy.data.collections.remove(added.collection_data())
    bpy.data.orphans_purge(do_recursive=True)
    after = {kind: sorted(d.name for d in getattr(bpy.data, kind)) for kind in KINDS}
    assert after == before


def test_a_deleted_double_is_told_of() -> None:
    added = scene.add_double(bpy.context, make_double())
    bpy.data.objects.remove(added.rig_object())
    with pytest.raises(MissingDoubleError, match="Add it again"):
        scene.animate_double(bpy.context, added, make_motion())


def test_names_are_short_enough_for_what_is_made_from_them() -> None:
    added = scene.add_double(bpy.context, make_double(), name="Ä" * 60)
    assert added.rig_object().name.startswith("Ä" * 20)
    assert added.head_object().data.shape_keys.name == f"{added.name} Expressions"
