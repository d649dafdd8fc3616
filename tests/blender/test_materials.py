"""Check 6: materials that render the same in every Blender, with all they need."""

import bpy
import numpy as np
import pytest
from made_of_spheres import make_double, png
from photo_double.blender_addon.materials import head_materials
from photo_double.blender_addon.materials.eyelashes import draw_strands
from photo_double.blender_addon.materials.eyes import draw_eye
from photo_double.blender_addon.properties import SKIN_CONTROL_NAMES, SKIN_CONTROLS
from photo_double.core.assets import Double
from photo_double.core.errors import UnreadableAssetError


def principled(material: bpy.types.Material) -> bpy.types.Node:
    (node,) = (n for n in material.node_tree.nodes if n.type == "BSDF_PRINCIPLED")
    return node


def pictures(material: bpy.types.Material) -> list[bpy.types.Image]:
    return [n.image for n in material.node_tree.nodes if n.type == "TEX_IMAGE"]


@pytest.fixture
def materials() -> dict[str, bpy.types.Material]:
    made = head_materials(make_double(), "Test Person")
    return {material.name.removeprefix("Test Person "): material for material in made}


def test_every_part_has_a_material_of_its_own(
    materials: dict[str, bpy.types.Material],
) -> None:
    assert list(materials) == [
        *"Skin Eyes Teeth Gums Tongue Eyelashes".split(),
        *("Tears", "Lid Shade", "Caruncles", "Brows"),
    ]


def test_what_differs_between_versions_is_set(
    materials: dict[str, bpy.types.Material],
) -> None:
    for name, material in materials.items():
        inputs = principled(material).inputs
        assert 0.002 < inputs["Subsurface Scale"].default_value < 0.006
        assert inputs["IOR"].default_value > 1.3
        assert inputs["Metallic"].default_value == (name == "Tears")
    assert principled(materials["Skin"]).inputs["Subsurface Weight"].default_value > 0


def test_pictures_are_packed_and_linked(
    materials: dict[str, bpy.types.Material],
) -> None:
    for name, socket in (
        ("Skin", "Base Color"),
        ("Eyes", "Base Color"),
        ("Eyelashes", "Alpha"),
    ):
        assert principled(materials[name]).inputs[socket].is_linked
        (image,) = pictures(materials[name])
        assert image.packed_file
        assert image.source == "FILE"
        assert image.colorspace_settings.name == "sRGB"
        assert image.filepath_raw.startswith("//")


def test_light_passes_what_lies_over_the_eye(
    materials: dict[str, bpy.types.Material],
) -> None:
    for name in ("Tears", "Lid Shade"):
        assert principled(materials[name]).inputs["Alpha"].is_linked
        assert materials[name].surface_render_method == "DITHERED"
    assert not principled(materials["Caruncles"]).inputs["Alpha"].is_linked


def test_the_skin_shows_the_photos_pixels(
    materials: dict[str, bpy.types.Material],
) -> None:
    (image,) = pictures(materials["Skin"])
    assert tuple(image.size) == (16, 16)
    expected = np.array([200, 150, 120]) / 255
    assert np.allclose(image.pixels[:3], expected, atol=1e-3)


def test_pictures_of_the_double_come_before_drawn_ones() -> None:
    green = png(np.full((8, 8, 3), (0, 255, 0), np.uint8))
    double = make_double()
    given = Double(**{**vars(double), "textures": {**double.textures, "eye": green}})
    eyes = head_materials(given, "X")[1]
    (image,) = pictures(eyes)
    assert tuple(image.size) == (8, 8)
    assert np.allclose(image.pixels[:4], (0, 1, 0, 1))


def test_a_damaged_picture_is_refused() -> None:
    double = make_double()
    broken = Double(**{**vars(double), "textures": {"albedo": b"not a picture"}})
    with pytest.raises(UnreadableAssetError, match="damaged"):
        head_materials(broken, "X")


def test_a_drawn_eye_is_dark_inside_coloured_around_and_white_outside() -> None:
    blue = np.array([0.25, 0.4, 0.7])
    eye = draw_eye(blue)
    middle = len(eye) // 2
    assert eye[middle, middle, :3].max() < 0.05
    iris = eye[middle, middle + int(0.17 * len(eye)), :3]
    assert iris[2] > iris[0]
    assert eye[middle, middle + int(0.32 * len(eye)), :3].min() > 0.6
    assert eye.min() >= 0
    assert eye.max() <= 1


def test_lashes_are_strands_that_end_before_the_strips_tip() -> None:
    alpha = draw_strands()[..., 3]
    half = len(alpha) // 2
    for strip in (alpha[:half], alpha[half:]):
        root, tip = strip[-2], strip[0]
        assert 0.1 < (root > 0.5).mean() < 0.6
        assert (tip > 0.1).mean() < 0.02


def with_maps(double: Double) -> Double:
    grey = png(np.full((8, 8, 3), 128, np.uint8))
    maps = {**double.textures, "bump": grey, "roughness": grey}
    return Double(**{**vars(double), "textures": maps})


def controls(material: bpy.types.Material) -> bpy.types.Node:
    return material.node_tree.nodes[SKIN_CONTROLS]


def test_relief_and_roughness_of_the_double_are_read_as_numbers() -> None:
    skin = head_materials(with_maps(make_double()), "X")[0]
    images = {image.name: image for image in pictures(skin)}
    for name in ("X Skin Relief", "X Skin Roughness"):
        assert images[name].colorspace_settings.name == "Non-Color"
        assert images[name].packed_file
    assert controls(skin).inputs["Base Roughness"].is_linked
    (bump,) = (n for n in skin.node_tree.nodes if n.type == "BUMP")
    assert bump.inputs["Height"].links[0].from_node.image.name == "X Skin Relief"
    assert bump.inputs["Distance"].default_value == pytest.approx(0.001)
    assert skin.node_tree.nodes.active.image.name == "X Skin Albedo"


def test_a_double_without_maps_has_a_grain_and_one_roughness(
    materials: dict[str, bpy.types.Material],
) -> None:
    skin = materials["Skin"]
    assert not controls(skin).inputs["Base Roughness"].is_linked
    assert [n for n in skin.node_tree.nodes if n.type == "TEX_NOISE"]


def test_the_skins_sliders_start_at_what_was_measured(
    materials: dict[str, bpy.types.Material],
) -> None:
    node = controls(materials["Skin"])
    sockets = node.node_tree.interface.items_tree
    for name in SKIN_CONTROL_NAMES:
        assert node.inputs[name].default_value == 0.0
        assert not node.inputs[name].is_linked
        socket = next(s for s in sockets if s.name == name)
        assert socket.min_value <= 0 < socket.max_value
        assert socket.description


def test_two_heads_have_sliders_of_their_own() -> None:
    first = head_materials(make_double(), "One")[0]
    second = head_materials(make_double(), "Two")[0]
    assert controls(first).node_tree != controls(second).node_tree
    assert "001" not in "".join(group.name for group in bpy.data.node_groups)


def test_brows_have_the_photos_colour_and_no_two_hairs_are_alike() -> None:
    double = make_double()
    red = {**double.colours_srgb, "brows": (0.5, 0.2, 0.1)}
    brows = head_materials(Double(**{**vars(double), "colours_srgb": red}), "X")[9]
    (own,) = (n for n in brows.node_tree.nodes if n.type == "MIX")
    dark, light = (own.inputs[place].default_value for place in (6, 7))
    for colour in (dark, light):
        assert colour[0] > 2 * colour[1] > 2 * colour[2]
    assert light[0] > 1.5 * dark[0]
    assert own.inputs[0].is_linked
