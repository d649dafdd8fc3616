"""A node tree, written in a few lines: nodes that are fed by numbers or by sockets."""

from typing import Any

import bpy

Feed = bpy.types.NodeSocket | float | tuple[float, ...]
"""What an input gets: another node's output, or a value that stays."""


class NodeTree:
    """Makes nodes in a tree, and feeds them."""

    def __init__(self, tree: bpy.types.NodeTree) -> None:
        self.tree = tree

    def node(
        self, kind: str, *, at: tuple[float, float], **settings: Any
    ) -> bpy.types.Node:
        """A new node with these attributes."""
        node = self.tree.nodes.new(kind)
        node.location = at
        for attribute, value in settings.items():
            setattr(node, attribute, value)
        return node

    def feed(self, socket: bpy.types.NodeSocket, source: Feed) -> None:
        """Link `socket` to an output, or set it."""
        if isinstance(source, bpy.types.NodeSocket):
            self.tree.links.new(source, socket)
        else:
            socket.default_value = source

    def math(
        self, operation: str, *inputs: Feed, at: tuple[float, float]
    ) -> bpy.types.NodeSocket:
        """The result of a Math node."""
        node = self.node("ShaderNodeMath", at=at, operation=operation)
        for socket, source in zip(node.inputs, inputs, strict=False):
            self.feed(socket, source)
        return node.outputs[0]

    def vector(
        self, operation: str, *inputs: Feed, at: tuple[float, float]
    ) -> bpy.types.NodeSocket:
        """The result of a Vector Math node; `inputs` are those that it shows."""
        node = self.node("ShaderNodeVectorMath", at=at, operation=operation)
        shown = [socket for socket in node.inputs if socket.enabled]
        for socket, source in zip(shown, inputs, strict=True):
            self.feed(socket, source)
        return next(socket for socket in node.outputs if socket.enabled)

    def ramp(
        self, value: Feed, *, start: float, end: float, at: tuple[float, float]
    ) -> bpy.types.NodeSocket:
        """0 up to `start`, 1 from `end`, smooth between."""
        node = self.node("ShaderNodeMapRange", at=at, interpolation_type="SMOOTHSTEP")
        self.feed(node.inputs["Value"], value)
        self.feed(node.inputs["From Min"], start)
        self.feed(node.inputs["From Max"], end)
        return node.outputs["Result"]

    def blend(
        self, share: Feed, a: Feed, b: Feed, *, at: tuple[float, float]
    ) -> bpy.types.NodeSocket:
        """The number `a` where `share` is 0, `b` where it is 1."""
        return self._mix("FLOAT", (0, 2, 3), (share, a, b), at=at).outputs[0]

    def blend_colours(
        self, share: Feed, a: Feed, b: Feed, *, at: tuple[float, float]
    ) -> bpy.types.NodeSocket:
        """The colour `a` where `share` is 0, `b` where it is 1."""
        return self._mix("RGBA", (0, 6, 7), (share, a, b), at=at).outputs[2]

    def _mix(
        self,
        kind: str,
        places: tuple[int, ...],
        sources: tuple[Feed, ...],
        *,
        at: tuple[float, float],
    ) -> bpy.types.Node:
        """A Mix node of one data type; its inputs share names, so places tell them."""
        node = self.node("ShaderNodeMix", at=at, data_type=kind)
        for place, source in zip(places, sources, strict=True):
            self.feed(node.inputs[place], source)
        return node
