"""Show doubles from all sides: each photo beside renders of the head made from it.

    python examples/contact_sheet.py PICTURE.png PHOTO.jpg|NAME.double ...
        [--looks photo,left,right,...] [--size 300x375] [--samples 24]
        [--colours 256]

A row a person. The looks are the columns after the photo: `photo` is the head as the
photo's camera saw it, the others turn the camera around a neutral head or let it make
a face; `LOOKS` has them all. A stored double stands without its photo. Needs the
project with its `blender` extra.
"""

import argparse
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import stage
from mathutils import Matrix, Vector
from numpy.typing import NDArray
from PIL import Image

from core.assets import Double, Motion
from core.expressions import EXPRESSION_INDEX, EXPRESSION_NAMES
from core.images.photo import read_photo
from core.messages import BuildDouble, silent
from core.pipelines.build_double import build_double

LENS_MM, HEAD_SHARE = 85.0, 0.74
"""Lens of the camera that goes around the head, and the head's part of the height."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """One column: where the camera stands, and what face the head makes."""

    azimuth_deg: float | None = None
    """To the head's left; None: where the photo's camera stood."""
    expression: Mapping[str, float] | None = field(default_factory=dict[str, float])
    """Weights by name; None: those of the photo."""
    light: str = "studio"
    """`studio`, `photo` (the photo's own), or one lamp: `window` or `above`."""


def _both(**weights: float) -> dict[str, float]:
    """The same weight on the left and on the right."""
    return {
        f"{name}{side}": value
        for name, value in weights.items()
        for side in ("Left", "Right")
    }


SMILE = _both(mouthSmile=0.85, cheekSquint=0.4, mouthUpperUp=0.35, eyeSquint=0.3)
LOOKS: dict[str, Look] = {
    "photo": Look(expression=None),
    "itself": Look(expression=None, light="photo"),
    "front": Look(azimuth_deg=0),
    "left": Look(azimuth_deg=35),
    "right": Look(azimuth_deg=-35),
    "left60": Look(azimuth_deg=60),
    "right60": Look(azimuth_deg=-60),
    "left90": Look(azimuth_deg=90),
    "right90": Look(azimuth_deg=-90),
    "window": Look(azimuth_deg=15, light="window"),
    "above": Look(azimuth_deg=-15, light="above"),
    "smiling": Look(azimuth_deg=8, expression=SMILE | {"jawOpen": 0.12}),
    "closed": Look(azimuth_deg=0, expression=_both(eyeBlink=1.0)),
    "open": Look(azimuth_deg=20, expression={"jawOpen": 0.85}),
}
FIRST_LIGHT = "photo,left,right,smiling,closed,open"


def main() -> None:
    """Build, render and paste."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("picture", type=Path)
    parser.add_argument("people", type=Path, nargs="+", metavar="PHOTO|NAME.double")
    parser.add_argument("--looks", default=FIRST_LIGHT)
    parser.add_argument("--size", default="300x375", help="pixels of one picture")
    parser.add_argument("--samples", type=int, default=24)
    parser.add_argument("--colours", type=int, help="of a smaller file, 256 at most")
    options = parser.parse_args()
    names = options.looks.split(",")
    width, height = map(int, options.size.split("x"))
    rows = [
        row(person, [LOOKS[name] for name in names], (width, height), options.samples)
        for person in options.people
    ]
    columns = max(map(len, rows))
    sheet = Image.new("RGB", (columns * width, len(rows) * height), (24, 24, 26))
    for down, pictures in enumerate(rows):
        for across, picture in enumerate(pictures):
            sheet.paste(picture, (across * width, down * height))
    options.picture.parent.mkdir(parents=True, exist_ok=True)
    if options.colours:
        # Colours are mixed from dots only if a palette is given; else skin gets rims.
        palette = sheet.quantize(options.colours, kmeans=3)
        sheet = sheet.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
    sheet.save(options.picture, optimize=True)
    print(options.picture)


def row(
    person: Path, looks: list[Look], size: tuple[int, int], samples: int
) -> list[Image.Image]:
    """The photo, if there is one, and the renders."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if person.suffix == ".double":
            return render(Double.load(person), looks, size, samples, folder)
        asset = folder / f"{person.stem}.double"
        build_double(BuildDouble(photo=str(person), asset=str(asset)), silent)
        double = Double.load(asset)
        renders = render(double, looks, size, samples, folder)
    photo = _cut(read_photo(person).pixels_srgb, _window(double, size))
    return [Image.fromarray(photo).resize(size), *renders]


def _cut(
    pixels: NDArray[np.uint8], window: tuple[int, int, int, int]
) -> NDArray[np.uint8]:
    """A part of the photo; where it reaches past an edge, the edge goes on."""
    left, top, right, bottom = window
    height, width = pixels.shape[:2]
    down = np.clip(np.arange(top, bottom), 0, height - 1)
    across = np.clip(np.arange(left, right), 0, width - 1)
    return pixels[down[:, None], across]


def render(
    double: Double,
    looks: list[Look],
    size: tuple[int, int],
    samples: int,
    folder: Path,
) -> list[Image.Image]:
    """The head in every look, one frame each."""
    rig = stage.enter(double, _performance(double, looks))
    addon = stage.addon_scene()
    added = addon.AddedDouble.named(double.name)
    scene: Any = bpy.context.scene
    surroundings = addon.stage
    surroundings.set_colours(scene)
    surroundings.set_engine(scene, "cycles", samples)
    surroundings.add_world(scene, "Studio")
    studio_world = scene.world
    shone = addon.photo_light.light_picture(double, "Light")
    surroundings.add_world(scene, "Photo", light=shone)
    photo_world = scene.world
    photo_camera = _photo_camera(addon, added, double, size)
    orbit = bpy.data.objects.new("Orbit", bpy.data.cameras.new("Orbit"))
    scene.collection.objects.link(orbit)
    lights = addon.light_double(bpy.context, added, camera=photo_camera)
    lamp = _lamp(scene)
    scene.render.resolution_x, scene.render.resolution_y = size
    pictures = []
    for frame, look in enumerate(looks, start=1):
        scene.frame_set(frame)
        scene.camera = photo_camera if look.azimuth_deg is None else orbit
        if look.azimuth_deg is not None:
            _go_around(orbit, rig, double, np.radians(look.azimuth_deg))
        _light(look.light, lights, lamp, rig)
        scene.world = photo_world if look.light == "photo" else studio_world
        scene.render.filepath = str(folder / f"{frame:02}.png")
        bpy.ops.render.render(write_still=True)
        with Image.open(scene.render.filepath) as picture:
            pictures.append(picture.convert("RGB"))
    return pictures


def _performance(double: Double, looks: list[Look]) -> Motion:
    """One frame a look: the head stands still and makes faces."""
    count = len(looks)
    expressions = np.zeros((count, len(EXPRESSION_NAMES)), np.float32)
    gaze = np.zeros((count, 2, 2), np.float32)
    for index, look in enumerate(looks):
        if look.expression is None:
            expressions[index] = double.photo_expression
            gaze[index] = double.photo_gaze_rad
            continue
        for name, weight in look.expression.items():
            expressions[index, EXPRESSION_INDEX[name]] = weight
    return Motion(
        times_s=np.arange(count) / 25.0,
        expressions=expressions,
        T_world_head=np.tile(np.eye(4), (count, 1, 1)),
        gaze_rad=gaze,
        seen=np.ones(count, bool),
        camera=double.camera,
        source={"rate_fps": 25.0},
    )


def _window(double: Double, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The part of the photo around the head, in the shape of one picture."""
    points = double.vertices @ double.T_camera_head[:3, :3].T
    points = points + double.T_camera_head[:3, 3]
    camera = double.camera
    pixels = camera.focal_px * points[:, :2] / points[:, 2:]
    pixels += [camera.center_x_px, camera.center_y_px]
    above = double.vertices[:, 2] > -0.12
    low, high = pixels[above].min(axis=0), pixels[above].max(axis=0)
    height = (high[1] - low[1]) / HEAD_SHARE
    width = height * size[0] / size[1]
    left, top = 0.5 * (low + high) - 0.5 * np.array([width, height])
    return round(left), round(top), round(left + width), round(top + height)


def _photo_camera(addon: Any, added: Any, double: Double, size: tuple[int, int]) -> Any:
    """The photo's camera, cut to the head."""
    left, top, right, bottom = _window(double, size)
    camera = type(double.camera)(
        focal_px=double.camera.focal_px,
        center_x_px=double.camera.center_x_px - left,
        center_y_px=double.camera.center_y_px - top,
        width_px=right - left,
        height_px=bottom - top,
    )
    return addon.match_camera(bpy.context, added, double, view=camera)


def _go_around(orbit: Any, rig: Any, double: Double, azimuth: float) -> None:
    """Stand before the head, turned by `azimuth`, at its own height."""
    head = rig.matrix_world @ rig.data.bones["head"].head_local
    low, high = -0.11, float(double.vertices[:, 2].max())
    target = head + Vector((0.0, -0.02, 0.5 * (low + high)))
    orbit.data.lens = LENS_MM
    orbit.data.sensor_fit, orbit.data.sensor_height = "VERTICAL", 24.0
    distance = (high - low) / HEAD_SHARE * LENS_MM / 24.0
    away = Vector((np.sin(azimuth), -np.cos(azimuth), 0.03))
    place = away.to_track_quat("Z", "Y").to_matrix().to_4x4()
    orbit.matrix_world = Matrix.Translation(target + distance * away) @ place


def _lamp(scene: Any) -> Any:
    """The single light of the looks that are not lit by the studio."""
    data = bpy.data.lights.new("Lamp", "AREA")
    data.shape, data.size = "DISK", 0.5
    lamp = bpy.data.objects.new("Lamp", data)
    scene.collection.objects.link(lamp)
    return lamp


def _light(name: str, studio: list[Any], lamp: Any, rig: Any) -> None:
    """Switch the studio's lights or the lamp on."""
    for light in studio:
        light.hide_render = name != "studio"
    lamp.hide_render = name in ("studio", "photo")
    head = rig.matrix_world @ rig.data.bones["head"].head_local
    away = Vector((1.0, -0.5, 0.25) if name == "window" else (0.1, -0.55, 1.0))
    warm = (1.0, 0.82, 0.62) if name == "above" else (0.85, 0.93, 1.0)
    lamp.data.color, lamp.data.energy = warm, 22.0
    place = away.to_track_quat("Z", "Y").to_matrix().to_4x4()
    lamp.matrix_world = Matrix.Translation(head + 1.1 * away) @ place


if __name__ == "__main__":
    main()
