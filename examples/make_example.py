"""Make photo.jpg, clip.mp4 and truth.npz: two people who do not exist.

    python examples/make_example.py [--draft] [--only photo|clip]

Needs the project with its `blender` extra. Takes a quarter of an hour on two cores.
"""

import argparse
import io
import tempfile
import time
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import bpy
import numpy as np
import stage
import studio
import torch
from canvas import Canvas
from numpy.typing import NDArray
from paint import paint_skin
from people import IN_THE_CLIP, IN_THE_PHOTO, Person
from performance import FRAME_RATE, perform, pose_for_the_photo
from PIL import Image
from wrinkles import paint_relief

from core.assets import Double, Motion, PinholeCamera
from core.expressions import EXPRESSION_NAMES
from core.head_model import HeadModel, load_head_model
from core.spaces import T_WORLD_CAMERA, inverse_rigid
from core.texture.texels import skin_texels

HERE = Path(__file__).resolve().parent
TEXTURE_PX = 2048


@dataclass(frozen=True, kw_only=True)
class Shot:
    """How the studio's camera takes one person."""

    width_px: int
    """Width of the picture."""
    height_px: int
    """Height of the picture."""
    focal_35mm: float
    """Focal length as on a 36 mm wide film, along the longer side."""
    distance_m: float
    """From the camera to the head joint."""
    above_m: float
    """How much higher than the head joint the camera stands."""
    samples: int
    """Cycles' samples a pixel."""

    @property
    def camera(self) -> PinholeCamera:
        """The lens and the size of the picture."""
        long_side = max(self.width_px, self.height_px)
        return PinholeCamera(
            focal_px=self.focal_35mm / 36.0 * long_side,
            center_x_px=self.width_px / 2,
            center_y_px=self.height_px / 2,
            width_px=self.width_px,
            height_px=self.height_px,
        )

    @property
    def T_world_camera(self) -> NDArray[np.float64]:
        """A level camera before the face."""
        pose = T_WORLD_CAMERA.copy()
        pose[:3, 3] = (0.0, -self.distance_m, self.above_m)
        return pose


PHOTO = Shot(
    width_px=1024,
    height_px=1280,
    focal_35mm=85.0,
    distance_m=0.95,
    above_m=0.02,
    samples=40,
)
CLIP = Shot(
    width_px=512,
    height_px=512,
    focal_35mm=50.0,
    distance_m=0.62,
    above_m=0.0,
    samples=5,
)


def main() -> None:
    """Make what was asked for, and say how long it took."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--draft", action="store_true", help="quick and coarse")
    parser.add_argument("--only", choices=("photo", "clip"))
    parser.add_argument("--out", type=Path, default=HERE)
    arguments = parser.parse_args()
    model = load_head_model(statistics=False)
    truth: dict[str, NDArray[np.generic]] = {}
    if arguments.only != "clip":
        truth |= make_photo(model, arguments.out, draft=arguments.draft)
    if arguments.only != "photo":
        truth |= make_clip(model, arguments.out, draft=arguments.draft)
    if not (arguments.draft or arguments.only):
        np.savez_compressed(arguments.out / "truth.npz", **truth)


def make_photo(
    model: HeadModel, folder: Path, *, draft: bool
) -> dict[str, NDArray[np.generic]]:
    """Write photo.jpg; the truth behind it."""
    shot = replace(PHOTO, samples=8) if draft else PHOTO
    head = imagine(IN_THE_PHOTO, model, texture_px=TEXTURE_PX)
    motion = pose_for_the_photo(shot.camera)
    with tempfile.TemporaryDirectory() as temporary:
        frames, truth = take(
            IN_THE_PHOTO, *head, motion=motion, shot=shot, folder=Path(temporary)
        )
        write_photo(frames[0], shot, folder / "photo.jpg")
    return {f"photo_{name}": value for name, value in truth.items()}


def make_clip(
    model: HeadModel, folder: Path, *, draft: bool
) -> dict[str, NDArray[np.generic]]:
    """Write clip.mp4 with its sound; the truth behind it."""
    shot = replace(CLIP, samples=2) if draft else CLIP
    head = imagine(IN_THE_CLIP, model, texture_px=TEXTURE_PX)
    motion = perform(shot.camera)
    with tempfile.TemporaryDirectory() as temporary:
        frames, truth = take(
            IN_THE_CLIP, *head, motion=motion, shot=shot, folder=Path(temporary)
        )
        write_film(frames, motion.sound or b"", folder / "clip.mp4")
    return {f"clip_{name}": value for name, value in truth.items()}


def take(
    person: Person,
    double: Double,
    landmarks: NDArray[np.float32],
    *,
    motion: Motion,
    shot: Shot,
    folder: Path,
    lighting: studio.Lighting = studio.SOFT_KEY,
) -> tuple[list[Path], dict[str, NDArray[np.generic]]]:
    """Render a performance to PNG files; them, and the truth about every frame."""
    rig = stage.enter(double, motion)
    picture = studio.Picture(
        camera=shot.camera,
        T_world_camera=shot.T_world_camera,
        samples=shot.samples,
        lighting=lighting,
    )
    studio.furnish(person, double, landmarks, picture, rig)
    poses = stage.head_poses(rig)
    scene = bpy.context.scene
    scene.render.image_settings.file_format = "PNG"
    scene.render.filepath = str(folder / "frame_")
    started = time.monotonic()
    bpy.ops.render.render(animation=True)
    frames = sorted(folder.glob("frame_*.png"))
    print(f"{person.name}: {len(frames)} frames, {time.monotonic() - started:.0f} s")
    truth = {
        "identity": double.identity,
        "expressions": motion.expressions,
        "gaze_rad": motion.gaze_rad,
        "T_camera_head": inverse_rigid(shot.T_world_camera) @ poses,
        "focal_px": np.float64(shot.camera.focal_px),
    }
    return frames, truth


def write_photo(frame: Path, shot: Shot, path: Path) -> None:
    """A frame as a JPEG that says which lens took it."""
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA405] = round(shot.focal_35mm)  # FocalLengthIn35mmFilm
    with Image.open(frame) as picture:
        picture.convert("RGB").save(path, quality=92, exif=exif)


def write_film(frames: list[Path], sound: bytes, path: Path) -> None:
    """Frames and a sound as an MP4 that every player knows: H.264 and AAC."""
    with av.open(str(path), "w") as film, av.open(io.BytesIO(sound)) as voice:
        options = {"crf": "18", "preset": "slow"}
        video = film.add_stream("libx264", rate=FRAME_RATE, options=options)
        audio = film.add_stream("aac", rate=48_000, layout="mono")
        audio.bit_rate = 96_000
        with Image.open(frames[0]) as picture:
            video.width, video.height = picture.size
        video.pix_fmt = "yuv420p"
        for index, frame in enumerate(frames):
            with Image.open(frame) as picture:
                image = av.VideoFrame.from_image(picture.convert("RGB"))
            image.pts, image.time_base = index, Fraction(1, FRAME_RATE)
            film.mux(video.encode(image))
        film.mux(video.encode(None))
        for block in voice.decode(audio=0):
            film.mux(audio.encode(block))
        film.mux(audio.encode(None))


def imagine(
    person: Person, model: HeadModel, *, texture_px: int
) -> tuple[Double, NDArray[np.float32]]:
    """The Double of a person who is nothing but a seed and some colours; landmarks."""
    random = np.random.default_rng(person.seed)
    identity = torch.from_numpy(
        person.spread * random.normal(0, 1, len(model.identity_basis))
    ).float()
    neutral = torch.zeros(len(EXPRESSION_NAMES))
    vertices = model.vertices(identity, neutral)
    canvas = canvas_of(model, identity, vertices, texture_px)
    camera = PinholeCamera(
        focal_px=1000, center_x_px=500, center_y_px=500, width_px=1000, height_px=1000
    )
    double = Double(
        name=person.name,
        vertices=vertices.numpy(),
        faces=model.faces.numpy().astype(np.int32),
        uvs=model.uvs.numpy(),
        face_uvs=model.face_uvs.numpy().astype(np.int32),
        face_parts=model.face_parts.numpy().astype(np.int8),
        blendshapes=model.expression_basis.numpy(),
        joints=model.joints(identity).numpy(),
        skin_weights=model.skin_weights.numpy(),
        region_names=tuple(model.region_names),
        region_masks=model.region_masks.numpy(),
        identity=identity.numpy(),
        textures=paint_textures(person, canvas),
        camera=camera,
        T_camera_head=np.eye(4),
        photo_expression=np.zeros(len(EXPRESSION_NAMES), np.float32),
        photo_gaze_rad=np.zeros((2, 2), np.float32),
        colours_srgb={
            "skin": person.skin,
            "lips": person.lips,
            "iris": person.iris,
            "hair": person.hair,
            "brows": person.hair,
        },
    )
    return double, canvas.landmarks


def paint_textures(person: Person, canvas: Canvas) -> dict[str, bytes]:
    """The skin's pictures as a Double has them."""
    textures = {"albedo": png(paint_skin(person, canvas))}
    if person.pores_m or person.wrinkles_m:
        textures["bump"] = png(paint_relief(person, canvas))
    return textures


def canvas_of(
    model: HeadModel, identity: torch.Tensor, vertices: torch.Tensor, size_px: int
) -> Canvas:
    """Where the texels of this person's skin lie."""
    texels = skin_texels(model, size_px)
    places = texels.to_image(texels.from_vertices(vertices))
    masks = texels.to_image(texels.from_vertices(model.region_masks.T))
    neutral = torch.zeros(len(EXPRESSION_NAMES))
    return Canvas(
        positions=places.permute(1, 2, 0).numpy(),
        covered=texels.covered.numpy(),
        masks=dict(zip(model.region_names, masks.numpy(), strict=True)),
        landmarks=model.landmarks(identity, neutral).numpy(),
    )


def png(colour: NDArray[np.float32]) -> bytes:
    """A picture as the bytes of a PNG file."""
    file = io.BytesIO()
    Image.fromarray((colour * 255 + 0.5).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


if __name__ == "__main__":
    main()
