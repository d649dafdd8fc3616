"""A person's own way of making the face of the photo, as a part of the expressions.

What the model's expressions leave of a face that is acted is neither the person at rest
nor nothing: it is how this person smiles. It belongs to the expressions that made that
face, each by what it moves.
"""

import numpy as np
from jaxtyping import Float

from ..expressions import EXPRESSION_NAMES
from ..head_model import HeadModel

_OWN = ("jaw", "mouth", "cheek", "nose")
"""How names of the expressions begin that people make in ways of their own; lids have
to close on the eyes, whatever the photo shows of them."""
_LEAST_M = 0.001
"""What is moved less than this is hardly moved."""
_MIDDLE_M = 0.012
"""From here on skin belongs to one side of the face."""


def how_far_acted(
    model: HeadModel, expression: Float[np.ndarray, "expressions"]
) -> Float[np.ndarray, "vertices"]:
    """How far an offset can be a way of acting, 0 to 1: where the face is moved."""
    basis = model.expression_basis.numpy()
    moved = _own(expression) ** 2 @ np.square(basis).sum(axis=2)
    return moved / (moved + _LEAST_M**2)


def ways_of_acting(
    model: HeadModel,
    basis: Float[np.ndarray, "expressions vertices 3"],
    expression: Float[np.ndarray, "expressions"],
    offsets: Float[np.ndarray, "vertices 3"],
) -> Float[np.ndarray, "expressions vertices 3"]:
    """What to add to each expression, so that the photo's face has these offsets.

    Shares are one number for a side of the face: lips that meet have the same offsets
    there, and meet in every expression as before.
    """
    weights = _own(expression)
    energy = np.square(basis).sum(axis=2) * model.region("lips").numpy()
    across = model.template.numpy()[:, 0]
    left = 0.5 + 0.5 * np.clip(across / _MIDDLE_M, -1, 1)
    added = np.zeros_like(basis)
    for side in (left, 1 - left):
        acted = energy @ side**2
        shares = weights * acted / max(float(weights**2 @ acted), 1e-12)
        added += (shares[:, None] * side)[..., None] * offsets
    return added


def _own(expression: Float[np.ndarray, "expressions"]) -> np.ndarray:
    own = [name.startswith(_OWN) for name in EXPRESSION_NAMES]
    return np.where(own, expression, 0)
