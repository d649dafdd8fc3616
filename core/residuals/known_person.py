"""The landmarks' say in the frames of a person who is known, fast enough for any clip.

Of an energy's normal equations only sums over landmarks are needed, never the Jacobian
itself, which at 956 by 58 numbers a frame is what takes the time. The expressions' part
of the Hessian is a sum of products of the basis with itself, weighed by a symmetric
3x3 matrix a landmark. The products are the same in all frames, so they are summed once
over groups of neighbours, and each group's matrix is the mean of its landmarks'. That
makes the Hessian a little approximate, which bends the way of a Gauss-Newton step and
not where it ends: energy and gradient are exact.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..camera import left_jacobian, project_points
from ..least_squares import NormalEquations
from ..mesh import farthest_first
from .prediction import (
    EXPRESSION_COUNT,
    HeadUnknowns,
    LandmarkBases,
    View,
    landmarks_in_head,
)

GROUPS = 60
"""Groups of neighbouring landmarks, about 2 cm wide: their matrices hardly differ."""

_SYMMETRIC = torch.triu_indices(3, 3)
"""Row and column of the six numbers of a symmetric 3x3 matrix."""


@dataclass(frozen=True, kw_only=True)
class ExpressionProducts:
    """What the Hessian of the expressions is summed from, for one set of bases."""

    mean: Float[Tensor, "landmarks groups"]
    """Share of each landmark in the mean over its group."""
    products: Float[Tensor, "entries pairs"]
    """For each group and entry of a symmetric matrix (group by group, six each), the
    products of the basis with itself; its columns are pairs of expressions."""
    pairs: Int[Tensor, "2 pairs"]
    """Which expressions: the upper triangle."""

    @classmethod
    def of(cls, bases: LandmarkBases, *, groups: int = GROUPS) -> "ExpressionProducts":
        """Those of the landmarks' expressions; the more groups, the more exact."""
        basis = bases.expression.permute(1, 2, 0)  # landmarks, 3, expressions
        group = _neighbours(bases.neutral, groups)
        pairs = torch.triu_indices(EXPRESSION_COUNT, EXPRESSION_COUNT).to(group.device)
        products = []
        for a, b in _SYMMETRIC.T.tolist():
            one = basis[:, a, pairs[0]] * basis[:, b, pairs[1]]
            other = basis[:, b, pairs[0]] * basis[:, a, pairs[1]]
            products.append(one if a == b else one + other)
        summed = basis.new_zeros(groups, len(products), pairs.shape[1])
        summed.index_add_(0, group, torch.stack(products, dim=1))
        moved = basis.square().sum(dim=(1, 2)) + 1e-12
        mean = torch.nn.functional.one_hot(group, groups) * moved[:, None]
        return cls(
            mean=mean / mean.sum(dim=0).clamp(min=1e-12),
            products=summed.flatten(0, 1),
            pairs=pairs,
        )

    def hessian(
        self,
        stiffness: Float[Tensor, "frames 3 3 landmarks"],
        rotation: Float[Tensor, "frames 3 3"],
    ) -> Float[Tensor, "frames expressions expressions"]:
        """Sum over the landmarks of basis x stiffness (in camera space) x basis."""
        grouped = (stiffness @ self.mean).permute(0, 3, 1, 2)
        head = rotation.mT[:, None] @ grouped @ rotation[:, None]
        rows, columns = _SYMMETRIC.to(head.device)
        upper = head[..., rows, columns].flatten(1) @ self.products
        whole = upper.new_empty(len(upper), EXPRESSION_COUNT, EXPRESSION_COUNT)
        whole[:, self.pairs[0], self.pairs[1]] = upper
        whole[:, self.pairs[1], self.pairs[0]] = upper
        return whole


@dataclass(frozen=True, kw_only=True)
class PixelInformation:
    """How much each landmark counts on each picture: an inverse covariance."""

    xx: Float[Tensor, "frames landmarks"]
    """Of its x with itself, and so on."""
    xy: Float[Tensor, "frames landmarks"]
    yy: Float[Tensor, "frames landmarks"]

    @classmethod
    def of(cls, whitening: Float[Tensor, "frames landmarks 2 2"]) -> "PixelInformation":
        """That of errors which the matrices turn into standard deviations."""
        x, y = whitening.unbind(dim=-1)
        xx, xy, yy = (x * x).sum(dim=-1), (x * y).sum(dim=-1), (y * y).sum(dim=-1)
        return cls(xx=xx, xy=xy, yy=yy)

    def of_errors(
        self, error_px: Float[Tensor, "frames landmarks 2"]
    ) -> Float[Tensor, "frames landmarks"]:
        """Squared lengths of errors, in standard deviations."""
        x, y = error_px.unbind(dim=-1)
        return self.xx * x * x + 2 * self.xy * x * y + self.yy * y * y

    def times(self, weight: Float[Tensor, "frames landmarks"]) -> "PixelInformation":
        """The same where each landmark counts so much more or less."""
        return PixelInformation(
            xx=weight * self.xx, xy=weight * self.xy, yy=weight * self.yy
        )


def known_landmark_equations(
    bases: LandmarkBases,
    products: ExpressionProducts,
    view: View,
    x: Float[Tensor, "frames size"],
    observed_px: Float[Tensor, "frames landmarks 2"],
    information: PixelInformation,
    *,
    huber: float,
) -> NormalEquations:
    """The equations of `landmark_residual`; `bases` hold no identity to be sought."""
    assert view.unknowns.shared == 0, "identity and focal length must be known"
    rotation, translation = view.rotation(x), view.translation(x)
    turned = rotation @ landmarks_in_head(bases, view, x).mT
    points_camera = turned + translation[..., None]
    focal_px = view.focals_px(x)
    points_px = project_points(
        points_camera.mT, focal_px=focal_px, center_px=view.center_px
    )
    error_px = points_px - observed_px
    energy, weight = _robust(information.of_errors(error_px), huber)
    force, stiffness = _pull(
        points_camera, focal_px, error_px, information.times(weight)
    )
    expression = bases.expression.mT.flatten(1)
    twist = _cross(turned[:, None], stiffness)
    wrench = torch.cat([_cross(turned, force), force], dim=1).sum(dim=2)
    stiff_pose = torch.cat([twist.transpose(1, 2), stiffness], dim=1)
    crossed = (rotation.mT[:, None] @ stiff_pose).flatten(2) @ expression.T
    pose = _pose_sums(turned, twist, stiffness)
    to_pose = _pose_motion(left_jacobian(x[:, view.unknowns.rotation]), translation)
    return NormalEquations(
        energy=energy,
        gradient=torch.cat(
            [
                (to_pose.mT @ wrench[..., None])[..., 0],
                (rotation.mT @ force).flatten(1) @ expression.T,
            ],
            dim=1,
        ),
        hessian=_joined(
            view.unknowns,
            to_pose.mT @ pose @ to_pose,
            to_pose.mT @ crossed,
            products.hessian(stiffness, rotation),
        ),
    )


def _robust(
    square: Float[Tensor, "frames landmarks"], huber: float
) -> tuple[Float[Tensor, "frames"], Float[Tensor, "frames landmarks"]]:
    """Huber's energy of each frame, and each landmark's weight."""
    length = square.clamp(min=1e-20).sqrt()
    linear = huber * (length - huber / 2)
    energy = torch.where(length > huber, linear, square / 2).sum(dim=-1)
    return energy, huber / length.clamp(min=huber)


def _pull(
    points_camera: Float[Tensor, "frames 3 landmarks"],
    focal_px: Float[Tensor, "frames"],
    error_px: Float[Tensor, "frames landmarks 2"],
    information: PixelInformation,
) -> tuple[Float[Tensor, "frames 3 landmarks"], Float[Tensor, "frames 3 3 landmarks"]]:
    """First and second derivative of the energy by the places in camera space.

    The Jacobian of the projection is (a, 0, b; 0, a, c).
    """
    x, y, z = points_camera.unbind(dim=1)
    a = focal_px[:, None] / z
    b, c = -a * x / z, -a * y / z
    i, (error_x, error_y) = information, error_px.unbind(dim=-1)
    u, v = i.xx * error_x + i.xy * error_y, i.xy * error_x + i.yy * error_y
    force = torch.stack([a * u, a * v, b * u + c * v], dim=1)
    u, v = i.xx * b + i.xy * c, i.xy * b + i.yy * c
    xx, xy, yy = a * a * i.xx, a * a * i.xy, a * a * i.yy
    xz, yz, zz = a * u, a * v, b * u + c * v
    rows = [xx, xy, xz, xy, yy, yz, xz, yz, zz]
    return force, torch.stack(rows, dim=1).unflatten(1, (3, 3))


def _cross(
    first: Float[Tensor, "*#any 3 landmarks"],
    second: Float[Tensor, "*#any 3 landmarks"],
) -> Float[Tensor, "*#any 3 landmarks"]:
    """Cross products of columns, several times as fast as PyTorch's."""
    x, y, z = first.unbind(dim=-2)
    u, v, w = second.unbind(dim=-2)
    return torch.stack([y * w - z * v, z * u - x * w, x * v - y * u], dim=-2)


def _pose_sums(
    turned: Float[Tensor, "frames 3 landmarks"],
    twist: Float[Tensor, "frames 3 3 landmarks"],
    stiffness: Float[Tensor, "frames 3 3 landmarks"],
) -> Float[Tensor, "frames 6 6"]:
    """The Hessian of small turns about the head joint and of its moves.

    A turn w moves a landmark by w x r; `twist` are r x the rows of its stiffness.
    """
    turn = _cross(turned[:, None], twist.transpose(1, 2)).sum(dim=-1)
    mixed, move = twist.sum(dim=-1), stiffness.sum(dim=-1)
    return torch.cat(
        [torch.cat([turn, mixed.mT], dim=2), torch.cat([mixed, move], dim=2)], dim=1
    )


def _pose_motion(
    turn: Float[Tensor, "frames 3 3"], translation: Float[Tensor, "frames 3"]
) -> Float[Tensor, "frames 6 6"]:
    """Turns and moves for the six unknowns of the pose."""
    motion = torch.eye(6).to(turn).repeat(len(turn), 1, 1)
    motion[:, :3, :3] = turn
    motion[:, 5, 5] = translation[:, 2]
    return motion


def _joined(
    layout: HeadUnknowns, pose: Tensor, crossed: Tensor, expression: Tensor
) -> Float[Tensor, "frames size size"]:
    """The Hessian from its blocks."""
    hessian = pose.new_empty(len(pose), layout.size, layout.size)
    posed = slice(layout.rotation.start, layout.translation.stop)
    hessian[:, posed, posed] = pose
    hessian[:, posed, layout.expression] = crossed
    hessian[:, layout.expression, posed] = crossed.mT
    hessian[:, layout.expression, layout.expression] = expression
    return hessian


def _neighbours(
    points: Float[Tensor, "points 3"], groups: int
) -> Int[Tensor, "points"]:
    """The group of each point: the nearest of some that lie farthest apart."""
    chosen = farthest_first(points, groups, first=0)
    return torch.cdist(points, points[chosen]).argmin(dim=1)
