"""The sliders of the selected double's skin, from its own material, and its hair."""

import bpy

from ..properties import SKIN_CONTROL_NAMES, hair_object, skin_controls


class PHOTODOUBLE_PT_appearance(bpy.types.Panel):
    """How the selected double's skin looks; 0 is as in the photo"""

    bl_label = "Appearance"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Photo Double"
    bl_parent_id = "PHOTODOUBLE_PT_main"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only where a double is selected."""
        return skin_controls(context.active_object) is not None

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the sliders, with the dots that key them."""
        layout = self.layout
        layout.use_property_split = True
        controls = skin_controls(context.active_object)
        if controls is None:
            return
        column = layout.column(align=True)
        for name in SKIN_CONTROL_NAMES:
            if socket := controls.inputs.get(name):
                column.prop(socket, "default_value", text=name)
        if hair_object(context.active_object):
            layout.prop(context.window_manager.photo_double, "show_hair")
