"""A double that is shown is selected; whoever edits something else is left alone."""

import bpy
from made_of_spheres import make_double
from photo_double.blender_addon import scene


def test_the_double_alone_is_selected_and_its_rig_active() -> None:
    bpy.ops.mesh.primitive_cube_add()
    added = scene.add_double(bpy.context, make_double())
    scene.show_double(bpy.context, added)
    selected = {item.name for item in bpy.context.selected_objects}
    assert selected == {added.rig, added.head}
    assert bpy.context.view_layer.objects.active == added.rig_object()


def test_nobody_is_thrown_out_of_edit_mode() -> None:
    bpy.ops.mesh.primitive_cube_add()
    bpy.ops.object.mode_set(mode="EDIT")
    added = scene.add_double(bpy.context, make_double())
    scene.show_double(bpy.context, added)
    assert bpy.context.mode == "EDIT_MESH"
    assert bpy.context.view_layer.objects.active.name == "Cube"
