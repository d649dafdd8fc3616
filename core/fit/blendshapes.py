"""The 52 expressions on one person."""

import numpy as np
import torch
from jaxtyping import Float

from ..head_model import HeadModel, personal_expression_basis
from .acting import ways_of_acting
from .photo import HeadFit


def personal_blendshapes(
    model: HeadModel, fit: HeadFit
) -> Float[np.ndarray, "expressions vertices 3"]:
    """Offsets of each expression at weight one, in metres, for this head.

    Blinks close this person's eyes, and the mouth's lining stays inside. The likeness
    moves each eye with its lids and the line of the lips as wholes, so it changes
    nothing about how they close. How the photo's face differs from what the model
    makes of it is a part of the expressions that made that face.
    """
    identity = torch.from_numpy(fit.identity).to(model.template)
    basis = personal_expression_basis(model, identity).float().cpu().numpy()
    return basis + ways_of_acting(model, basis, fit.expression, fit.acting_offsets)
