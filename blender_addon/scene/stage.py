"""A scene of our own: rate, range, picture, colours and surroundings for one double."""

import bpy

from ...core.assets import Motion, PinholeCamera
from ..materials.node_tree import NodeTree
from ..rig import frame_count
from .animate import frame_rate
from .photo_light import arriving

FIRST_FRAME = 1
PICTURE_PX = 480 * 600
"""Area of the picture, unless asked otherwise: two cores render it in seconds."""

NTSC = 1.001
"""29.97 frames a second are 30 in 1.001 seconds."""

BACKDROP_MIDDLE, BACKDROP_EDGE = (0.105, 0.112, 0.122), (0.018, 0.02, 0.023)
"""Linear colours behind the head, as the camera sees them."""

AMBIENT = (0.95, 0.98, 1.0)
AMBIENT_STRENGTH = 0.42
"""Light from all around, as the head receives it."""

EEVEE = "BLENDER_EEVEE_NEXT" if bpy.app.version < (5, 0) else "BLENDER_EEVEE"
ENGINES = {"cycles": "CYCLES", "eevee": EEVEE, "workbench": "BLENDER_WORKBENCH"}
SAMPLES = {"cycles": 8, "eevee": 32}


def set_rate(scene: bpy.types.Scene, rate_fps: float) -> None:
    """Give the scene a clip's rate, exactly: 29.97 becomes 30 over 1.001."""
    whole = max(1, round(rate_fps))
    scene.render.fps = whole
    if abs(rate_fps - whole) < 1e-3:
        scene.render.fps_base = 1.0
    elif abs(rate_fps * NTSC - whole) < 5e-3:
        scene.render.fps_base = NTSC
    else:
        scene.render.fps_base = whole / rate_fps


def set_range(scene: bpy.types.Scene, motion: Motion) -> None:
    """Let the scene last as long as the motion, at the rate it has."""
    scene.frame_start = FIRST_FRAME
    scene.frame_end = FIRST_FRAME - 1 + frame_count(motion, frame_rate(scene))
    scene.frame_set(FIRST_FRAME)


def set_picture(
    scene: bpy.types.Scene,
    view: PinholeCamera,
    *,
    width_px: int | None,
    height_px: int | None,
) -> None:
    """Size of the picture, in the shape of `view` unless both sides are given.

    Both sides are even, as H.264 wants them.
    """
    aspect = view.width_px / view.height_px
    if width_px is None and height_px is None:
        width_px = round((PICTURE_PX * aspect) ** 0.5)
    if width_px is None:
        assert height_px is not None
        width_px = round(height_px * aspect)
    if height_px is None:
        height_px = round(width_px / aspect)
    scene.render.resolution_x = max(2, 2 * round(width_px / 2))
    scene.render.resolution_y = max(2, 2 * round(height_px / 2))
    scene.render.resolution_percentage = 100
    scene.render.pixel_aspect_x = scene.render.pixel_aspect_y = 1.0


def set_colours(scene: bpy.types.Scene) -> None:
    """Show the photo's colours as they are: no film-like curve over them."""
    scene.display_settings.display_device = "sRGB"
    scene.view_settings.view_transform = "Standard"
    scene.view_settings.look = "None"
    scene.view_settings.exposure = 0.0
    scene.view_settings.gamma = 1.0


def set_engine(scene: bpy.types.Scene, engine: str, samples: int | None) -> None:
    """The render engine, with settings that suit a head on a processor alone."""
    scene.render.engine = ENGINES[engine]
    cycles = scene.cycles
    cycles.device = "CPU"
    cycles.samples = SAMPLES["cycles"]
    cycles.use_adaptive_sampling = True
    cycles.adaptive_threshold = 0.05
    cycles.use_denoising = True
    cycles.denoiser = "OPENIMAGEDENOISE"
    cycles.denoising_input_passes = "RGB_ALBEDO_NORMAL"
    cycles.denoising_prefilter = "FAST"  # "ACCURATE" doubles the time of a frame
    cycles.max_bounces = 4
    cycles.diffuse_bounces = 2
    cycles.use_light_tree = False
    cycles.transparent_max_bounces = 16
    cycles.caustics_reflective = cycles.caustics_refractive = False
    scene.render.use_persistent_data = True
    scene.render.hair_type = "STRIP"  # EEVEE's lines are a pixel wide, however fine
    _set_eevee(scene.eevee)
    shading = scene.display.shading
    shading.light = "STUDIO"
    shading.color_type = "TEXTURE"
    if samples is None:
        return
    match engine:
        case "cycles":
            cycles.samples = samples
        case "eevee":
            scene.eevee.taa_render_samples = samples
        case _:
            scene.display.render_aa = str(_workbench_samples(samples))


def _set_eevee(eevee: bpy.types.SceneEEVEE) -> None:
    """Shade hollows from the light around, or teeth shine out of a dark mouth."""
    eevee.taa_render_samples = SAMPLES["eevee"]
    eevee.use_raytracing = True
    eevee.ray_tracing_options.trace_max_roughness = 0.0  # rays only find hollows
    eevee.use_fast_gi = True
    eevee.fast_gi_method = "AMBIENT_OCCLUSION_ONLY"


def add_world(
    scene: bpy.types.Scene, name: str, *, light: bpy.types.Image | None = None
) -> None:
    """Even light from around, and a plain dark backdrop for the camera.

    With `light`, an equirectangular picture, that is the light from around.
    """
    world = bpy.data.worlds.new(name)
    world.color = BACKDROP_MIDDLE
    if bpy.app.version < (5, 0):
        world.use_nodes = True
    tree = world.node_tree
    tree.nodes.clear()
    output = tree.nodes.new("ShaderNodeOutputWorld")
    mix = tree.nodes.new("ShaderNodeMixShader")
    rays = tree.nodes.new("ShaderNodeLightPath")
    tree.links.new(rays.outputs["Is Camera Ray"], mix.inputs[0])
    ambient = tree.nodes.new("ShaderNodeBackground")
    ambient.inputs["Color"].default_value = (*AMBIENT, 1.0)
    ambient.inputs["Strength"].default_value = AMBIENT_STRENGTH
    if light is not None:
        colour = arriving(NodeTree(tree), light, at=(-1250, 300))
        tree.links.new(colour, ambient.inputs["Color"])
        ambient.inputs["Strength"].default_value = 1.0
    tree.links.new(ambient.outputs[0], mix.inputs[1])
    backdrop = tree.nodes.new("ShaderNodeBackground")
    backdrop.inputs["Strength"].default_value = 1.0
    tree.links.new(_backdrop_colour(tree), backdrop.inputs["Color"])
    tree.links.new(backdrop.outputs[0], mix.inputs[2])
    tree.links.new(mix.outputs[0], output.inputs["Surface"])
    for index, node in enumerate((rays, ambient, backdrop)):
        node.location = (0, 200 - 150 * index)
    mix.location, output.location = (250, 0), (450, 0)
    scene.world = world


def _backdrop_colour(tree: bpy.types.NodeTree) -> bpy.types.NodeSocket:
    """Lighter in the middle of the picture, whatever its shape."""
    where = tree.nodes.new("ShaderNodeTexCoord")
    moved = tree.nodes.new("ShaderNodeMapping")
    moved.inputs["Location"].default_value = (-0.5, -0.55, 0.0)
    away = tree.nodes.new("ShaderNodeVectorMath")
    away.operation = "LENGTH"
    fade = tree.nodes.new("ShaderNodeMapRange")
    fade.interpolation_type = "SMOOTHSTEP"
    fade.inputs["From Min"].default_value = 0.0
    fade.inputs["From Max"].default_value = 0.85
    blend = tree.nodes.new("ShaderNodeMix")
    blend.data_type = "RGBA"
    blend.inputs[6].default_value = (*BACKDROP_MIDDLE, 1.0)
    blend.inputs[7].default_value = (*BACKDROP_EDGE, 1.0)
    tree.links.new(where.outputs["Window"], moved.inputs["Vector"])
    tree.links.new(moved.outputs["Vector"], away.inputs[0])
    tree.links.new(away.outputs["Value"], fade.inputs["Value"])
    tree.links.new(fade.outputs["Result"], blend.inputs["Factor"])
    for index, node in enumerate((where, moved, away, fade, blend)):
        node.location = (-1000 + 180 * index, -250)
    return blend.outputs[2]


def _workbench_samples(samples: int) -> str | int:
    """The nearest of the numbers that Workbench knows."""
    return min((5, 8, 11, 16, 32), key=lambda known: abs(known - samples))
