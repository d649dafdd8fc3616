"""One linear head: identity, expression, joints, skin weights, landmarks."""

from .eyelids import lid_gaps, personal_expression_basis
from .model import LANDMARK_COUNT, HeadModel, load_head_model
from .parts import Part, drawn_part, sheet_faces
from .wet_eyes import wet_eyes

__all__ = [
    "LANDMARK_COUNT",
    "HeadModel",
    "Part",
    "drawn_part",
    "lid_gaps",
    "load_head_model",
    "personal_expression_basis",
    "sheet_faces",
    "wet_eyes",
]
