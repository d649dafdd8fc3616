"""The photo's own light as a world: what the double was seen in shines on it again.

The double knows how bright a white surface of any direction was (`Double.photo_light`,
nine spherical harmonics). The light that arrives from each direction follows: a matte
surface blurs it, and takes the first band down to two thirds and the second to a
quarter (Ramamoorthi and Hanrahan 2001), so it is made as much stronger here.
"""

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.assets import Double

_ROWS, _COLUMNS = 64, 128
_BANDS = np.array([1.0] + 3 * [1.5] + 5 * [4.0 * 0.6])
"""What undoes the blur; the last band less, as it is the least sure and rings."""


def knows_light(double: Double) -> bool:
    """Whether the double holds its photo's light."""
    return bool(np.any(double.photo_light))


def light_picture(double: Double, name: str) -> bpy.types.Image:
    """The light from all directions as an equirectangular picture, linear, packed."""
    rgb = radiance(double.photo_light, _directions())
    image = bpy.data.images.new(
        name, _COLUMNS, _ROWS, alpha=False, float_buffer=True, is_data=True
    )
    rgba = np.ones((_ROWS, _COLUMNS, 4), np.float32)
    rgba[..., :3] = rgb
    image.pixels.foreach_set(np.ascontiguousarray(rgba[::-1]).ravel())
    image.file_format = "OPEN_EXR"  # packed as it is, brighter than white and all
    image.update()
    image.pack()
    return image


def radiance(
    light: NDArray[np.floating], directions: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Light [..., 3] that arrives from unit directions [..., 3], never negative.

    What is cut off below zero is taken from the rest, so that the sum stays.
    """
    x, y, z = np.moveaxis(np.asarray(directions, np.float64), -1, 0)
    one = np.ones_like(x)
    harmonics = [one, x, y, z, x * y, y * z, z * x, x * x - y * y, 3 * z * z - 1]
    raw = np.stack(harmonics, axis=-1) @ (_BANDS[:, None] * light)
    kept = raw.clip(min=0.0)
    weight = np.sqrt((1 - z * z).clip(min=0.0))[..., None]
    share = (raw * weight).sum() / max((kept * weight).sum(), 1e-9)
    return kept * float(share.clip(0.1, 1.0))


def _directions() -> NDArray[np.float64]:
    """Where each pixel of an equirectangular world looks, from the top row down."""
    turn = np.pi - 2 * np.pi * (np.arange(_COLUMNS) + 0.5) / _COLUMNS
    rise = np.pi / 2 - np.pi * (np.arange(_ROWS) + 0.5) / _ROWS
    turn, rise = np.meshgrid(turn, rise)
    flat = np.cos(rise)
    looks = [np.cos(turn) * flat, np.sin(turn) * flat, np.sin(rise)]
    return np.stack(looks, axis=-1).astype(np.float64)
