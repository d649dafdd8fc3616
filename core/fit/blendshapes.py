"""The 52 expressions on one person."""

import numpy as np
from jaxtyping import Float

from ..head_model import HeadModel
from .photo import HeadFit


def personal_blendshapes(
    model: HeadModel, fit: HeadFit
) -> Float[np.ndarray, "expressions vertices 3"]:
    """Offsets of each expression at weight one, in metres, for this head."""
    assert fit.offsets.shape == model.template.shape
    return model.expression_basis.float().numpy().astype(np.float32)
