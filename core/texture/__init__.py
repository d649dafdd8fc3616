"""From fitted photos to the textures of a head: skin, irises, lashes, colours."""

from .paint import HeadTextures, Shot, paint_texture
from .shown_hair import ShownHair

__all__ = ["HeadTextures", "Shot", "ShownHair", "paint_texture"]
