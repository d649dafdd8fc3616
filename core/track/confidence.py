"""How sure each solved frame is.

Three things make a frame doubtful: no face was seen in it, the solved head does not
explain its landmarks (a hand before the mouth, a blur), or the head is turned so far
that half of the face is guessed.
"""

import numpy as np
from jaxtyping import Bool, Float

SURE_PERCENT = 2.0
"""Root mean square error of the landmarks, in percent of the eye distance, up to which
nothing is wrong: what plainly visible faces have."""
LOST_PERCENT = 6.0
"""From here on the landmarks are of something else."""
SURE_TURN, LOST_TURN = np.cos(np.radians(40.0)), np.cos(np.radians(80.0))
"""Cosines of how far a head is turned away, between which less and less is seen."""


def confidence(
    error_percent: Float[np.ndarray, "seen"],
    facing: Float[np.ndarray, "seen"],
    seen: Bool[np.ndarray, "frames"],
) -> Float[np.ndarray, "frames"]:
    """0 (guessed) to 1 (sure) for every frame of a clip.

    `error_percent` is the root mean square of a frame's landmark errors, `facing` the
    cosine of the angle between the face and the line to the camera.
    """
    explained = (LOST_PERCENT - error_percent) / (LOST_PERCENT - SURE_PERCENT)
    turned = (facing - LOST_TURN) / (SURE_TURN - LOST_TURN)
    sure = np.zeros(len(seen))
    sure[seen] = np.clip(explained, 0, 1) * np.clip(turned, 0, 1)
    return sure


def facing(
    T_camera_head: Float[np.ndarray, "frames 4 4"],
) -> Float[np.ndarray, "frames"]:
    """The cosine of the angle between where each face looks and its camera."""
    forward, place = -T_camera_head[:, :3, 1], T_camera_head[:, :3, 3]
    distance = np.maximum(np.linalg.norm(place, axis=1), 1e-9)
    return -(forward * place).sum(axis=1) / distance
