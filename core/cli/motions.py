"""The commands that take a performance from where it is stored, within seconds."""

from pathlib import Path
from typing import Any

from ..assets import Double, Motion
from ..live_link import live_link_csv
from ..messages import Progress
from ..pipelines.outputs import require_writable, write_whole
from ..pipelines.stored_motion import carry_over, read_motion
from ..transfer import Transfer
from .arguments import Options
from .terminal import Display
from .transfer_arguments import STORED_SUFFIXES, transfer_of


def transfer(options: Options, display: Display) -> dict[str, Any]:
    """Carry a stored performance over into a new one."""
    return store(options, display, options.file)


def store(options: Options, display: Display, source: str) -> dict[str, Any]:
    """Write the performance in `source` as the command line wants it."""
    path = Path(options.output)
    for output in (options.output, options.csv):
        if output is not None:
            require_writable(output, overwrite=options.overwrite, sources=[source])
    motion = performed(options, display, source)
    display.show(Progress(fraction=0.9, doing="Storing the motion"))
    motion.save(path, overwrite=options.overwrite)
    if options.csv is not None:
        write_whole(Path(options.csv), live_link_csv(motion))
    return {"asset": str(path), "csv": options.csv, "facts": dict(motion.facts)}


def performed(options: Options, display: Display, source: str | Path) -> Motion:
    """The performance in `source`, carried over."""
    display.show(Progress(fraction=0.0, doing="Reading the motion"))
    motion = read_motion(source, rate_fps=options.rate, say=display.show)
    return carry_over(motion, settings_of(options))


def settings_of(options: Options) -> Transfer:
    """How a command line wants a performance to be carried over."""
    return transfer_of(
        strengths=options.strengths,
        relative=options.relative,
        full_range=options.full_range,
        mirror=options.mirror,
        stretch=options.stretch,
        seconds=options.range,
    )


def is_stored_motion(path: str) -> bool:
    """Whether this is a performance that needs no tracking, by its name."""
    return Path(path).suffix.lower() in STORED_SUFFIXES


def is_stored_double(path: str) -> bool:
    """Whether this is a double that needs no fitting, by its name or by its content."""
    return path.rstrip("/\\").endswith(".double") or Path(path).is_dir()


def double_facts(path: str) -> dict[str, Any]:
    """How the fit of a stored double went. Raises UnreadableAssetError."""
    return dict(Double.load(path).facts)


COMMANDS = {"transfer": transfer}
