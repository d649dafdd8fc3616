"""An eye whose pupil lies behind its surface, as the camera sees it."""

from pathlib import Path

import bpy
import numpy as np
import pytest
from made_of_spheres import make_double, png, sphere
from photo_double.blender_addon.materials.eyes import eye_material
from photo_double.blender_addon.rig.head_mesh import UV_LAYER, flat
from photo_double.blender_addon.scene import stage
from photo_double.core.assets import Double

SIZE_PX = 96


@pytest.fixture
def eye() -> bpy.types.Object:
    """A ball of 1 m that looks along -Y, white with a small black pupil."""
    vertices, faces, uvs, _ = sphere(1.0, np.zeros(3), rows=48, columns=48)
    mesh = bpy.data.meshes.new("Eye")
    quads = [[int(i) for i in face if i >= 0] for face in faces]
    mesh.from_pydata(vertices.tolist(), [], quads)
    mesh.shade_smooth()
    corners = np.array([loop.vertex_index for loop in mesh.loops])
    mesh.uv_layers.new(name=UV_LAYER).uv.foreach_set("vector", flat(uvs[corners]))
    item = bpy.data.objects.new("Eye", mesh)
    bpy.context.scene.collection.objects.link(item)
    steps = (np.arange(256) + 0.5) / 256 - 0.5
    white = np.hypot(*np.meshgrid(steps, steps)) > 0.03
    picture = np.repeat(np.uint8(255) * white[..., None].astype(np.uint8), 3, axis=-1)
    double = make_double()
    given = {**double.textures, "eye": png(picture)}
    material = eye_material(Double(**{**vars(double), "textures": given}), "Eye")
    mesh.materials.append(material)
    return item


def pupil_offset(azimuth: float, folder: Path) -> float:
    """How far right of the ball's middle the pupil is seen, over the ball's radius."""
    scene = bpy.context.scene
    view = bpy.data.objects.new("View", bpy.data.cameras.new("View"))
    scene.collection.objects.link(view)
    view.data.type, view.data.ortho_scale = "ORTHO", 2.0
    view.location = 5 * np.array([np.sin(azimuth), -np.cos(azimuth), 0.0])
    view.rotation_euler = (np.pi / 2, 0.0, azimuth)
    scene.camera = view
    scene.world = bpy.data.worlds.new("White")
    if bpy.app.version < (5, 0):
        scene.world.use_nodes = True
    stage.set_colours(scene)
    stage.set_engine(scene, "cycles", 8)
    scene.cycles.use_denoising = False
    scene.world.node_tree.nodes["Background"].inputs[0].default_value = (1, 1, 1, 1)
    scene.render.resolution_x = scene.render.resolution_y = SIZE_PX
    scene.render.image_settings.file_format = "PNG"
    scene.render.filepath = str(folder / "eye.png")
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(scene.render.filepath)
    grey = np.array(image.pixels[:]).reshape(SIZE_PX, SIZE_PX, 4)[..., 1]
    across, up = np.meshgrid(*[(np.arange(SIZE_PX) + 0.5) / SIZE_PX * 2 - 1] * 2)
    dark = (grey < 0.45) & (np.hypot(across, up) < 0.9)
    assert dark.sum() > 10
    assert abs(up[dark].mean()) < 0.05
    return float(across[dark].mean())


@pytest.mark.usefixtures("eye")
def test_the_pupil_is_in_the_middle_from_ahead(tmp_path: Path) -> None:
    assert abs(pupil_offset(0.0, tmp_path)) < 0.03


@pytest.mark.usefixtures("eye")
@pytest.mark.parametrize("azimuth", [0.5, -0.5])
def test_the_pupil_lies_behind_the_surface(azimuth: float, tmp_path: Path) -> None:
    painted_on = -np.sin(azimuth)
    assert 0.3 < pupil_offset(azimuth, tmp_path) / painted_on < 0.9


def test_what_is_wet_is_shaped_apart_from_what_lies_below(
    eye: bpy.types.Object,
) -> None:
    (material,) = eye.data.materials
    nodes = material.node_tree.nodes
    inputs = next(n for n in nodes if n.type == "BSDF_PRINCIPLED").inputs
    assert inputs["Normal"].is_linked
    assert inputs["Coat Normal"].is_linked
    assert inputs["Coat Weight"].default_value == 1
    assert inputs["Coat Roughness"].default_value < inputs["Roughness"].default_value
