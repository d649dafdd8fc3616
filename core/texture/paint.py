"""The texture stage: a photo and the head fitted to it become the skin's texture.

The photo is brought onto the head's texels (`view`), judged for skin (`trust`), freed
of its light (`skin`) and completed (`complete`); the person's colours are read off it
on the way (`measure`).
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from ..fit import HeadFit
from ..head_model import HeadModel
from ..landmarks.types import Landmarks
from ..messages import Progress, Say, silent
from . import measure
from .colours import lab_from_linear, linear_from_srgb, srgb_from_linear
from .complete import complete_skin
from .eyes import eye_picture, lash_picture
from .lighting import fit_light
from .relief import bump_map, roughness_map
from .sampling import box_mean
from .skin import Skin, see_skin
from .texels import Texels, skin_texels
from .tone import natural_hair
from .trust import trust_photo
from .view import view_texels

_SMALLEST_PX, _LARGEST_PX = 1024, 4096
_TEXTURE_OVER_FACE = 3.2
"""Texels across the texture for each photo pixel across the face."""


@dataclass(frozen=True, kw_only=True)
class HeadTextures:
    """What the texture stage gives back."""

    albedo: UInt8[np.ndarray, "height width 3"]
    """The skin's colour (sRGB), light taken out."""
    coverage: UInt8[np.ndarray, "height width"]
    """How much of each texel the photo showed, 0 to 255."""
    bump: UInt8[np.ndarray, "height width"]
    """Height over 1 mm, 128 is the surface."""
    roughness: UInt8[np.ndarray, "height width"]
    """Roughness of the surface, 0 to 255 for 0 to 1."""
    hair: UInt8[np.ndarray, "height width"]
    """Where hair is painted on the skin, 0 to 255 for 0 to 1."""
    eye: UInt8[np.ndarray, "size size 3"]
    """Iris, pupil and white (sRGB)."""
    eyelashes: UInt8[np.ndarray, "rows columns 4"]
    """Strands with alpha."""
    colours_srgb: Mapping[str, tuple[float, float, float]]
    """`skin`, `lips`, `iris`, `hair` and `brows`, 0 to 1."""
    light: Float[np.ndarray, "9 3"]
    """The photo's light, as `Double.photo_light`."""
    facts: Mapping[str, Any]
    """Figures: texture size, share of the skin seen."""

    def as_png(self) -> dict[str, bytes]:
        """The pictures as PNG files, by the names that a Double knows them by."""
        return {
            "albedo": _png(self.albedo),
            "coverage": _png(self.coverage),
            "bump": _png(self.bump),
            "roughness": _png(self.roughness),
            "hair": _png(self.hair),
            "eye": _png(self.eye),
            "eyelashes": _png(self.eyelashes),
        }


def paint_texture(
    model: HeadModel,
    photo_pixels_srgb: UInt8[np.ndarray, "height width 3"],
    landmarks: Landmarks,
    fit: HeadFit,
    *,
    say: Say = silent,
) -> HeadTextures:
    """Paint the person's skin and measure the person's colours."""
    say(Progress(fraction=0.0, doing="Laying out the skin"))
    photo = linear_from_srgb(torch.from_numpy(photo_pixels_srgb.copy()).float() / 255)
    texels = skin_texels(model, texture_size(landmarks))
    view = view_texels(model, texels, _posed(model, fit), fit.camera)
    say(Progress(fraction=0.3, doing="Finding the skin in the photo"))
    trust = trust_photo(lab_from_linear(photo).numpy(), landmarks.points_px)
    skin = see_skin(model, texels, view, photo, trust)
    say(Progress(fraction=0.6, doing="Completing the skin"))
    colours = _measure(photo, landmarks, skin)
    whole = complete_skin(model, skin, colours)
    bump = bump_map(model, texels, whole.detail)
    say(Progress(fraction=0.9, doing="Finishing the texture"))
    colours_srgb = {name: _srgb(colour) for name, colour in colours.items()}
    seen = torch.maximum(skin.face, skin.hair_seen)
    return HeadTextures(
        albedo=_picture(texels, srgb_from_linear(whole.albedo)),
        coverage=_picture(texels, seen[:, None])[..., 0],
        bump=_picture(texels, bump)[..., 0],
        roughness=_picture(texels, roughness_map(model, texels, bump))[..., 0],
        hair=_picture(texels, whole.hair[:, None])[..., 0],
        eye=eye_picture(colours_srgb["iris"]),
        eyelashes=lash_picture(),
        colours_srgb=colours_srgb,
        light=_light(skin, whole.albedo, fit),
        facts={
            "texture_px": texels.size_px,
            "skin_seen_percent": round(100 * float(seen.mean()), 1),
        },
    )


def texture_size(landmarks: Landmarks) -> int:
    """The power of two that holds the sharpness of the face in the photo."""
    face = landmarks.points_px[:468]
    across = float((face.max(axis=0) - face.min(axis=0)).max())
    wanted = _TEXTURE_OVER_FACE * across
    size = 2 ** int(np.ceil(np.log2(max(wanted, 1)) - 0.25))
    return int(np.clip(size, _SMALLEST_PX, _LARGEST_PX))


def _posed(model: HeadModel, fit: HeadFit) -> Tensor:
    """The head as it was in the photo, in camera space."""
    neutral = torch.from_numpy(np.asarray(fit.vertices_neutral, np.float32))
    expression = torch.from_numpy(np.asarray(fit.expression, np.float32))
    vertices = neutral + torch.tensordot(expression, model.expression_basis, dims=1)
    pose = torch.from_numpy(np.asarray(fit.T_camera_head, np.float32))
    return vertices @ pose[:3, :3].T + pose[:3, 3]


def _light(
    skin: Skin, albedo: Float[Tensor, "texels 3"], fit: HeadFit
) -> Float[np.ndarray, "9 3"]:
    """The light on the finished skin, by normals in head space."""
    some = slice(None, None, 4)
    rotation = torch.from_numpy(fit.T_camera_head[:3, :3]).float()
    return fit_light(
        skin.normals[some] @ rotation,
        skin.photo[some],
        albedo[some],
        skin.face[some],
    ).numpy()


def _measure(
    photo: Float[Tensor, "height width 3"], landmarks: Landmarks, skin: Skin
) -> dict[str, NDArray[np.float64]]:
    """The person's colours in linear light, as they are in plain daylight."""
    image = (photo / photo.new_tensor(skin.light)).numpy()
    points = landmarks.points_px
    brows = measure.brow_colour(image, points)
    seen = skin.albedo[skin.hair_seen > 0.3]
    return {
        "skin": skin.tone,
        "lips": measure.lip_colour(image, points),
        "iris": measure.iris_colour(image, points),
        "hair": natural_hair(measure.hair_colour(seen.numpy(), brows, skin.tone)),
        "brows": natural_hair(brows),
    }


def _picture(texels: Texels, values: Tensor) -> NDArray[np.uint8]:
    """Values 0 to 1 as a picture [height, width, channels], bled over the borders."""
    image = texels.to_image(values)
    known = texels.covered.float()
    for _ in range(6):
        spread, count = _dilate(image, known)
        image = torch.where(known[None] > 0, image, spread)
        known = torch.maximum(known, (count > 0).float())
    fill = values.mean(dim=0)[:, None, None]
    image = torch.where(known[None] > 0, image, fill)
    return (image.clamp(0, 1) * 255 + 0.5).byte().movedim(0, 2).numpy()


def _dilate(image: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """Mean of the known pixels in each 5 x 5 neighbourhood, and their share."""
    share = box_mean(known[None], 5)[0]
    summed = box_mean(image * known, 5)
    return summed / share.clamp(min=1e-6), share


def _srgb(linear: NDArray[np.floating]) -> tuple[float, float, float]:
    red, green, blue = srgb_from_linear(torch.from_numpy(linear)).clamp(0, 1).tolist()
    return red, green, blue


def _png(pixels: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=4)
    return buffer.getvalue()
