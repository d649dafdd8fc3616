"""Eyes: a picture of iris and sclera, behind a cornea that one surface stands for.

The eye's UV square has the iris in its inner half (radius 0.25 about the middle) and
the white around it up to the back of the eyeball. Where the Double brings no picture
of its own, one is drawn in the colour of the photo's iris.

The mesh has no cornea of its own. So the node tree bends the view at the surface as
water does, follows it down to where the iris lies, and looks the picture up there: the
pupil sinks in and shifts as the camera goes round. The iris is lit as the shallow bowl
that it is, bright on the side away from the lamp, and the wet coat over it is curved as
a cornea is, so that its reflections are small. All of it is plain vector arithmetic.
"""

from dataclasses import dataclass

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.assets import Double
from ..rig.head_mesh import UV_LAYER
from .images import image_from_array, image_from_png
from .shader import Shader

SIZE_PX = 512
IRIS_RADIUS = 0.25
PUPIL_SHARE = 0.38
"""Radius of the pupil over the iris's, indoors."""

SCLERA_SRGB = (0.80, 0.76, 0.72)
SCLERA_RIM_SRGB = (0.72, 0.57, 0.52)
"""The white reddens away from the iris, where it meets the lids."""

BROWN_SRGB = (0.36, 0.24, 0.15)
"""What most eyes have, for a photo that does not say."""

WATER_IOR = 1.336
"""Of tears, and of what fills the eye's front chamber."""

CHAMBER_DEPTH = 0.118
"""From cornea to pupil, over the UV square's edge: 2.5 mm on an iris of 5.3 mm."""

CORNEA_TILT = 0.22
"""How much steeper than the mesh the cornea is at the iris's rim, as a slope."""

IRIS_TILT = 0.75
"""Slope at the iris's rim between the cornea and the bowl of the iris."""


def eye_material(double: Double, name: str) -> bpy.types.Material:
    """The material that both eyes share."""
    shader = Shader(name, view_colour=(0.8, 0.78, 0.75))
    if png := double.textures.get("eye"):
        image = image_from_png(f"{name} Iris", png)
    else:
        iris = double.colours_srgb.get("iris", BROWN_SRGB)
        image = image_from_array(f"{name} Iris", draw_eye(np.array(iris)))
    surface = _surface(shader)
    picture = shader.picture(image, at=(0, 300))
    shader.link(_seen_through_cornea(shader, surface), picture.inputs["Vector"])
    shader.link(picture.outputs["Color"], "Base Color")
    inside = shader.ramp(surface.radius, start=0.26, end=0.22, at=(-400, -350))
    bowl = shader.math("MULTIPLY", inside, -IRIS_TILT / IRIS_RADIUS, at=(-200, -350))
    shader.link(_tilted(shader, surface, bowl, at=(0, -350)), "Normal")
    steeper = shader.math(
        "MULTIPLY", inside, CORNEA_TILT / IRIS_RADIUS, at=(-200, -600)
    )
    shader.link(_tilted(shader, surface, steeper, at=(0, -600)), "Coat Normal")
    shader.set(
        Roughness=0.45,
        IOR=WATER_IOR,
        Specular_IOR_Level=0.1,
        Coat_Weight=1.0,
        Coat_Roughness=0.015,
        Coat_IOR=1.376,
    )
    return shader.material


@dataclass(frozen=True, kw_only=True)
class _Surface:
    """The eyeball's surface where it is shaded."""

    uv: bpy.types.NodeSocket
    """Place in the UV square."""
    away: bpy.types.NodeSocket
    """The same from the pupil's middle."""
    radius: bpy.types.NodeSocket
    """Length of that."""
    normal: bpy.types.NodeSocket
    """Outward, in world space."""
    across: bpy.types.NodeSocket
    """Along U, in world space."""
    up: bpy.types.NodeSocket
    """Along V, in world space."""
    to_camera: bpy.types.NodeSocket
    """Towards whoever looks, in world space."""


def _surface(shader: Shader) -> _Surface:
    uv = shader.node("ShaderNodeUVMap", at=(-1600, 300), uv_map=UV_LAYER).outputs[0]
    tangent = shader.node(
        "ShaderNodeTangent", at=(-1600, -100), direction_type="UV_MAP", uv_map=UV_LAYER
    )
    geometry = shader.node("ShaderNodeNewGeometry", at=(-1600, -300))
    normal, across = geometry.outputs["Normal"], tangent.outputs[0]
    away = shader.vector("SUBTRACT", uv, (0.5, 0.5, 0.0), at=(-1400, 300))
    return _Surface(
        uv=uv,
        away=away,
        radius=shader.vector("LENGTH", away, at=(-1200, 200)),
        normal=normal,
        across=across,
        up=shader.vector("CROSS_PRODUCT", normal, across, at=(-1400, -200)),
        to_camera=geometry.outputs["Incoming"],
    )


def _seen_through_cornea(shader: Shader, surface: _Surface) -> bpy.types.NodeSocket:
    """Where in the UV square the bent line of sight meets the iris.

    The chamber is deepest over the pupil and has no depth at the iris's rim, so that
    the white stays where it is.
    """
    ray = shader.vector("SCALE", surface.to_camera, -1.0, at=(-1400, 0))
    bent = shader.vector("REFRACT", ray, surface.normal, 1.0 / WATER_IOR, at=(-1200, 0))
    inward = shader.vector("DOT_PRODUCT", bent, surface.normal, at=(-1000, -200))
    along = shader.node("ShaderNodeCombineXYZ", at=(-800, 0))
    for axis, direction in enumerate((surface.across, surface.up)):
        at = (-1000, 100 - 150 * axis)
        shader.link(
            shader.vector("DOT_PRODUCT", bent, direction, at=at), along.inputs[axis]
        )
    dome = shader.ramp(surface.radius, start=IRIS_RADIUS, end=0.0, at=(-1000, 300))
    depth = shader.math("MULTIPLY", dome, -CHAMBER_DEPTH, at=(-800, 300))
    # A line of sight that grazes the surface would run sideways for ever.
    steep = shader.math("MINIMUM", inward, -0.5, at=(-800, -200))
    length = shader.math("DIVIDE", depth, steep, at=(-600, 200))
    shift = shader.vector("SCALE", along.outputs[0], length, at=(-400, 200))
    return shader.vector("ADD", surface.uv, shift, at=(-200, 300))


def _tilted(
    shader: Shader,
    surface: _Surface,
    slope: bpy.types.NodeSocket,
    *,
    at: tuple[float, float],
) -> bpy.types.NodeSocket:
    """The surface's normal, leaning outward from the pupil by `slope` a UV unit."""
    split = shader.node("ShaderNodeSeparateXYZ", at=(at[0] - 400, at[1] - 150))
    shader.link(surface.away, split.inputs[0])
    normal = surface.normal
    for axis, direction in enumerate((surface.across, surface.up)):
        lean = shader.math("MULTIPLY", split.outputs[axis], slope, at=at)
        step = shader.vector("SCALE", direction, lean, at=at)
        normal = shader.vector("ADD", normal, step, at=at)
    return shader.vector("NORMALIZE", normal, at=at)


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
