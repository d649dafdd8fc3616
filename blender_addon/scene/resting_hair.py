"""Long hair rests on the shoulders, which stay where they are when the head turns.

The head bone carries the strands as one stiff piece, so that long ones would go through
the body. A modifier brings each point back by how far the body holds it: not at all
down to the jaw, wholly on the shoulders, softly between. Where the body is, an object
that the root bone carries tells.
"""

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.assets import JOINT_NAMES, Double, Hair
from ..materials.node_tree import NodeTree
from ..rig import fasten_to_bone

HEAD_SHARE = "head_share"
"""Attribute of the points: 1 moves with the head, 0 stays with the shoulders."""

_BEGINS, _ENDS = 0.3, 1.5
"""How far below the joint of the head, over the way from there to that of the neck,
hair begins to be held, and is held wholly."""

_HELD = 0.9
"""Hair whose least share of the head is more than this is short, and needs nothing."""


def head_shares(double: Double, hair: Hair) -> NDArray[np.float32]:
    """How far each point [strands, points] moves with the head; less along a strand."""
    head, neck = (
        double.joints[JOINT_NAMES.index(name)][2] for name in ("head", "neck")
    )
    below = (head - hair.points[..., 2]) / (head - neck)
    held = ((below - _BEGINS) / (_ENDS - _BEGINS)).clip(0, 1)
    shares = 1 - held * held * (3 - 2 * held)
    return np.minimum.accumulate(shares, axis=1).astype(np.float32)


def let_hair_rest(
    strands: bpy.types.Object, rig: bpy.types.Object, double: Double, name: str
) -> bpy.types.Object | None:
    """Hold long hair of `double` on its shoulders.

    Gives back the object that tells where these are, which the caller links; None if
    the hair is short.
    """
    if double.hair is None:
        return None
    shares = head_shares(double, double.hair)
    if shares.min() > _HELD:
        return None
    attribute = strands.data.attributes.new(HEAD_SHARE, "FLOAT", "POINT")
    attribute.data.foreach_set("value", shares.ravel())
    body = bpy.data.objects.new(name, None)
    body.empty_display_size = 0.02
    body.hide_viewport = body.hide_select = True
    fasten_to_bone(body, rig, "root")
    modifier = strands.modifiers.new(name, "NODES")
    modifier.node_group = _resting(body, name)
    return body


def _resting(body: bpy.types.Object, name: str) -> bpy.types.NodeTree:
    """Nodes that let the points stay with `body` as far as the head has no share."""
    group = bpy.data.node_groups.new(name, "GeometryNodeTree")
    group.is_modifier = True
    for way in ("INPUT", "OUTPUT"):
        group.interface.new_socket(
            "Geometry", in_out=way, socket_type="NodeSocketGeometry"
        )
    nodes = NodeTree(group)
    whole = nodes.node("NodeGroupInput", at=(-200, 200))
    info = nodes.node("GeometryNodeObjectInfo", at=(-800, 0))
    info.transform_space = "RELATIVE"
    info.inputs["Object"].default_value = body
    position = nodes.node("GeometryNodeInputPosition", at=(-800, -250))
    stayed = nodes.node("FunctionNodeTransformPoint", at=(-550, -50))
    nodes.feed(stayed.inputs["Vector"], position.outputs[0])
    nodes.feed(stayed.inputs["Transform"], info.outputs["Transform"])
    share = nodes.node("GeometryNodeInputNamedAttribute", at=(-800, -400))
    share.data_type = "FLOAT"
    nodes.feed(share.inputs["Name"], HEAD_SHARE)
    held = nodes.math("SUBTRACT", 1.0, share.outputs["Attribute"], at=(-550, -400))
    back = nodes.vector(
        "SUBTRACT", stayed.outputs[0], position.outputs[0], at=(-350, -50)
    )
    moved = nodes.vector("SCALE", back, held, at=(-150, -150))
    placed = nodes.node("GeometryNodeSetPosition", at=(100, 100))
    nodes.feed(placed.inputs["Geometry"], whole.outputs[0])
    nodes.feed(placed.inputs["Offset"], moved)
    result = nodes.node("NodeGroupOutput", at=(350, 100))
    nodes.feed(result.inputs[0], placed.outputs["Geometry"])
    return group
