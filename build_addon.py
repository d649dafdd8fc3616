"""Write the add-on as a Blender extension: dist/photo_double-VERSION.zip.

    python build_addon.py [--landmarker FILE] [--output FOLDER]

The zip holds the add-on, core's source, the head model, MediaPipe's face landmarker
with its licence, and the engine's requirements, pinned. The same tree always gives the
same bytes.
"""

import argparse
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

from core import __version__
from core.errors import PhotoDoubleError
from core.landmarks.model_file import read_landmarker

ROOT = Path(__file__).resolve().parent

ENTRY = '''"""Photo Double, a Blender extension: see blender_addon."""
from .blender_addon import register, unregister  # noqa: F401
'''

MANIFEST = """schema_version = "1.0.0"
id = "photo_double"
version = "{version}"
name = "Photo Double"
tagline = "Animate a person's head from one photo and one video"
maintainer = "Photo Double developers"
type = "add-on"
tags = ["Animation", "Import-Export", "Rigging"]
blender_version_min = "4.5.0"
license = ["SPDX:GPL-3.0-or-later", "SPDX:Apache-2.0", "SPDX:CC0-1.0"]
copyright = ["2026 Photo Double developers"]

[permissions]
files = "Read photos and videos, keep doubles and motions"
network = "Install the engine when the user asks for it"
"""

LANDMARKER_NOTICE = """face_landmarker.task is MediaPipe's Face Landmarker model bundle
(float16, version 1), Copyright The MediaPipe Authors, unchanged, under the Apache
License 2.0, whose text follows. Its model cards describe what it was trained on and
where it is weak.

"""

FIXED_TIME = (2020, 1, 1, 0, 0, 0)
SOURCES = ("core", "blender_addon")
WEIGHTS = ("*.safetensors", "*.tflite", "*.md", "*.txt", "LICENSE*")


def main() -> int:
    """Build the zip and print where it is."""
    parser = argparse.ArgumentParser(description="Build the Blender extension.")
    parser.add_argument("--landmarker", type=Path, help="face_landmarker.task to pack")
    parser.add_argument("--output", type=Path, default=ROOT / "dist", help="folder")
    arguments = parser.parse_args()
    try:
        landmarker = read_landmarker(arguments.landmarker)
    except PhotoDoubleError as error:
        print(error, file=sys.stderr)
        return 1
    print(build(arguments.output, landmarker))
    return 0


def build(folder: Path, landmarker: bytes) -> Path:
    """Write photo_double-VERSION.zip into `folder`, around a checked landmarker."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"photo_double-{__version__}.zip"
    unfinished = path.with_suffix(".unfinished")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as out:
        for name, content in sorted(_contents(landmarker)):
            entry = zipfile.ZipInfo(name, FIXED_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            out.writestr(entry, content)
    unfinished.replace(path)
    return path


def requirements() -> str:
    """The engine's packages: the project's own dependencies, at the tested versions."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pins = dict(_pins())
    lines = []
    for requirement in project["dependencies"]:
        name = requirement.partition(">")[0].partition("=")[0].strip().lower()
        lines += pins.get(name, [requirement])
    return "\n".join(lines) + "\n"


def _pins() -> Iterator[tuple[str, list[str]]]:
    """Every pinned package and its lines; there are several where Python decides."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        if "==" in line and not line.startswith("#"):
            found.setdefault(line.partition("==")[0].lower(), []).append(line)
    yield from found.items()


def _contents(landmarker: bytes) -> Iterator[tuple[str, bytes]]:
    yield "__init__.py", ENTRY.encode()
    yield "blender_manifest.toml", MANIFEST.format(version=__version__).encode()
    yield "requirements-engine.txt", requirements().encode()
    yield "constraints.txt", (ROOT / "constraints.txt").read_bytes()
    yield "LICENSE", (ROOT / "LICENSE").read_bytes()
    yield "weights/face_landmarker.task", landmarker
    apache = (ROOT / "core" / "LICENSE").read_text(encoding="utf-8")
    notice = LANDMARKER_NOTICE + apache
    yield "weights/LICENSE-face_landmarker.txt", notice.encode()
    for source in SOURCES:
        for path in (ROOT / source).rglob("*"):
            if path.suffix == ".py" or path.name.startswith("LICENSE"):
                yield path.relative_to(ROOT).as_posix(), path.read_bytes()
    weights = ROOT / "weights"
    for path in {path for pattern in WEIGHTS for path in weights.glob(pattern)}:
        yield path.relative_to(ROOT).as_posix(), path.read_bytes()


if __name__ == "__main__":
    sys.exit(main())
