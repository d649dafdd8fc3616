"""The photo's own light as a world."""

from dataclasses import replace

import bpy
import numpy as np
from made_of_spheres import make_double
from photo_double.blender_addon.scene import photo_light, stage
from photo_double.core.assets import Double

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


def test_a_double_without_light_says_so() -> None:
    assert not photo_light.knows_light(make_double())
    assert photo_light.knows_light(make_double_lit())


def make_double_lit() -> Double:

    return replace(make_double(), photo_light=LIGHT)
