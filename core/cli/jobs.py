"""The commands that compute: which jobs they are, and what their result says."""

import os
import queue
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..assets import refuse_existing
from ..errors import BlenderUnavailableError, OutputExistsError, PhotoDoubleError
from ..messages import (
    Advice,
    BuildDouble,
    BuildScene,
    CaptureMotion,
    Done,
    Failed,
    Job,
    Message,
    Progress,
)
from ..pipelines.outputs import require_writable
from ..pipelines.stored_motion import carry_over, read_motion
from ..transfer import Transfer
from .arguments import Options
from .child import Child, run_all
from .motions import (
    double_facts,
    is_stored_double,
    is_stored_motion,
    settings_of,
    store,
)
from .terminal import Display

ROOT = Path(__file__).resolve().parents[2]
"""The folder that holds the packages `core` and `blender_addon`."""

HEADLESS = ROOT / "blender_addon" / "headless.py"
"""The script that does scene jobs inside Blender or beside the bpy package."""

PREPARING_SHARE, SCENE_SHARE = 0.35, 0.45
"""Share of the bar for photo and video, and (without a render) for the scene."""


class JobFailedError(PhotoDoubleError):
    """A job's process refused; `end` is what it said."""

    def __init__(self, end: Failed) -> None:
        super().__init__(end.reason)
        self.end = end


def build(options: Options, display: Display) -> dict[str, Any]:
    """Make a Double."""
    done = _run({"engine": (_worker(), build_job(options, options.output))}, display)
    return {"asset": done["engine"].asset, "facts": done["engine"].facts}


def capture(options: Options, display: Display) -> dict[str, Any]:
    """Take a Motion."""
    if is_stored_motion(options.video):
        return store(options, display, options.video)
    job = replace(
        capture_job(options, options.output), csv=options.csv, overlay=options.overlay
    )
    done = _run({"engine": (_worker(), job)}, display)
    return {
        "asset": done["engine"].asset,
        "csv": options.csv,
        "overlay": options.overlay,
        "facts": done["engine"].facts,
    }


def animate(options: Options, display: Display) -> dict[str, Any]:
    """Make a Double and a Motion side by side, then the scene that joins them."""
    command = _blender(options)
    sources = [options.photo, options.video]
    require_writable(options.output, overwrite=options.overwrite, sources=sources)
    if options.render:
        refuse_existing_render(options.render, overwrite=options.overwrite)
        require_writable(options.render, overwrite=True, sources=sources)
    with _asset_folder(options) as folder:
        assets = _assets_of(options, folder)
        facts = _prepare(options, display, assets)
        job = scene_job(options, assets)
        start = PREPARING_SHARE if assets.jobs else 0.0
        done = _run({"Blender": (command, job)}, display, start=start)
    kept = options.keep is not None
    return {
        "asset": done["Blender"].asset,
        "render": options.render,
        "double": str(assets.double) if kept or not assets.is_new_person else None,
        "motion": str(assets.carried) if kept or assets.is_as_stored else None,
        "facts": facts | {"scene": done["Blender"].facts},
    }


@dataclass(frozen=True, kw_only=True)
class _Assets:
    """Where the two assets of a scene are, and what has to be done for them."""

    double: Path
    """The Double: the artist's own, or one to be made."""
    captured: Path
    """The performance as it is stored or will be captured."""
    motion: Path
    """The same as a Motion: another file where it is stored as a CSV."""
    carried: Path
    """The performance as the scene shows it: another file where it is changed."""
    settings: Transfer
    """How it is carried over."""
    clip: Path | None
    """The video that it is captured from."""
    jobs: dict[str, Job]
    """What the engine has to do, by the name of its process."""

    @property
    def is_new_person(self) -> bool:
        """Whether the Double has to be made."""
        return "photo" in self.jobs

    @property
    def is_as_stored(self) -> bool:
        """Whether the performance goes into the scene as the artist's file holds it."""
        return "video" not in self.jobs and self.carried == self.captured


def _assets_of(options: Options, folder: Path) -> _Assets:
    """What is there already and what is not. Raises if it may not be written."""
    double, captured = Path(options.photo), Path(options.video)
    jobs: dict[str, Job] = {}
    written: list[Path] = []
    if not is_stored_double(options.photo):
        double = folder / f"{double.stem}.double"
        jobs["photo"] = build_job(options, str(double))
        written.append(double)
    stem = captured.stem.removesuffix(".motion")
    motion, settings, clip = captured, settings_of(options), None
    if not is_stored_motion(options.video):
        settings = replace(settings, start_s=0.0, end_s=None)  # the capture's own cut
        motion = captured = folder / f"{captured.stem}.motion.npz"
        jobs["video"] = capture_job(options, str(captured))
        written.append(captured)
        clip = Path(options.video) if Path(options.video).is_file() else None
    elif captured.suffix.lower() == ".csv":
        motion = folder / f"{stem}.motion.npz"
        written.append(motion)
    carried = motion
    if settings != Transfer():
        carried = folder / f"{stem} transferred.motion.npz"
        written.append(carried)
    for path in written:
        require_writable(path, overwrite=options.overwrite)
    return _Assets(
        double=double,
        captured=captured,
        motion=motion,
        carried=carried,
        settings=settings,
        clip=clip,
        jobs=jobs,
    )


def _prepare(options: Options, display: Display, assets: _Assets) -> dict[str, Any]:
    """Make what is missing; how it went, by asset. What is stored is read at once."""
    facts: dict[str, Any] = {}
    if not assets.is_new_person:
        facts["double"] = double_facts(str(assets.double))
    if "video" not in assets.jobs:
        facts["motion"] = _carry_over(options, display, assets)
    if assets.jobs:
        made = _run(
            {name: (_worker(), job) for name, job in assets.jobs.items()},
            display,
            end=PREPARING_SHARE,
        )
        facts |= {
            {"photo": "double", "video": "motion"}[name]: done.facts
            for name, done in made.items()
        }
    if "video" in assets.jobs and assets.carried != assets.captured:
        facts["motion"] = _carry_over(options, display, assets)
    return facts


def _carry_over(options: Options, display: Display, assets: _Assets) -> dict[str, Any]:
    """Write the performance as the scene needs it; what is known of it."""
    display.show(Progress(fraction=0.0, doing="Reading the motion"))
    motion = read_motion(assets.captured, rate_fps=options.rate, say=display.show)
    if assets.motion != assets.captured:
        motion.save(assets.motion, overwrite=options.overwrite)
    carried = carry_over(motion, assets.settings)
    if assets.carried != assets.motion:
        carried.save(assets.carried, overwrite=options.overwrite)
    return dict(carried.facts)


def build_job(options: Options, asset: str) -> BuildDouble:
    """The job that makes the Double of a command line."""
    return BuildDouble(
        photo=options.photo,
        more_photos=options.more_photos,
        asset=asset,
        face=options.face,
        consent=options.consent,
        hair=options.hair,
        device=options.device,
        landmarker=options.landmarker,
        overwrite=options.overwrite,
    )


def capture_job(options: Options, asset: str) -> CaptureMotion:
    """The job that takes the Motion of a command line."""
    start_s, end_s = options.range
    return CaptureMotion(
        video=options.video,
        asset=asset,
        rate_fps=options.rate,
        start_s=start_s,
        end_s=end_s,
        device=options.device,
        landmarker=options.landmarker,
        overwrite=options.overwrite,
    )


def scene_job(options: Options, assets: _Assets) -> BuildScene:
    """The job that joins both in a Blender file."""
    width, height = options.size or (None, None)
    return BuildScene(
        double=str(assets.double.absolute()),
        motion=str(assets.motion.absolute()),
        transfer=dict(assets.settings.changes()),
        clip=None if assets.clip is None else str(assets.clip.absolute()),
        blend=str(Path(options.output).absolute()),
        name=assets.double.name.removesuffix(".double"),
        render=None if options.render is None else str(Path(options.render).absolute()),
        engine=options.engine,
        samples=options.samples,
        light=options.light,
        width_px=width,
        height_px=height,
        frames=options.frames,
        overwrite=options.overwrite,
    )


def refuse_existing_render(pattern: str, *, overwrite: bool) -> None:
    """Raise OutputExistsError if a render would replace something."""
    path = Path(pattern)
    if "#" not in path.name:
        refuse_existing(path, overwrite=overwrite)
        return
    digits = "[0-9]" * path.name.count("#")
    first = path.name.index("#")
    wild = path.name[:first] + digits + path.name.replace("#", "")[first:]
    older = sorted(path.parent.glob(wild)) if path.parent.is_dir() else []
    if older and not overwrite:
        raise OutputExistsError(
            f"{older[0]} exists already ({len(older)} such pictures). Choose another "
            "name, or allow them to be replaced (--overwrite).",
            path=older[0],
        )


@contextmanager
def _asset_folder(options: Options) -> Iterator[Path]:
    """Yield the folder for Double and Motion; it goes unless it is to be kept."""
    if options.keep:
        yield Path(options.keep)
        return
    with tempfile.TemporaryDirectory(prefix="photo-double-") as folder:
        yield Path(folder)


def _run(
    jobs: dict[str, tuple[list[str], Job]],
    display: Display,
    *,
    start: float = 0.0,
    end: float = 1.0,
) -> dict[str, Done]:
    """Do the jobs at once; their last messages. Raises JobFailedError."""
    fractions = dict.fromkeys(jobs, 0.0)

    def hear(child: Child, message: Progress | Advice) -> None:
        if isinstance(message, Progress):
            fractions[child.name] = message.fraction
            mean = sum(fractions.values()) / len(fractions)
            message = Progress(
                fraction=start + (end - start) * mean, doing=message.doing
            )
        display.show(message)

    def children(heard: "queue.Queue[tuple[Child, Message]]") -> list[Child]:
        environment = {"PYTHONPATH": _python_path(), "PYTHONIOENCODING": "utf-8"}
        return [
            _start(command, job, heard, environment, name)
            for name, (command, job) in jobs.items()
        ]

    ends = run_all(children, hear)
    for last in sorted(ends.values(), key=_is_cancelled):
        if isinstance(last, Failed):
            raise JobFailedError(last)
    return {name: last for name, last in ends.items() if isinstance(last, Done)}


def _is_cancelled(last: Done | Failed) -> bool:
    """Failures that are only the echo of another's come last."""
    return isinstance(last, Failed) and last.cancelled


def _start(
    command: list[str],
    job: Job,
    heard: "queue.Queue[tuple[Child, Message]]",
    environment: dict[str, str],
    name: str,
) -> Child:
    try:
        return Child(command, job, heard, environment=environment, name=name)
    except OSError as error:
        raise BlenderUnavailableError(
            f"{command[0]} cannot be started ({error.strerror}). Check the path."
        ) from error


def _worker() -> list[str]:
    """The engine's process: this Python, with nothing taken from the work folder."""
    return [sys.executable, "-P", "-m", "core.worker"]


def _blender(options: Options) -> list[str]:
    """The process that does scene jobs. Raises BlenderUnavailableError."""
    if options.blender:
        program = shutil.which(options.blender)
        if program is None:
            raise BlenderUnavailableError(
                f"{options.blender} is not a program that can be started. Name the "
                "file that starts Blender (--blender PROGRAM)."
            )
        return [
            program,
            "--background",
            "--factory-startup",
            "--python-exit-code",
            "1",
            "--python",
            str(HEADLESS),
            "--",
        ]
    if find_spec("bpy") is None:
        raise BlenderUnavailableError(
            'Blender is needed to write a .blend file. Run pip install "bpy==4.5.*" '
            "(Python 3.11), or name your Blender with --blender PROGRAM."
        )
    return [sys.executable, "-P", str(HEADLESS)]


def _python_path() -> str:
    older = os.environ.get("PYTHONPATH")
    return str(ROOT) + (os.pathsep + older if older else "")


COMMANDS: dict[str, Callable[[Options, Display], dict[str, Any]]] = {
    "build": build,
    "capture": capture,
    "animate": animate,
}
