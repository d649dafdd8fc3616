"""Bringing any Pillow image upright, to eight bits, to sRGB, and onto grey if clear."""

import io

import numpy as np
from PIL import Image, ImageCms, ImageOps

BACKGROUND_SRGB = (128, 128, 128)
"""What shows through transparent pixels."""

_SRGB = ImageCms.createProfile("sRGB")


def upright_srgb(image: Image.Image) -> Image.Image:
    """The decoded image as it is meant to be seen, in mode RGB."""
    profile = image.info.get("icc_profile")
    image = _upright(image)
    image, alpha = _split_alpha(_eight_bits(image))
    image = _to_srgb(image, profile)
    if alpha is not None:
        backdrop = Image.new("RGB", image.size, BACKGROUND_SRGB)
        image = Image.composite(image, backdrop, alpha)
    return image


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except (SyntaxError, ValueError, TypeError, KeyError, ZeroDivisionError):
        return image  # the note which way is up cannot be read


def _eight_bits(image: Image.Image) -> Image.Image:
    """The image with eight bits a channel.

    Pillow's own conversion of 16-bit grey clips at 255 instead of scaling.
    """
    if image.mode == "1":
        return image.convert("L")
    if image.mode not in ("I", "F", "I;16", "I;16L", "I;16B", "I;16N"):
        return image
    values = np.asarray(image).astype(np.float64)
    if image.mode == "F":
        values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
        white = 1.0 if values.max(initial=0.0) <= 1.0 else 255.0
    else:
        white = 65535.0
    if values.max(initial=0.0) > white:  # 32-bit integers have no agreed white
        white = values.max()
    scaled = np.clip(np.round(values * (255.0 / white)), 0, 255)
    return Image.fromarray(scaled.astype(np.uint8))


def _split_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """The opaque image and how opaque each pixel is."""
    if image.mode in ("RGBa", "La"):
        image = image.convert(image.mode[:-1] + "A")
    if image.mode in ("P", "PA"):
        image = image.convert("RGBA")
    elif "transparency" in image.info and image.mode in ("L", "RGB"):
        image = image.convert("RGBA" if image.mode == "RGB" else "LA")
    if image.mode not in ("RGBA", "LA"):
        return image, None
    alpha = image.getchannel("A")
    opaque = image.convert("RGB" if image.mode == "RGBA" else "L")
    return opaque, None if alpha.getextrema()[0] == 255 else alpha


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The colours in sRGB; a profile that does not fit the picture is ignored."""
    converted = None
    if image.mode == "LAB":
        converted = ImageCms.profileToProfile(
            image, ImageCms.createProfile("LAB"), _SRGB, outputMode="RGB"
        )
    elif profile and image.mode in _PROFILE_SPACES:
        try:
            if profile[16:20].decode("latin-1").strip() == _PROFILE_SPACES[image.mode]:
                converted = ImageCms.profileToProfile(
                    image, io.BytesIO(profile), _SRGB, outputMode="RGB"
                )
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            converted = None
    return image.convert("RGB") if converted is None else converted


_PROFILE_SPACES = {"RGB": "RGB", "L": "GRAY", "CMYK": "CMYK"}
"""The colour space that an ICC profile must name in its header, by Pillow's mode."""
