"""The columns of Live Link Face's CSV, and the names that others give them.

Source: the header of files recorded by Epic's Live Link Face app, as open importers
spell it. Not every tool keeps its capitals, and some write _L for Left.
"""

from collections.abc import Sequence

from ..expressions import EXPRESSION_INDEX, EXPRESSION_NAMES

ROTATION_NAMES = (
    "HeadYaw",
    "HeadPitch",
    "HeadRoll",
    "LeftEyeYaw",
    "LeftEyePitch",
    "LeftEyeRoll",
    "RightEyeYaw",
    "RightEyePitch",
    "RightEyeRoll",
)

_SWAPPED = {
    "jawLeft": "jawRight",
    "jawRight": "jawLeft",
    "mouthLeft": "mouthRight",
    "mouthRight": "mouthLeft",
}
"""The app writes these right before left, unlike all other pairs."""

WEIGHT_ORDER: tuple[int, ...] = tuple(
    EXPRESSION_INDEX[_SWAPPED.get(name, name)] for name in EXPRESSION_NAMES
)
"""Index into `EXPRESSION_NAMES` of each of the file's 52 weights."""

TIMECODE, COUNT = "Timecode", "BlendShapeCount"

COLUMNS: tuple[str, ...] = (
    TIMECODE,
    COUNT,
    *(EXPRESSION_NAMES[i][0].upper() + EXPRESSION_NAMES[i][1:] for i in WEIGHT_ORDER),
    *ROTATION_NAMES,
)

_BY_NAME = {name.lower(): name for name in (*COLUMNS[:2], *ROTATION_NAMES)} | {
    name.lower(): name for name in EXPRESSION_NAMES
}


def known_column(heading: str) -> str | None:
    """What a heading stands for; None if it is none of the format's.

    Expressions come back by ARKit's own names, all others as in `COLUMNS`.
    """
    name = heading.strip().lower()
    for short, side in (("_l", "left"), ("_r", "right")):
        if name.endswith(short):
            name = name.removesuffix(short) + side
    return _BY_NAME.get(name)


def known_columns(headings: Sequence[str]) -> dict[str, int]:
    """Which column holds what; a name that comes twice is there with -1."""
    places: dict[str, int] = {}
    for index, heading in enumerate(headings):
        if name := known_column(heading):
            places[name] = -1 if name in places else index
    return places
