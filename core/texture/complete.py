"""The whole skin from the part of it that the photo shows.

Colour is split in two. The broad colour is a field on the mesh, known where the photo
shows skin and joined smoothly elsewhere (`field`); the detail is what a texel's colour
is over that field. Seen texels keep their own detail, unseen ones take the other
side's where that was seen, and skin in the manner of the seen (`quilt`) where neither
was. Because the field is smooth throughout, the three kinds meet without a seam.

What varies over more than some centimetres is mostly light that the shading's nine
numbers could not express, and what varies over one centimetre often is: the shadow of
a nose. So the field is drawn towards an even, symmetric face: brightness much, hue (red
cheeks, a beard's shadow) less, and brows and lips not at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ..head_model import HeadModel
from ..mesh import edges
from .field import Field, smoothed
from .grain import hair_grain, skin_grain
from .quilt import spread_patch, take_patch
from .sampling import blurred, box_mean, eroded, opened, sample
from .skin import DARKEST, Skin
from .texels import Texels

_MOUTH_INSIDE = (0.16, 0.035, 0.03)
"""Linear colour of the mucosa."""

_BROAD_EDGES = 7.0
"""Edges of the mesh (about 4 mm each) over which a colour counts as broad."""

_BROAD_KEPT = (0.25, 0.4)
"""Share of the broad differences in brightness, and in hue, that stays."""

_MIDDLE_KEPT = (0.8, 0.8)
"""The same for what lies between broad and detail, beside brows and lips."""

_DARK = 0.6
"""Brightness over the tone's below which a photo's hue is a haze."""

_FEATURES = ("brows", "lips")
"""Regions whose brightness is their own."""

_LOUDEST = 1.5
"""Detail is no more than this, as a logarithm: brows and nostrils reach it."""

_WAY_TO_BROWS = (0.15, 0.6)
"""Of the way from the skin's colour to the brows', where their hairs begin and are."""

_LEAST_WAY = 0.2
"""Brows nearer to the skin's colour (as a logarithm) cannot be told from it."""


@dataclass(frozen=True, kw_only=True)
class WholeSkin:
    """Every covered texel, seen or not."""

    albedo: Float[Tensor, "texels 3"]
    """Linear colour."""
    detail: Float[Tensor, "texels 3"]
    """The bare skin's colour over its broad colour, as a logarithm."""
    hair: Float[Tensor, " texels"]
    """How far hair is painted there: on the scalp, and the brows."""


def complete_skin(
    model: HeadModel, skin: Skin, colours: Mapping[str, NDArray[np.float64]]
) -> WholeSkin:
    """Finish the skin; `colours` as `measure` reads them."""
    texels = skin.texels
    field, evening, sure = map(
        texels.from_vertices, map(torch.from_numpy, _fields(model, skin, colours))
    )
    own = _without_haze(skin.albedo.log() - field, sure)
    detail = _detail(
        skin, own, sure[:, 0], texels.from_vertices(model.template).numpy()
    )
    bare = field + evening + detail
    painted, hair = _with_hair(model, skin, bare, colours["hair"])
    brows = _in_the_brows(model, texels, bare, colours)
    return WholeSkin(
        albedo=painted.exp().clamp(0, 1),
        detail=detail,
        hair=torch.maximum(hair, brows),
    )


def _without_haze(
    detail: Float[Tensor, "texels 3"], sure: Float[Tensor, "texels 1"]
) -> Float[Tensor, "texels 3"]:
    """The detail; in the dark it has hardly any hue, and is half noise."""
    detail = detail.clamp(-_LOUDEST, _LOUDEST)
    brightness = detail.mean(dim=1, keepdim=True)
    return (0.5 + 0.5 * sure) * (brightness + sure * (detail - brightness))


def _fields(
    model: HeadModel, skin: Skin, colours: Mapping[str, NDArray[np.float64]]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Broad logarithmic colour per vertex, what evens its light, how sure hues are."""
    count = len(model.template)
    every = torch.ones_like(skin.broad)
    known = torch.cat([skin.albedo.log(), skin.shade[:, None]], dim=1)
    seen, weight = skin.texels.to_vertices(known, skin.broad, count)
    seen, shade = seen[:, :3], seen[:, 3:].numpy()
    _, most = skin.texels.to_vertices(skin.albedo[:, :1], every, count)
    confidence = (weight / most.clamp(min=1e-6)).clamp(0, 1).numpy()
    on_skin = edges(model.faces[model.face_parts == 0].long()).numpy()
    base = np.log(_plain_colours(model, colours))
    mirror = model.mirror.numpy()
    field = Field(confidence, on_skin)
    joined = _joined(field, seen.numpy(), base, mirror, confidence)
    own = joined - base
    broad = smoothed(own, on_skin, _BROAD_EDGES)
    sure = _sureness(broad.mean(axis=1, keepdims=True) + shade)
    features = np.max([model.region(name).numpy() for name in _FEATURES], axis=0)
    features = smoothed(features[:, None], on_skin, 1.5).clip(0, 0.25) * 4
    evening = _evened(broad, mirror, sure, _BROAD_KEPT) - broad
    middle = own - broad
    evening += (1 - features) * (_evened(middle, mirror, sure, _MIDDLE_KEPT) - middle)
    evened = _joined(field, joined + evening, base, mirror, confidence)
    return joined, evened - joined, sure.astype(np.float32)


def _joined(
    field: Field,
    seen: NDArray[np.floating],
    base: NDArray[np.floating],
    mirror: NDArray[np.integer],
    confidence: NDArray[np.floating],
) -> NDArray[np.float32]:
    """Unseen vertices like the other half of the face, where that was seen."""
    first = field.fill(seen, base)
    other = confidence[mirror][:, None]
    return field.fill(seen, other * first[mirror] + (1 - other) * base)


def _evened(
    uneven: NDArray[np.floating],
    mirror: NDArray[np.integer],
    sure: NDArray[np.floating],
    kept: tuple[float, float],
) -> NDArray[np.floating]:
    """The part of differences [vertices, 3] that stays; brightness symmetrically."""
    brightness = uneven.mean(axis=1, keepdims=True)
    symmetric = 0.5 * (brightness + brightness[mirror])
    return kept[0] * symmetric + kept[1] * sure * (uneven - brightness)


def _sureness(brightness: NDArray[np.floating]) -> NDArray[np.floating]:
    """How far hues tell something at that logarithmic brightness over the tone's."""
    return (np.exp(brightness) / _DARK).clip(0, 1) ** 2


def _plain_colours(
    model: HeadModel, colours: Mapping[str, NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Plain colours per vertex: skin tone, lips, the mouth's inside."""
    base = np.tile(colours["skin"], (len(model.template), 1))
    layers = (("lips", colours["lips"]), ("mouth_inside", np.array(_MOUTH_INSIDE)))
    for name, colour in layers:
        share = model.region(name).numpy()[:, None]
        base = base * (1 - share) + colour * share
    return np.maximum(base, DARKEST)


def _detail(
    skin: Skin, own: Tensor, sure: Tensor, positions: NDArray[np.float32]
) -> Tensor:
    """Detail for every texel: its own, the other side's, or like the skin around."""
    texels = skin.texels
    told = skin.face * (0.3 + 0.7 * sure)
    picture = texels.to_image(torch.cat([own, told[:, None]], dim=1))
    opposite = sample(picture.movedim(0, 2), _pixels(texels, texels.mirrored_uv))
    ours = feathered(texels, told)[:, None]
    theirs = feathered(texels, opposite[:, 3].clamp(0, 1))[:, None]
    patch = take_patch(picture[:3], picture[3])
    if patch is None:
        invented = torch.from_numpy(skin_grain(positions))[:, None]
    else:
        invented = spread_patch(patch, texels.pixels())
    unseen = theirs * opposite[:, :3] + (1 - theirs) * invented
    return ours * own + (1 - ours) * unseen


def _with_hair(
    model: HeadModel, skin: Skin, bare: Tensor, colour: NDArray[np.float64]
) -> tuple[Tensor, Float[Tensor, " texels"]]:
    """Short hair over the scalp, thinning out into the skin; and where it is.

    Colours are logarithmic.
    """
    texels = skin.texels
    where = torch.zeros(len(bare))
    whole = opened(texels.to_image(skin.hair[:, None]), texels.size_px // 64)
    soft = blurred(whole, texels.size_px // 160)
    hair = soft[0][texels.covered]
    covered = hair > 0.1
    if not covered.any():
        return bare, where
    positions = texels.from_vertices(model.template)[covered].numpy()
    grain = torch.from_numpy(hair_grain(positions)).float()
    brightness = skin.albedo[covered].log().mean(dim=1)
    seen = feathered(texels, skin.hair_seen)[covered]
    middle = brightness[seen > 0.5].median() if (seen > 0.5).any() else 0.0
    own = (brightness - middle).clamp(-1, 1)
    strands = (seen * own + (1 - seen) * grain)[:, None]
    painted = bare.new_tensor(np.log(np.maximum(colour, DARKEST))) + strands
    border = ((hair[covered] + 0.6 * grain - 0.42) / 0.45).clamp(0, 1)
    where[covered] = border * border * (3 - 2 * border)
    share = where[:, None]
    result = bare.clone()
    result[covered] = (bare * (1 - share))[covered] + painted * share[covered]
    return result, where


def _in_the_brows(
    model: HeadModel,
    texels: Texels,
    bare: Tensor,
    colours: Mapping[str, NDArray[np.float64]],
) -> Float[Tensor, " texels"]:
    """How far each texel's colour is on its way from the skin's to that of the brows.

    So the skin that is seen between their hairs still counts as skin.
    """
    region = texels.from_vertices(model.region("brows")[:, None])[:, 0]
    tone, brows = (
        bare.new_tensor(np.log(np.maximum(colours[name], DARKEST)))
        for name in ("skin", "brows")
    )
    way = (brows - tone).clamp(max=0)  # where there are none, their bone may shine
    gone = (bare - tone) @ way / (way @ way).clamp(min=_LEAST_WAY**2)
    begins, ends = _WAY_TO_BROWS
    share = ((gone - begins) / (ends - begins)).clamp(0, 1)
    return region * share


def feathered(
    texels: Texels, weight: Float[Tensor, " texels"]
) -> Float[Tensor, " texels"]:
    """The weight with soft borders that lie inside of what was seen."""
    reach = max(2, texels.size_px // 170)
    shrunk = eroded(texels.to_image(weight[:, None]), reach)
    for _ in range(2):
        shrunk = box_mean(shrunk, 2 * (reach // 2) + 1)
    soft = shrunk[0][texels.covered]
    return torch.minimum(soft, weight).clamp(0, 1) ** 0.7


def _pixels(texels: Texels, uv: Float[Tensor, "texels 2"]) -> Tensor:
    """Texture coordinates as pixels of the texture."""
    return torch.stack([uv[:, 0], 1 - uv[:, 1]], dim=1) * texels.size_px
