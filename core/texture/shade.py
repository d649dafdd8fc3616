"""What of a photo's light its nine harmonics cannot tell, as a soft picture.

Distant light on a convex head is told by nine numbers a colour. The shadow that a nose
casts, the dark under a brow and gloss are not; they are taken off the skin with the
rest of the light and kept here, so that the double can look as it was photographed.
"""

import cv2
import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from ..colours import srgb_from_linear
from ..harmonics import harmonics
from .complete import feathered
from .gloss import with_gloss
from .layers import Borders
from .skin import DARKEST, Skin
from .texels import Texels

SHADE_PX = 512
"""Side of the picture: a texel is a millimetre on the face."""

BRIGHTEST = 2.0
"""Light over the modelled one that is the picture's white."""

_SOFTNESS = 700
"""The texture is this many times as wide as the blur: 0.7 mm, finer is skin."""

_BEYOND, _FADES = 30, 0.4
"""The same of what goes on beyond the seen skin, and the share of that around a texel
below which it fades: a face with an edge around it looked like a mask."""


def photo_shade(
    skin: Skin,
    bare: Float[Tensor, "texels 3"],
    light: Float[Tensor, "9 3"],
    rotation: Float[Tensor, "3 3"],
) -> UInt8[np.ndarray, "side side 3"]:
    """The light on the seen skin over what `light` says, sRGB-coded over `BRIGHTEST`.

    `bare` are logarithms of the finished skin's colour, and `rotation` turns the head
    into camera space, as `skin.normals` are. Beyond what the photo shows it fades to
    one.
    """
    modelled = (harmonics(skin.normals @ rotation) @ light).clamp(min=DARKEST)
    seen = with_gloss(bare.exp(), skin.tone)
    left = (skin.photo / seen / modelled).log().clamp(-2, 2)
    texels, face = skin.texels, skin.face
    soft, beyond = (
        texels.local_mean(
            left, face, reach_px=max(1, texels.size_px // over), least=least
        )
        for over, least in ((_SOFTNESS, 0.05), (_BEYOND, _FADES))
    )
    shade = torch.lerp(beyond, soft, feathered(texels, face)[:, None]).exp()
    return factor_picture(texels, shade, size_px=SHADE_PX)


def factor_picture(
    texels: Texels, factor: Float[Tensor, "texels 3"], *, size_px: int
) -> UInt8[np.ndarray, "side side 3"]:
    """What a linear colour is multiplied with, sRGB-coded over `BRIGHTEST`.

    Off the skin it is one.
    """
    picture = Borders(texels).picture(factor / BRIGHTEST)
    outside = ~cv2.dilate(
        texels.covered.numpy().astype(np.uint8), np.ones((5, 5), np.uint8)
    ).astype(bool)
    picture[outside] = 1 / BRIGHTEST
    small = cv2.resize(picture, (size_px, size_px), interpolation=cv2.INTER_AREA)
    srgb = srgb_from_linear(torch.from_numpy(small).clamp(0, 1))
    return (srgb * 255 + 0.5).to(torch.uint8).numpy()
