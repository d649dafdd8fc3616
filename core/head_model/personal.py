"""The 52 expressions on one person: what is the same for everybody, and what is not."""

from jaxtyping import Float
from torch import Tensor

from .eyelids import with_closing_lids
from .model import HeadModel
from .mouth_lining import with_lining_inside


def personal_expression_basis(
    model: HeadModel, identity: Float[Tensor, "identity"]
) -> Float[Tensor, "expressions vertices 3"]:
    """The expression basis with blinks that close, and lips that are two layers."""
    basis = model.expression_basis
    neutral = model.vertices(identity, identity.new_zeros(len(basis)))
    return with_lining_inside(model, neutral, with_closing_lids(model, neutral, basis))
