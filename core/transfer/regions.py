"""Which part of the face an expression belongs to, and what it does to the lips."""

import numpy as np
from numpy.typing import NDArray

from ..expressions import EXPRESSION_INDEX, EXPRESSION_NAMES, MIRROR_ORDER

REGIONS = ("brows", "eyes", "mouth", "jaw", "head", "gaze")
"""The parts that have a strength of their own."""

_BY_START = {
    "brow": "brows",
    "eyeLook": "gaze",
    "eye": "eyes",
    "jaw": "jaw",
    "mouthClose": "jaw",
    "mouth": "mouth",
    "cheek": "mouth",
    "nose": "mouth",
    "tongue": "mouth",
}


def region_of(name: str) -> str:
    """The region of an expression."""
    return next(region for start, region in _BY_START.items() if name.startswith(start))


REGION_OF_EXPRESSION: tuple[str, ...] = tuple(map(region_of, EXPRESSION_NAMES))
"""The region of each of the 52."""

BLINKS = (EXPRESSION_INDEX["eyeBlinkLeft"], EXPRESSION_INDEX["eyeBlinkRight"])
JAW_OPEN = EXPRESSION_INDEX["jawOpen"]
MOUTH_CLOSE = EXPRESSION_INDEX["mouthClose"]

OPPOSED: tuple[tuple[int, int], ...] = tuple(
    (EXPRESSION_INDEX[first], EXPRESSION_INDEX[second])
    for first, second in (
        ("eyeLookUpLeft", "eyeLookDownLeft"),
        ("eyeLookUpRight", "eyeLookDownRight"),
        ("eyeLookOutLeft", "eyeLookInLeft"),
        ("eyeLookOutRight", "eyeLookInRight"),
        ("jawLeft", "jawRight"),
        ("mouthLeft", "mouthRight"),
    )
)
"""The two directions of one movement: a rest in one is a start for the other."""

_LIP_OPENING_MM = {
    "jawOpen": 33.3,
    "mouthClose": -35.4,
    "mouthFunnel": 14.1,
    "mouthRollLower": -4.9,
    "mouthRollUpper": 1.2,
    "mouthShrugLower": -6.6,
    "mouthShrugUpper": 5.4,
    "mouthPressLeft": -1.3,
    "mouthPressRight": -1.3,
    "mouthLowerDownLeft": 3.4,
    "mouthLowerDownRight": 3.4,
    "mouthUpperUpLeft": 3.6,
    "mouthUpperUpRight": 3.6,
    "noseSneerLeft": 3.2,
    "noseSneerRight": 3.2,
}

LIP_OPENING_MM: NDArray[np.float64] = np.array(
    [_LIP_OPENING_MM.get(name, 0.0) for name in EXPRESSION_NAMES]
)
"""How far each expression [52], at weight one, parts the lips in their middle.

Measured on the head model's mean; at rest the lips touch."""

MIRRORED = np.array(MIRROR_ORDER)
"""Index [52] of each expression's twin."""
