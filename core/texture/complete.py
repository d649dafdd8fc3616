"""The whole skin from the part of it that the photo shows.

Colour is split in two. The broad colour is a field on the mesh, known where the photo
shows skin and joined smoothly elsewhere (`field`); the detail is what a texel's colour
is over that field. Seen texels keep their own detail, unseen ones take the other
side's where that was seen, and skin in the manner of the seen (`quilt`) where neither
was. Because the field is smooth throughout, the three kinds meet without a seam.

What the field still has of light is taken out of it on the way (`evening`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy.typing import NDArray
from torch import Tensor

from ..head_model import HeadModel
from ..mesh import edges
from .evening import Differences, lasting_colour, sureness, without_light
from .field import Field, smoothed
from .hidden_brows import brows_are_hidden, with_hidden_brows
from .liveliness import blood_beneath
from .natural_hues import natural_brows, natural_lips
from .quilt import find_patch
from .sampling import box_mean, eroded, opened
from .skin import DARKEST, Skin
from .spots import marks_on_skin
from .texels import Texels

_MOUTH_INSIDE = (0.16, 0.035, 0.03)
"""Linear colour of the mucosa."""

_SURELY_DARK = 0.25
"""Brows so much darker than skin (as a logarithm) surely are; where none are, the bone
below them catches light."""

_BESIDE_EDGES = 2.5
"""Edges of the mesh (about 4 mm each) to which the skin beside brows reaches."""

_BROADEST = 160
"""The texture is this many times as wide as detail at its broadest (3 mm)."""

_LEFT_OVER = 0.65
"""Share of broader detail that is taken off in the light: large spots are skin."""

_HAZE_KEPT = 0.75
"""Share of the detail's brightness that is believed in the dark: a photo's noise is as
strong there as elsewhere, and counts for much more over little light."""

_DARK_TOLD = 0.3
"""How far the photo's own detail is believed in the dark, beside the other side's and
what is made up."""

_HAIR_TOLD = 0.6
"""How far detail is believed where it is dark for good: a beard has no lit skin."""

_LOUDEST = 1.5
"""Detail is no more than this, as a logarithm: brows and nostrils reach it."""

_WAY_TO_BROWS = (0.15, 0.6)
"""Of the way from the skin's colour to the brows', where their hairs begin and are."""

_LEAST_WAY = 0.2
"""Brows nearer to the skin's colour (as a logarithm) cannot be told from it."""


@dataclass(frozen=True, kw_only=True)
class WholeSkin:
    """Every covered texel, seen or not; logarithms of linear colours."""

    bare: Float[Tensor, "texels 3"]
    """The skin's colour, but for the detail that is made up."""
    detail: Float[Tensor, "texels 3"]
    """What of it is over its broad colour."""
    folds: Float[Tensor, "texels 3"]
    """What the folds of the photo's expression add to it."""
    own: Float[Tensor, " texels"]
    """Share of the detail that is the photo's there."""
    opposite: Float[Tensor, " texels"]
    """Share that is the photo's on the other side; the rest is made up."""
    sure: Float[Tensor, " texels"]
    """How far hues tell something: less in the dark."""
    hair: "HairCover"
    """The hair over it."""
    brows: Float[Tensor, " texels"]
    """How far brows are painted there."""
    patch: tuple[slice, slice] | None
    """Rows and columns of the plainest skin that was seen, if any was."""


@dataclass(frozen=True, kw_only=True)
class HairCover:
    """Short hair over the scalp, per texel."""

    cover: Float[Tensor, " texels"]
    """How far hair covers the skin."""
    seen: Float[Tensor, " texels"]
    """How far it is the photo's."""
    strands: Float[Tensor, " texels"]
    """Brightness of the photo's hair over its middle, as a logarithm."""


def complete_skin(
    model: HeadModel, skin: Skin, colours: Mapping[str, NDArray[np.float64]]
) -> WholeSkin:
    """Finish the skin; `colours` as `measure` reads them."""
    texels = skin.texels
    marks = marks_on_skin(model, texels, skin.albedo.log(), skin.face)
    colour = skin.albedo.log() - marks
    fields = _fields(model, replace(skin, albedo=colour.exp()), colours)
    field, evening, sure, lasting = map(texels.from_vertices, fields)
    sure = torch.maximum(sure, _HAIR_TOLD * lasting)
    loud = (colour - field).clamp(-_LOUDEST, _LOUDEST)
    detail = torch.from_numpy(without_haze(loud.numpy(), sure.numpy()))
    told = skin.face * (_DARK_TOLD + (1 - _DARK_TOLD) * sure[:, 0])
    off = (1 - lasting) * (1 - (1 - _LEFT_OVER) * sure)
    detail = detail - off * _broad(texels, detail, told)
    detail = detail + torch.from_numpy(without_haze(marks.numpy(), sure.numpy()))
    folds = torch.from_numpy(without_haze(skin.folds.numpy(), sure.numpy()))
    both = torch.cat([detail, folds, told[:, None]], dim=1)
    mirrored = texels.mirrored(both)
    own = feathered(texels, told)
    opposite = (1 - own) * feathered(texels, mirrored[:, 6].clamp(0, 1))
    joined = own[:, None] * both + opposite[:, None] * mirrored
    known, folds = joined[:, :3], joined[:, 3:6]
    other_side = texels.mirrored(skin.broad[:, None])[:, 0].clamp(0, 1)
    told_of = feathered(texels, torch.maximum(skin.broad, other_side))
    alive = (1 - told_of)[:, None] * texels.from_vertices(blood_beneath(model))
    bare = field + evening + known + alive
    if brows_are_hidden(model, skin):
        bare = with_hidden_brows(model, texels, bare, told_of, colours["brows"])
    bare = natural_brows(model, texels, bare, colours)
    bare = natural_lips(model, texels, bare, colours, skin.face)
    sharp = texels.to_image((told * skin.fine)[:, None])
    return WholeSkin(
        bare=bare,
        detail=known,
        folds=folds,
        own=own,
        opposite=opposite,
        sure=sure[:, 0],
        hair=_hair_cover(skin),
        brows=_in_the_brows(model, texels, bare, colours),
        patch=find_patch(texels.to_image(detail), sharp[0]),
    )


def _broad(
    texels: Texels, detail: Float[Tensor, "texels 3"], told: Float[Tensor, " texels"]
) -> Float[Tensor, "texels 3"]:
    """What of the detail is broad after all: shadows with edges that no vertex saw."""
    reach_px = max(1, texels.size_px // _BROADEST)
    return texels.local_mean(detail, told, reach_px=reach_px, least=0.05)


def without_haze(
    detail: Float[np.ndarray, "*any 3"], sure: Float[np.ndarray, "*any 1"]
) -> Float[np.ndarray, "*any 3"]:
    """The detail; in the dark it has hardly any hue, and is half noise."""
    red, green, blue = np.moveaxis(detail, -1, 0)
    brightness = ((red + green + blue) / 3)[..., None]  # `mean` takes twice as long
    told = _HAZE_KEPT + (1 - _HAZE_KEPT) * sure
    return told * (brightness + sure * (detail - brightness))


def _fields(
    model: HeadModel, skin: Skin, colours: Mapping[str, NDArray[np.float64]]
) -> list[Tensor]:
    """Broad logarithmic colour per vertex, and what is known about it.

    That is: what evens its light, how sure hues are, and how far the colour lasts
    whatever the light.
    """
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
    joined = join_sides(field, seen.numpy(), base, mirror)
    brows = model.region("brows").numpy()[:, None]
    contrast = _contrast(joined, brows, confidence[:, None], on_skin)
    darkness = min(contrast, _darkness(colours["brows"], colours["skin"]))
    features = np.maximum(darkness * brows[:, 0], model.region("lips").numpy())
    differences = Differences(
        colour=joined - base,
        shade=shade,
        confidence=confidence,
        features=smoothed(features[:, None], on_skin, 1.5).clip(0, 0.25) * 4,
        hairless=_hairless(model, on_skin),
    )
    sure = sureness(differences, on_skin)
    lasting = lasting_colour(differences, on_skin)
    kept = without_light(differences, sure, lasting, on_skin, mirror)
    skin_own = np.asarray(base + kept, np.float32)
    evened = join_sides(field, skin_own, base, mirror)
    found = (joined, evened - joined, sure, lasting)
    return [torch.from_numpy(np.asarray(values, np.float32)) for values in found]


def _hairless(
    model: HeadModel, edges: Int[np.ndarray, "edges 2"]
) -> Float[np.ndarray, "vertices 1"]:
    """How far a vertex is where no beard grows: below the nose, a moustache begins."""
    names = ("ears", "nose", "brows", "forehead", "neck", "shoulders")
    regions = torch.stack([model.region(name) for name in names], dim=1).numpy()
    ears, nose, brows, *plain = np.split(smoothed(regions, edges, 1.5), 6, axis=1)
    lids = smoothed(model.region("eyelids").numpy()[:, None], edges, 3.0)
    beside_brows = (1 - 4 * brows).clip(0, 1)
    smooth = beside_brows * np.maximum.reduce([4 * lids, *plain])
    return np.maximum.reduce([2 * ears, 2 * nose - 1, smooth]).clip(0, 1)


def _darkness(brows: NDArray[np.float64], skin: NDArray[np.float64]) -> float:
    """How far brows of that colour can be told from the skin, 0 to 1."""
    darker = np.log(np.maximum(skin, DARKEST) / np.maximum(brows, DARKEST)).mean()
    return float(np.clip(darker / _SURELY_DARK, 0, 1))


def _contrast(
    colour: NDArray[np.floating],
    brows: NDArray[np.floating],
    seen: NDArray[np.floating],
    edges: Int[np.ndarray, "edges 2"],
) -> float:
    """How far brows are darker than the skin above and below them, 0 to 1."""
    beside = (smoothed(brows, edges, _BESIDE_EDGES) - brows).clip(0, None)
    means = [
        float((share * seen * colour.mean(axis=1, keepdims=True)).sum())
        / max(float((share * seen).sum()), 1e-6)
        for share in (beside, brows)
    ]
    return float(np.clip((means[0] - means[1]) / _SURELY_DARK, 0, 1))


def join_sides(
    field: Field,
    seen: NDArray[np.floating],
    base: NDArray[np.floating],
    mirror: NDArray[np.integer],
) -> NDArray[np.float32]:
    """Unseen vertices like the other half of the face, joined to what was seen.

    That half is first completed by itself: wherever it began and ended instead, the
    step from it to the base would be taken for one of the skin's.
    """
    return field.fill(seen, field.fill(seen, base)[mirror])


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


def _hair_cover(skin: Skin) -> HairCover:
    """Where hair is, with soft borders, and what the photo tells of it.

    The texture's cuts are none of its borders: beyond them, hair goes on.
    """
    texels, every = skin.texels, torch.ones_like(skin.hair)
    image = texels.to_image(skin.hair[:, None])
    image[:, ~texels.covered] = 1
    whole = opened(image, texels.size_px // 64)[:, texels.covered].T
    reach = texels.size_px // 160
    soft = texels.local_mean(whole, every, reach_px=reach, least=0.05)[:, 0]
    seen = feathered(texels, skin.hair_seen)
    brightness = skin.albedo.log().mean(dim=1)
    sure = (seen > 0.5) & (soft > 0.1)
    middle = brightness[sure].median() if sure.any() else 0.0
    return HairCover(cover=soft, seen=seen, strands=brightness - middle)


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
