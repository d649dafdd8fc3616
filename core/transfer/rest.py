"""The driver at rest: found in the clip, since nobody was told to hold still.

The frames in which least is going on show it: small weights, a head near its middle
pose. What somebody holds through a whole clip, such as a smile, counts as rest.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..assets import Motion
from .regions import BLINKS, OPPOSED, REGION_OF_EXPRESSION
from .turns import angles_of, middle_rotation

CALM_SHARE = 0.1
"""The part of the frames that is taken for rest."""
TURN_WEIGHT = 2.0
"""How much a radian off the middle pose counts against a weight of one."""


@dataclass(frozen=True, kw_only=True)
class Rest:
    """What the driver looks like when nothing happens."""

    expressions: NDArray[np.float64]
    """Weights [52]; lids are open."""
    gaze_rad: NDArray[np.float64]
    """[2 eyes, 2]"""
    rotation: NDArray[np.float64]
    """Of the head in the world [3, 3]."""
    position: NDArray[np.float64]
    """Of the head joint in the world [3]."""


def rest_of(motion: Motion) -> Rest:
    """The driver's rest, from the calmest of the frames that show a face."""
    seen = motion.seen if motion.seen.any() else np.ones_like(motion.seen)
    expressions = motion.expressions[seen].astype(np.float64)
    poses = motion.T_world_head[seen].astype(np.float64)
    counted = np.array([region != "gaze" for region in REGION_OF_EXPRESSION])
    off = angles_of(middle_rotation(poses[:, :3, :3]).T @ poses[:, :3, :3])
    activity = expressions[:, counted].sum(axis=1) + TURN_WEIGHT * off
    calm = np.argsort(activity, kind="stable")[: max(1, round(CALM_SHARE * len(off)))]
    weights = np.median(expressions[calm], axis=0)
    weights[list(BLINKS)] = 0.0
    return Rest(
        expressions=weights,
        gaze_rad=np.median(motion.gaze_rad[seen][calm].astype(np.float64), axis=0),
        rotation=middle_rotation(poses[calm, :3, :3]),
        position=np.median(poses[calm, :3, 3], axis=0),
    )


def without_rest(
    expressions: NDArray[np.float64], rest: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weights [frames, 52] over those at rest [52]; one stays one.

    The two directions of one movement are taken together: jaws that rest to the left
    and go to the middle have gone to the right.
    """
    over = np.maximum(expressions - rest, 0.0) / np.maximum(1.0 - rest, 1e-6)
    for first, second in OPPOSED:
        moved = expressions[:, first] - expressions[:, second]
        moved = moved - (rest[first] - rest[second])
        over[:, first], over[:, second] = np.maximum(moved, 0), np.maximum(-moved, 0)
    return np.minimum(over, 1.0)
