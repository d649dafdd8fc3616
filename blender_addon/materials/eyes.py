"""Eyes: a picture of iris and sclera under a clear wet coat.

The eye's UV square has the iris in its inner half (radius 0.25 about the middle) and
the white around it up to the back of the eyeball. Where the Double brings no picture
of its own, one is drawn in the colour of the photo's iris.
"""

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.assets import Double
from .images import image_from_array, image_from_png
from .shader import Shader

SIZE_PX = 512
IRIS_RADIUS = 0.25
PUPIL_SHARE = 0.38
"""Radius of the pupil over the iris's, indoors."""

SCLERA_SRGB = (0.86, 0.83, 0.80)
SCLERA_RIM_SRGB = (0.74, 0.58, 0.54)
"""The white reddens away from the iris, where it meets the lids."""

BROWN_SRGB = (0.36, 0.24, 0.15)
"""What most eyes have, for a photo that does not say."""


def eye_material(double: Double, name: str) -> bpy.types.Material:
    """The material that both eyes share."""
    shader = Shader(name, view_colour=(0.8, 0.78, 0.75))
    if png := double.textures.get("eye"):
        image = image_from_png(f"{name} Iris", png)
    else:
        iris = double.colours_srgb.get("iris", BROWN_SRGB)
        image = image_from_array(f"{name} Iris", draw_eye(np.array(iris)))
    shader.link(shader.picture(image, at=(-300, 100)).outputs["Color"], "Base Color")
    shader.set(
        Roughness=0.35,
        IOR=1.376,
        Specular_IOR_Level=0.3,
        Coat_Weight=1.0,
        Coat_Roughness=0.03,
        Coat_IOR=1.376,
    )
    return shader.material


def draw_eye(iris_srgb: NDArray[np.floating]) -> NDArray[np.float32]:
    """An eye's UV square [rows, columns, 4] in sRGB: pupil, iris, limbus, white."""
    steps = (np.arange(SIZE_PX) + 0.5) / SIZE_PX - 0.5
    x, y = np.meshgrid(steps, steps)
    radius, angle = np.hypot(x, y) / IRIS_RADIUS, np.arctan2(y, x)
    fibres = _fibres(angle, radius)
    inner = 1.0 - 0.35 * _ramp(radius, 0.45, 0.95)
    iris = iris_srgb * (inner * (0.75 + 0.5 * fibres))[..., None]
    limbus = _ramp(radius, 0.80, 1.0)[..., None]
    iris = iris * (1.0 - 0.72 * limbus)
    pupil = _ramp(radius, PUPIL_SHARE - 0.03, PUPIL_SHARE + 0.03)[..., None]
    iris = 0.012 + (iris - 0.012) * pupil
    reddening = _ramp(radius, 1.25, 2.0)[..., None]
    white = np.array(SCLERA_SRGB) * (1 - reddening) + reddening * SCLERA_RIM_SRGB
    outside = _ramp(radius, 0.96, 1.08)[..., None]
    colour = np.clip(iris * (1 - outside) + white * outside, 0.0, 1.0)
    eye = np.concatenate([colour, np.ones_like(colour[..., :1])], axis=-1)
    return eye.astype(np.float32)


def _fibres(
    angle: NDArray[np.floating], radius: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Radial streaks of 0 to 1, the same on every run."""
    random = np.random.default_rng(7)
    total = np.zeros_like(angle)
    for frequency in (9, 17, 31, 53, 83):
        phase, bend = random.uniform(0, 2 * np.pi), random.uniform(-1.2, 1.2)
        total += np.cos(frequency * angle + phase + bend * radius) / np.sqrt(frequency)
    return np.clip(0.5 + 0.55 * total, 0.0, 1.0)


def _ramp(
    values: NDArray[np.floating], start: float, end: float
) -> NDArray[np.floating]:
    """0 up to `start`, 1 from `end`, smooth between."""
    t = np.clip((values - start) / (end - start), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)
