"""Pictures inside the .blend: from a PNG's bytes or from an array, always packed."""

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.errors import UnreadableAssetError


def image_from_png(name: str, png: bytes, *, is_colour: bool = True) -> bpy.types.Image:
    """A packed image that shows a PNG file's content; it never touches the disk.

    Where it `is_colour` it is sRGB, else its numbers are read as they stand.
    """
    image = bpy.data.images.new(name, 1, 1)
    image.pack(data=png, data_len=len(png))
    image.source = "FILE"
    image.filepath_raw = f"//{name}.png"
    if not all(image.size):
        bpy.data.images.remove(image)
        raise UnreadableAssetError(
            f"The picture {name!r} of the double is damaged. Make the double anew from "
            "its photo.",
            path=f"{name}.png",
        )
    image.colorspace_settings.name = "sRGB" if is_colour else "Non-Color"
    return image


def image_from_array(name: str, rgba_srgb: NDArray[np.floating]) -> bpy.types.Image:
    """A packed image of `rgba_srgb` [rows from the top, columns, 4], 0 to 1."""
    height, width = rgba_srgb.shape[:2]
    image = bpy.data.images.new(name, width, height, alpha=True)
    upward = np.ascontiguousarray(rgba_srgb[::-1], np.float32)
    image.pixels.foreach_set(upward.ravel())
    image.update()
    image.pack()
    image.filepath_raw = f"//{name}.png"
    return image
