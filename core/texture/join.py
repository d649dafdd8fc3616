"""One skin from several photos of a person.

Every photo tells the colours of its own side, without its light. Their tones are first
brought to that of the first photo, where both see the skin. Then broad colour passes
softly from one photo to the next, while detail is taken from the photo that sees a
place best: mixed, two photos of one freckle that lie a millimetre apart would be two
pale ones.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from .skin import DARKEST, Skin
from .texels import Texels

_BROAD = 40
"""Detail is finer than the texture's width over this."""
_CHOOSY = 6.0
"""Power of the weights by which detail is chosen."""
_FEWEST_IN_COMMON = 500.0
"""Texels that two photos must see both before their tones are compared."""
_NONE = 1e-4


def join_skins(skins: Sequence[Skin]) -> Skin:
    """What the photos tell together; the first one stays the one that is looked at.

    All have the same texels. Tone, light, folds and the photo itself are the first
    one's.
    """
    first = skins[0]
    if len(skins) == 1:
        return first
    told = [torch.maximum(skin.broad, skin.hair_seen) for skin in skins]
    weights = torch.stack(told).clamp(min=0)
    colours = torch.stack([_in_tone(skin, first) for skin in skins])
    low = torch.stack(
        [_low(first.texels, colour, w) for colour, w in zip(colours, told, strict=True)]
    )
    soft = _shares(weights)
    sharp = _shares(weights**_CHOOSY)
    joined = (soft[..., None] * low + sharp[..., None] * (colours - low)).sum(dim=0)
    looks = torch.stack([skin.looked_at for skin in skins])
    scalp = _shares(looks.clamp(min=_NONE))
    return replace(
        first,
        albedo=joined.exp().clamp(DARKEST, 1),
        folds=sharp[0][:, None] * first.folds,
        shade=(soft * torch.stack([skin.shade for skin in skins])).sum(dim=0),
        face=torch.stack([skin.face for skin in skins]).amax(dim=0),
        broad=torch.stack([skin.broad for skin in skins]).amax(dim=0),
        hair=(scalp * torch.stack([skin.hair for skin in skins])).sum(dim=0),
        hair_seen=torch.stack([skin.hair_seen for skin in skins]).amax(dim=0),
        looked_at=looks.amax(dim=0),
        fine=sharp[0] * (weights[0] > _NONE),
    )


def _shares(weights: Float[Tensor, "photos texels"]) -> Float[Tensor, "photos texels"]:
    """The weights, summing to one; where nothing is seen it is the first photo's."""
    nothing = weights.sum(dim=0) < _NONE
    first = torch.zeros_like(weights)
    first[0] = 1
    safe = torch.where(nothing, first, weights)
    return safe / safe.sum(dim=0)


def _in_tone(skin: Skin, first: Skin) -> Float[Tensor, "texels 3"]:
    """Logarithm of a skin's colours, brought to the first one's tone."""
    colour = skin.albedo.log()
    if skin is first:
        return colour
    both = torch.minimum(skin.face, first.face)
    if float(both.sum()) < _FEWEST_IN_COMMON:
        return colour
    gain = (first.albedo.log() - colour)[both > 0.5 * both.max()].median(dim=0).values
    return colour + gain


def _low(
    texels: Texels, colour: Float[Tensor, "texels 3"], told: Float[Tensor, " texels"]
) -> Float[Tensor, "texels 3"]:
    """The broad part of colours, by what is told around."""
    reach_px = max(1, texels.size_px // _BROAD)
    return texels.local_mean(colour, told + _NONE, reach_px=reach_px, least=_NONE / 2)
