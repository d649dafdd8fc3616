"""Hair as geometry: the brows."""

from .brows import Brows, grow_brows

__all__ = ["Brows", "grow_brows"]
