"""Materials of skin, eyes, mouth and lashes, for Cycles and EEVEE alike.

Every input that matters is set by name and by value: defaults differ between
Blender's versions. All pictures are packed, so that a file needs nothing beside it.
"""

import bpy

from ...core.assets import Double
from ..rig.head_mesh import MATERIAL_SLOTS
from .brows import brow_material
from .eyelashes import eyelash_material
from .eyes import eye_material
from .hair import hair_material
from .mouth import gum_material, teeth_material, tongue_material
from .skin import skin_material
from .wet_eyes import caruncle_material, lid_shade_material, tears_material

__all__ = ["hair_material", "head_materials"]

_MAKERS = {
    "skin": skin_material,
    "eyes": eye_material,
    "teeth": teeth_material,
    "gums": gum_material,
    "tongue": tongue_material,
    "eyelashes": eyelash_material,
    "tears": tears_material,
    "lid_shade": lid_shade_material,
    "caruncles": caruncle_material,
    "brows": brow_material,
}


def head_materials(double: Double, name: str) -> list[bpy.types.Material]:
    """One new material per slot of the head, in the order of `MATERIAL_SLOTS`."""
    return [
        _MAKERS[slot](double, f"{name} {slot.replace('_', ' ').title()}")
        for slot in MATERIAL_SLOTS
    ]
