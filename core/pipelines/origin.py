"""What made an asset, to be stored in it: versions of the program and its parts."""

from importlib import metadata
from typing import Any

from .. import __version__

LIBRARIES = ("torch", "mediapipe", "numpy", "pillow", "av")
"""Libraries whose version can change a result."""


def software() -> dict[str, Any]:
    """Name and version of Photo Double and of the libraries under it."""
    return {
        "software": "Photo Double",
        "version": __version__,
        "libraries": {name: version_of(name) for name in LIBRARIES},
    }


def version_of(distribution: str) -> str | None:
    """The installed version of a Python distribution; None if it is missing."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
