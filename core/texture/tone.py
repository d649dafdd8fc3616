"""What colour skin, hair and irises would have under plain daylight.

A photo's white balance and exposure are unknown, skin's colour is not quite: measured
under daylight (D65), the faces of people from four continents lie between L* 30 and 72,
with a* between 8 and 16 and b* between 11 and 24 (Xiao et al., "Characterising the
variations in ethnic skin colours", 2017, widened by two deviations). A tone is brought
half-way to the middle of these, and one outside of that box to its border; what that
takes is the light's colour.
"""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..colours import lab_from_linear, linear_from_lab

_LOWEST = np.array([32.0, 8.0, 13.5])
_HIGHEST = np.array([70.0, 16.0, 23.0])
"""L*, a* and b*: light, red and yellow at the least and at the most. The least yellow
is more than was measured: gloss pales the lit skin that the tone is read from (by a
quarter to a third on rendered people), and faded photos came out pink."""

_PULL = 0.5
"""How far a photo's a* and b* are brought to the middle of people's: these differ by
two from one another, and by more from one photo's balance of colours to another's."""

_REDNESS = 0.22
"""Of the least red hair, over its yellow: less looks olive."""


def light_on_skin(tone: Float[np.ndarray, "3"]) -> Float[np.ndarray, "3"]:
    """Linear colour of the light by which plain skin looks like `tone` (linear).

    Daylight of middling strength is (1, 1, 1): then the tone is one that skin has.
    """
    measured = lab_from_linear(torch.from_numpy(tone)[None])
    natural = measured.lerp(_typical(measured), _PULL).clamp(
        torch.from_numpy(_LOWEST), torch.from_numpy(_HIGHEST)
    )
    return tone / np.maximum(linear_from_lab(natural)[0].numpy(), 1e-3)


def _typical(measured: Float[Tensor, "*any 3"]) -> Float[Tensor, "*any 3"]:
    """What people of that lightness mostly look like: dark skin is less yellow."""
    lightness = measured[..., 0]
    red = torch.full_like(lightness, 12.0)
    yellow = 14 + 3.5 * ((lightness - 35) / 15).clamp(0, 1)
    return torch.stack([lightness, red, yellow], dim=-1)


def natural_hair(colour: Float[np.ndarray, "3"]) -> Float[np.ndarray, "3"]:
    """The linear colour with a hue that hair has: dark paint looks blue or purple."""
    lightness, a, b = lab_from_linear(torch.from_numpy(colour)[None]).unbind(dim=-1)
    a = a.maximum(_REDNESS * b).clamp(min=0).minimum(6 + 0.25 * lightness)
    b = b.maximum(a).maximum(0.1 * lightness).minimum(4 + 0.5 * lightness)
    lab = torch.stack([lightness, a, b], dim=-1)
    return linear_from_lab(lab)[0].clamp(min=0).numpy()


def natural_iris(colour: Float[np.ndarray, "3"]) -> Float[np.ndarray, "3"]:
    """The linear colour with a hue that irises have: brown, hazel, green, blue, grey.

    Red is only in brown, together with yellow; an old varnish taken off a dark eye
    would leave it pink.
    """
    lightness, a, b = lab_from_linear(torch.from_numpy(colour)[None]).unbind(dim=-1)
    b = b.clamp(-14, 28)
    a = a.clamp(min=-12).minimum(2 + 0.55 * b.clamp(min=0))
    lab = torch.stack([lightness, a, b], dim=-1)
    return linear_from_lab(lab)[0].clamp(min=0).numpy()
