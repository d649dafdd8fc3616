"""What keeps unseen skin from looking like wax: blood is not spread evenly in it.

Ears have more of it, and all skin is mottled at the size of a fingertip. Both are
written as more or less blood, in the colours that blood takes (Jimenez et al., "A
practical appearance model for dynamic facial color", 2010, measured such maps). What
the photo tells is left alone.
"""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..absorption import BLOOD_ABSORPTION
from ..head_model import HeadModel
from ..mesh import edges
from .field import smoothed

_EARS, _MOTTLED = 0.35, 0.05
"""More blood in ears, and one standard deviation of it everywhere."""

_SPOT_EDGES = 1.6
"""Reach of a spot, in edges of the mesh: half a centimetre each."""


def blood_beneath(model: HeadModel) -> Float[Tensor, "vertices 3"]:
    """What is added to the logarithm of plain skin's colour, for every vertex."""
    on_skin = edges(model.faces[model.face_parts == 0].long()).numpy()
    noise = np.random.default_rng(17).standard_normal((len(model.template), 1))
    spots = smoothed(noise, on_skin, _SPOT_EDGES)
    skin = np.unique(on_skin)
    spots = (spots / spots[skin].std()).clip(-2, 2)
    bare = 1 - model.region("lips") - model.region("mouth_inside")
    more = _EARS * model.region("ears") + _MOTTLED * torch.from_numpy(spots[:, 0])
    return -(bare.clamp(min=0) * more)[:, None] * more.new_tensor(BLOOD_ABSORPTION)
