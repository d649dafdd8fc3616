"""What the skin's sliders do to a picture, and where the panel finds them."""

from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest
from made_of_spheres import make_double, png
from numpy.typing import NDArray
from photo_double.blender_addon import scene
from photo_double.blender_addon.properties import SKIN_CONTROL_NAMES, skin_controls
from photo_double.blender_addon.scene import stage
from photo_double.core.assets import Double

SIZE_PX = 48


@pytest.fixture
def added() -> scene.AddedDouble:
    return add_lit(make_double())


def add_lit(double: Double) -> scene.AddedDouble:
    """Add `double`, with lights and a camera close before its face."""
    added = scene.add_double(bpy.context, double)
    view = bpy.data.objects.new("View", bpy.data.cameras.new("View"))
    bpy.context.scene.collection.objects.link(view)
    head = added.rig_object().data.bones["head"].head_local
    view.location = (0.0, -0.8, head.z + 0.06)
    view.rotation_euler = (np.pi / 2, 0.0, 0.0)
    view.data.lens = 120.0
    bpy.context.scene.camera = view
    stage.add_world(bpy.context.scene, "World")
    scene.light_double(bpy.context, added, camera=view)
    return added


def render(folder: Path) -> NDArray[np.float32]:
    """Linear RGB [SIZE_PX, SIZE_PX, 3] of what the camera sees, free of noise."""
    settings = bpy.context.scene.render
    stage.set_engine(bpy.context.scene, "cycles", 16)
    bpy.context.scene.cycles.use_denoising = False
    settings.resolution_x = settings.resolution_y = SIZE_PX
    settings.resolution_percentage = 100
    settings.image_settings.file_format = "OPEN_EXR"
    settings.image_settings.color_mode = "RGB"
    settings.filepath = str(folder / "picture.exr")
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(settings.filepath)
    pixels = np.array(image.pixels[:], np.float32).reshape(SIZE_PX, SIZE_PX, 4)
    bpy.data.images.remove(image)
    return pixels[..., :3]


def cheek(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean colour of the middle of the head."""
    return picture[18:32, 18:30].mean(axis=(0, 1))


def test_each_slider_changes_the_picture_its_own_way(
    added: scene.AddedDouble, tmp_path: Path
) -> None:
    node = skin_controls(added.head_object())
    assert node is not None
    before = render(tmp_path)
    after = {}
    for name in ("Melanin", "Redness", "Oil", "Lip Wetness"):
        node.inputs[name].default_value = 1.0
        after[name] = render(tmp_path)
        node.inputs[name].default_value = 0.0
    darker = cheek(after["Melanin"]) / cheek(before)
    assert darker[2] < darker[1] < darker[0] < 0.8
    redder = cheek(after["Redness"]) / cheek(before)
    assert redder[0] > 0.9
    assert max(redder[1:]) < 0.87
    for name in ("Oil", "Lip Wetness"):
        assert np.abs(after[name] - before).max() > 0.01


def test_hair_that_is_painted_on_keeps_its_look(tmp_path: Path) -> None:
    hair = np.zeros((16, 16, 3), np.uint8)
    hair[:, :8] = 255
    textures = {**make_double().textures, "hair": png(hair)}
    added = add_lit(replace(make_double(), textures=textures))
    node = skin_controls(added.head_object())
    assert node is not None
    before = render(tmp_path)
    for name in ("Melanin", "Redness", "Oil"):
        node.inputs[name].default_value = 1.0
    changed = np.abs(render(tmp_path) - before).max(axis=2)[18:32]
    half = SIZE_PX // 2
    shares = changed[:, 14 : half - 4].mean(), changed[:, half + 4 : -14].mean()
    assert min(shares) < 0.1 * max(shares)


def test_the_photos_shadows_are_on_the_face_as_far_as_they_are_asked_for(
    tmp_path: Path,
) -> None:
    shade = np.full((16, 16, 3), 188, np.uint8)  # half of the light: as it was
    shade[:, :8] = 137  # a quarter: half as much
    textures = {**make_double().textures, "shade": png(shade)}
    added = add_lit(replace(make_double(), textures=textures))
    node = skin_controls(added.head_object())
    assert node is not None
    assert node.inputs["Shadows"].default_value == 0
    before = render(tmp_path)
    node.inputs["Shadows"].default_value = 1.0
    share = (render(tmp_path) / before.clip(1e-3))[24:28]
    half = SIZE_PX // 2
    sides = sorted((share[:, 16 : half - 4].mean(), share[:, half + 4 : -16].mean()))
    assert 0.4 < sides[0] < 0.8
    assert 0.95 < sides[1] < 1.05


def test_a_double_without_shade_has_none(
    added: scene.AddedDouble, tmp_path: Path
) -> None:
    node = skin_controls(added.head_object())
    assert node is not None
    before = render(tmp_path)
    node.inputs["Shadows"].default_value = 1.0
    assert np.abs(render(tmp_path) - before).max() < 0.02


def test_the_panel_finds_the_sliders_by_head_and_by_rig(
    added: scene.AddedDouble,
) -> None:
    by_head = skin_controls(added.head_object())
    assert by_head is not None
    assert skin_controls(added.rig_object()) == by_head
    assert skin_controls(bpy.context.scene.camera) is None
    assert skin_controls(None) is None


def test_the_sliders_can_be_keyed(added: scene.AddedDouble) -> None:
    node = skin_controls(added.head_object())
    assert node is not None
    for socket in (node.inputs[name] for name in SKIN_CONTROL_NAMES):
        for frame, value in ((1, 0.0), (11, 1.0)):
            socket.default_value = value
            assert socket.keyframe_insert("default_value", frame=frame)
    bpy.context.scene.frame_set(6)
    for name in SKIN_CONTROL_NAMES:
        assert 0.3 < node.inputs[name].default_value < 0.7


def test_eevee_shades_the_hollow_of_a_mouth() -> None:
    stage.set_engine(bpy.context.scene, "eevee", None)
    eevee = bpy.context.scene.eevee
    assert eevee.use_raytracing
    assert eevee.use_fast_gi
    assert eevee.fast_gi_method == "AMBIENT_OCCLUSION_ONLY"


def test_eevee_draws_hair_as_thick_as_it_is() -> None:
    stage.set_engine(bpy.context.scene, "eevee", None)
    assert bpy.context.scene.render.hair_type == "STRIP"
