"""A material's node tree, written in a few lines."""

from typing import Any

import bpy

from ...core.errors import BlenderUnavailableError
from ..rig.head_mesh import UV_LAYER
from .node_tree import NodeTree


class Shader(NodeTree):
    """A new material with a Principled BSDF whose inputs are set by name."""

    def __init__(self, name: str, *, view_colour: tuple[float, float, float]) -> None:
        self.material = bpy.data.materials.new(name)
        self.material.diffuse_color = (*view_colour, 1.0)
        if bpy.app.version < (5, 0):
            self.material.use_nodes = True
        if self.material.node_tree is None:
            raise BlenderUnavailableError(
                "This Blender makes materials without nodes. Use Blender 4.5 to 5.2."
            )
        super().__init__(self.material.node_tree)
        self.tree.nodes.clear()
        output = self.node("ShaderNodeOutputMaterial", at=(600, 0))
        self.principled = self.node("ShaderNodeBsdfPrincipled", at=(300, 0))
        self.link(self.principled.outputs["BSDF"], output.inputs["Surface"])
        self.set(Metallic=0.0, Alpha=1.0, **_NO_SUBSURFACE)

    def link(
        self, source: bpy.types.NodeSocket, target: bpy.types.NodeSocket | str
    ) -> None:
        """Connect an output to an input, or to an input of the BSDF by name."""
        if isinstance(target, str):
            target = self.principled.inputs[target]
        self.tree.links.new(source, target)

    def set(self, **inputs: Any) -> None:
        """Set inputs of the BSDF: `Coat_Weight=1` sets "Coat Weight"."""
        for name, value in inputs.items():
            self.principled.inputs[name.replace("_", " ")].default_value = value

    def subsurface(self, *, weight: float, scale_m: float, radius: tuple) -> None:
        """Light that enters the surface and leaves it elsewhere."""
        self.principled.subsurface_method = "BURLEY"
        self.set(
            Subsurface_Weight=weight,
            Subsurface_Scale=scale_m,
            Subsurface_Radius=radius,
        )

    def place(
        self, *, at: tuple[float, float]
    ) -> tuple[bpy.types.NodeSocket, bpy.types.NodeSocket]:
        """U and V of the mesh where it is shaded."""
        uv = self.node("ShaderNodeUVMap", at=at, uv_map=UV_LAYER).outputs[0]
        split = self.node("ShaderNodeSeparateXYZ", at=(at[0] + 200, at[1]))
        self.link(uv, split.inputs[0])
        return split.outputs[0], split.outputs[1]

    def picture(
        self, image: bpy.types.Image, *, at: tuple[float, float]
    ) -> bpy.types.Node:
        """A texture node that shows `image` by the mesh's UVs, active for exporters."""
        node = self.node("ShaderNodeTexImage", at=at, image=image)
        node.extension = "EXTEND"
        self.tree.nodes.active = node
        return node

    def grain(self, *, scale: float, depth_m: float, strength: float) -> None:
        """Fine irregular relief in the surface, `scale` grains across the UV square."""
        height = self.noise(scale=scale, at=(-500, -400))
        self.relief(height, depth_m=depth_m, strength=strength)

    def noise(self, *, scale: float, at: tuple[float, float]) -> bpy.types.NodeSocket:
        """Irregular values of 0 to 1, `scale` grains across the UV square."""
        where = self.node("ShaderNodeTexCoord", at=(at[0] - 200, at[1]))
        noise = self.node("ShaderNodeTexNoise", at=at)
        noise.inputs["Scale"].default_value = scale
        noise.inputs["Detail"].default_value = 3.0
        noise.inputs["Roughness"].default_value = 0.6
        self.link(where.outputs["UV"], noise.inputs["Vector"])
        return noise.outputs[0]

    def relief(
        self, height: bpy.types.NodeSocket, *, depth_m: float, strength: float = 1.0
    ) -> None:
        """Bumps in the surface: `depth_m` lies between a height of 0 and one of 1."""
        relief = self.node("ShaderNodeBump", at=(0, -400))
        relief.inputs["Strength"].default_value = strength
        relief.inputs["Distance"].default_value = depth_m
        self.link(height, relief.inputs["Height"])
        self.link(relief.outputs["Normal"], "Normal")


_NO_SUBSURFACE = {
    "Subsurface_Weight": 0.0,
    "Subsurface_Scale": 0.005,
    "Transmission_Weight": 0.0,
    "Sheen_Weight": 0.0,
    "Emission_Strength": 0.0,
    "Thin_Film_Thickness": 0.0,
}


def linear(colour_srgb: tuple[float, ...]) -> tuple[float, float, float, float]:
    """A colour of 0 to 1 in sRGB as Blender's sockets want it: linear, with alpha."""
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in colour_srgb[:3]
    )
    return red, green, blue, 1.0
