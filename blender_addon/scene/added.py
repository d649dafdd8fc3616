"""What was added to a scene, by name: names survive undo, references do not."""

from dataclasses import dataclass
from typing import TypeVar

import bpy

from ...core.errors import MissingDoubleError

LONGEST_NAME = 40
"""Bytes of a double's name, so that names made from it fit Blender's 63."""


@dataclass(frozen=True, kw_only=True)
class AddedDouble:
    """A double in the open file."""

    name: str
    """The double's own name, unlike that of any other in the file."""
    collection: str
    """Name of the collection that holds everything of it."""
    rig: str
    """Name of the armature object."""
    head: str
    """Name of the mesh object."""
    hair: str
    """Name of the object of hair curves, which not every double has."""

    @classmethod
    def named(cls, name: str) -> "AddedDouble":
        """The names that a double called `name` gives its parts."""
        return cls(
            name=name,
            collection=name,
            rig=f"{name} Rig",
            head=f"{name} Head",
            hair=f"{name} Hair",
        )

    def collection_data(self) -> bpy.types.Collection:
        """The collection. Raises MissingDoubleError if it was deleted."""
        return _found(bpy.data.collections.get(self.collection), self.name)

    def rig_object(self) -> bpy.types.Object:
        """The armature object. Raises MissingDoubleError if it was deleted."""
        return _found(bpy.data.objects.get(self.rig), self.name)

    def head_object(self) -> bpy.types.Object:
        """The mesh object. Raises MissingDoubleError if it was deleted."""
        return _found(bpy.data.objects.get(self.head), self.name)


def unused_name(wanted: str) -> str:
    """`wanted`, or `wanted 2` and so on if the file has something of that name."""
    wanted = wanted.strip() or "Double"
    while len(wanted.encode()) > LONGEST_NAME:
        wanted = wanted[:-1]
    taken = {
        data.name
        for kind in (
            bpy.data.collections,
            bpy.data.objects,
            bpy.data.meshes,
            bpy.data.hair_curves,
            bpy.data.armatures,
            bpy.data.shape_keys,
            bpy.data.materials,
            bpy.data.images,
            bpy.data.node_groups,
            bpy.data.actions,
            bpy.data.cameras,
            bpy.data.lights,
            bpy.data.sounds,
            bpy.data.worlds,
        )
        for data in kind
    }
    name, number = wanted, 1
    while any(other == name or other.startswith(f"{name} ") for other in taken):
        number += 1
        name = f"{wanted} {number}"
    return name


_T = TypeVar("_T")


def _found(data: _T | None, name: str) -> _T:
    if data is None:
        raise MissingDoubleError(
            f"The double {name!r} is not in this file any more. Add it again."
        )
    return data
