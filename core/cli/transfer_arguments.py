"""The words that say how a performance is carried over."""

import argparse

from ..transfer import REGIONS, Transfer
from ..transfer.settings import MOST, STRETCHES

STORED_SUFFIXES = (".npz", ".csv")
"""How the names of performances end that need no tracking."""


def add_transfer(command: argparse.ArgumentParser) -> None:
    """Add the transfer's options to a command; the defaults change nothing."""
    group = command.add_argument_group("how the performance is carried over")
    group.add_argument(
        "--strength",
        metavar="REGION=X",
        type=_strength,
        action="append",
        default=[],
        help=f"how strong {', '.join(REGIONS)} or all of them are: 0 still, 1 as "
        "acted, up to 2 exaggerated; may be given several times",
    )
    group.add_argument(
        "--relative",
        action="store_true",
        help="take off how the driver's face, gaze and head rest",
    )
    group.add_argument(
        "--full-range",
        action="store_true",
        help="bring what the driver does little of to what faces can do",
    )
    group.add_argument(
        "--mirror", action="store_true", help="let left and right change places"
    )
    group.add_argument(
        "--stretch",
        metavar="X",
        type=_stretch,
        default=1.0,
        help="make it X times as long; a performance out of its time is silent",
    )


def add_fps(command: argparse.ArgumentParser) -> None:
    """Add the rate of a CSV, which does not name it."""
    command.add_argument(
        "--fps",
        metavar="N",
        type=_fps,
        help="frames a second that a CSV counts (default: as its timecodes show)",
    )


def transfer_of(
    *,
    strengths: tuple[tuple[str, float], ...],
    relative: bool,
    full_range: bool,
    mirror: bool,
    stretch: float,
    seconds: tuple[float | None, float | None],
) -> Transfer:
    """The settings of a command line; of two strengths of one region the last counts.

    `seconds` is the part of the performance to take.
    """
    by_region: dict[str, float] = {}
    for region, value in strengths:
        by_region |= dict.fromkeys(REGIONS if region == "all" else (region,), value)
    return Transfer(
        **by_region,
        relative=relative,
        full_range=full_range,
        mirror=mirror,
        stretch=stretch,
        start_s=seconds[0] or 0.0,
        end_s=seconds[1],
    )


def _strength(text: str) -> tuple[str, float]:
    region, _, number = text.partition("=")
    value = _number(number)
    if region not in (*REGIONS, "all") or not 0 <= value <= MOST:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a strength such as mouth=1.2 ({', '.join(REGIONS)} or "
            f"all, 0 to {MOST:g})"
        )
    return region, value


def _stretch(text: str) -> float:
    value, (least, most) = _number(text), STRETCHES
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number from {least:g} to {most:g}"
        )
    return value


def _fps(text: str) -> float:
    value = _number(text)
    if not 1 <= value <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1000")
    return value


def _number(text: str) -> float:
    """The number, or -1 for none."""
    try:
        return float(text)
    except ValueError:
        return -1.0
