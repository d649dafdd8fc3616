"""Which of MediaPipe's 478 landmarks is what, and how far its scores can be trusted.

The numbers are those of MediaPipe's canonical face mesh. Left and right are the
subject's own.
"""

from collections.abc import Mapping

LIPS_OUTER: tuple[int, ...] = (
    *(61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291),
    *(409, 270, 269, 267, 0, 37, 39, 40, 185),
)
LIPS_INNER: tuple[int, ...] = (
    *(78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308),
    *(415, 310, 311, 312, 13, 82, 81, 80, 191),
)
LIP_PAIRS: tuple[tuple[int, int], ...] = (
    *((191, 95), (80, 88), (81, 178), (82, 87), (13, 14)),
    *((312, 317), (311, 402), (310, 318), (415, 324)),
)
"""Points of the upper and the lower lip that meet when the mouth closes."""
MOUTH_CORNERS: tuple[int, int] = (78, 308)
"""Right and left end of the line where they meet."""

LID_PAIRS_LEFT: tuple[tuple[int, int], ...] = (
    *((466, 249), (388, 390), (387, 373), (386, 374)),
    *((385, 380), (384, 381), (398, 382)),
)
"""Points of the left eye's upper and lower lid that meet in a blink."""
LID_PAIRS_RIGHT: tuple[tuple[int, int], ...] = (
    *((246, 7), (161, 163), (160, 144), (159, 145)),
    *((158, 153), (157, 154), (173, 155)),
)
EYE_CORNERS_LEFT: tuple[int, int] = (263, 362)
"""Outer and inner corner of the left eye."""
EYE_CORNERS_RIGHT: tuple[int, int] = (33, 133)

NOSE_TIP = 1

LIDS_LEFT: tuple[int, ...] = (
    *EYE_CORNERS_LEFT,
    *(landmark for pair in LID_PAIRS_LEFT for landmark in pair),
)
LIDS_RIGHT: tuple[int, ...] = (
    *EYE_CORNERS_RIGHT,
    *(landmark for pair in LID_PAIRS_RIGHT for landmark in pair),
)

IRIS_RIGHT: tuple[int, ...] = (468, 469, 470, 471, 472)
"""Centre of the right iris, then four points on its rim."""
IRIS_LEFT: tuple[int, ...] = (473, 474, 475, 476, 477)

LANDMARK_COUNT = 478
"""Points of MediaPipe's face mesh with irises."""
FACE_COUNT = 468
"""Landmarks 0 to 467 lie on the skin; the rest are irises."""

SCORE_DEVIATIONS: Mapping[str, float] = {
    "eyeBlinkLeft": 0.15,
    "eyeBlinkRight": 0.15,
    "jawOpen": 0.04,
    "mouthSmileLeft": 0.06,
    "mouthSmileRight": 0.06,
    "mouthFunnel": 0.2,
    "mouthPucker": 0.2,
    "mouthStretchLeft": 0.15,
    "mouthStretchRight": 0.15,
    "mouthLeft": 0.2,
    "mouthRight": 0.2,
    "mouthUpperUpLeft": 0.2,
    "mouthUpperUpRight": 0.2,
    "mouthLowerDownLeft": 0.08,
    "mouthLowerDownRight": 0.08,
    "browDownLeft": 0.2,
    "browDownRight": 0.2,
    "browInnerUp": 0.2,
    "browOuterUpLeft": 0.2,
    "browOuterUpRight": 0.2,
}
"""Standard deviation of the scores that are worth listening to.

The others are weak or dead (issues 4436, 4450, 4210 and 5329 of
google-ai-edge/mediapipe): cheekPuff, noseSneer, cheekSquint, eyeWide, jawForward,
jawLeft, jawRight, mouthDimple; tongueOut does not exist. Tuned on the example's clip,
whose weights are known.
"""

LOOK_DEVIATION = 0.15
"""Standard deviation of the eyeLook scores."""

FACE_OVAL: tuple[int, ...] = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378),
    *(400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21),
    *(54, 103, 67, 109),
)
"""The outline of the face, once around, from the top of the forehead."""

BROW_LEFT: tuple[int, ...] = (276, 283, 282, 295, 285, 300, 293, 334, 296, 336)
BROW_RIGHT: tuple[int, ...] = (46, 53, 52, 65, 55, 70, 63, 105, 66, 107)
