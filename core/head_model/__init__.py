"""One linear head: identity, expression, joints, skin weights, landmarks."""

from .eyelids import lid_gaps, personal_expression_basis
from .model import LANDMARK_COUNT, HeadModel, load_head_model

__all__ = [
    "LANDMARK_COUNT",
    "HeadModel",
    "lid_gaps",
    "load_head_model",
    "personal_expression_basis",
]
