"""Where a solver begins, for photo and clip alike: the head placed and expected."""

import torch
from jaxtyping import Float
from torch import Tensor

from ..camera import first_pose
from ..landmarks.topology import FACE_COUNT
from .expectations import EYE_DISTANCE_M
from .prediction import HeadUnknowns, LandmarkBases, View


def start_unknowns(
    bases: LandmarkBases,
    points_px: Float[Tensor, "frames landmarks 2"],
    expected: Float[Tensor, "#frames expressions"],
    *,
    layout: HeadUnknowns,
    focal_px: Float[Tensor, ""],
    center_px: Float[Tensor, "2"],
) -> tuple[Float[Tensor, "frames size"], View]:
    """The mean head with the expected expressions, posed by scaled orthography."""
    frames = len(points_px)
    heads = bases.neutral + torch.einsum("fe,elc->flc", expected, bases.expression)
    rotation, translation = first_pose(
        heads[:, :FACE_COUNT],
        points_px[:, :FACE_COUNT],
        focal_px=focal_px.expand(frames),
        center_px=center_px,
    )
    x = points_px.new_zeros(frames, layout.size)
    x[:, layout.log_focal] = focal_px.log()
    x[:, layout.expression] = expected
    x[:, layout.translation] = torch.cat(
        [translation[:, :2], translation[:, 2:].log()], dim=1
    )
    view = View(
        unknowns=layout, base_rotation=rotation, focal_px=focal_px, center_px=center_px
    )
    return x, view


def eye_distances_px(
    view: View, x: Float[Tensor, "frames size"]
) -> Float[Tensor, "frames"]:
    """What an average eye distance measures at each head's distance."""
    return EYE_DISTANCE_M * view.focals_px(x) / view.translation(x)[:, 2]
