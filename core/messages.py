"""Jobs, and what a worker says about them: one JSON object a line.

A job goes to a worker's standard input as one line. The worker answers on its
standard output with any number of `Progress` and `Advice`, then exactly one `Done` or
`Failed`, which is always the last line. Small facts travel here; arrays travel as
files (see `assets`).
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, cast

import numpy as np


@dataclass(frozen=True, kw_only=True)
class BuildDouble:
    """Make a Double of the person in a photo."""

    photo: str
    """Path of the image file."""
    asset: str
    """Path of the NAME.double folder to write."""
    more_photos: tuple[str, ...] = ()
    """Paths of further photos of the same person, for the sides of the head."""
    face: int | None = None
    """Which face, counted from 1 as the refusal lists them; None: there is one."""
    consent: str | None = None
    """Path of a consent record to carry along."""
    hair: bool = True
    """Whether hair grows where the photo shows it; False: it is only painted."""
    device: str = "auto"
    """auto, cpu, cuda or mps."""
    landmarker: str | None = None
    """Path of MediaPipe's face_landmarker.task; None: the cached or shipped one."""
    overwrite: bool = False
    """Whether an older asset at the same path may be replaced."""


@dataclass(frozen=True, kw_only=True)
class CaptureMotion:
    """Take the performance from a video."""

    video: str
    """Path of the video file, or of an image sequence: its folder, its pattern
    (frame_####.png), or one of its pictures."""
    asset: str
    """Path of the NAME.motion.npz to write."""
    rate_fps: float | None = None
    """Frames a second of an image sequence; None: 24. Videos have their own times."""
    start_s: float | None = None
    """First second to take; None: from the start."""
    end_s: float | None = None
    """Second to stop at; None: to the end."""
    csv: str | None = None
    """Path of a Live Link Face CSV to write as well."""
    overlay: str | None = None
    """Path of an MP4 to write that shows the solved head over the clip."""
    device: str = "auto"
    """auto, cpu, cuda or mps."""
    landmarker: str | None = None
    """Path of MediaPipe's face_landmarker.task; None: the cached or shipped one."""
    overwrite: bool = False
    """Whether an older asset at the same path may be replaced."""


LIGHTS = ("studio", "photo")
"""What a scene can be lit by."""


@dataclass(frozen=True, kw_only=True)
class BuildScene:
    """Put a stored Double, animated by a stored Motion, into a new .blend file."""

    double: str
    """Path of a NAME.double folder."""
    motion: str
    """Path of a NAME.motion.npz: the performance as it was captured."""
    blend: str
    """Path of the .blend to write."""
    name: str
    """What the double is called in the scene."""
    transfer: dict[str, Any] = field(default_factory=dict[str, Any])
    """How the performance is carried over, as `Transfer.changes` tells it."""
    clip: str | None = None
    """Path of the video that the performance was captured from, if it is known."""
    render: str | None = None
    """Where to render to: FILE.mp4, FILE_####.png or FILE.png (one frame); None: no."""
    engine: str = "cycles"
    """cycles, eevee or workbench."""
    samples: int | None = None
    """Samples a pixel; None: what suits the engine."""
    light: str = "studio"
    """studio, or photo: the light that the person was seen in."""
    width_px: int | None = None
    """Width of the rendered picture; None: what suits the photo."""
    height_px: int | None = None
    """Height of the rendered picture; None: what suits the photo."""
    frames: tuple[int, int] | None = None
    """First and last frame to render; None: the whole clip."""
    overwrite: bool = False
    """Whether older files at the same paths may be replaced."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a job is."""

    fraction: float
    """0 to 1, of the whole job."""
    doing: str
    """What is being done, as a user reads it: "Fitting the head"."""


@dataclass(frozen=True, kw_only=True)
class Advice:
    """Something the user should know though the job goes on."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Done:
    """The job ended well."""

    asset: str
    """Path of what was written."""
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    """Figures of the result, flat, as `--json` prints them."""


@dataclass(frozen=True, kw_only=True)
class Failed:
    """The job ended without a result; nothing was written."""

    reason: str
    """For the user: what happened, then what to do."""
    details: str = ""
    """For a bug report: the traceback of a crash, else empty."""
    cancelled: bool = False
    """Whether the user asked for the end."""
    error: str = ""
    """Name of the error's class, for a program that wants to tell them apart."""
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    """What the error carries, such as the boxes of several faces."""


Job = BuildDouble | CaptureMotion | BuildScene
Message = Progress | Advice | Done | Failed
Say = Callable[[Progress | Advice], None]
"""Where a pipeline reports to. It may raise CancelledError."""

STDERR_IS_KEPT = "PHOTO_DOUBLE_STDERR_IS_KEPT"
"""Environment variable of a process whose standard error is read by whoever started
it: what libraries print there is needed if they end the process."""

_FATAL = re.compile(r"^F\d{4} \S+ +\d+ ([^\]]+)\] (.+)|^ *(what\(\)): +(.+)")
"""The last line of Google's libraries (F, time, thread, place, text), and of C++."""

_KINDS: dict[str, type] = {
    kind.__name__: kind
    for kind in (BuildDouble, CaptureMotion, BuildScene, Progress, Advice, Done, Failed)
}


def encode(message: Job | Message) -> str:
    """One line of strict JSON, without its line end."""
    fields = {"kind": type(message).__name__, **asdict(message)}
    return json.dumps(plain(fields), allow_nan=False)


def decode(line: str) -> Job | Message:
    """The job or message of one line. Raises ValueError if it is none of ours."""
    loaded = json.loads(line)
    if not isinstance(loaded, dict):
        raise ValueError(f"not a message of Photo Double: {line[:200]!r}")
    fields = cast("dict[str, Any]", loaded)
    kind = _KINDS.get(str(fields.pop("kind", None)))
    if kind is None:
        raise ValueError(f"not a message of Photo Double: {line[:200]!r}")
    for name in ("frames", "more_photos"):  # JSON knows no tuples
        if fields.get(name) is not None:
            fields[name] = tuple(fields[name])
    try:
        return kind(**fields)
    except TypeError as error:
        raise ValueError(f"not a valid {kind.__name__}: {error}") from error


def last_words(printed: Iterable[str]) -> str:
    """Why native code ended a process, by the lines that it printed; "" if unknown."""
    found = [match for line in printed if (match := _FATAL.match(line))]
    if not found:
        return ""
    place, text, _, uncaught = found[-1].groups()
    return (uncaught or f"{text.strip()} ({place})").strip()


def plain(value: Any) -> Any:
    """The value as JSON knows it: numpy and paths are turned, what is not finite goes.

    NaN and infinity are no JSON, and strict readers refuse the whole line for them.
    """
    match value:
        case Mapping():
            items = cast("Mapping[object, Any]", value).items()
            return {str(name): plain(item) for name, item in items}
        case list() | tuple():
            return [plain(item) for item in cast("Sequence[Any]", value)]
        case None | bool() | int() | str():
            return value
        case float():
            return float(value) if math.isfinite(value) else None
        case np.generic() | np.ndarray():
            return plain(cast("Any", value).tolist())
        case _:
            return str(value)


def silent(_: Progress | Advice) -> None:
    """Somewhere to report to when nobody listens."""


def part_of(say: Say, start: float, end: float) -> Say:
    """A `Say` whose progress from 0 to 1 is this stretch of the whole."""

    def say_part(message: Progress | Advice) -> None:
        match message:
            case Progress():
                fraction = start + (end - start) * message.fraction
                say(Progress(fraction=fraction, doing=message.doing))
            case Advice():
                say(message)

    return say_part
