"""From a fitted photo to the textures of a head: skin, irises, lashes, colours."""

from .paint import HeadTextures, paint_texture

__all__ = ["HeadTextures", "paint_texture"]
