"""Brows that a photo does not show, because dark glasses hide them.

Faces without brows look ill. So they get plain ones in the colour of the hair, where
brows mostly are and nothing was seen. Brows that show anywhere are the photo's, and so
is bare skin that the photo shows in their place.
"""

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ..head_model import HeadModel
from .skin import DARKEST, Skin
from .texels import Texels

_MOSTLY = 0.8
"""Brows are not hidden where more of their place is seen, on either side. Of 13
pictures two show less, both with glasses."""
_HAIRY = 0.5
"""How much darker than skin (as a logarithm) the darkest tenth of what is seen there is
if it is hair: 0.8 and more on ten of them, but for two painted women who have next to
none. Bare skin above dark glasses has 0.1."""
_OF_HAIR, _OF_SKIN = 0.8, 0.5
"""Brows are at most so many times as light as hair and as skin."""
_BEGIN, _FULL, _COVER = 0.4, 0.9, 0.8
"""Share of the region where their hairs begin and are densest, and how much of the skin
they cover there."""


def brows_are_hidden(model: HeadModel, skin: Skin) -> bool:
    """Whether something hides a part of them, and what is seen beside it is bare."""
    place = _place(model, skin.texels)
    either = torch.maximum(skin.face, skin.texels.mirrored(skin.face[:, None])[:, 0])
    seen = (place > 0.5) & (skin.face > 0.5)
    if (place * either).sum() > _MOSTLY * place.sum():
        return False
    darker = float(np.log(skin.tone).mean()) - skin.albedo[seen].log().mean(dim=1)
    return not len(darker) or bool(darker.quantile(0.9) < _HAIRY)


def hidden_brow_colour(
    hair: Float[np.ndarray, "3"], skin: Float[np.ndarray, "3"]
) -> NDArray[np.float64]:
    """Their colour in linear light, by that of the hair."""
    return np.minimum(_OF_HAIR * hair, _OF_SKIN * skin)


def with_hidden_brows(
    model: HeadModel,
    texels: Texels,
    bare: Float[Tensor, "texels 3"],
    seen: Float[Tensor, " texels"],
    colour: Float[np.ndarray, "3"],
) -> Float[Tensor, "texels 3"]:
    """The skin's colours (logarithms) with brows where they are not `seen`."""
    dense = ((_place(model, texels) - _BEGIN) / (_FULL - _BEGIN)).clamp(0, 1)
    brows = bare.new_tensor(np.log(np.maximum(colour, DARKEST)))
    return torch.lerp(bare, brows, (_COVER * dense * (1 - seen))[:, None])


def _place(model: HeadModel, texels: Texels) -> Float[Tensor, " texels"]:
    return texels.from_vertices(model.region("brows")[:, None])[:, 0]
