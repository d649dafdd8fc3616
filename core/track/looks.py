"""What the lids do because of where the eyes look."""

import torch
from jaxtyping import Float
from torch import Tensor

from ..expressions import (
    EXPRESSION_INDEX,
    EXPRESSION_NAMES,
    FULL_LOOK_RAD,
    GAZE_EXPRESSIONS,
)


def look_weights(
    gaze_rad: Float[Tensor, "frames 2 2"],
) -> Float[Tensor, "frames expressions"]:
    """The eyeLook weights that belong to a gaze; all other weights are zero."""
    weights = gaze_rad.new_zeros(len(gaze_rad), len(EXPRESSION_NAMES))
    yaw, pitch = gaze_rad.unbind(dim=-1)
    directions = {
        "eyeLookUpLeft": pitch[:, 0],
        "eyeLookUpRight": pitch[:, 1],
        "eyeLookDownLeft": -pitch[:, 0],
        "eyeLookDownRight": -pitch[:, 1],
        "eyeLookOutLeft": yaw[:, 0],
        "eyeLookInLeft": -yaw[:, 0],
        "eyeLookInRight": yaw[:, 1],
        "eyeLookOutRight": -yaw[:, 1],
    }
    assert set(directions) == set(GAZE_EXPRESSIONS)
    for name, angle in directions.items():
        kind = name.removeprefix("eyeLook").removesuffix("Left").removesuffix("Right")
        weights[:, EXPRESSION_INDEX[name]] = torch.clamp(
            angle / FULL_LOOK_RAD[kind], 0, 1
        )
    return weights


def gaze_of(
    weights: Float[Tensor, "frames expressions"],
) -> Float[Tensor, "frames 2 2"]:
    """The gaze (yaw and pitch of the left and the right eye) of eyeLook weights."""

    def angle(positive: str, negative: str, side: str) -> Tensor:
        towards, against = (
            FULL_LOOK_RAD[kind] * weights[:, EXPRESSION_INDEX[f"eyeLook{kind}{side}"]]
            for kind in (positive, negative)
        )
        return towards - against

    left = [angle("Out", "In", "Left"), angle("Up", "Down", "Left")]
    right = [angle("In", "Out", "Right"), angle("Up", "Down", "Right")]
    return torch.stack([*left, *right], dim=1).unflatten(1, (2, 2))
