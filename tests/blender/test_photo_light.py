"""The photo's own light as a world."""

from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest
from made_of_spheres import make_double
from photo_double.blender_addon import scene
from photo_double.blender_addon.properties import SKIN_CONTROLS
from photo_double.blender_addon.scene import photo_light, stage
from photo_double.core.assets import Double
from photo_double.core.errors import PhotoLightUnknownError

LIGHT = np.zeros((9, 3), np.float32)
LIGHT[0] = (0.9, 0.8, 0.7)
LIGHT[1] = (0.4, 0.3, 0.2)  # from the head's left
LIGHT[3] = 0.2


def unit(count: int) -> np.ndarray:
    directions = np.random.default_rng(3).standard_normal((count, 3))
    return directions / np.linalg.norm(directions, axis=1, keepdims=True)


def test_a_matte_surface_is_as_bright_as_the_photo_showed() -> None:
    around, normals = unit(40_000), unit(20)
    arriving = photo_light.radiance(LIGHT, around)
    facing = np.clip(normals @ around.T, 0, None)
    received = 4 * facing @ arriving / len(around)
    x, _, z = normals.T
    expected = LIGHT[0] + x[:, None] * LIGHT[1] + z[:, None] * LIGHT[3]
    assert np.abs(received - expected).max() < 0.04


def test_no_light_is_negative_and_the_sum_stays() -> None:
    hard = LIGHT.copy()
    hard[1] *= 4
    around = unit(40_000)
    arriving = photo_light.radiance(hard, around)
    assert arriving.min() >= 0
    assert abs(arriving[:, 0].mean() / hard[0, 0] - 1) < 0.1


def test_the_world_shines_from_where_the_light_came() -> None:
    picture = photo_light.light_picture(make_double_lit(), "Light")
    pixels = np.array(picture.pixels[:]).reshape(64, 128, 4)
    assert picture.packed_file is not None
    turn = np.pi - 2 * np.pi * (np.arange(128) + 0.5) / 128
    brightest = turn[pixels[32, :, 0].argmax()]
    assert abs(brightest) < 0.1  # +X, the head's left
    assert pixels[:, :, 0].max() > 1  # not cut off at white
    stage.add_world(bpy.context.scene, "World", light=picture)
    nodes = bpy.context.scene.world.node_tree.nodes
    assert [n.image for n in nodes if n.type == "TEX_ENVIRONMENT"] == [picture]


def test_with_the_photos_light_come_its_shadows() -> None:
    added = scene.add_double(bpy.context, make_double_lit(), name="Lit")
    (material,) = {
        slot.material
        for slot in added.head_object().material_slots
        if SKIN_CONTROLS in slot.material.node_tree.nodes
    }
    shadows = material.node_tree.nodes[SKIN_CONTROLS].inputs["Shadows"]
    assert shadows.default_value == 0
    scene.shine_photo_light(bpy.context, added, make_double_lit())
    assert shadows.default_value == 1


def test_a_double_without_light_says_so() -> None:
    assert not photo_light.knows_light(make_double())
    assert photo_light.knows_light(make_double_lit())


def artists_world() -> bpy.types.World:
    """A world of plain red, shown by nodes."""
    world = bpy.data.worlds.new("Artist's World")
    if bpy.app.version < (5, 0):
        world.use_nodes = True
    tree = world.node_tree
    tree.nodes.clear()
    background = tree.nodes.new("ShaderNodeBackground")
    background.inputs["Color"].default_value = (0.5, 0.0, 0.0, 1.0)
    output = tree.nodes.new("ShaderNodeOutputWorld")
    tree.links.new(background.outputs[0], output.inputs["Surface"])
    bpy.context.scene.world = world
    return world


def shine() -> bpy.types.World:
    """A lit double is added under its photo's light; the scene's world then."""
    double = make_double_lit()
    added = scene.add_double(bpy.context, double)
    return scene.shine_photo_light(bpy.context, added, double)


def look(folder: Path, kind: str = "ShaderNodeBsdfDiffuse") -> np.ndarray:
    """Linear RGB [16, 16, 3] of a white sphere before the world, matte or a mirror."""
    bpy.ops.mesh.primitive_uv_sphere_add(segments=64, ring_count=32, location=(9, 0, 0))
    bpy.ops.object.shade_smooth()
    sphere = bpy.context.object
    sphere.data.materials.append(white(kind))
    camera = bpy.data.objects.new("View", bpy.data.cameras.new("View"))
    bpy.context.scene.collection.objects.link(camera)
    camera.location, camera.rotation_euler = (9, -8, 0), (np.pi / 2, 0, 0)
    bpy.context.scene.camera = camera
    stage.set_engine(bpy.context.scene, "cycles", 64)
    bpy.context.scene.cycles.use_denoising = False
    settings = bpy.context.scene.render
    settings.resolution_x = settings.resolution_y = 16
    settings.resolution_percentage = 100
    settings.image_settings.file_format = "OPEN_EXR"
    settings.filepath = str(folder / "look.exr")
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(settings.filepath)
    return np.array(image.pixels[:]).reshape(16, 16, -1)[..., :3]


def white(kind: str) -> bpy.types.Material:
    """Gives back 80 % of the light."""
    material = bpy.data.materials.new("White")
    if bpy.app.version < (5, 0):
        material.use_nodes = True
    material.node_tree.nodes.clear()
    shader = material.node_tree.nodes.new(kind)
    shader.inputs["Color"].default_value = (0.8, 0.8, 0.8, 1.0)
    if "Glossy" in kind:
        shader.inputs["Roughness"].default_value = 0.0
    output = material.node_tree.nodes.new("ShaderNodeOutputMaterial")
    material.node_tree.links.new(shader.outputs[0], output.inputs["Surface"])
    return material


def test_the_photos_light_falls_and_the_artists_backdrop_stays(tmp_path: Path) -> None:
    artists_world()
    shine()
    picture = look(tmp_path)
    assert np.allclose(picture[0, 0], (0.5, 0.0, 0.0), atol=0.02)
    middle = picture[7:9, 7:9].mean(axis=(0, 1))
    assert np.allclose(middle / (0.8 * LIGHT[0]), 1, atol=0.12)
    left, right = picture[8, 10], picture[8, 5]  # of the picture: the head's left is +X
    assert left[0] > 1.15 * right[0]


def test_a_mirror_shows_a_window_and_a_dim_room(tmp_path: Path) -> None:
    """Or a veil of the smooth light would lie over every pupil."""
    artists_world()
    shine()
    mirrored = look(tmp_path, "ShaderNodeBsdfGlossy")
    around = 0.8 * photo_light.radiance(LIGHT, unit(10_000))[:, 0]
    ball = mirrored[4:12, 4:12, 0]
    assert ball.min() < 0.5 * around.min()
    assert mirrored[..., 0].max() > 1.5 * around.max()


def test_what_is_gathered_is_no_more_light() -> None:
    picture = photo_light.light_picture(make_double_lit(), "Light")
    found = photo_light.gathering(picture)
    pixels = np.array(picture.pixels[:]).reshape(64, 128, 4)[..., :3]
    grey = pixels @ photo_light.LUMINANCE
    rise = np.pi * ((np.arange(64) + 0.5) / 64 - 0.5)
    weight = np.cos(rise)[:, None]
    share = found.gain * (grey / found.peak) ** found.power + found.rest
    gathered = (weight * grey * share).sum()
    assert np.isclose(gathered, (weight * grey).sum(), rtol=1e-4)
    mean = gathered / (128 * weight.sum())
    assert 5 * mean < (grey * share).max() < 21 * mean


def test_the_artists_world_is_kept_unchanged_and_is_saved(tmp_path: Path) -> None:
    theirs = artists_world()
    nodes, name = len(theirs.node_tree.nodes), theirs.name
    world = shine()
    assert bpy.context.scene.world == world != theirs
    assert world.name == "Test Person World"
    assert (len(theirs.node_tree.nodes), theirs.name) == (nodes, name)
    path = str(tmp_path / "scene.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    assert name in bpy.data.worlds
    assert bpy.data.images["Test Person Light"].packed_file is not None


def test_a_world_that_another_scene_uses_needs_no_help_to_stay() -> None:
    theirs = artists_world()
    bpy.data.scenes.new("Other").world = theirs
    shine()
    assert not theirs.use_fake_user


def test_a_scene_without_a_world_keeps_its_black_backdrop(tmp_path: Path) -> None:
    bpy.context.scene.world = None
    shine()
    assert look(tmp_path)[0, 0].max() < 0.01


def test_a_double_without_light_says_what_to_do() -> None:
    with pytest.raises(PhotoLightUnknownError, match="Choose another light"):
        scene.refuse_unknown_light(make_double())
    scene.refuse_unknown_light(make_double_lit())


def make_double_lit() -> Double:
    return replace(make_double(), photo_light=LIGHT)
