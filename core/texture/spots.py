"""Spots and wrinkles, set aside before the skin is freed of its light.

What is dark and narrow, and skin on both sides of it, is no shadow: an age spot, a
mole, a fold. A shadow has lit skin on one side only, unless it is in such a fold. The
dark that a morphological closing fills is such a mark; it is taken off the skin first
and put back whole, whatever becomes of the light around it. Marks no darker than what
all of the picture is full of are its grain: pores, canvas, cracks of varnish.
"""

import cv2
import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..head_model import HeadModel
from .texels import Texels

_WIDEST = 60
"""The texture is this many times as wide as the broadest mark: 8 mm on the face."""

_FADES, _SURE = 0.06, 0.16
"""A mark that is so much darker than its surroundings (a logarithm) begins to count,
and counts wholly."""

_GRAIN = 2.0
"""Marks must be so many times as dark as the usual ones in the picture, and as what
is around them: cracks and noise are darker in the dark."""

_NEAR = 40
"""The texture is this many times as wide as what is around a mark: 12 mm."""

_DARKEST = 1.0
"""No mark on skin is darker than that; what is darker is hair or a nostril."""

_OTHERS = ("brows", "lips", "eyelids", "mouth_inside", "scalp", "ears", "eyes")
"""Regions that are dark for other reasons."""


def marks_on_skin(
    model: HeadModel,
    texels: Texels,
    colour: Float[Tensor, "texels 3"],
    seen: Float[Tensor, " texels"],
) -> Float[Tensor, "texels 3"]:
    """What spots and wrinkles take off the skin, as a logarithm: zero or less.

    `colour` is logarithmic, and counts as far as it was `seen`.
    """
    width = texels.size_px // _WIDEST // 2 * 2 + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    picture = texels.to_image(colour).movedim(0, 2).numpy()
    soft = np.asarray(cv2.GaussianBlur(picture, (0, 0), texels.size_px / 1024))
    filled = np.asarray(cv2.morphologyEx(soft, cv2.MORPH_CLOSE, disc))
    filled = np.asarray(cv2.GaussianBlur(filled, (0, 0), width / 6))
    off = torch.from_numpy((picture - filled).clip(-_DARKEST, 0)).float()
    off = off.movedim(2, 0)[:, texels.covered].T
    others = torch.stack([model.region(name) for name in _OTHERS], dim=1)
    plain = seen * (1 - texels.from_vertices(others).amax(dim=1)).clamp(0, 1)
    dark = -off.mean(dim=1)
    sure = plain > 0.8
    grain = _GRAIN * float(dark[sure].median()) if sure.any() else 0.0
    near = texels.local_mean(
        dark[:, None], plain, reach_px=texels.size_px // _NEAR, least=0.05
    )[:, 0]
    begins = (_GRAIN * near).clamp(min=max(_FADES, grain))
    share = ((dark - begins) / (_SURE - _FADES)).clamp(0, 1)
    return off * (share * plain)[:, None]
