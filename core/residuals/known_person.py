"""The energy of the frames of a person who is known, fast enough for any clip.

Of an energy's normal equations only sums over landmarks are needed, never the Jacobian
itself, which at 956 by 58 numbers a frame is what takes the time. The expressions' part
of the Hessian is a sum of products of the basis with itself, weighed by a symmetric
3x3 matrix a landmark. The products are the same in all frames, so they are summed once
over groups of neighbours, and each group's matrix is the mean of its landmarks'. Two
lids or lips that meet count as one more landmark, which moves as their distance does.
That makes the Hessian a little approximate, which bends the way of a Gauss-Newton step
and not where it ends: energy and gradient are exact. They cost a quarter of it, so
that a solver may keep a Hessian for some steps.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..camera import left_jacobian
from ..least_squares import NormalEquations, Slope
from ..mesh import farthest_first
from .prediction import (
    EXPRESSION_COUNT,
    HeadUnknowns,
    LandmarkBases,
    View,
    landmarks_in_head,
)
from .weight_terms import WeightTerms

GROUPS = 60
"""Groups of neighbouring landmarks, about 2 cm wide: their matrices hardly differ."""

_ROWS, _COLUMNS = (0, 0, 0, 1, 1, 2), (0, 1, 2, 1, 2, 2)
"""Row and column of the six numbers of a symmetric 3x3 matrix."""
_WHOLE = (0, 1, 2, 1, 3, 4, 2, 4, 5)
"""Which of the six numbers are at the nine places, row by row."""


@dataclass(frozen=True, kw_only=True)
class ExpressionProducts:
    """What the Hessian of the expressions is summed from, for one set of bases.

    Sources are groups of landmarks, then pairs that meet.
    """

    meeting: Int[Tensor, "pairs 2"]
    """Landmarks that meet: lids and lips."""
    mean: Float[Tensor, "landmarks groups"]
    """Share of each landmark in the mean over its group."""
    sums: Float[Tensor, "sources 3 expressions"]
    """How far all landmarks of a group move together; how a pair's distance does."""
    products: Float[Tensor, "entries pairs_of_expressions"]
    """For each source and entry of a symmetric matrix (source by source, six each), the
    products of the basis with itself; its columns are pairs of expressions."""
    whole: Int[Tensor, "entries_of_a_square"]
    """Which pair each entry of a matrix of expressions is, row by row."""

    @classmethod
    def of(
        cls,
        bases: LandmarkBases,
        meeting: Int[Tensor, "pairs 2"],
        *,
        groups: int = GROUPS,
    ) -> "ExpressionProducts":
        """Those of the landmarks' expressions; the more groups, the more exact."""
        basis = bases.expression.permute(1, 2, 0)  # landmarks, 3, expressions
        group = _neighbours(bases.neutral, groups)
        moved = basis.square().sum(dim=(1, 2)) + 1e-12
        mean = torch.nn.functional.one_hot(group, groups) * moved[:, None]
        distance = basis[meeting[:, 0]] - basis[meeting[:, 1]]
        upper = torch.triu_indices(EXPRESSION_COUNT, EXPRESSION_COUNT).to(group.device)
        whole = upper.new_empty(EXPRESSION_COUNT, EXPRESSION_COUNT)
        whole[tuple(upper)] = torch.arange(upper.shape[1]).to(upper)
        whole.T[tuple(upper)] = whole[tuple(upper)]
        products = _products(basis, upper)
        summed = basis.new_zeros(groups, *products.shape[1:])
        summed.index_add_(0, group, products)
        sums = basis.new_zeros(groups, 3, EXPRESSION_COUNT)
        sums.index_add_(0, group, basis)
        return cls(
            meeting=meeting,
            mean=mean / mean.sum(dim=0).clamp(min=1e-12),
            sums=torch.cat([sums, distance]),
            products=torch.cat([summed, _products(distance, upper)]).flatten(0, 1),
            whole=whole.flatten(),
        )

    def hessian(
        self,
        stiffness: Float[Tensor, "frames 3 3 sources"],
        rotation: Float[Tensor, "frames 3 3"],
    ) -> Float[Tensor, "frames expressions expressions"]:
        """Sum over the sources of basis x stiffness (in camera space) x basis."""
        head = stiffness.permute(0, 3, 1, 2)  # in camera space, until both sides turn
        for _ in range(2):  # one product a frame is quicker than many small ones
            rows = head.mT.reshape(len(rotation), -1, 3)
            head = (rows @ rotation).unflatten(1, (-1, 3))
        upper = head[..., _ROWS, _COLUMNS].flatten(1) @ self.products
        return upper.index_select(1, self.whole).unflatten(1, (EXPRESSION_COUNT, -1))


@dataclass(frozen=True, kw_only=True)
class PixelInformation:
    """How much each landmark counts on each picture: an inverse covariance."""

    xx: Float[Tensor, "frames landmarks"]
    """Of its x with itself, and so on."""
    xy: Float[Tensor, "frames landmarks"]
    yy: Float[Tensor, "frames landmarks"]

    @classmethod
    def of(
        cls,
        motion: Float[Tensor, "frames landmarks 2 3"],
        covariance: Float[Tensor, "landmarks 3 3"],
        *,
        noise_px: Float[Tensor, "frames"],
        weights: Float[Tensor, "#frames landmarks"],
    ) -> "PixelInformation":
        """The inverse of what `whitening` takes for the variance, times the weight."""
        along = torch.einsum("flij,ljk->flik", motion, covariance)
        (x, y), (along_x, along_y) = motion.unbind(dim=2), along.unbind(dim=2)
        noise = noise_px.square()[:, None]
        xx = (x * along_x).sum(dim=-1) + noise
        yy = (y * along_y).sum(dim=-1) + noise
        xy = (x * along_y).sum(dim=-1)
        scale = weights / (xx * yy - xy * xy)
        return cls(xx=scale * yy, xy=-scale * xy, yy=scale * xx)

    def times(self, weight: Float[Tensor, "frames landmarks"]) -> "PixelInformation":
        """The same where each landmark counts so much more or less."""
        return PixelInformation(
            xx=weight * self.xx, xy=weight * self.xy, yy=weight * self.yy
        )


@dataclass(frozen=True, kw_only=True)
class KnownPerson:
    """The energy of some frames of a person whose identity and camera are known."""

    bases: LandmarkBases
    """The landmarks on the person."""
    products: ExpressionProducts
    """Made of these bases' expressions."""
    view: View
    """What the unknowns are relative to."""
    observed_px: Float[Tensor, "frames landmarks 2"]
    """Where the detector saw each landmark."""
    information: PixelInformation
    """How much each counts."""
    meeting_noise_px: Float[Tensor, "frames"]
    """Standard deviation of the distance between lids or lips."""
    huber: float
    """Length of an error, in deviations, from where it counts linearly."""
    weights: WeightTerms
    """What is expected of the weights."""

    def slope(self, x: Float[Tensor, "frames size"]) -> Slope:
        """The energy and its gradient."""
        return self._slope(_Placed.of(self, x), x)

    def equations(self, x: Float[Tensor, "frames size"]) -> NormalEquations:
        """The same with the Hessian; nearly exact, as this module's text says."""
        placed = _Placed.of(self, x)
        slope = self._slope(placed, x)
        hessian = self._hessian(placed, x)
        self.weights.add_hessian(hessian, x)
        return NormalEquations(
            energy=slope.energy, gradient=slope.gradient, hessian=hessian
        )

    def _slope(self, placed: "_Placed", x: Tensor) -> Slope:
        layout = self.view.unknowns
        first, second = self.products.meeting.unbind(dim=1)
        pull = torch.index_add(placed.pull, 2, first, placed.pair_pull)
        pull = torch.index_add(pull, 2, second, -placed.pair_pull)
        u, v = pull.unbind(dim=1)
        force = torch.stack(
            [placed.a * u, placed.a * v, placed.b * u + placed.c * v], dim=1
        )
        turn = _cross(placed.turned, force).sum(dim=2)
        wrench = torch.cat([turn, force.sum(dim=2)], dim=1)
        gradient = torch.empty_like(x)
        gradient[:, _posed(layout)] = (placed.to_pose.mT @ wrench[..., None])[..., 0]
        gradient[:, layout.expression] = (placed.rotation.mT @ force).flatten(
            1
        ) @ self.bases.expression.mT.flatten(1).T
        self.weights.add_gradient(gradient, x)
        return Slope(energy=placed.energy + self.weights.energy(x), gradient=gradient)

    def _hessian(
        self, placed: "_Placed", x: Tensor
    ) -> Float[Tensor, "frames size size"]:
        layout, products = self.view.unknowns, self.products
        first, second = products.meeting.unbind(dim=1)
        a, b, c = (
            (value[:, first] + value[:, second]) / 2
            for value in (placed.a, placed.b, placed.c)
        )
        stiff = _stiffness(placed.a, placed.b, placed.c, placed.information)
        one = PixelInformation(
            xx=placed.pair_weight,
            xy=torch.zeros_like(placed.pair_weight),
            yy=placed.pair_weight,
        )
        pair_stiff = _stiffness(a, b, c, one)
        arm = placed.turned[:, :, first] - placed.turned[:, :, second]
        twist, pair_twist = _twist(placed.turned, stiff), _twist(arm, pair_stiff)
        shared = torch.cat([stiff, twist], dim=1) @ products.mean
        sources = torch.cat([shared, torch.cat([pair_stiff, pair_twist], dim=1)], dim=2)
        whole = sources[:, :6][:, _WHOLE].unflatten(1, (3, 3))
        pose = _pose_block(placed.turned, twist, stiff)
        pose[:, :3, :3] += _cross_sum(arm, pair_twist)
        rotation = placed.rotation
        stiff_pose = torch.cat([sources[:, 6:].unflatten(1, (3, 3)), whole], dim=1)
        stiff_pose[:, 3:, :, products.mean.shape[1] :] = 0  # moves leave distances
        crossed = (rotation.mT[:, None] @ stiff_pose).transpose(2, 3).flatten(2)
        hessian = x.new_empty(len(x), layout.size, layout.size)
        posed, to_pose = _posed(layout), placed.to_pose
        hessian[:, posed, posed] = to_pose.mT @ pose @ to_pose
        hessian[:, posed, layout.expression] = to_pose.mT @ (
            crossed @ products.sums.flatten(0, 1)
        )
        hessian[:, layout.expression, posed] = hessian[:, posed, layout.expression].mT
        hessian[:, layout.expression, layout.expression] = products.hessian(
            whole, rotation
        )
        return hessian


@dataclass(frozen=True, kw_only=True)
class _Placed:
    """A head placed by its unknowns, and how far the landmarks are from those seen.

    The Jacobian of the projection is (a, 0, b; 0, a, c).
    """

    rotation: Float[Tensor, "frames 3 3"]
    turned: Float[Tensor, "frames 3 landmarks"]
    to_pose: Float[Tensor, "frames 6 6"]
    a: Float[Tensor, "frames landmarks"]
    b: Float[Tensor, "frames landmarks"]
    c: Float[Tensor, "frames landmarks"]
    energy: Float[Tensor, "frames"]
    information: PixelInformation
    """Robustly: less where an error is large."""
    pull: Float[Tensor, "frames 2 landmarks"]
    """Derivative of the energy by the landmarks on the picture."""
    pair_weight: Float[Tensor, "frames pairs"]
    """How much each distance counts."""
    pair_pull: Float[Tensor, "frames 2 pairs"]
    """Derivative by the distances."""

    @classmethod
    def of(cls, person: KnownPerson, x: Float[Tensor, "frames size"]) -> "_Placed":
        """That of some unknowns."""
        view, information = person.view, person.information
        rotation, translation = view.rotation(x), view.translation(x)
        turned = rotation @ landmarks_in_head(person.bases, view, x).mT
        u, v, z = (turned + translation[..., None]).unbind(dim=1)
        a = view.focals_px(x)[:, None] / z
        error_x = a * u + view.center_px[0] - person.observed_px[..., 0]
        error_y = a * v + view.center_px[1] - person.observed_px[..., 1]
        pull_x = information.xx * error_x + information.xy * error_y
        pull_y = information.xy * error_x + information.yy * error_y
        energy, robust = _robust(error_x * pull_x + error_y * pull_y, person.huber)
        first, second = person.products.meeting.unbind(dim=1)
        error = torch.stack([error_x, error_y], dim=1)
        apart = error[:, :, first] - error[:, :, second]
        per_px = person.meeting_noise_px.square().reciprocal()[:, None]
        square = apart.square().sum(dim=1) * per_px
        pair_energy, pair_robust = _robust(square, person.huber)
        pair_weight = pair_robust * per_px
        return cls(
            rotation=rotation,
            turned=turned,
            to_pose=_pose_motion(
                left_jacobian(x[:, view.unknowns.rotation]), translation
            ),
            a=a,
            b=-a * u / z,
            c=-a * v / z,
            energy=energy + pair_energy,
            information=information.times(robust),
            pull=torch.stack([robust * pull_x, robust * pull_y], dim=1),
            pair_weight=pair_weight,
            pair_pull=pair_weight[:, None] * apart,
        )


def _robust(
    square: Float[Tensor, "frames terms"], huber: float
) -> tuple[Float[Tensor, "frames"], Float[Tensor, "frames terms"]]:
    """Huber's energy of each frame, and each term's weight."""
    length = square.clamp(min=1e-20).sqrt()
    linear = huber * (length - huber / 2)
    energy = torch.where(length > huber, linear, square / 2).sum(dim=-1)
    return energy, huber / length.clamp(min=huber)


def _stiffness(
    a: Float[Tensor, "frames points"],
    b: Float[Tensor, "frames points"],
    c: Float[Tensor, "frames points"],
    i: PixelInformation,
) -> Float[Tensor, "frames 6 points"]:
    """Second derivative by places in camera space, its upper triangle row by row."""
    u, v = i.xx * b + i.xy * c, i.xy * b + i.yy * c
    square = a * a
    rows = [square * i.xx, square * i.xy, a * u, square * i.yy, a * v, b * u + c * v]
    return torch.stack(rows, dim=1)


def _cross(
    first: Float[Tensor, "frames 3 points"], second: Float[Tensor, "frames 3 points"]
) -> Float[Tensor, "frames 3 points"]:
    """Cross products of columns, several times as fast as PyTorch's."""
    x, y, z = first.unbind(dim=1)
    u, v, w = second.unbind(dim=1)
    return torch.stack([y * w - z * v, z * u - x * w, x * v - y * u], dim=1)


def _twist(
    arm: Float[Tensor, "frames 3 points"], stiff: Float[Tensor, "frames 6 points"]
) -> Float[Tensor, "frames 9 points"]:
    """The arm's cross products with the columns of a symmetric matrix, row by row."""
    x, y, z = arm.unbind(dim=1)
    columns = [stiff[:, _WHOLE[3 * k : 3 * k + 3]].unbind(dim=1) for k in range(3)]
    rows = [y * w - z * v for _, v, w in columns]
    rows += [z * u - x * w for u, _, w in columns]
    rows += [x * v - y * u for u, v, _ in columns]
    return torch.stack(rows, dim=1)


def _cross_sum(
    arm: Float[Tensor, "frames 3 points"], twist: Float[Tensor, "frames 9 points"]
) -> Float[Tensor, "frames 3 3"]:
    """The sum over points of the arm's cross products with the rows of its twist."""
    moments = twist @ arm.mT  # frames, 9, 3
    m = moments.unflatten(1, (3, 3))  # row, column of the twist, axis of the arm
    rows = [
        m[:, :, 2, 1] - m[:, :, 1, 2],
        m[:, :, 0, 2] - m[:, :, 2, 0],
        m[:, :, 1, 0] - m[:, :, 0, 1],
    ]
    return torch.stack(rows, dim=2)


def _pose_block(
    turned: Float[Tensor, "frames 3 landmarks"],
    twist: Float[Tensor, "frames 9 landmarks"],
    stiff: Float[Tensor, "frames 6 landmarks"],
) -> Float[Tensor, "frames 6 6"]:
    """The Hessian of small turns about the head joint and of its moves.

    A turn w moves a landmark by w x r.
    """
    mixed = twist.sum(dim=2).unflatten(1, (3, 3))
    move = stiff.sum(dim=2)[:, _WHOLE].unflatten(1, (3, 3))
    turn = _cross_sum(turned, twist)
    return torch.cat(
        [torch.cat([turn, mixed], dim=2), torch.cat([mixed.mT, move], dim=2)], dim=1
    )


def _pose_motion(
    turn: Float[Tensor, "frames 3 3"], translation: Float[Tensor, "frames 3"]
) -> Float[Tensor, "frames 6 6"]:
    """Turns and moves for the six unknowns of the pose."""
    motion = torch.eye(6).to(turn).repeat(len(turn), 1, 1)
    motion[:, :3, :3] = turn
    motion[:, 5, 5] = translation[:, 2]
    return motion


def _posed(layout: HeadUnknowns) -> slice:
    return slice(layout.rotation.start, layout.translation.stop)


def _products(
    basis: Float[Tensor, "points 3 expressions"], pairs: Int[Tensor, "2 pairs"]
) -> Float[Tensor, "points 6 pairs"]:
    """Products of the basis with itself for each entry of a symmetric matrix."""
    products = []
    for a, b in zip(_ROWS, _COLUMNS, strict=True):
        one = basis[:, a, pairs[0]] * basis[:, b, pairs[1]]
        other = basis[:, b, pairs[0]] * basis[:, a, pairs[1]]
        products.append(one if a == b else one + other)
    return torch.stack(products, dim=1)


def _neighbours(
    points: Float[Tensor, "points 3"], groups: int
) -> Int[Tensor, "points"]:
    """The group of each point: the nearest of some that lie farthest apart."""
    chosen = farthest_first(points, groups, first=0)
    return torch.cdist(points, points[chosen]).argmin(dim=1)
