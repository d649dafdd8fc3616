"""The texture stage: a photo and the head fitted to it become the skin's texture.

Colour is split in two. The broad colour is a field on the mesh, known where the photo
shows skin and joined smoothly elsewhere (`field`); the detail is what a texel's colour
is over that field. Seen texels keep their own detail, unseen ones take the opposite
side's where that was seen, and plain grain of skin or hair where neither was. Because
the field is smooth throughout, the three kinds of detail meet without a seam.
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
from torch.nn.functional import avg_pool2d, grid_sample, max_pool2d

from ..fit import HeadFit
from ..head_model import HeadModel
from ..landmarks.types import Landmarks
from ..mesh import edges
from ..messages import Progress, Say, silent
from . import measure
from .colours import LUMINANCE, lab_from_linear, linear_from_srgb, srgb_from_linear
from .eyes import eye_picture, lash_picture
from .field import fill_field
from .grain import hair_grain, skin_grain
from .lighting import Shading, fit_shading
from .texels import Texels, skin_texels
from .trust import PhotoTrust, trust_photo
from .view import TexelView, view_texels

_SMALLEST_PX, _LARGEST_PX = 1024, 4096
_TEXTURE_OVER_FACE = 3.2
"""Texels across the texture for each photo pixel across the face."""

_FEWEST_HAIR_TEXELS = 200
"""Fewer texels of hair say nothing about its colour."""

_DARKEST = 0.004
"""Linear colour below which a logarithm says nothing about skin."""


@dataclass(frozen=True, kw_only=True)
class HeadTextures:
    """What the texture stage gives back."""

    albedo: UInt8[np.ndarray, "height width 3"]
    """The skin's colour (sRGB), light taken out."""
    coverage: UInt8[np.ndarray, "height width"]
    """How much of each texel the photo showed, 0 to 255."""
    eye: UInt8[np.ndarray, "size size 3"]
    """Iris, pupil and white (sRGB)."""
    eyelashes: UInt8[np.ndarray, "rows columns 4"]
    """Strands with alpha."""
    colours_srgb: Mapping[str, tuple[float, float, float]]
    """`skin`, `lips`, `iris`, `hair` and `brows`, 0 to 1."""
    facts: Mapping[str, Any]
    """Figures: texture size, share of the skin seen."""

    def as_png(self) -> dict[str, bytes]:
        """The pictures as PNG files, by the names that a Double knows them by."""
        return {
            "albedo": _png(self.albedo),
            "coverage": _png(self.coverage),
            "eye": _png(self.eye),
            "eyelashes": _png(self.eyelashes),
        }


@dataclass(frozen=True, kw_only=True)
class _Skin:
    """What is known per texel on the way; colours are linear."""

    texels: Texels
    view: TexelView
    albedo: Float[Tensor, "texels 3"]
    """The photo's colour, light taken out; meaningless where `seen` is 0."""
    seen: Float[Tensor, " texels"]
    not_skin: Float[Tensor, " texels"]
    scalp: Float[Tensor, " texels"]
    positions: NDArray[np.float32]
    """On the average head, in metres."""


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
    pixels = torch.from_numpy(photo_pixels_srgb.copy()).float() / 255
    photo = linear_from_srgb(pixels)
    texels = skin_texels(model, texture_size(landmarks))
    view = view_texels(model, texels, _posed(model, fit), fit.camera)
    say(Progress(fraction=0.3, doing="Finding the skin in the photo"))
    trust = trust_photo(lab_from_linear(photo).numpy(), landmarks.points_px)
    shading = _read_light(photo, trust, view, texels)
    skin = _see_skin(model, texels, view, photo, trust, shading)
    say(Progress(fraction=0.6, doing="Completing the skin"))
    colours = _measure(photo, landmarks, trust, skin, shading)
    albedo = _complete(model, skin, colours)
    say(Progress(fraction=0.9, doing="Finishing the texture"))
    colours_srgb = {name: _srgb(colour) for name, colour in colours.items()}
    return HeadTextures(
        albedo=_picture(texels, srgb_from_linear(albedo)),
        coverage=_picture(texels, skin.seen[:, None])[..., 0],
        eye=eye_picture(colours_srgb["iris"]),
        eyelashes=lash_picture(),
        colours_srgb=colours_srgb,
        facts={
            "texture_px": texels.size_px,
            "skin_seen_percent": round(100 * float(skin.seen.mean()), 1),
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


def _sample(image: Tensor, points_px: Tensor) -> Tensor:
    """Values [points, channels] of an image [height, width, channels] at pixels."""
    height, width = image.shape[:2]
    grid = points_px / points_px.new_tensor([width, height]) * 2 - 1
    channels_first = image.movedim(2, 0)[None]
    found = grid_sample(
        channels_first,
        grid[None, None],
        mode="bicubic",
        padding_mode="border",
        align_corners=False,
    )
    return found[0, :, 0].T


def _read_light(
    photo: Tensor, trust: PhotoTrust, view: TexelView, texels: Texels
) -> Shading:
    """The photo's shading, from every eighth texel of the face's skin."""
    some = slice(None, None, 8)
    luminance = _sample(photo, view.points_px[some]) @ photo.new_tensor(LUMINANCE)
    believed = _sample(_plane(trust.skin), view.points_px[some])[:, 0]
    weights = (believed * view.seen[some]).clamp(0, 1)
    return fit_shading(view.normals[some], luminance, weights)


def _see_skin(
    model: HeadModel,
    texels: Texels,
    view: TexelView,
    photo: Tensor,
    trust: PhotoTrust,
    shading: Shading,
) -> _Skin:
    """Take the photo's colours to the texels, and say how far they are the skin's."""
    regions = texels.from_vertices(model.region_masks.T)
    region = {name: regions[:, i] for i, name in enumerate(model.region_names)}
    scalp, inside = region["scalp"], region["mouth_inside"]
    believed = _sample(_plane(trust.skin), view.points_px)[:, 0].clamp(0, 1)
    not_skin = _sample(_plane(trust.not_skin), view.points_px)[:, 0].clamp(0, 1)
    hidden = (1 - inside) * (1 - region["eyes"])
    colour = _sample(photo, view.points_px).clamp(_DARKEST, 1)
    albedo = colour / shading.relative(view.normals)[:, None]
    albedo = albedo.clamp(_DARKEST, 1)
    seen = view.seen * believed * hidden
    return _Skin(
        texels=texels,
        view=view,
        albedo=albedo,
        seen=torch.maximum(seen, view.seen * scalp * _hair(albedo, not_skin, scalp)),
        not_skin=not_skin,
        scalp=scalp * (1 - believed),
        positions=texels.from_vertices(model.template).numpy(),
    )


def _hair(albedo: Tensor, not_skin: Tensor, scalp: Tensor) -> Tensor:
    """How far each texel's colour is that of the hair (or of a hat) above the face."""
    sure = (not_skin > 0.6) & (scalp > 0.6)
    if int(sure.sum()) < _FEWEST_HAIR_TEXELS:
        return torch.zeros_like(not_skin)
    lab = lab_from_linear(albedo)
    middle = lab[sure].median(dim=0).values
    spread = 1.4826 * (lab[sure] - middle).abs().median(dim=0).values
    spread = spread.clamp(min=4).minimum(lab.new_tensor([16.0, 9.0, 9.0]))
    distance = ((lab - middle) / spread).norm(dim=1)
    return (3 - distance).clamp(0, 1) * not_skin


def _measure(
    photo: Tensor,
    landmarks: Landmarks,
    trust: PhotoTrust,
    skin: _Skin,
    shading: Shading,
) -> dict[str, NDArray[np.float64]]:
    """The person's colours in linear light."""
    image, points = photo.numpy(), landmarks.points_px
    sure = skin.seen > 0.8
    plain = skin.albedo[sure if sure.any() else slice(None)]
    tone = np.median(plain.numpy(), axis=0).astype(np.float64)
    brows = measure.brow_colour(image, points)
    above = (skin.scalp > 0.6) & (skin.view.seen > 0.5)
    hair = measure.hair_colour(
        skin.albedo[above].numpy(), skin.not_skin[above].numpy(), brows, tone
    )
    return {
        "skin": tone,
        "lips": measure.lip_colour(image, points),
        "iris": measure.iris_colour(image, points),
        "hair": hair,
        "brows": brows,
    }


def _complete(
    model: HeadModel, skin: _Skin, colours: Mapping[str, NDArray[np.float64]]
) -> Tensor:
    """Linear colour of every covered texel."""
    texels = skin.texels
    count = len(model.template)
    base = _base_colours(model, colours)
    seen, confidence = texels.to_vertices(skin.albedo.log(), skin.seen, count)
    per_vertex = texels.to_vertices(
        skin.albedo.log(), torch.ones_like(skin.seen), count
    )
    confidence = (confidence / per_vertex[1].clamp(min=1e-6)).clamp(0, 1)
    on_skin = edges(model.faces[model.face_parts == 0].long())
    field = fill_field(seen.numpy(), confidence.numpy(), np.log(base), on_skin.numpy())
    broad = texels.from_vertices(torch.from_numpy(field))
    own = (skin.albedo.log() - broad).clamp(-1.5, 1.5)
    opposite, opposite_seen = _mirror(skin, own)
    grain = _grain(skin)
    weight = _feather(texels, skin.seen)[:, None]
    mirrored = (_feather(texels, opposite_seen) * (1 - skin.scalp))[:, None]
    detail = weight * own + (1 - weight) * (
        mirrored * opposite + (1 - mirrored) * grain
    )
    return (broad + detail).exp().clamp(0, 1)


def _base_colours(
    model: HeadModel, colours: Mapping[str, NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Plain colours per vertex: skin tone, lips, mouth, hair over the scalp."""
    base = np.tile(colours["skin"], (len(model.template), 1))
    mouth = np.array([0.16, 0.035, 0.03])
    layers = (
        ("lips", colours["lips"]),
        ("mouth_inside", mouth),
        ("scalp", colours["hair"]),
    )
    for name, colour in layers:
        share = model.region(name).numpy()[:, None]
        base = base * (1 - share) + colour * share
    return np.maximum(base, _DARKEST)


def _mirror(skin: _Skin, detail: Tensor) -> tuple[Tensor, Tensor]:
    """Detail and how well it was seen, on the other side of the face."""
    texels = skin.texels
    picture = texels.to_image(torch.cat([detail, skin.seen[:, None]], dim=1))
    uv = texels.mirrored_uv
    points = torch.stack([uv[:, 0], 1 - uv[:, 1]], dim=1) * texels.size_px
    found = _sample(picture.movedim(0, 2), points)
    return found[:, :3].clamp(-1.5, 1.5), found[:, 3].clamp(0, 1)


def _grain(skin: _Skin) -> Tensor:
    """Detail for texels that nobody saw: skin or hair, the same in all channels."""
    scalp = skin.scalp.numpy()
    grain = skin_grain(skin.positions)
    on_scalp = scalp > 0.02
    hair = hair_grain(skin.positions[on_scalp])
    grain[on_scalp] += scalp[on_scalp] * (hair - grain[on_scalp])
    return torch.from_numpy(grain)[:, None].float()


def _feather(texels: Texels, weight: Tensor) -> Tensor:
    """The weight with soft borders that lie inside of what was seen."""
    image = texels.to_image(weight[:, None])[None]
    reach = max(2, texels.size_px // 170)
    shrunk = -max_pool2d(-image, 2 * reach + 1, stride=1, padding=reach)
    for _ in range(2):
        shrunk = avg_pool2d(shrunk, 2 * (reach // 2) + 1, stride=1, padding=reach // 2)
    soft = shrunk[0, 0][texels.covered]
    return torch.minimum(soft, weight).clamp(0, 1) ** 0.7


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
    share = avg_pool2d(known[None, None], 5, stride=1, padding=2)[0, 0]
    summed = avg_pool2d((image * known)[None], 5, stride=1, padding=2)[0]
    return summed / share.clamp(min=1e-6), share


def _srgb(linear: NDArray[np.floating]) -> tuple[float, float, float]:
    red, green, blue = srgb_from_linear(torch.from_numpy(linear)).clamp(0, 1).tolist()
    return red, green, blue


def _plane(values: NDArray[np.floating]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, np.float32))[..., None]


def _png(pixels: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=4)
    return buffer.getvalue()
