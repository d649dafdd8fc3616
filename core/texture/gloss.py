"""The light that skin throws back at its surface, on top of its own colour.

A photo shows skin through a thin veil of it: light that never went in, and so has the
lamp's colour. Even where nothing shines, it is a few hundredths of what falls on the
skin. Left in the texture, it pales fair skin and greys dark skin, and is there twice
once the double is rendered, whose material has a gloss of its own.

How much light falls on a place is not known, only that the skin there looks as bright
as it does. So the veil is taken to be as bright, over the skin's own colour,
everywhere: in a shadow there is less of it. From brows and moles too little is taken
that way, which leaves them as they are seen.
"""

from typing import TypeVar

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ..colours import LUMINANCE

GLOSS = 0.03
"""Share of the light that the surface throws back: of Fresnel's 0.04 (index of
refraction 1.4, light from all sides) what a rough surface leaves."""

_MOST = 0.12
"""Of the brightness that is seen, at most: dark skin is photographed brighter."""

_SHINES = (0.05, 0.4)
"""How much brighter than the tone skin may begin to, and surely does shine."""

_SHINE_BELIEVED = 0.8
"""How far a place that shines is taken for plain skin, at most: some skin is pale."""

Colours = TypeVar("Colours", Tensor, NDArray[np.float64])


def without_gloss(seen: Colours, tone: Float[np.ndarray, "3"]) -> Colours:
    """Own linear colours of skin that is seen in these, in white light.

    `tone` is what plain skin looks like.
    """
    share = min(GLOSS / _brightness(tone).item(), _MOST)
    return seen - share * _brightness(seen)


def with_gloss(own: Colours, tone: Float[np.ndarray, "3"]) -> Colours:
    """What is seen of skin of these linear colours: undoes `without_gloss`.

    `tone` is plain skin's own colour.
    """
    share = min(GLOSS / _brightness(tone).item(), _MOST / (1 - _MOST))
    return own + share * _brightness(own)


def without_shine(
    colours: Float[Tensor, "places 3"], tone: Float[np.ndarray, "3"]
) -> Float[Tensor, "places 3"]:
    """The colours of skin of that tone, with it where they shine.

    What is brighter than the tone, and paler, is taken for more or less of it, plus the
    lamp's white (Shafer, "Using color to separate reflection components", 1985). The
    more of this there is, the less the place tells of the skin below.
    """
    matte = colours.new_tensor(tone)
    parts = torch.linalg.pinv(torch.stack([matte, torch.ones_like(matte)], dim=1))
    white = (colours @ parts[1])[:, None].clamp(min=0)
    brightness = _brightness(colours)
    begins, sure = _SHINES
    brighter = brightness / _brightness(matte) - 1
    shines = ((brighter - begins) / (sure - begins)).clamp(0, 1)
    share = shines * (white / brightness).clamp(max=_SHINE_BELIEVED)
    return colours + share * (matte - colours)


def _brightness(colours: Colours) -> Colours:
    red, green, blue = LUMINANCE
    return red * colours[..., :1] + green * colours[..., 1:2] + blue * colours[..., 2:]
