"""Where hair grows: the model's scalp, and the skin close behind the ears.

The model's hair line runs from the middle of the ear straight to the nape. People's
goes down behind the ear first, to its lobe.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from ..mesh import triangulate
from .model import HeadModel

_LOBE, _NAPE = (0.018, -0.016), (0.050, -0.050)
"""Depth and height of the line's lowest places, beside the ear and behind, in metres
on the template."""

_BEHIND, _SOFT = 0.006, 0.008
"""Width over which hair begins behind the ear, and above the line, in metres."""


def where_hair_grows(model: HeadModel) -> Float[Tensor, "vertices"]:
    """How far hair grows at each vertex, 0 to 1, whoever it is."""
    y, z = model.template[:, 1], model.template[:, 2]
    way = (y - _LOBE[0]) / (_NAPE[0] - _LOBE[0])
    line = _LOBE[1] + way.clamp(0, 1) * (_NAPE[1] - _LOBE[1])
    above = ((z - line) / _SOFT + 0.5).clamp(0, 1)
    behind = ((y - _LOBE[0]) / _BEHIND + 1).clamp(0, 1)
    bare = 1 - torch.maximum(model.region("ears"), model.region("mouth_inside"))
    on_skin = torch.zeros_like(y)
    on_skin[triangulate(model.faces[model.part_faces("skin")].long()).unique()] = 1
    return torch.maximum(model.region("scalp"), above * behind * bare * on_skin)
