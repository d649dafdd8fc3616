"""Gums as far from the teeth's edges as people have them.

The head model's gums cover half of every crown: a smile showed a pink band with six
millimetres of front teeth below it, where people show ten (an upper front tooth's
crown is ten to eleven millimetres high).
"""

import torch
from jaxtyping import Float
from torch import Tensor

from .model import HeadModel

_UPPER_M, _LOWER_M = (-0.015, -0.027), (-0.042, -0.028)
"""Heights on the average head between which gums draw back: from where they stay to
beyond their edges. The upper ones end above, the lower ones below the second."""
_KEPT = 0.75
"""What is left of their height there."""


def neutral_with_crowns(
    model: HeadModel, neutral: Float[Tensor, "vertices 3"]
) -> Float[Tensor, "vertices 3"]:
    """A person at rest whose gums show the teeth's crowns."""
    gums = model.part_vertices("gums")
    height = model.template[gums, 2]
    rise = torch.zeros_like(height)
    for still, beyond in (_UPPER_M, _LOWER_M):
        share = (height - still) / (beyond - still)
        drawn = (share > 0) & (share < 1)
        rise += torch.where(drawn, (1 - _KEPT) * (still - height), 0.0)
    result = neutral.clone()
    result[gums, 2] += rise.to(neutral)
    return result
