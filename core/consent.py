"""The consent record: who agreed to what, carried along with a Double.

A record is one JSON object of a few hundred bytes, written by whoever asked the
person. It comes from outside, so it is read with suspicion: a size limit, no duplicate
keys (two programs could then read two different records), no NaN.
"""

import json
from pathlib import Path
from typing import Any, cast

from .errors import ConsentRefusedError

MOST_BYTES = 64 * 1024
"""Larger files are no consent records."""

MOST_DEPTH = 32
"""Objects and lists inside each other."""


def read_consent(path: Path | str) -> dict[str, Any]:
    """The record in a file, word for word. Raises ConsentRefusedError."""
    path = Path(path)
    try:
        if not path.is_file():
            raise _refused(path, "there is no such file")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise _refused(path, str(error)) from error
    if len(content) > MOST_BYTES:
        raise _refused(path, f"it is larger than {MOST_BYTES // 1024} KB")
    try:
        record: object = json.loads(
            content.decode("utf-8-sig"),
            object_pairs_hook=_without_duplicates,
            parse_constant=_no_constant,
        )
    except RecursionError as error:
        raise _refused(path, "it is nested too deeply") from error
    except ValueError as error:
        raise _refused(path, f"it is not valid JSON: {error}") from error
    if not isinstance(record, dict) or not record:
        raise _refused(path, "it is not a JSON object with fields")
    if _depth(cast("object", record)) > MOST_DEPTH:
        raise _refused(path, "it is nested too deeply")
    return cast("dict[str, Any]", record)


def _refused(path: Path, why: str) -> ConsentRefusedError:
    return ConsentRefusedError(
        f"{path} cannot be used as a consent record ({why}). Choose the JSON file that "
        "was made for this person, or leave it out.",
        path=path,
    )


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the field {twice!r} occurs twice")
    return fields


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a value")


def _depth(value: object) -> int:
    if isinstance(value, dict):
        inner = list(cast("dict[str, object]", value).values())
    elif isinstance(value, list):
        inner = cast("list[object]", value)
    else:
        return 0
    return 1 + max((_depth(item) for item in inner), default=0)
