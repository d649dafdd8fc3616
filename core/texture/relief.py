"""Relief and gloss of the skin, read off its detail.

A pore or a wrinkle is darker than the skin around it because it lies deeper; so the
fine part of the detail's brightness is taken for height (the "dark is deep" heuristic
of Glencross et al. 2008). Brows and lips are dark for another reason and stay flat.
Gloss cannot be seen in one photo: it is what measured faces have, oilier on nose,
forehead and lips than on cheeks, and duller in pores.
"""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..head_model import HeadModel
from .sampling import blurred
from .texels import Texels

HEIGHT_SPAN_M = 0.001
"""Height between black and white of the bump map."""

_METRES_PER_BRIGHTNESS = 0.0005
"""Depth for a detail darker by one (natural logarithm)."""

_DEEPEST_M = 0.00025
"""Fine wrinkles of a face are no deeper."""

_FINE = 130
"""The texture is this many times as wide as the broadest of the fine detail."""

_PORES_SHOW = 0.03
"""Usual contrast of a sharp photo's pores, as a logarithm: rendered people and photos
have 0.02 to 0.05, four old pictures 0.04 to 0.12."""

_FLAT = ("brows", "lips", "scalp")
"""Regions whose dark is not deep."""

_ROUGHNESS = 0.52
_GLOSSIER = {"nose": 0.10, "forehead": 0.07, "lips": 0.16, "eyelids": 0.05}
"""Roughness of plain skin, and how much less other regions have (Weyrich et al.,
"Analysis of human faces using a measurement-based skin reflectance model", 2006)."""

_PORES = 0.3
"""How much rougher skin would be a whole `HEIGHT_SPAN_M` below its surface."""


def fine_relief(
    texels: Texels, detail: Float[Tensor, "texels 3"]
) -> Float[Tensor, "texels 1"]:
    """The fine part of the detail's brightness, as a logarithm."""
    picture = texels.to_image(detail.mean(dim=1, keepdim=True))
    broad = blurred(picture, max(2, texels.size_px // _FINE))
    return (picture - broad)[0][texels.covered][:, None]


def believed_relief(
    fine: Float[Tensor, "texels 1"], seen: Float[Tensor, "texels 1"]
) -> float:
    """How far fine detail is the skin's, 0 to 1: less where a picture has grain.

    Canvas, cracks of varnish and a film's grain cover all of a picture, stronger than
    pores do; what lies deep in one is then hardly deep in the skin.
    """
    sure = fine[seen > 0.8]
    if len(sure) == 0:
        return 1.0
    usual = 1.4826 * float(sure.abs().median())
    return min(1.0, _PORES_SHOW / max(usual, 1e-6)) ** 1.5


def plain_skin(model: HeadModel, texels: Texels) -> Float[Tensor, "texels 1"]:
    """How far each texel is skin whose dark is deep, 0 to 1."""
    flat = torch.stack([model.region(name) for name in _FLAT], dim=1)
    return 1 - texels.from_vertices(flat).amax(dim=1, keepdim=True)


def smooth_roughness(model: HeadModel, texels: Texels) -> Float[Tensor, "texels 1"]:
    """Roughness of every texel but for its pores."""
    regions = torch.stack([model.region(name) for name in _GLOSSIER], dim=1)
    less = regions @ regions.new_tensor(list(_GLOSSIER.values()))
    return _ROUGHNESS - texels.from_vertices(less[:, None])


def bump_map(
    fine: Float[np.ndarray, "*any"], plain: Float[np.ndarray, "*any"]
) -> Float[np.ndarray, "*any"]:
    """Height, 0 to 1 over `HEIGHT_SPAN_M`; 0.5 is the surface."""
    height = (plain * _METRES_PER_BRIGHTNESS * fine).clip(-_DEEPEST_M, _DEEPEST_M)
    return 0.5 + height / HEIGHT_SPAN_M


def roughness_map(
    smooth: Float[np.ndarray, "*any"], bump: Float[np.ndarray, "*any"]
) -> Float[np.ndarray, "*any"]:
    """Roughness, 0 to 1, as the Principled BSDF takes it; rougher in pores."""
    return (smooth + _PORES * (0.5 - bump)).clip(0.2, 0.9)
