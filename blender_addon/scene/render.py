"""Render a scene to a movie with sound, to a picture per frame, or to one picture."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Any

import bpy

from ...core.errors import BlenderUnavailableError, OutputRefusedError


class Output(Enum):
    """What a render is written as."""

    MOVIE = "movie"
    SEQUENCE = "sequence"
    PICTURE = "picture"


def output_of(path: Path) -> Output:
    """What the name of `path` asks for: FILE.mp4, FILE_####.png or FILE.png.

    Raises OutputRefusedError for any other name.
    """
    match path.suffix.lower():
        case ".mp4":
            return Output.MOVIE
        case ".png":
            return Output.SEQUENCE if "#" in path.stem else Output.PICTURE
        case _:
            raise OutputRefusedError(
                f"{path} is not a kind of picture that is rendered. Name it FILE.mp4, "
                "FILE_####.png (a picture per frame) or FILE.png (one picture).",
                path=path,
            )


def files_of(path: Path, frames: tuple[int, int]) -> list[Path]:
    """Every file that a render of these frames to `path` writes."""
    if output_of(path) is not Output.SEQUENCE:
        return [path]
    numbers = range(frames[0], frames[1] + 1)
    return [path.with_name(f"{_numbered(path.stem, n)}{path.suffix}") for n in numbers]


def set_movie(scene: bpy.types.Scene) -> None:
    """H.264 and AAC in an MP4: Blender's own default would be silent."""
    settings = scene.render.image_settings
    if bpy.app.version >= (5, 0):
        settings.media_type = "VIDEO"
    settings.file_format = "FFMPEG"
    settings.color_mode = "RGB"
    movie = scene.render.ffmpeg
    movie.format = "MPEG4"
    movie.codec = "H264"
    movie.constant_rate_factor = "HIGH"
    movie.ffmpeg_preset = "GOOD"
    movie.gopsize = 12
    movie.audio_codec = "AAC"
    movie.audio_bitrate = 192


def set_pictures(scene: bpy.types.Scene) -> None:
    """PNG files."""
    settings = scene.render.image_settings
    if bpy.app.version >= (5, 0):
        settings.media_type = "IMAGE"
    settings.file_format = "PNG"
    settings.color_mode = "RGB"
    settings.color_depth = "8"
    settings.compression = 30


def render_to(
    scene: bpy.types.Scene,
    path: Path,
    *,
    frames: tuple[int, int],
    rendered: Callable[[int], None],
) -> None:
    """Render `frames` (both included) to `path`; calls `rendered` after each one.

    Raises BlenderUnavailableError if Blender cannot render here.
    """
    output = output_of(path)
    scene.frame_start, scene.frame_end = frames
    scene.render.filepath = str(path)
    scene.render.use_file_extension = False
    scene.render.use_overwrite = True
    if output is Output.MOVIE:
        set_movie(scene)
    else:
        set_pictures(scene)
    with _each_frame(rendered):
        try:
            if output is Output.PICTURE:
                scene.frame_set(frames[0])
                bpy.ops.render.render(write_still=True, scene=scene.name)
            else:
                bpy.ops.render.render(animation=True, scene=scene.name)
        except RuntimeError as error:
            raise BlenderUnavailableError(
                f"Blender could not render ({str(error).strip()}). Try the engine "
                "cycles, which needs no graphics card, and look whether the disk is "
                "full."
            ) from error
    if missing := [file for file in files_of(path, frames) if not file.is_file()]:
        raise BlenderUnavailableError(
            f"Blender ended without writing {missing[0].name}. Try the engine cycles, "
            "which needs no graphics card, and look whether the disk is full."
        )


@contextmanager
def _each_frame(rendered: Callable[[int], None]) -> Iterator[None]:
    def tell(scene: bpy.types.Scene, *_: Any) -> None:
        rendered(scene.frame_current)

    handlers = bpy.app.handlers.render_write
    handlers.append(tell)
    try:
        yield
    finally:
        handlers.remove(tell)


def _numbered(stem: str, frame: int) -> str:
    """`stem` with its last row of # replaced by the frame's number."""
    before = stem.rstrip("#") if stem.endswith("#") else stem[: stem.rindex("#") + 1]
    before = before.rstrip("#")
    start = len(before)
    end = start
    while end < len(stem) and stem[end] == "#":
        end += 1
    return f"{before}{frame:0{end - start}d}{stem[end:]}"
