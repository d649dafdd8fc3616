"""Where the landmarks of a head fall on a picture, and how they move with the unknowns.

One problem is one picture of a head. Its unknowns are laid out by `HeadUnknowns`:
identity coefficients and the logarithm of the focal length if they are sought, then the
head's pose, then the 52 expression weights. Landmarks are linear in identity and
expression, so the Jacobian is exact and cheap.
"""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..camera import (
    left_jacobian,
    project_points,
    projection_jacobian,
    rotation_from_vector,
    skew,
)
from ..expressions import EXPRESSION_NAMES
from ..head_model import HeadModel, view_terms
from ..landmarks.refiner import load_refiner

EXPRESSION_COUNT = len(EXPRESSION_NAMES)


@dataclass(frozen=True, kw_only=True)
class HeadUnknowns:
    """Where each quantity lies in the vector of unknowns of one picture."""

    identities: int = 0
    """How many identity coefficients are sought; 0 when the person is known."""
    focal: bool = False
    """Whether the focal length is sought."""

    @property
    def shared(self) -> int:
        """How many unknowns all pictures of one clip have in common."""
        return self.identities + int(self.focal)

    @property
    def size(self) -> int:
        """How many unknowns a picture has."""
        return self.shared + 6 + EXPRESSION_COUNT

    @property
    def identity(self) -> slice:
        """Columns of the identity coefficients."""
        return slice(0, self.identities)

    @property
    def log_focal(self) -> slice:
        """Column of the focal length's logarithm, empty if it is known."""
        return slice(self.identities, self.shared)

    @property
    def rotation(self) -> slice:
        """Columns of the rotation vector, left of the base rotation."""
        return slice(self.shared, self.shared + 3)

    @property
    def translation(self) -> slice:
        """Columns of x, y and log z of the head joint in camera space."""
        return slice(self.shared + 3, self.shared + 6)

    @property
    def expression(self) -> slice:
        """Columns of the expression weights."""
        return slice(self.shared + 6, self.size)


@dataclass(frozen=True, kw_only=True)
class LandmarkBases:
    """The detector's landmarks on a head, linear in identity and expression."""

    neutral: Float[Tensor, "landmarks 3"]
    """Their places in head space without identity and expression."""
    identity: Float[Tensor, "identities landmarks 3"]
    """Offsets for one standard deviation of each identity coefficient."""
    expression: Float[Tensor, "expressions landmarks 3"]
    """Offsets for each expression at weight one."""
    view: Float[Tensor, "views landmarks 3"]
    """Offsets for each of `view_terms`: the detector marks a turned head otherwise."""
    covariance: Float[Tensor, "landmarks 3 3"]
    """How uncertain each place is, in square metres."""

    @classmethod
    def of(cls, model: HeadModel, *, refined: bool) -> "LandmarkBases":
        """Those of the head model, as the detector marks it or as marks are refined.

        The patterns in which refined marks err are further columns after the
        identity's, standard normal too. Raises MissingWeightsError if the refiner is
        not that of the head model.
        """
        if not refined:
            return cls(
                neutral=model.mark_template,
                identity=model.mark_identity_basis,
                expression=model.landmark_expression_basis,
                view=model.mark_view_basis,
                covariance=model.landmark_covariance,
            )
        errors = load_refiner(model.version_sha256).errors
        assert errors is not None, "the shipped refiner knows its errors"
        identity = model.landmark_identity_basis + errors.leaning_per_identity
        return cls(
            neutral=model.landmark_template + errors.leaning,
            identity=torch.cat([identity, errors.patterns]),
            expression=model.landmark_expression_basis,
            view=errors.leaning_per_view,
            covariance=errors.covariance,
        )

    def to(self, like: torch.dtype | torch.device) -> "LandmarkBases":
        """The same in another precision or on another device."""
        return LandmarkBases(
            neutral=self.neutral.to(like),
            identity=self.identity.to(like),
            expression=self.expression.to(like),
            view=self.view.to(like),
            covariance=self.covariance.to(like),
        )

    def of_person(self, identity: Float[Tensor, "identities"]) -> "LandmarkBases":
        """The same for one known person, without identity to be sought."""
        moved = torch.einsum("i,ilc->lc", identity, self.identity)
        return replace(self, neutral=self.neutral + moved, identity=self.identity[:0])

    def moved(self, offsets: Float[Tensor, "landmarks 3"]) -> "LandmarkBases":
        """The same with every landmark moved in head space."""
        return replace(self, neutral=self.neutral + offsets)

    def at(self, landmarks: Int[Tensor, "chosen"]) -> "LandmarkBases":
        """Only the chosen landmarks."""
        return LandmarkBases(
            neutral=self.neutral[landmarks],
            identity=self.identity[:, landmarks],
            expression=self.expression[:, landmarks],
            view=self.view[:, landmarks],
            covariance=self.covariance[landmarks],
        )


@dataclass(frozen=True, kw_only=True)
class View:
    """What is held fixed while the unknowns of some pictures are sought."""

    unknowns: HeadUnknowns
    """The layout of the unknowns."""
    base_rotation: Float[Tensor, "frames 3 3"]
    """Rotation of the head in camera space that the rotation vector refines."""
    focal_px: Float[Tensor, ""]
    """Focal length; the first guess if it is sought."""
    center_px: Float[Tensor, "2"]
    """Principal point."""

    def focals_px(self, x: Float[Tensor, "frames size"]) -> Float[Tensor, "frames"]:
        """The focal length of each picture, sought or known."""
        if self.unknowns.focal:
            return x[:, self.unknowns.log_focal][:, 0].exp()
        return self.focal_px.expand(len(x))

    def rotation(self, x: Float[Tensor, "frames size"]) -> Float[Tensor, "frames 3 3"]:
        """The head's rotation in camera space."""
        refined = rotation_from_vector(x[:, self.unknowns.rotation])
        return refined @ self.base_rotation

    def translation(self, x: Float[Tensor, "frames size"]) -> Float[Tensor, "frames 3"]:
        """The head joint in camera space."""
        t = x[:, self.unknowns.translation]
        return torch.cat([t[:, :2], t[:, 2:].exp()], dim=1)


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """Where the landmarks of the head fall on the pictures."""

    points_px: Float[Tensor, "frames landmarks 2"]
    """The predicted landmarks."""
    jacobian: Float[Tensor, "frames landmarks 2 size"]
    """How they move with the unknowns."""
    px_per_head: Float[Tensor, "frames landmarks 2 3"]
    """How they move with a landmark's place in head space (pixels a metre)."""


def landmarks_in_head(
    bases: LandmarkBases, view: View, x: Float[Tensor, "frames size"]
) -> Float[Tensor, "frames landmarks 3"]:
    """Their places in head space.

    How far the detector marks a turned head otherwise counts as the view's base has it.
    """
    toward = -view.base_rotation[:, 2]
    turned = view_terms(toward) @ bases.view.flatten(1)
    moved = x[:, view.unknowns.expression] @ bases.expression.flatten(1)
    if view.unknowns.identities:
        moved = moved + x[:, view.unknowns.identity] @ bases.identity.flatten(1)
    return bases.neutral + (moved + turned).unflatten(1, (-1, 3))


def landmark_points_px(
    bases: LandmarkBases, view: View, x: Float[Tensor, "frames size"]
) -> Float[Tensor, "frames landmarks 2"]:
    """Landmarks on the picture for unknowns `x`."""
    return project_points(
        _in_camera(bases, view, x),
        focal_px=view.focals_px(x),
        center_px=view.center_px,
    )


def landmark_motion(
    bases: LandmarkBases, view: View, x: Float[Tensor, "frames size"]
) -> Float[Tensor, "frames landmarks 2 3"]:
    """How they move with their places in head space, in pixels a metre."""
    points_camera = _in_camera(bases, view, x)
    per_camera = projection_jacobian(points_camera, focal_px=view.focals_px(x))
    # one product a frame is far quicker than one a landmark
    return (per_camera.flatten(1, 2) @ view.rotation(x)).view_as(per_camera)


def _in_camera(
    bases: LandmarkBases, view: View, x: Tensor
) -> Float[Tensor, "frames landmarks 3"]:
    rotated = landmarks_in_head(bases, view, x) @ view.rotation(x).mT
    return rotated + view.translation(x)[:, None]


def predict_landmarks(
    bases: LandmarkBases, view: View, x: Float[Tensor, "frames size"]
) -> Prediction:
    """Landmarks on the picture for unknowns `x`, with the exact Jacobian."""
    layout = view.unknowns
    points_head = landmarks_in_head(bases, view, x)
    rotation, translation = view.rotation(x), view.translation(x)
    rotated = points_head @ rotation.mT
    points_camera = rotated + translation[:, None]
    focal_px = view.focals_px(x)
    points_px = project_points(
        points_camera, focal_px=focal_px, center_px=view.center_px
    )
    px_per_camera = projection_jacobian(points_camera, focal_px=focal_px)
    px_per_head = px_per_camera @ rotation[:, None]
    turn = left_jacobian(x[:, layout.rotation])[:, None]
    jacobian = x.new_empty(*points_px.shape, layout.size)
    jacobian[..., layout.identity] = _per_offset(px_per_head, bases.identity)
    if layout.focal:
        jacobian[..., layout.log_focal] = (points_px - view.center_px)[..., None]
    jacobian[..., layout.rotation] = -px_per_camera @ skew(rotated) @ turn
    depth = translation[:, None, None, 2:]
    jacobian[..., layout.translation] = px_per_camera
    jacobian[..., layout.translation.stop - 1 : layout.translation.stop] *= depth
    jacobian[..., layout.expression] = _per_offset(px_per_head, bases.expression)
    return Prediction(points_px=points_px, jacobian=jacobian, px_per_head=px_per_head)


def _per_offset(
    px_per_head: Float[Tensor, "frames landmarks 2 3"],
    basis: Float[Tensor, "columns landmarks 3"],
) -> Float[Tensor, "frames landmarks 2 columns"]:
    """How landmarks move on the picture with the coefficients of a basis."""
    frames = len(px_per_head)
    by_landmark = px_per_head.permute(1, 0, 2, 3).flatten(1, 2)
    moved = by_landmark @ basis.permute(1, 2, 0)
    return moved.unflatten(1, (frames, 2)).transpose(0, 1)
