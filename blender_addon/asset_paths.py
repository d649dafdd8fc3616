"""Where new Doubles and Motions are kept: beside the .blend, never over another.

A saved file gets a folder `photo_double` beside it, so that its assets travel with it;
until it is saved they go to the user's data folder, where nothing is lost either.
"""

import re
from pathlib import Path

from .engine import data_folder


def assets_folder(blend_path: str) -> Path:
    """The folder for new assets of a file at `blend_path` (empty: not saved yet)."""
    if blend_path:
        return Path(blend_path).parent / "photo_double"
    return data_folder() / "assets"


def unused_asset(folder: Path, stem: str, ending: str) -> Path:
    """`folder/stem.ending`, or with a number if something lies there already."""
    stem = re.sub(r"[^\w\- ]+", "_", stem).strip() or "double"
    path, number = folder / f"{stem}{ending}", 1
    while path.exists():
        number += 1
        path = folder / f"{stem} {number}{ending}"
    return path
