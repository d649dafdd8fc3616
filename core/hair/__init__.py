"""Hair as geometry: the brows, and the hair of the head."""

from .brows import Brows, grow_brows
from .hair_mask import HairPicture
from .head_hair import grow_hair, hair_pixels, look_for_hair
from .scalp_paint import soften_scalp

__all__ = [
    "Brows",
    "HairPicture",
    "grow_brows",
    "grow_hair",
    "hair_pixels",
    "look_for_hair",
    "soften_scalp",
]
