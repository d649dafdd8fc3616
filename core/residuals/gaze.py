"""Where the eyes look: the irises on the picture against eyeballs of known place.

The lids and the face fix the eyeball's centre; the iris centre then leaves two angles
for each eye. Both eyes look at one thing, so their angles are tied. Convention: yaw is
positive toward the subject's left (+X), pitch upward, both relative to the head; at
rest an eye looks along -Y.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..assets import JOINT_NAMES
from ..camera import project_points, projection_jacobian
from ..expressions import EXPRESSION_NAMES
from ..head_model import HeadModel
from ..landmarks.topology import IRIS_LEFT, IRIS_RIGHT
from ..least_squares import (
    NormalEquations,
    Residual,
    SolverSettings,
    normal_equations,
    solve,
)
from .prediction import View

EYE_JOINTS = (JOINT_NAMES.index("eye.L"), JOINT_NAMES.index("eye.R"))

YAW_LIMIT_RAD = 0.75
PITCH_LIMIT_RAD = 0.6
"""How far an eye turns in its socket."""


@dataclass(frozen=True, kw_only=True)
class Eyes:
    """Both eyeballs of a person at rest, left eye first."""

    centers: Float[Tensor, "2 3"]
    """Where they turn around, in head space."""
    irises: Float[Tensor, "2 3"]
    """Centres of the irises when the person looks straight ahead."""

    @classmethod
    def of(
        cls,
        model: HeadModel,
        identity: Float[Tensor, "identities"],
        joints: Float[Tensor, "joints 3"],
    ) -> "Eyes":
        """Those of a person; `joints` may have moved with a likeness."""
        still = identity.new_zeros(len(EXPRESSION_NAMES))
        landmarks = model.landmarks(identity, still)
        rings = torch.stack([landmarks[list(IRIS_LEFT)], landmarks[list(IRIS_RIGHT)]])
        own = model.joints(identity)[list(EYE_JOINTS)]
        radius = (rings.mean(dim=1) - own).norm(dim=1)
        ahead = identity.new_tensor([0.0, -1.0, 0.0])
        centers = joints[list(EYE_JOINTS)].to(identity)
        return cls(centers=centers, irises=centers + radius[:, None] * ahead)

    def to(self, like: Tensor) -> "Eyes":
        """The same with the precision and on the device of another tensor."""
        return Eyes(centers=self.centers.to(like), irises=self.irises.to(like))


@dataclass(frozen=True, kw_only=True)
class GazeSettings:
    """Standard deviations of what is known about gazes."""

    iris_noise: float = 0.012
    """Of the iris centre, as a part of the eye distance."""
    deviation_rad: float = 0.4
    """Of the angles, around straight ahead."""
    yaw_tie_rad: float = 0.04
    """Of the difference in yaw between the eyes."""
    pitch_tie_rad: float = 0.02
    """Of the difference in pitch."""


DEFAULT_GAZE = GazeSettings()
APART_GAZE = GazeSettings(yaw_tie_rad=2.0, pitch_tie_rad=0.02)
"""Each eye looks aside as it likes, as crossed eyes do."""


def solve_gaze(
    eyes: Eyes,
    view: View,
    x: Float[Tensor, "frames size"],
    observed_px: Float[Tensor, "frames landmarks 2"],
    *,
    noise_px: Float[Tensor, "frames"],
    settings: GazeSettings = DEFAULT_GAZE,
) -> Float[Tensor, "frames 2 2"]:
    """Yaw and pitch of both eyes (left, right) for heads that are already placed.

    `noise_px` is the standard deviation of an iris centre in pixels.
    """
    irises_px = torch.stack(
        [observed_px[:, list(ring)].mean(dim=1) for ring in (IRIS_LEFT, IRIS_RIGHT)],
        dim=1,
    )

    def linearise(gaze: Tensor) -> NormalEquations:
        return normal_equations(
            [
                iris_residual(eyes, view, x, gaze, irises_px, noise_px=noise_px),
                gaze_prior_residual(gaze, settings),
            ]
        )

    limit = x.new_tensor([YAW_LIMIT_RAD, PITCH_LIMIT_RAD] * 2)
    solution = solve(
        linearise,
        x.new_zeros(len(x), 4),
        lower=-limit,
        upper=limit,
        settings=SolverSettings(iterations=6),
    )
    return solution.value.unflatten(1, (2, 2))


def iris_residual(
    eyes: Eyes,
    view: View,
    x: Float[Tensor, "frames size"],
    gaze: Float[Tensor, "frames 4"],
    irises_px: Float[Tensor, "frames 2 2"],
    *,
    noise_px: Float[Tensor, "frames"],
) -> Residual:
    """Each iris centre lies where the detector saw it."""
    yaw, pitch = gaze.unflatten(1, (2, 2)).unbind(-1)
    lever = eyes.irises - eyes.centers
    lifted = _turn(lever.expand(len(gaze), -1, -1), -pitch, axis=0)
    turned = _turn(lifted, yaw, axis=2)
    per_yaw = torch.linalg.cross(_axis(turned, 2), turned)
    per_pitch = -torch.linalg.cross(_turn(_axis(turned, 0), yaw, axis=2), turned)
    rotation, translation = view.rotation(x), view.translation(x)
    camera = (eyes.centers + turned) @ rotation.mT + translation[:, None]
    focal_px = view.focals_px(x)
    error = (
        project_points(camera, focal_px=focal_px, center_px=view.center_px) - irises_px
    )
    px_per_head = projection_jacobian(camera, focal_px=focal_px) @ rotation[:, None]
    per_angle = px_per_head @ torch.stack([per_yaw, per_pitch], dim=-1)
    jacobian = x.new_zeros(len(x), 2, 2, 4)
    jacobian[:, 0, :, 0:2] = per_angle[:, 0]
    jacobian[:, 1, :, 2:4] = per_angle[:, 1]
    return Residual(
        value=error / noise_px[:, None, None],
        jacobian=jacobian / noise_px[:, None, None, None],
    )


def gaze_prior_residual(
    gaze: Float[Tensor, "frames 4"], settings: GazeSettings
) -> Residual:
    """Eyes look roughly ahead, and both at the same thing."""
    s = settings
    rows = gaze.new_tensor(
        [
            *torch.eye(4).div(s.deviation_rad).tolist(),
            [1 / s.yaw_tie_rad, 0, -1 / s.yaw_tie_rad, 0],
            [0, 1 / s.pitch_tie_rad, 0, -1 / s.pitch_tie_rad],
        ]
    )
    return Residual(
        value=(gaze @ rows.T)[..., None],
        jacobian=rows.expand(len(gaze), -1, -1)[:, :, None],
    )


def _axis(like: Float[Tensor, "*batch 3"], axis: int) -> Float[Tensor, "*batch 3"]:
    unit = torch.zeros_like(like)
    unit[..., axis] = 1
    return unit


def _turn(
    vectors: Float[Tensor, "*batch 3"], angle: Float[Tensor, "*batch"], *, axis: int
) -> Float[Tensor, "*batch 3"]:
    """Vectors turned around a coordinate axis by the right-hand rule."""
    i, j = (axis + 1) % 3, (axis + 2) % 3
    turned = vectors.clone()
    turned[..., i] = vectors[..., i] * angle.cos() - vectors[..., j] * angle.sin()
    turned[..., j] = vectors[..., i] * angle.sin() + vectors[..., j] * angle.cos()
    return turned
