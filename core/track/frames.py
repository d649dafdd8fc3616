"""Pose and expression in every frame of a clip, for a person who is known.

All frames are solved at once, in chunks, each as a small problem of its own: six
numbers of pose and 52 weights in their box, by Gauss-Newton with exact Jacobians.
"""

import math
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from ..least_squares import (
    NormalEquations,
    Residual,
    SolverSettings,
    normal_equations,
    share_unknowns,
    solve,
    spread_shared,
)
from ..residuals.expectations import (
    LIMITED,
    MEETING_PAIRS,
    OPPOSITES,
    far_side_weights,
    landmark_weights,
)
from ..residuals.known_person import (
    ExpressionProducts,
    KnownPerson,
    PixelInformation,
)
from ..residuals.person import ShapeImpression, person_residuals
from ..residuals.prediction import (
    HeadUnknowns,
    LandmarkBases,
    View,
    landmark_motion,
    predict_landmarks,
)
from ..residuals.start import eye_distances_px, start_unknowns
from ..residuals.terms import (
    columns_of,
    difference_residual,
    exclusion_residual,
    landmark_residual,
    limit_residual,
    prior_residual,
    whitening,
)
from ..residuals.weight_terms import WeightTerms

_WORKERS = max(1, min(8, os.cpu_count() or 1))


@dataclass(frozen=True, kw_only=True)
class TrackSettings:
    """How the terms are weighed; all deviations are standard deviations."""

    noise: float = 0.006
    """Of the detector, as a part of the eye distance."""
    difference_noise: float = 0.03
    """Of the distance between two lids or lips, as a part of the eye distance. The
    detector sees all of them too near each other: with 0.006 the whole head pitches
    down by seven degrees to follow."""
    landmark_weight: float = 0.15
    """How much a landmark counts: neighbours err alike, so that 468 of them are worth
    far fewer independent ones."""
    lip_weight: float = 2.0
    """How much more a lip counts than another landmark."""
    huber: float = 3.0
    """Length of an error, in deviations, from where it counts linearly."""
    expression_deviation: float = 0.08
    """Of expressions that the detector has no good score for."""
    exclusion_deviation: float = 0.05
    """Of the product of two expressions that exclude each other."""
    log_focal_deviation: float = 0.35
    """Of the focal length while the driver is calibrated: more than of photos, for a
    head that turns tells it. On nine films of unseen heads it is off by 11 percent
    then, by 14 with 0.2, and 27 percent too short with 0.04."""
    calibrated_share: float = 0.1
    """What is left of the landmarks' uncertainty (variance) once the driver's own
    landmark offsets are known."""
    iterations: int = 4
    """Most Gauss-Newton steps of a frame at the first look, after which it is solved
    once more, as it was read. With one step more no error on four films changes by a
    hundredth; with one less, where windows of a clip meet shows by 0.002."""
    refining_iterations: int = 2
    """The same where frames start from a solution to nearly the same problem. Weights
    are then 0.0003 from where more steps would lead."""
    renewals: int = 1
    """How often a frame's Hessian is worked out anew after a step."""
    chunk: int = 128
    """Frames solved at once; chunks are shared out among the processors."""

    def refining(self) -> "TrackSettings":
        """Settings for frames that were solved before."""
        return replace(self, iterations=self.refining_iterations, renewals=0)


@dataclass(frozen=True, kw_only=True)
class Observations:
    """What the detector saw in some frames, and what that suggests."""

    points_px: Float[Tensor, "frames landmarks 2"]
    """The detected landmarks."""
    expected: Float[Tensor, "frames expressions"]
    """Expected expression weights."""
    deviation: Float[Tensor, "frames expressions"]
    """Their standard deviations."""

    def at(self, frames: Tensor | slice) -> "Observations":
        """Only some of the frames."""
        return Observations(
            points_px=self.points_px[frames],
            expected=self.expected[frames],
            deviation=self.deviation[frames],
        )


@dataclass(frozen=True, kw_only=True)
class Frames:
    """Solved frames: the unknowns and what they are relative to."""

    x: Float[Tensor, "frames size"]
    """The unknowns of each frame."""
    view: View
    """What they are relative to."""
    information: Float[Tensor, "frames size"]
    """How firmly the landmarks hold each unknown (inverse variance)."""

    def at(self, chosen: Tensor | slice) -> "Frames":
        """Only some of the frames."""
        base = self.view.base_rotation[chosen]
        return Frames(
            x=self.x[chosen],
            view=replace(self.view, base_rotation=base),
            information=self.information[chosen],
        )

    @classmethod
    def room_for(cls, frames: int, like: "Frames") -> "Frames":
        """Room for so many frames that have all but the base rotation in common."""
        x, base = like.x, like.view.base_rotation
        return cls(
            x=x.new_empty(frames, x.shape[1]),
            view=replace(like.view, base_rotation=base.new_empty(frames, 3, 3)),
            information=x.new_empty(frames, x.shape[1]),
        )

    def put(self, window: slice, solved: "Frames") -> None:
        """Fill some of the room: only so is no clip in memory twice."""
        self.x[window], self.information[window] = solved.x, solved.information
        self.view.base_rotation[window] = solved.view.base_rotation

    @classmethod
    def joined(cls, parts: Sequence["Frames"]) -> "Frames":
        """Frames that have all but the base rotation in common."""
        base = torch.cat([part.view.base_rotation for part in parts])
        return cls(
            x=torch.cat([part.x for part in parts]),
            view=replace(parts[0].view, base_rotation=base),
            information=torch.cat([part.information for part in parts]),
        )


def start_frames(
    bases: LandmarkBases,
    observed: Observations,
    *,
    layout: HeadUnknowns,
    focal_px: Tensor,
    center_px: Tensor,
) -> Frames:
    """Poses by scaled orthography and the expected expressions."""
    x, view = start_unknowns(
        bases,
        observed.points_px,
        observed.expected,
        layout=layout,
        focal_px=focal_px,
        center_px=center_px,
    )
    return Frames(x=x, view=view, information=torch.zeros_like(x))


def solve_frames(
    bases: LandmarkBases,
    products: ExpressionProducts,
    observed: Observations,
    start: Frames,
    settings: TrackSettings,
) -> Frames:
    """Least squares for every frame, from a start, with the products of the bases."""

    def solve_chunk(chunk: slice) -> Frames:
        part, frames = observed.at(chunk), start.at(chunk)
        return _solve_chunk(bases, products, part, frames, settings)

    with ThreadPoolExecutor(_WORKERS) as pool:
        solved = list(pool.map(solve_chunk, _chunks(len(start.x), settings.chunk)))
    return Frames.joined(solved)


def solve_shared(
    bases: LandmarkBases,
    observed: Observations,
    start: Frames,
    settings: TrackSettings,
    *,
    person: ShapeImpression | None = None,
) -> Frames:
    """Least squares for frames of one person who is sought as well (a bundle).

    The unknowns of the frames have identity and focal length in common; `person` is
    whom they seem to show.
    """
    layout = start.view.unknowns
    frames, shared = len(start.x), layout.shared
    white = _whitening(bases, start, settings)
    others = _other_terms(bases, observed, start, settings)
    one = Frames(x=start.x[:1], view=start.view, information=start.information[:1])
    lower, upper = _bounds(one.x, layout)
    # The priors count once for every frame: the landmarks' errors are mostly the same
    # in all of them, and with less say the identity takes in what is left of the
    # expressions, until the driver is a caricature whose lids do not close.

    def linearise(unknowns: Tensor) -> NormalEquations:
        x = spread_shared(unknowns, shared=shared, problems=frames)
        expected = [
            *person_residuals(x, layout.identity, person),
            prior_residual(
                x,
                layout.log_focal,
                mean=float(start.view.focal_px.log()),
                deviation=settings.log_focal_deviation,
            ),
        ]
        seen = landmark_residual(
            predict_landmarks(bases, start.view, x),
            observed.points_px,
            white,
            huber=settings.huber,
        )
        every = normal_equations([seen, *others(x), *expected])
        return share_unknowns(every, shared)

    solution = solve(
        linearise,
        torch.cat([start.x[:1, :shared], start.x[:, shared:].reshape(1, -1)], dim=1),
        lower=torch.cat([lower[:shared], lower[shared:].repeat(frames)]),
        upper=torch.cat([upper[:shared], upper[shared:].repeat(frames)]),
        settings=SolverSettings(iterations=20),
    )
    x = spread_shared(solution.value, shared=shared, problems=frames)
    return Frames(x=x, view=start.view, information=torch.zeros_like(x))


def _solve_chunk(
    bases: LandmarkBases,
    products: ExpressionProducts,
    observed: Observations,
    start: Frames,
    settings: TrackSettings,
) -> Frames:
    view, layout = start.view, start.view.unknowns
    eye_px = eye_distances_px(view, start.x)
    person = KnownPerson(
        bases=bases,
        products=products,
        view=view,
        observed_px=observed.points_px,
        information=PixelInformation.of(
            landmark_motion(bases, view, start.x),
            bases.covariance,
            noise_px=settings.noise * eye_px,
            weights=_landmark_weights(bases, start, settings),
        ),
        meeting_noise_px=settings.difference_noise * eye_px,
        huber=settings.huber,
        weights=WeightTerms(
            layout=layout,
            mean=observed.expected,
            deviation=observed.deviation,
            opposites=columns_of(OPPOSITES, layout).to(start.x.device),
            limited=columns_of(LIMITED, layout).to(start.x.device),
            exclusion_deviation=settings.exclusion_deviation,
        ),
    )
    lower, upper = _bounds(start.x, layout)
    solution = solve(
        person.equations,
        start.x,
        lower=lower,
        upper=upper,
        settings=SolverSettings(
            iterations=settings.iterations,
            tolerance=0.0,  # else a frame's last steps depend on its neighbours'
            renewals=settings.renewals,
        ),
        slope=person.slope,
    )
    held = solution.information.diagonal(dim1=-2, dim2=-1)
    return Frames(x=solution.value, view=view, information=held)


def _whitening(
    bases: LandmarkBases, start: Frames, settings: TrackSettings
) -> Float[Tensor, "frames landmarks 2 2"]:
    """How much each landmark counts in each frame, as it stands at the start."""
    return whitening(
        landmark_motion(bases, start.view, start.x),
        bases.covariance,
        noise_px=settings.noise * eye_distances_px(start.view, start.x),
        weights=_landmark_weights(bases, start, settings),
    )


def _landmark_weights(
    bases: LandmarkBases, start: Frames, settings: TrackSettings
) -> Float[Tensor, "frames landmarks"]:
    return (
        settings.landmark_weight
        * landmark_weights(bases, lip_weight=settings.lip_weight)
        * far_side_weights(bases, start.view.rotation(start.x))
    )


def _other_terms(
    bases: LandmarkBases,
    observed: Observations,
    start: Frames,
    settings: TrackSettings,
) -> Callable[[Tensor], list[Residual]]:
    """The function that gives the terms beside the landmarks' places."""
    s, view, layout = settings, start.view, start.view.unknowns
    eye_px = eye_distances_px(view, start.x)
    every = torch.tensor(MEETING_PAIRS, device=start.x.device)
    chosen, meeting = every.unique(return_inverse=True)
    lips_and_lids, points_px = bases.at(chosen), observed.points_px[:, chosen]
    opposites = columns_of(OPPOSITES, layout).to(start.x.device)
    limited = columns_of(LIMITED, layout).to(start.x.device)

    def terms(x: Tensor) -> list[Residual]:
        return [
            difference_residual(
                predict_landmarks(lips_and_lids, view, x),
                points_px,
                meeting,
                noise_px=s.difference_noise * eye_px,
                huber=s.huber,
            ),
            prior_residual(
                x,
                layout.expression,
                mean=observed.expected,
                deviation=observed.deviation,
            ),
            exclusion_residual(x, opposites, deviation=s.exclusion_deviation),
            limit_residual(x, limited, deviation=s.exclusion_deviation),
        ]

    return terms


def _bounds(x: Tensor, layout: HeadUnknowns) -> tuple[Tensor, Tensor]:
    lower = torch.full_like(x[0], -math.inf)
    upper = -lower
    lower[layout.identity], upper[layout.identity] = -3.5, 3.5
    lower[layout.expression], upper[layout.expression] = 0, 1
    return lower, upper


def _chunks(frames: int, size: int) -> Iterator[slice]:
    for start in range(0, frames, size):
        yield slice(start, min(start + size, frames))
