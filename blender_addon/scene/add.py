"""Add a Double to the open scene: collection, mesh, shape keys, rig, materials."""

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.assets import Double
from ..materials import hair_material, head_materials
from ..rig import (
    add_shape_keys,
    bind_to_rig,
    build_hair,
    build_head_mesh,
    build_rig,
    fasten_to_bone,
)
from .added import AddedDouble, unused_name
from .resting_hair import let_hair_rest


def add_double(
    context: bpy.types.Context,
    double: Double,
    *,
    name: str | None = None,
    hair: bool = True,
) -> AddedDouble:
    """Put `double` at the 3D cursor, standing on it and facing -Y, with its `hair`.

    A double of that name in the file stays as it is: the new one gets a number. The
    scene's settings, selection and mode are left alone.
    """
    added = AddedDouble.named(unused_name(name or double.name))
    collection = bpy.data.collections.new(added.collection)
    context.scene.collection.children.link(collection)
    offset = _offset_to_ground(double)

    rig = build_rig(context, double, added.rig, collection=collection, offset=offset)
    rig.location = context.scene.cursor.location

    mesh = build_head_mesh(double, added.head, offset=offset)
    head = bpy.data.objects.new(added.head, mesh)
    collection.objects.link(head)
    for material in head_materials(double, added.name):
        mesh.materials.append(material)
    add_shape_keys(head, double.blendshapes, f"{added.name} Expressions")
    bind_to_rig(head, rig, double.skin_weights)
    if hair and double.hair is not None:
        strands = build_hair(double.hair, added.hair, offset=offset)
        strands.data.materials.append(hair_material(double, f"{added.name} Strands"))
        collection.objects.link(strands)
        fasten_to_bone(strands, rig, "head")
        if body := let_hair_rest(strands, rig, double, f"{added.name} Hair Rest"):
            collection.objects.link(body)
    context.view_layer.update()
    return added


def _offset_to_ground(double: Double) -> NDArray[np.float32]:
    """From head space to the rig's: its origin lies under the head, at the rim."""
    return np.array([0.0, 0.0, -double.vertices[:, 2].min()], np.float32)


def head_pose(added: AddedDouble, double: Double) -> NDArray[np.float64]:
    """`T_world_head` of the double at rest, wherever its rig was put."""
    rig = added.rig_object()
    joint = np.array(rig.data.bones["head"].head_local)
    T_rig_head = np.eye(4)
    T_rig_head[:3, 3] = joint - double.joints[2]
    location, rotation, _ = rig.matrix_world.decompose()
    T_world_rig = np.eye(4)
    T_world_rig[:3, :3] = rotation.to_matrix()
    T_world_rig[:3, 3] = location
    return T_world_rig @ T_rig_head
