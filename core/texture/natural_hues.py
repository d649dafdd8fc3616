"""Hues that brows and lips have, whatever is mirrored in them or shines beside them.

Grey brows in cool light are blue in a photo, the borders of dark ones yellow, and wet
lips violet where they mirror a sky. What their hue mostly is, is theirs. Lips of photos
without colours, or burnt out, are grey or white: they are redder and darker than skin.
"""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ..colours import lab_from_linear, linear_from_lab
from ..head_model import HeadModel
from .skin import DARKEST
from .texels import Texels

_BESIDE_BROWS, _GREY = 3.0, 0.1
"""How much redder and yellower than skin and brows a place in the brows may be, and how
yellow grey hair is for its lightness (CIELAB)."""

_SURELY_LIPS, _LEAST_YELLOW = 0.9, 0.1
"""Share of the region from which a texel is lips, and how much less yellow for its
redness (CIELAB) a place may be than they mostly are."""

_REDDER, _DARKER = 7.0, 4.0
"""How much redder and darker than skin lips are at least (CIELAB): of five people with
lips that one sees 7 to 31 and 0 to 20."""
_MOST_VIOLET, _USUAL = 0.6, 0.6
"""How much blue magenta lipstick has for its redness at most, and how much yellow lips
have whose colour the photo does not tell."""


def natural_brows(
    model: HeadModel,
    texels: Texels,
    bare: Float[Tensor, "texels 3"],
    colours: Mapping[str, NDArray[np.float64]],
) -> Float[Tensor, "texels 3"]:
    """The colours (logarithms); brows are grey to brown, and no yellower than skin."""
    known = torch.from_numpy(np.stack([colours["skin"], colours["brows"]]))
    most = lab_from_linear(known).amax(dim=0).to(bare) + _BESIDE_BROWS

    def natural(lab: Tensor) -> Tensor:
        lightness, red, yellow = lab.unbind(dim=1)
        red = red.clamp(min=0).minimum(most[1])
        yellow = yellow.maximum(_GREY * lightness).minimum(most[2])
        return torch.stack([lightness, red, yellow], dim=1)

    return _changed(bare, _share_of("brows", model, texels), natural)


def natural_lips(
    model: HeadModel,
    texels: Texels,
    bare: Float[Tensor, "texels 3"],
    colours: Mapping[str, NDArray[np.float64]],
    seen: Float[Tensor, " texels"],
) -> Float[Tensor, "texels 3"]:
    """The colours (logarithms); no part of lips is more violet than they mostly are.

    They mostly are redder and darker than skin, where they are `seen`.
    """
    skin = lab_from_linear(torch.from_numpy(colours["skin"])).to(bare)
    lips = _share_of("lips", model, texels)
    shown, share = (lips * seen)[lips > 0], lips[lips > 0]
    sure = (shown if bool((shown > _SURELY_LIPS).any()) else share) > _SURELY_LIPS

    def natural(lab: Tensor) -> Tensor:
        lightness, red, yellow = lab.unbind(dim=1)
        pale = (skin[1] + _REDDER - red[sure].median()).clamp(min=0)
        red = red + pale
        most = skin[0] - _DARKER
        lightness = lightness + (most - lightness[sure].median()).clamp(max=0)
        hue = (yellow / red.clamp(min=1))[sure].median()
        hue = hue.clamp(min=_USUAL if pale > 0 else -_MOST_VIOLET)
        least = (hue - _LEAST_YELLOW) * red
        return torch.stack([lightness, red, yellow.maximum(least)], dim=1)

    return _changed(bare, lips, natural)


def _share_of(
    region: str, model: HeadModel, texels: Texels
) -> Float[Tensor, " texels"]:
    return texels.from_vertices(model.region(region)[:, None])[:, 0]


def _changed(
    bare: Float[Tensor, "texels 3"],
    share: Float[Tensor, " texels"],
    change: Callable[[Tensor], Tensor],
) -> Float[Tensor, "texels 3"]:
    """Colours (logarithms) changed in CIELAB, by the region's share of each texel."""
    there = share > 0
    lab = change(lab_from_linear(bare[there].exp()))
    changed = linear_from_lab(lab).clamp(min=DARKEST).log()
    result = bare.clone()
    result[there] = torch.lerp(bare[there], changed, share[there, None])
    return result
