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
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ..colours import LUMINANCE

GLOSS = 0.03
"""Share of the light that the surface throws back: of Fresnel's 0.04 (index of
refraction 1.4, light from all sides) what a rough surface leaves."""

_MOST = 0.12
"""Of the brightness that is seen, at most: dark skin is photographed brighter."""

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


def _brightness(colours: Colours) -> Colours:
    red, green, blue = LUMINANCE
    return red * colours[..., :1] + green * colours[..., 1:2] + blue * colours[..., 2:]
