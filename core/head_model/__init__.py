"""One linear head: identity, expression, joints, skin weights, landmarks."""

from .eyelids import lid_gaps, personal_expression_basis
from .model import (
    LANDMARK_COUNT,
    VIEW_TERMS,
    HeadModel,
    load_head_model,
    view_terms,
)

__all__ = [
    "LANDMARK_COUNT",
    "VIEW_TERMS",
    "HeadModel",
    "lid_gaps",
    "load_head_model",
    "personal_expression_basis",
    "view_terms",
]
