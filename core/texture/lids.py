"""How far a photo shows the skin of the lids, which is rolled up while eyes are open.

Between the lashes and the fold above them lies skin that only closing shows: a strip of
few pixels, dark with the fold's shadow and the lashes', holds all of it. Spread over a
closed lid it would be brown streaks, so that skin is as good as unseen. Closing
stretches it as much as it was rolled up, which tells where it is (`strain`).
"""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..expressions import EXPRESSION_INDEX
from ..head_model import HeadModel
from ..strain import at_vertices, strain, triangles_of
from .texels import Texels

_ROLLED, _WHOLLY_ROLLED = 0.4, 0.6
"""Share of its length that skin has lost from which it is not seen well, and not at
all."""


def lids_shown(
    model: HeadModel,
    texels: Texels,
    rest: Float[np.ndarray, "vertices 3"],
    expression: Float[np.ndarray, "expressions"],
) -> Float[Tensor, " texels"]:
    """How far each texel is spread out in the photo, 0 to 1: only lids ever are not.

    `rest` is the head at rest, and `expression` what it does in the photo.
    """
    closed = expression.copy()
    for side in ("Left", "Right"):
        closed[EXPRESSION_INDEX[f"eyeWide{side}"]] = 0
        closed[EXPRESSION_INDEX[f"eyeBlink{side}"]] = 1
    basis = model.expression_basis.numpy()
    shut, seen = (rest + np.tensordot(e, basis, axes=1) for e in (closed, expression))
    skin = (model.face_parts == 0).numpy()
    triangles = triangles_of(model.faces.numpy()[skin])
    lost = strain(shut, seen, triangles).shortening[:, None]
    at = torch.from_numpy(at_vertices(lost, triangles, len(rest)).astype(np.float32))
    rolled = texels.from_vertices(at)[:, 0]
    return 1 - ((rolled - _ROLLED) / (_WHOLLY_ROLLED - _ROLLED)).clamp(0, 1)
