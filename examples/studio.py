"""A portrait studio in Blender: hair, clothes, backdrop, light and camera.

The head itself comes from the add-on's own scene builder; what stands here is only
what a portrait needs besides, made from the same Double.
"""

from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray
from paint import behind_hairline
from people import Colour, Person
from scipy.spatial import cKDTree

from core.assets import Double, PinholeCamera
from core.spaces import blender_camera_pose

STRAND_POINTS = 9
CLEARANCE_M = 0.0025
"""How far hair stays off the skin."""


@dataclass(frozen=True, kw_only=True)
class Lamp:
    """One soft light that looks at the head, or where it is told to."""

    name: str
    """What it is called in the scene."""
    place: tuple[float, float, float]
    """Where it stands, metres."""
    size_m: float
    """Its side."""
    watts: float
    """How bright it is."""
    target: tuple[float, float, float] = (0.0, 0.0, 0.05)
    """What it looks at."""
    colour: Colour = (1.0, 1.0, 1.0)
    """Its colour, linear."""


@dataclass(frozen=True, kw_only=True)
class Lighting:
    """All light of a picture."""

    lamps: tuple[Lamp, ...]
    """Those that stand around the head."""
    room: Colour = (0.05, 0.055, 0.06)
    """Light from everywhere, linear."""


WALL_LAMP = Lamp(
    name="Wall", place=(0.6, 0.7, 0.9), size_m=0.8, watts=14, target=(0, 1.6, 0)
)
SOFT_KEY = Lighting(
    lamps=(
        Lamp(name="Key", place=(0.9, -1.1, 0.75), size_m=0.9, watts=26),
        Lamp(name="Fill", place=(-1.2, -1.0, 0.1), size_m=1.4, watts=9),
        Lamp(name="Rim", place=(-0.7, 0.8, 0.5), size_m=0.5, watts=3),
        WALL_LAMP,
    )
)
"""A large soft key from the left, a weak fill, a rim from behind, a dim room."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What the studio's camera takes."""

    camera: PinholeCamera
    """Its lens and size."""
    T_world_camera: NDArray[np.float64]
    """Where it stands, OpenCV's axes."""
    samples: int
    """Cycles' samples a pixel, before the denoiser."""
    lighting: Lighting = SOFT_KEY
    """What shines on the head."""


def furnish(
    person: Person,
    double: Double,
    landmarks: NDArray[np.float32],
    picture: Picture,
    rig: Any,
) -> None:
    """Everything around a head that stands at the world's origin already."""
    scene = bpy.context.scene
    for thing in [o for o in scene.objects if o.type in {"LIGHT", "CAMERA"}]:
        bpy.data.objects.remove(thing)
    add_hair(person, double, landmarks, rig)
    add_shirt(person, double, rig)
    add_backdrop(person, double)
    add_lights(picture.lighting)
    set_camera(picture)
    scene.render.engine = "CYCLES"
    scene.cycles.samples = picture.samples
    scene.cycles.use_denoising = True
    scene.cycles.denoising_prefilter = "FAST"  # "ACCURATE" doubles the time of a frame
    scene.cycles.use_adaptive_sampling = True
    scene.cycles.max_bounces = 3
    scene.view_settings.exposure = 0.35
    scene.cycles.device = "CPU"
    scene.render.use_persistent_data = True
    scene.view_settings.view_transform = "Filmic"
    scene.view_settings.look = "Medium High Contrast"


def add_hair(
    person: Person, double: Double, landmarks: NDArray[np.float32], rig: Any
) -> None:
    """Strands on the scalp, combed back, fastened to the head bone."""
    random = np.random.default_rng(person.seed)
    roots, normals = scatter(double, "scalp", person.hairs, random)
    behind = behind_hairline(roots, landmarks) > random.uniform(0.2, 0.9, len(roots))
    roots, normals = roots[behind], normals[behind]
    strands = comb(person, double, roots, normals, random)
    curves = bpy.data.hair_curves.new("Hair")
    curves.add_curves([STRAND_POINTS] * len(strands))
    curves.position_data.foreach_set("vector", strands.astype(np.float32).ravel())
    thin = np.linspace(1.0, 0.25, STRAND_POINTS)
    radius = (0.00011 if person.hair_length_m > 0.05 else 0.00016) * np.tile(
        thin, len(strands)
    )
    layer = curves.attributes.new("radius", "FLOAT", "POINT")
    layer.data.foreach_set("value", radius.astype(np.float32))
    material = plain("Hair", person.hair, roughness=0.45)
    # Strands seen against the rim light turn grey with a dielectric's full shine.
    principled(material).inputs["Specular IOR Level"].default_value = 0.15
    curves.materials.append(material)
    thing = bpy.data.objects.new("Hair", curves)
    bpy.context.scene.collection.objects.link(thing)
    fasten(thing, rig, "head")


def scatter(
    double: Double, region: str, count: int, random: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Random places on a region of the neutral skin, with the normals there."""
    mask = double.region_masks[double.region_names.index(region)]
    skin = double.faces[double.face_parts == 0]
    triangles = np.concatenate([skin[:, :3], skin[skin[:, 3] >= 0][:, [0, 2, 3]]])
    corners = double.vertices[triangles].astype(np.float64)
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(across, axis=1)
    weight = mask[triangles].mean(axis=1) ** 2 * area
    chosen = random.choice(len(triangles), count, p=weight / weight.sum())
    shares = random.dirichlet((1, 1, 1), count)
    places = np.einsum("ck,ckd->cd", shares, corners[chosen])
    keep = random.random(count) < np.einsum("ck,ck->c", shares, mask[triangles[chosen]])
    smooth = vertex_normals(double.vertices, triangles)[triangles[chosen]]
    normals = np.einsum("ck,ckd->cd", shares, smooth)
    return places[keep], normalised(normals)[keep]


def comb(
    person: Person,
    double: Double,
    roots: NDArray[np.float64],
    normals: NDArray[np.float64],
    random: np.random.Generator,
) -> NDArray[np.float64]:
    """Strands [strands, points, 3] that follow the skull back and down."""
    long = person.hair_length_m > 0.05
    surface = cKDTree(double.vertices)
    skin = double.faces[double.face_parts == 0]
    triangles = np.concatenate([skin[:, :3], skin[skin[:, 3] >= 0][:, [0, 2, 3]]])
    outward = vertex_normals(double.vertices, triangles)
    flow = np.array([0.0, 1.0, -0.25]) if long else np.array([0.0, -0.35, 0.25])
    flow = flow + random.normal(0, 0.05 if long else 0.22, roots.shape)
    lift = random.uniform(0.1, 0.3, len(roots))[:, None] * (1.0 if long else 3.5)
    length = person.hair_length_m * random.uniform(0.7, 1.0, len(roots))
    step = (length / (STRAND_POINTS - 1))[:, None]
    direction = normalised(_along(flow, normals) + lift * normals)
    clearance = CLEARANCE_M * random.uniform(0.3, 1.8, len(roots))[:, None]
    points = [roots]
    for index in range(1, STRAND_POINTS):
        place = points[-1] + step * direction
        _, nearest = surface.query(place)
        normal = outward[nearest]
        height = np.sum((place - double.vertices[nearest]) * normal, 1, keepdims=True)
        room = clearance * min(1.0, index / 2)
        place = place + np.maximum(room - height, 0) * normal
        points.append(place)
        fall = np.array([0.0, 0.0, -0.35]) if long else np.zeros(3)
        direction = normalised(
            0.7 * direction + 0.3 * _along(flow, normal) + 0.3 * fall
        )
    return np.stack(points, axis=1)


def _along(
    flow: NDArray[np.float64], normals: NDArray[np.float64]
) -> NDArray[np.float64]:
    """A direction laid onto the surface."""
    return normalised(flow - np.sum(flow * normals, 1, keepdims=True) * normals)


TORSO_M = (
    (0.002, -0.004, 0.002, -0.004),
    (0.006, 0.004, 0.006, 0.006),
    (0.026, 0.010, 0.010, 0.018),
    (0.040, 0.018, 0.014, 0.034),
    (0.038, 0.030, 0.014, 0.050),
    (0.020, 0.060, 0.008, 0.080),
    (0.006, 0.200, 0.004, 0.200),
)
"""Ring after ring of the shirt: out and down at the sides, then at chest and back."""

RING = 72
"""Points around the shirt."""


def add_shirt(person: Person, double: Double, rig: Any) -> None:
    """A round-necked shirt: from the neck's outline over shoulders, chest and back."""
    ring = neck_outline(double)
    middle = ring.mean(axis=0)
    away = normalised((ring - middle) * (1, 1, 0))
    sideways = np.abs(away[:, :1]) ** 2
    rings = [ring]
    for side_out, side_down, deep_out, deep_down in TORSO_M:
        out = sideways * side_out + (1 - sideways) * deep_out
        down = sideways * side_down + (1 - sideways) * deep_down
        rings.append(rings[-1] + out * away - down * np.array([0.0, 0.0, 1.0]))
    index = np.arange(RING)
    following = np.roll(index, -1)
    quads = [
        np.stack([index + a, index + a + RING, following + a + RING, following + a], 1)
        for a in range(0, RING * len(TORSO_M), RING)
    ]
    mesh = bpy.data.meshes.new("Shirt")
    mesh.from_pydata(np.concatenate(rings).tolist(), [], np.concatenate(quads).tolist())
    mesh.shade_smooth()
    mesh.materials.append(plain("Shirt", person.shirt, roughness=0.85, sheen=0.3))
    thing = bpy.data.objects.new("Shirt", mesh)
    bpy.context.scene.collection.objects.link(thing)
    smooth = thing.modifiers.new("Soft", "SUBSURF")
    smooth.levels = smooth.render_levels = 2
    fasten(thing, rig, "root")


def neck_outline(double: Double) -> NDArray[np.float64]:
    """Where a tilted plane cuts the neck: `RING` points, a little outside the skin."""
    neck = double.joints[1].astype(np.float64)
    tilted = double.vertices[:, 2] - 0.4 * (double.vertices[:, 1] - neck[1]) - neck[2]
    skin = double.faces[double.face_parts == 0]
    edges = np.concatenate([skin[:, [0, 1]], skin[:, [1, 2]]])
    heights = tilted[edges] + 0.004
    edges, heights = (part[heights.prod(axis=1) < 0] for part in (edges, heights))
    along = heights[:, :1] / (heights[:, :1] - heights[:, 1:])
    ends = double.vertices[edges].astype(np.float64)
    points = ends[:, 0] + along * (ends[:, 1] - ends[:, 0])
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    flat = points - middle
    angles = np.arctan2(flat[:, 1], flat[:, 0])
    order = np.argsort(angles)
    wanted = np.linspace(-np.pi, np.pi, RING, endpoint=False)
    ring = np.stack(
        [np.interp(wanted, angles[order], c, period=2 * np.pi) for c in flat[order].T],
        axis=1,
    )
    ring = sum(np.roll(ring, shift, axis=0) for shift in (-2, -1, 0, 1, 2)) / 5
    return middle + ring * (1.05, 1.05, 1.0)


def add_backdrop(person: Person, double: Double) -> None:
    """A painted wall behind, brighter around the head."""
    bpy.ops.mesh.primitive_plane_add(size=8, location=(0, 1.6, 0))
    wall = bpy.context.object
    wall.name = "Backdrop"
    wall.rotation_euler = (np.pi / 2, 0, 0)
    material = plain("Backdrop", person.backdrop[1], roughness=1.0)
    nodes, links = material.node_tree.nodes, material.node_tree.links
    place = nodes.new("ShaderNodeTexCoord")
    noise = nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value = 1.3
    noise.inputs["Detail"].default_value = 3.0
    ramp = nodes.new("ShaderNodeValToRGB")
    ramp.color_ramp.elements[0].position = 0.35
    ramp.color_ramp.elements[1].position = 0.7
    for element, colour in zip(ramp.color_ramp.elements, person.backdrop, strict=True):
        element.color = (*linear(colour), 1.0)
    links.new(place.outputs["Object"], noise.inputs["Vector"])
    links.new(noise.outputs["Fac"], ramp.inputs["Fac"])
    links.new(ramp.outputs["Color"], principled(material).inputs["Base Color"])
    wall.data.materials.append(material)


def add_lights(lighting: Lighting) -> None:
    """The lamps, and a room that is not black."""
    for lamp in lighting.lamps:
        add_lamp(lamp)
    world = bpy.data.worlds.new("Studio")
    if bpy.app.version < (5, 0):
        world.use_nodes = True
    background = world.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = (*lighting.room, 1)
    bpy.context.scene.world = world


def add_lamp(lamp: Lamp) -> None:
    """An area light where the lamp stands."""
    light = bpy.data.lights.new(lamp.name, "AREA")
    light.size, light.energy, light.color = lamp.size_m, lamp.watts, lamp.colour
    thing = bpy.data.objects.new(lamp.name, light)
    away = normalised(np.subtract(lamp.place, lamp.target)[None])[0]
    side = normalised(np.cross((0, 0, 1), away)[None])[0]
    pose = np.eye(4)
    pose[:3, :3] = np.stack([side, np.cross(away, side), away], axis=1)
    pose[:3, 3] = lamp.place
    thing.matrix_world = Matrix(pose.tolist())
    bpy.context.scene.collection.objects.link(thing)


def set_camera(picture: Picture) -> None:
    """The scene's camera and picture size."""
    camera, scene = picture.camera, bpy.context.scene
    lens = bpy.data.cameras.new("Studio")
    lens.sensor_fit, lens.sensor_width = "HORIZONTAL", 36.0
    lens.lens = camera.focal_px * 36.0 / camera.width_px
    thing = bpy.data.objects.new("Studio", lens)
    pose = blender_camera_pose(picture.T_world_camera)
    thing.matrix_world = Matrix(pose.tolist())
    scene.collection.objects.link(thing)
    scene.camera = thing
    scene.render.resolution_x = camera.width_px
    scene.render.resolution_y = camera.height_px
    scene.render.resolution_percentage = 100


def fasten(thing: Any, rig: Any, bone: str) -> None:
    """Let a thing follow one bone from where it is now."""
    thing.parent, thing.parent_type, thing.parent_bone = rig, "BONE", bone
    bpy.context.view_layer.update()
    rest = rig.matrix_world @ rig.data.bones[bone].matrix_local
    tip = Matrix.Translation((0, rig.data.bones[bone].length, 0))
    thing.matrix_parent_inverse = (rest @ tip).inverted()


def plain(name: str, colour: Colour, *, roughness: float, sheen: float = 0.0) -> Any:
    """A material of one colour."""
    material = bpy.data.materials.new(name)
    if bpy.app.version < (5, 0):
        material.use_nodes = True
    shader = principled(material)
    shader.inputs["Base Color"].default_value = (*linear(colour), 1.0)
    shader.inputs["Roughness"].default_value = roughness
    shader.inputs["Sheen Weight"].default_value = sheen
    return material


def principled(material: Any) -> Any:
    """The one Principled shader of a fresh material."""
    return next(n for n in material.node_tree.nodes if n.type == "BSDF_PRINCIPLED")


def linear(colour: Colour) -> Colour:
    """An sRGB colour as Blender's shaders take it."""
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour
    )
    return red, green, blue


def vertex_normals(
    vertices: NDArray[np.floating], triangles: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Unit normals [vertices, 3], weighted by the area of the triangles around."""
    corners = vertices[triangles].astype(np.float64)
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    total = np.zeros(vertices.shape)
    for corner in range(3):
        np.add.at(total, triangles[:, corner], across)
    return normalised(total)


def normalised(vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    """Vectors of length one; a zero stays zero."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.maximum(length, 1e-12)
