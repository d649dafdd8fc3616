"""What may stand on the command line, and the typed record that comes of it."""

import argparse
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

from .. import __version__
from ..messages import LIGHTS
from .transfer_arguments import add_fps, add_transfer

DEVICES = ("auto", "cpu", "cuda", "mps")
ENGINES = ("cycles", "eevee", "workbench")

_DESCRIPTION = """\
Turn one photo of a person and one video of a performance into a textured, rigged,
animated head in a Blender file."""

_EPILOG = """\
exit status: 0 done, 1 refused with a reason, 2 wrong usage, 130 cancelled"""


@dataclass(frozen=True, kw_only=True)
class Options:
    """One command line, read."""

    command: str
    """build, capture, transfer, animate, info or doctor."""
    json: bool = False
    """Whether one JSON object goes to standard output."""
    photo: str = ""
    """Path of the photo, or of a stored Double."""
    more_photos: tuple[str, ...] = ()
    """Paths of further photos of the same person."""
    video: str = ""
    """Path of the video, or of a stored performance."""
    file: str = ""
    """Path of the file to tell about, or of the performance to carry over."""
    output: str = ""
    """Where the result goes."""
    face: int | None = None
    """Which face of the photo, from 1."""
    consent: str | None = None
    """Path of a consent record."""
    hair: bool = True
    """Whether hair grows, or is only painted."""
    rate: float | None = None
    """Frames a second of an image sequence."""
    range: tuple[float | None, float | None] = (None, None)
    """First second and second to stop at."""
    csv: str | None = None
    """Path of a Live Link Face CSV to write."""
    overlay: str | None = None
    """Path of an MP4 of the solved head over the clip to write."""
    fps: float | None = None
    """Frames a second that a CSV counts."""
    strengths: tuple[tuple[str, float], ...] = ()
    """Regions of the face and how strong they are."""
    relative: bool = False
    """Whether the driver's rest is taken off."""
    full_range: bool = False
    """Whether small ranges of motion are widened."""
    mirror: bool = False
    """Whether left and right change places."""
    stretch: float = 1.0
    """How many times as long the performance becomes."""
    device: str = "auto"
    """What computes."""
    landmarker: str | None = None
    """Path of MediaPipe's face model."""
    overwrite: bool = False
    """Whether older results may be replaced."""
    render: str | None = None
    """Where to render to."""
    engine: str = "cycles"
    """Blender's renderer."""
    samples: int | None = None
    """Samples a pixel."""
    light: str = "studio"
    """Where the scene's light comes from."""
    size: tuple[int, int] | None = None
    """Width and height of the rendered picture."""
    frames: tuple[int, int] | None = None
    """First and last frame to render."""
    keep: str | None = None
    """Folder in which Double and Motion are kept."""
    blender: str | None = None
    """Path of a Blender program to use instead of the bpy package."""


def read_arguments(arguments: list[str] | None) -> Options:
    """The command line as a record; ends the process with status 2 if it is wrong."""
    found = vars(_parser().parse_args(arguments))
    names = {field.name for field in fields(Options)}
    options = {name: value for name, value in found.items() if name in names}
    options["more_photos"] = tuple(options.get("more_photos", ()))
    options["strengths"] = tuple(found.get("strength", ()))
    return Options(**options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="photo-double",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--version", action="version", version=f"Photo Double {__version__}"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_build(commands)
    _add_capture(commands)
    _add_transfer(commands)
    _add_animate(commands)
    info = commands.add_parser(
        "info", help="tell what a Double, a Motion, a CSV, a photo or a video is"
    )
    info.add_argument("file", metavar="FILE", type=_word)
    doctor = commands.add_parser("doctor", help="check that all that is needed is here")
    for command in (info, doctor):
        _add_json(command)
    return parser


def _add_build(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    build = commands.add_parser(
        "build", help="make a Double of the person in one photo or several"
    )
    build.add_argument("photo", metavar="PHOTO", type=_word)
    build.add_argument(
        "more_photos",
        metavar="PHOTO",
        type=_word,
        nargs="*",
        help="more photos of the same person, best from the sides; the first photo "
        "decides colours and camera",
    )
    _add_output(build, "NAME.double", "the folder to write")
    _add_photo_options(build)
    _add_engine_options(build)
    _add_json(build)


def _add_capture(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    capture = commands.add_parser(
        "capture", help="take the performance from a video or a Live Link Face CSV"
    )
    capture.add_argument(
        "video", metavar="VIDEO", type=_word, help="a video, or a FILE.csv"
    )
    _add_output(capture, "NAME.motion.npz", "the file to write")
    _add_range(capture)
    capture.add_argument(
        "--csv", metavar="FILE", help="write the motion as a Live Link Face CSV too"
    )
    capture.add_argument(
        "--overlay",
        metavar="OUT.mp4",
        type=_movie_path,
        help="write a film of the solved head over the clip, with curves",
    )
    add_fps(capture)
    _add_engine_options(capture)
    _add_json(capture)


def _add_transfer(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    transfer = commands.add_parser(
        "transfer", help="make another performance of a stored one, in seconds"
    )
    transfer.add_argument(
        "file", metavar="MOTION", type=_word, help="a NAME.motion.npz, or a FILE.csv"
    )
    _add_output(transfer, "NAME.motion.npz", "the file to write")
    _add_range(transfer)
    add_transfer(transfer)
    transfer.add_argument(
        "--csv", metavar="FILE", help="write the motion as a Live Link Face CSV too"
    )
    add_fps(transfer)
    _add_overwrite(transfer)
    _add_json(transfer)


def _add_animate(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    animate = commands.add_parser(
        "animate", help="make a Blender file with the animated head, and render it"
    )
    animate.add_argument(
        "photo", metavar="PHOTO", type=_word, help="a photo, or a NAME.double"
    )
    animate.add_argument(
        "video",
        metavar="VIDEO",
        type=_word,
        help="a video, a NAME.motion.npz, or a Live Link Face FILE.csv",
    )
    _add_output(animate, "SCENE.blend", "the Blender file to write", _blend_path)
    render = animate.add_argument_group("rendering")
    render.add_argument(
        "--render",
        metavar="OUT",
        type=_render_path,
        help="render to OUT.mp4, OUT_####.png, or one frame to OUT.png",
    )
    render.add_argument("--engine", choices=ENGINES, default="cycles")
    render.add_argument(
        "--samples", metavar="N", type=_positive, help="samples a pixel"
    )
    render.add_argument(
        "--light",
        choices=LIGHTS,
        default="studio",
        help="studio lights, or the light that the photo was taken in",
    )
    render.add_argument(
        "--size", metavar="WxH", type=_size, help="size of the picture, as 1280x720"
    )
    render.add_argument(
        "--frames", metavar="A:B", type=_frames, help="first and last frame to render"
    )
    _add_photo_options(animate)
    _add_range(animate)
    add_transfer(animate)
    add_fps(animate)
    animate.add_argument(
        "--keep", metavar="DIR", help="keep the Double and the Motion in this folder"
    )
    animate.add_argument(
        "--blender",
        metavar="PROGRAM",
        help="use this Blender (4.5 or later) instead of the bpy package",
    )
    _add_engine_options(animate)
    _add_json(animate)


def _add_output(
    command: argparse.ArgumentParser,
    metavar: str,
    text: str,
    kind: Callable[[str], str] | None = None,
) -> None:
    command.add_argument(
        "-o",
        "--output",
        metavar=metavar,
        required=True,
        help=text,
        type=kind or _word,
    )


def _add_photo_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--face",
        metavar="N",
        type=_positive,
        help="which face of the photo, counted from the left",
    )
    command.add_argument(
        "--consent", metavar="FILE", help="consent record (JSON) to store in the Double"
    )
    command.add_argument(
        "--no-hair",
        dest="hair",
        action="store_false",
        help="grow no strands: hair is only painted on the skin",
    )


def _add_range(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--range",
        metavar="A:B",
        type=_range,
        default=(None, None),
        help="take it from second A to second B; either may be left out",
    )
    command.add_argument(
        "--rate",
        metavar="FPS",
        type=_rate,
        help="frames a second if VIDEO is an image sequence: a folder, a pattern such "
        "as frame_####.png, or one of its pictures (default: 24)",
    )


def _add_engine_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--device", choices=DEVICES, default="auto", help="what computes"
    )
    command.add_argument(
        "--landmarker",
        metavar="FILE",
        help="MediaPipe's face_landmarker.task (default: fetched once and kept)",
    )
    _add_overwrite(command)


def _add_overwrite(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--overwrite", action="store_true", help="replace older results"
    )


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--json",
        action="store_true",
        help="print the result as one JSON object on standard output",
    )


def _word(text: str) -> str:
    if not text or "\0" in text:
        raise argparse.ArgumentTypeError("a path cannot be empty")
    return text


def _blend_path(text: str) -> str:
    if Path(_word(text)).suffix != ".blend":
        raise argparse.ArgumentTypeError(f"{text!r} does not end in .blend")
    return text


def _movie_path(text: str) -> str:
    if Path(_word(text)).suffix.lower() != ".mp4":
        raise argparse.ArgumentTypeError(f"{text!r} does not end in .mp4")
    return text


def _render_path(text: str) -> str:
    if Path(_word(text)).suffix.lower() not in (".mp4", ".png"):
        raise argparse.ArgumentTypeError(f"{text!r} ends neither in .mp4 nor in .png")
    return text


def _positive(text: str) -> int:
    if not re.fullmatch(r"0*[1-9]\d{0,8}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,5})[xX](\d{1,5})", text)
    if not match or min(map(int, match.groups())) < 16:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 1280x720")
    return int(match[1]), int(match[2])


def _frames(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,7}):(\d{1,7})", text)
    if not match or int(match[1]) > int(match[2]):
        raise argparse.ArgumentTypeError(f"{text!r} is not a range such as 1:75")
    return int(match[1]), int(match[2])


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 1.0 <= rate <= 1000.0:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number of frames a second such as 24 or 29.97"
        )
    return rate


def _range(text: str) -> tuple[float | None, float | None]:
    start, colon, end = text.partition(":")
    try:
        values = tuple(float(word) if word else None for word in (start, end))
    except ValueError:
        values = (-1.0, None)
    first, last = values
    sane = all(value is None or 0 <= value < math.inf for value in values)
    if not colon or not sane or (last is not None and last <= (first or 0.0)):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a range of seconds such as 1.5:4"
        )
    return first, last
