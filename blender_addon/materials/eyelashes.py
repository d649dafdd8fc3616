"""Eyelashes: strips on the rims of the lids, transparent between painted strands.

U runs along the lid, V from root to tip: lower lashes in the lower half of the UV
square, upper ones in the upper half.
"""

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.assets import Double
from .images import image_from_array, image_from_png
from .shader import Shader, linear

COLOUR_SRGB = (0.07, 0.05, 0.04)
WIDTH_PX, HEIGHT_PX = 1024, 256
UPPER_STRANDS, LOWER_STRANDS = 85, 60


def eyelash_material(double: Double, name: str) -> bpy.types.Material:
    """Dark strands; the strip between them lets all light pass."""
    shader = Shader(name, view_colour=linear(COLOUR_SRGB)[:3])
    shader.material.surface_render_method = "DITHERED"
    if png := double.textures.get("eyelashes"):
        image = image_from_png(f"{name} Strands", png)
    else:
        image = image_from_array(f"{name} Strands", draw_strands())
    picture = shader.picture(image, at=(-300, 100))
    shader.link(picture.outputs["Color"], "Base Color")
    shader.link(picture.outputs["Alpha"], "Alpha")
    shader.set(Roughness=0.6, IOR=1.5, Specular_IOR_Level=0.2, Coat_Weight=0.0)
    return shader.material


def draw_strands() -> NDArray[np.float32]:
    """Strands [rows from the top, columns, 4] in sRGB, with their alpha."""
    half = HEIGHT_PX // 2
    upper = _strands(UPPER_STRANDS, seed=1, width_px=4.2, height_px=half)
    lower = _strands(LOWER_STRANDS, seed=2, width_px=3.0, height_px=half)
    alpha = np.concatenate([upper[::-1], lower[::-1]])
    colour = np.broadcast_to(np.array(COLOUR_SRGB), (*alpha.shape, 3))
    return np.concatenate([colour, alpha[..., None]], axis=-1).astype(np.float32)


def _strands(
    count: int, *, seed: int, width_px: float, height_px: int
) -> NDArray[np.float64]:
    """Alpha [rows from root to tip, columns] of strands that taper and lean."""
    random = np.random.default_rng(seed)
    columns = np.arange(WIDTH_PX) + 0.5
    along = ((np.arange(height_px) + 0.5) / height_px)[:, None]
    alpha = np.zeros((height_px, WIDTH_PX))
    for root in np.linspace(0.015, 0.985, count):
        start = (root + random.normal(0, 0.2) / count) * WIDTH_PX
        outward = (2 * root - 1) * 34.0 + random.normal(0, 9.0)
        length = random.uniform(0.55, 0.97)
        middle = start + outward * along**1.6
        width = width_px * np.clip(1.0 - along / length, 0.0, 1.0) ** 0.6
        cover = np.clip(0.5 * width - np.abs(columns - middle) + 0.5, 0.0, 1.0)
        alpha = np.maximum(alpha, cover * (along < length))
    return alpha
