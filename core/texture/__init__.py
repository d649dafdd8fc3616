"""From fitted photos to the textures of a head: skin, irises, lashes, colours."""

from .paint import HeadTextures, Shot, paint_texture

__all__ = ["HeadTextures", "Shot", "paint_texture"]
