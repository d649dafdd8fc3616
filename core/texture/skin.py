"""What the photo says about each texel of the skin: its colour, and how far it counts.

A colour counts in two ways. In the face it is the skin's, with all its detail. On ears
and neck, where a head fits a photo less well, it only tells the broad colour. Over the
scalp it may be hair; then it is kept apart, so that no hair colours the skin.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..colours import LUMINANCE, can_be_hair, lab_from_linear
from ..head_model import HeadModel, where_hair_grows
from .folds import Pressed, folds_of_expression
from .gloss import without_gloss, without_shine
from .lighting import Shading, fit_shading
from .sampling import sample
from .texels import Texels
from .tone import light_on_skin
from .trust import PhotoTrust
from .view import TexelView

DARKEST = 0.004
"""Linear colour below which a logarithm says nothing about skin."""

_FEWEST_HAIR_TEXELS = 200
"""Fewer texels of hair say nothing about its colour."""

_FEWEST_LIP_TEXELS = 100
"""Fewer texels of lips say nothing about theirs."""

_LIT = 0.4
"""Share of the seen skin, its best lit part, that tells the skin's colour."""

_BLOWN = 0.85
"""Linear colour from which a photo's highlights lose their hue."""

_FULL_LIGHT = 1.05
"""What light on that part is of the light that would show skin as bright as it is:
measured on rendered people whose skin is known."""


@dataclass(frozen=True, kw_only=True)
class Skin:
    """What is known per texel; colours are linear."""

    texels: Texels
    """The layout."""
    photo: Float[Tensor, "texels 3"]
    """The photo's colour there; meaningless where nothing counts. Of several photos it
    is the first one's."""
    albedo: Float[Tensor, "texels 3"]
    """The same without its light and the folds of its expression."""
    folds: Float[Tensor, "texels 3"]
    """What those folds do to it, as a logarithm: all zero if it has none."""
    normals: Float[Tensor, "texels 3"]
    """Where the surface faces, in camera space."""
    shade: Float[Tensor, " texels"]
    """Logarithm of the light that fell there, over the mean."""
    face: Float[Tensor, " texels"]
    """How far it is the face's skin, with its detail."""
    broad: Float[Tensor, " texels"]
    """How far it tells the skin's broad colour."""
    hair: Float[Tensor, " texels"]
    """How far the texel is under hair, as far as anyone knows."""
    hair_seen: Float[Tensor, " texels"]
    """How far its colour is that of hair which the photo shows."""
    looked_at: Float[Tensor, " texels"]
    """How well the surface was seen, whatever covers it."""
    fine: Float[Tensor, " texels"]
    """How far `photo` has its finest detail: 1 unless another photo told it."""
    tone: Float[np.ndarray, "3"]
    """The skin's middle colour in plain daylight."""
    light: Float[np.ndarray, "3"]
    """What the photo's colours were divided by, beside the shading."""


def see_skin(
    model: HeadModel,
    texels: Texels,
    view: TexelView,
    photo: Float[Tensor, "height width 3"],
    trust: PhotoTrust,
    pressed: Pressed,
) -> Skin:
    """Take the photo's colours to the texels, without light, shade and folds."""
    regions = texels.from_vertices(model.region_masks.T)
    region = {name: regions[:, i] for i, name in enumerate(model.region_names)}
    scalp = texels.from_vertices(where_hair_grows(model)[:, None])[:, 0]
    on_surface = (1 - region["mouth_inside"]) * (1 - region["eyes"]) * view.seen
    face = _at(trust.face, view) * on_surface
    around = _at(trust.around, view) * on_surface
    there = sample(photo, view.points_px, smooth=True).clamp(DARKEST, 1)
    light_there = _read_light(there, face, view).relative(view.normals)
    tone, exposure = _lit_tone(there, light_there, face * (1 - region["lips"]))
    natural = light_on_skin(tone)
    light = natural / exposure
    colour = there / light_there[:, None]
    plain = tone / natural
    creased = without_gloss(colour / colour.new_tensor(light), plain)
    broad = torch.maximum(face, around)
    matte = _matte(creased, face, region["lips"], plain)
    creased = torch.lerp(creased, matte, broad[:, None]).clamp(DARKEST, 1)
    folds = folds_of_expression(texels, creased.log(), face, pressed)
    albedo = (creased * (-folds).exp()).clamp(DARKEST, 1)
    not_skin = _at(trust.not_skin, view)
    hair_seen = _like_hair(albedo, not_skin, view.seen * scalp)
    return Skin(
        texels=texels,
        photo=there,
        albedo=albedo,
        folds=folds,
        normals=view.normals,
        shade=light_there.log(),
        face=face,
        broad=broad,
        hair=_under_hair(scalp, _at(trust.skin_like, view), view.seen),
        hair_seen=hair_seen * view.seen * scalp,
        looked_at=view.seen,
        fine=torch.ones_like(face),
        tone=without_gloss(plain, plain),
        light=light,
    )


def _at(plane: Float[np.ndarray, "height width"], view: TexelView) -> Tensor:
    """Values 0 to 1 of a picture at every texel."""
    picture = torch.from_numpy(np.ascontiguousarray(plane, np.float32))[..., None]
    return sample(picture, view.points_px)[:, 0].clamp(0, 1)


def _read_light(colour: Tensor, face: Tensor, view: TexelView) -> Shading:
    """The photo's shading, from every eighth texel of the face."""
    some = slice(None, None, 8)
    luminance = colour[some] @ colour.new_tensor(LUMINANCE)
    return fit_shading(view.normals[some], luminance, face[some])


def _lit_tone(
    there: Tensor, light_there: Tensor, plain: Tensor
) -> tuple[Float[np.ndarray, "3"], float]:
    """The skin's colour where light falls on it, and the light there over the mean.

    Photos are exposed and balanced for that part; shadows are lit by what the room
    throws back, and are redder. Both are in units of what lights plain skin fully.
    """
    seen = plain > 0.8
    sure = seen & (there.amax(dim=1) < _BLOWN)
    if sure.sum() < _LIT * seen.sum():
        sure = seen
    if not sure.any():
        sure = torch.ones_like(sure)
    limit = np.quantile(light_there[sure].numpy(), 1 - _LIT)
    lit = sure & (light_there >= float(limit))
    tone = there[lit].median(dim=0).values.numpy().astype(np.float64)
    return tone / _FULL_LIGHT, float(light_there[lit].median()) / _FULL_LIGHT


def _matte(
    colour: Tensor, face: Tensor, lips: Tensor, plain: Float[np.ndarray, "3"]
) -> Tensor:
    """The colours where nothing shines: lips by their own tone, the rest by skin's."""
    matte = without_shine(colour, without_gloss(plain, plain))
    sure = (lips > 0.8) & (face > 0.5)
    if int(sure.sum()) >= _FEWEST_LIP_TEXELS:
        tone = colour[sure].median(dim=0).values.numpy().astype(np.float64)
        matte = torch.lerp(matte, without_shine(colour, tone), lips[:, None])
    return matte


def _like_hair(albedo: Tensor, not_skin: Tensor, scalp: Tensor) -> Tensor:
    """How far each colour is that of the hair above the face; 0 under hat or scarf."""
    sure = (not_skin > 0.6) & (scalp > 0.6)
    if int(sure.sum()) < _FEWEST_HAIR_TEXELS:
        return torch.zeros_like(not_skin)
    lab = lab_from_linear(albedo)
    middle = lab[sure].median(dim=0).values
    if not can_be_hair(middle.numpy()):
        return torch.zeros_like(not_skin)
    spread = 1.4826 * (lab[sure] - middle).abs().median(dim=0).values
    spread = spread.clamp(min=4).minimum(lab.new_tensor([16.0, 9.0, 9.0]))
    distance = ((lab - middle) / spread).norm(dim=1)
    return (3 - distance).clamp(0, 1) * not_skin


def _under_hair(scalp: Tensor, skin_like: Tensor, seen: Tensor) -> Tensor:
    """The scalp, less what the photo shows of it to be skin.

    A head whose seen scalp is nearly all skin is bald behind as well. From the front
    little more than its rim is seen, and a high hair line leaves most of that bare.
    """
    bare = skin_like * seen
    looked_at = (scalp * seen).sum()
    share = float((scalp * bare).sum() / looked_at.clamp(min=1e-6))
    hairy = 1 - float(np.clip((share - 0.8) / 0.15, 0, 1))
    return scalp * (1 - bare) * hairy
