"""One linear head: identity, expression, joints, skin weights, landmarks."""

from .eyelids import lid_gaps
from .gums import neutral_with_crowns
from .model import (
    LANDMARK_COUNT,
    VIEW_TERMS,
    HeadModel,
    load_head_model,
    view_terms,
)
from .mouth_lining import neutral_with_lining_inside
from .parts import Part, drawn_part, sheet_faces
from .personal import personal_expression_basis
from .scalp import where_hair_grows
from .wet_eyes import wet_eyes

__all__ = [
    "LANDMARK_COUNT",
    "VIEW_TERMS",
    "HeadModel",
    "Part",
    "drawn_part",
    "lid_gaps",
    "load_head_model",
    "neutral_with_crowns",
    "neutral_with_lining_inside",
    "personal_expression_basis",
    "sheet_faces",
    "view_terms",
    "wet_eyes",
    "where_hair_grows",
]
