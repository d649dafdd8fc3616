"""The takes of the selected double, and how the active one is carried over."""

import bpy

from ..takes import REGIONS, SWITCHES, TIMING, active_take, rig_of, takes_of


class PHOTODOUBLE_PT_takes(bpy.types.Panel):
    """What the selected double can perform"""

    bl_label = "Takes"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Photo Double"
    bl_parent_id = "PHOTODOUBLE_PT_main"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only where something is selected that a double's rig may move."""
        rig = rig_of(context.active_object)
        return rig is not None and rig.type == "ARMATURE"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the list, and the buttons that make it longer."""
        layout = self.layout
        rig = rig_of(context.active_object)
        performed = active_take(rig)
        column = layout.column(align=True)
        for action in takes_of(rig):
            row = column.row(align=True)
            icon = "RADIOBUT_ON" if action == performed else "RADIOBUT_OFF"
            use = row.operator("photo_double.use_take", text="", icon=icon)
            use.action = action.name
            row.prop(action, "name", text="")
            remove = row.operator("photo_double.remove_take", text="", icon="X")
            remove.action = action.name
        column = layout.column(align=True)
        column.enabled = not context.window_manager.photo_double_job.running
        column.operator("photo_double.add_take", icon="FILE_MOVIE")
        column.operator("photo_double.apply_motion", icon="ACTION")


class PHOTODOUBLE_PT_transfer(bpy.types.Panel):
    """How the active take is carried over to the double"""

    bl_label = "Transfer"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Photo Double"
    bl_parent_id = "PHOTODOUBLE_PT_takes"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only where the double performs a take."""
        return active_take(rig_of(context.active_object)) is not None

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the settings, which the button applies."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        action = active_take(rig_of(context.active_object))
        if action is None:
            return
        take = action.photo_double_take
        column = layout.column(align=True)
        for name in REGIONS:
            column.prop(take, name)
        column = layout.column(heading="Driver")
        for name in SWITCHES:
            column.prop(take, name)
        column = layout.column(align=True)
        for name in TIMING:
            column.prop(take, name)
        layout.operator("photo_double.carry_over", icon="FILE_REFRESH")
        layout.operator("photo_double.show_clip", icon="CAMERA_DATA")
