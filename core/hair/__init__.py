"""Hair as geometry: the brows, and the hair of the head."""

from .brows import Brows, grow_brows
from .head_hair import grow_hair
from .scalp_paint import soften_scalp

__all__ = ["Brows", "grow_brows", "grow_hair", "soften_scalp"]
