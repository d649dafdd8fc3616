"""The front door for photos: upright, in sRGB, eight bits, or refused with a reason.

Pillow decodes, but only the formats named here, and only after the header has said
that the size is sane. Cameras store pictures lying on their side with a note which way
is up, phones store colours of a wider space with an ICC profile, scanners store 16 bits
of grey: each would silently look wrong if the pixels were taken as they come.
"""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import ExifTags, Image, UnidentifiedImageError

from ..errors import UnreadableImageError
from .colours import upright_srgb
from .regular_file import require_regular_file, sha256_of

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF")
"""What Pillow may try. Never EPS, PDF or SVG, which start interpreters."""

MOST_BYTES = 500 * 2**20
"""Larger files are no photos of a face."""

MOST_PIXELS_KEPT = 50_000_000
"""Larger photos are halved while they are decoded where the format allows it."""

FEWEST_PIXELS_A_SIDE = 48
"""Below this there is no face to see."""

_FOCAL_35MM_RANGE = (12.0, 300.0)
"""Focal lengths that a portrait may be taken with, as on 35 mm film."""


@dataclass(frozen=True, kw_only=True)
class Photo:
    """A photo as it is meant to be seen."""

    pixels_srgb: UInt8[np.ndarray, "height width 3"]
    """Upright, eight bits, sRGB."""
    focal_px: float | None
    """Focal length in pixels of this picture, if the camera wrote it down."""
    sha256: str
    """Of the file, in hexadecimal."""
    name: str
    """The file's name without folder."""
    path: Path
    """Where it was read from."""

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        return self.pixels_srgb.shape[1], self.pixels_srgb.shape[0]


def read_photo(path: Path | str) -> Photo:
    """The photo at `path`. Raises UnreadableImageError, from the header if possible."""
    path = Path(path)

    def refuse(message: str) -> UnreadableImageError:
        return UnreadableImageError(message, path=path)

    size = require_regular_file(path, kind="photo", refuse=refuse)
    if size > MOST_BYTES:
        raise refuse(
            f"{path} has {size / 2**20:.0f} MB, too many for a photo. Export it as a "
            "JPEG."
        )
    with warnings.catch_warnings():
        # Pillow warns of sizes that we judge ourselves, and of odd metadata
        warnings.simplefilter("ignore")
        with _open(path) as image:
            _require_sane_size(path, image)
            focal_35mm = _focal_35mm(image)
            pixels = _decode(path, image)
    long_side = max(pixels.shape[:2])
    return Photo(
        pixels_srgb=pixels,
        focal_px=None if focal_35mm is None else focal_35mm / 36.0 * long_side,
        sha256=sha256_of(path),
        name=path.name,
        path=path,
    )


def _open(path: Path) -> Image.Image:
    """The image with its header read; HEIC only where a reader is installed."""
    try:
        with path.open("rb") as file:
            head = file.read(32)
        return Image.open(path, formats=_formats_for(path, head))
    except UnidentifiedImageError as error:
        raise UnreadableImageError(
            f"{path} is not a photo that can be read. Choose a JPEG, PNG, WebP, TIFF, "
            "BMP or HEIC file, or export it as one of these.",
            path=path,
        ) from error
    except Image.DecompressionBombError as error:
        raise _too_large(path, "an absurd number of") from error
    except _DAMAGE as error:
        raise _damaged(path, error) from error


def _formats_for(path: Path, head: bytes) -> tuple[str, ...]:
    brand = head[8:12] if head[4:8] == b"ftyp" else b""
    if brand in (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"):
        try:
            import pillow_heif  # pyright: ignore[reportMissingImports] - optional
        except ImportError as error:
            raise UnreadableImageError(
                f"{path} is an HEIC photo, and no reader for those is installed. "
                "Export it as a JPEG, or run: pip install pillow-heif",
                path=path,
            ) from error
        pillow_heif.register_heif_opener()
        return ("HEIF",)
    if brand in (b"avif", b"avis"):
        return ("AVIF",)
    return FORMATS


def _require_sane_size(path: Path, image: Image.Image) -> None:
    """Refuse what would not fit into memory, and thumbnails.

    Baseline JPEGs can be halved while they are decoded; all others need their whole
    size in memory, a progressive JPEG even more.
    """
    width, height = image.size
    if min(width, height) < FEWEST_PIXELS_A_SIDE:
        raise UnreadableImageError(
            f"{path} is only {width} x {height} pixels. Use a photo in which the face "
            "alone is at least 100 pixels wide.",
            path=path,
        )
    if width * height > MOST_PIXELS_KEPT:
        if image.format == "JPEG" and not image.info.get("progressive"):
            image.draft(None, (width // 2, height // 2))
        if image.size[0] * image.size[1] > MOST_PIXELS_KEPT:
            raise _too_large(path, f"{width * height / 1e6:.0f} million")


def _too_large(path: Path, amount: str) -> UnreadableImageError:
    return UnreadableImageError(
        f"{path} has {amount} pixels; {MOST_PIXELS_KEPT // 1_000_000} million are the "
        "most. Crop it to head and shoulders, or export it smaller.",
        path=path,
    )


def _decode(path: Path, image: Image.Image) -> UInt8[np.ndarray, "height width 3"]:
    try:
        image.load()
        return np.ascontiguousarray(np.asarray(upright_srgb(image)))
    except _DAMAGE as error:
        raise _damaged(path, error) from error
    except MemoryError as error:
        raise _too_large(path, "too many") from error


def _damaged(path: Path, error: Exception) -> UnreadableImageError:
    return UnreadableImageError(
        f"{path} is damaged or incomplete ({error}). Copy or export it again.",
        path=path,
    )


_DAMAGE = (OSError, SyntaxError, ValueError, TypeError, KeyError, EOFError, IndexError)
"""What Pillow raises on broken files."""


def _focal_35mm(image: Image.Image) -> float | None:
    """The focal length as on 35 mm film; None if unknown, odd, or the photo is a crop.

    A crop keeps its camera's focal length but not its width, so a photo whose shape is
    not the one that its camera noted says nothing.
    """
    try:
        exif = image.getexif().get_ifd(ExifTags.IFD.Exif)
        focal = float(exif.get(ExifTags.Base.FocalLengthIn35mmFilm, 0))
        noted = (
            float(exif.get(ExifTags.Base.ExifImageWidth, 0)),
            float(exif.get(ExifTags.Base.ExifImageHeight, 0)),
        )
    except (*_DAMAGE, ZeroDivisionError):
        return None
    shortest, longest = _FOCAL_35MM_RANGE
    if not shortest <= focal <= longest:
        return None
    if min(noted) > 0:
        noted_shape = max(noted) / min(noted)
        shape = max(image.size) / min(image.size)
        if abs(noted_shape / shape - 1.0) > 0.02:
            return None
    return focal
