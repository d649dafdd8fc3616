"""Select a double and bring it into view, as Blender does with what it imports."""

import bpy

from .added import AddedDouble


def show_double(context: bpy.types.Context, added: AddedDouble) -> None:
    """Select only `added`, its rig active, and frame it in a 3D view.

    Someone who is editing something else is left alone, and a view through a camera
    stays where it is.
    """
    if context.mode != "OBJECT":
        return
    layer = context.view_layer
    for item in layer.objects.selected:
        item.select_set(False)
    added.head_object().select_set(True)
    added.rig_object().select_set(True)
    layer.objects.active = added.rig_object()
    if area := _view(context):
        region = next(region for region in area.regions if region.type == "WINDOW")
        with context.temp_override(area=area, region=region):
            bpy.ops.view3d.view_selected()


def _view(context: bpy.types.Context) -> bpy.types.Area | None:
    """The view in which it was asked for, else the largest; None if none is free."""
    if context.window is None:
        return None
    areas = [area for area in context.window.screen.areas if _is_free(area)]

    def fitness(area: bpy.types.Area) -> tuple[bool, int]:
        return area == context.area, area.width * area.height

    return max(areas, key=fitness, default=None)


def _is_free(area: bpy.types.Area) -> bool:
    if area.type != "VIEW_3D":
        return False
    space = area.spaces.active
    through_camera = space.region_3d.view_perspective == "CAMERA"
    return not through_camera and space.local_view is None
