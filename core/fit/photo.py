"""The head in a photo: pose, focal length, identity, expression, gaze, likeness.

With a single picture much is ambiguous: a smiling person could have a wide mouth, a
near person a narrow face. Priors decide such cases: identity is standard normal, the
focal length near that of a portrait, and an expression what the detector's trustworthy
scores say, so that a smile stays an expression. Once the landmarks are met, the shading
of even skin is asked for the slopes that they leave open (`residuals.shading`). What
the model cannot say about this face is added at the end as a smooth offset of at most
three millimetres.

Several photos of one person are fitted together: they have the identity and the offset
in common, and each its own camera, pose and expression. What is deep in one is wide in
another, so that the third dimension need no longer be guessed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from ..assets import PinholeCamera
from ..camera import rigid_transform
from ..errors import FitDivergedError
from ..head_model import (
    HeadModel,
    neutral_with_crowns,
    neutral_with_lining_inside,
)
from ..landmarks.types import Landmarks
from ..least_squares import (
    NormalEquations,
    SolverSettings,
    normal_equations,
    share_unknowns,
    solve,
    spread_shared,
    stack_problems,
)
from ..messages import Progress, Say, silent
from .energy import DEFAULT_PHOTO, PhotoEnergy, PhotoSettings
from .likeness import LikenessOffsets, acting_offsets, likeness_offsets


@dataclass(frozen=True, kw_only=True)
class HeadFit:
    """The person of a photo as the head model says it, and how the fit went."""

    identity: Float[np.ndarray, "identities"]
    """Coefficients of the identity basis."""
    expression: Float[np.ndarray, "expressions"]
    """Expression weights in the photo."""
    offsets: Float[np.ndarray, "vertices 3"]
    """What the model cannot say about this head: metres, at most 3 mm long."""
    acting_offsets: Float[np.ndarray, "vertices 3"]
    """What the expressions cannot say about how this person made that face: metres, at
    most 3 mm long."""
    vertices_neutral: Float[np.ndarray, "vertices 3"]
    """The person without expression, offsets included, the mouth's lining inside."""
    joints: Float[np.ndarray, "joints 3"]
    """The person's joints; the eyes follow the offsets around them."""
    T_camera_head: Float[np.ndarray, "4 4"]
    """Where the photo's camera saw the head."""
    camera: PinholeCamera
    """The photo's camera; its principal point is the image's middle."""
    gaze_rad: Float[np.ndarray, "2 2"]
    """Yaw and pitch of the left and the right eye."""
    rms_px: float
    """Root mean square distance of the 468 face landmarks from those detected."""
    landmark_error_percent: float
    """Their median distance, in percent of the distance between the irises."""
    focal_source: str
    """`exif` when the photo told its focal length, else `prior`."""
    converged: bool
    """Whether the solver came to rest."""


def fit_head(
    model: HeadModel,
    landmarks: Landmarks,
    *,
    focal_px: float | None,
    pixels_srgb: UInt8[np.ndarray, "height width 3"] | None = None,
    say: Say = silent,
    settings: PhotoSettings = DEFAULT_PHOTO,
) -> HeadFit:
    """The head that best explains a photo's landmarks, and its shading if it is given.

    `focal_px` is the focal length if the photo tells it. Raises FitDivergedError when
    the result is of no use.
    """
    (fit,) = fit_heads(
        model,
        [landmarks],
        focals_px=[focal_px],
        pictures_srgb=[pixels_srgb],
        say=say,
        settings=settings,
    )
    return fit


def fit_heads(
    model: HeadModel,
    landmarks: Sequence[Landmarks],
    *,
    focals_px: Sequence[float | None],
    pictures_srgb: Sequence[UInt8[np.ndarray, "_ _ 3"] | None] | None = None,
    names: Sequence[str] | None = None,
    say: Say = silent,
    settings: PhotoSettings = DEFAULT_PHOTO,
) -> list[HeadFit]:
    """The one head that best explains several photos, as it is in each of them.

    All fits have the person in common; camera, pose, expression and gaze are each
    photo's own. `pictures_srgb` are the photos themselves, for their shading. Raises
    FitDivergedError, which calls the photo by its one of `names`, when a photo cannot
    be explained.
    """
    called = names or ["this photo"] * len(landmarks)
    pictures = pictures_srgb or [None] * len(landmarks)
    photos = [
        PhotoEnergy(
            model, seen, focal_px, settings, of=len(landmarks), pixels_srgb=pixels
        )
        for seen, focal_px, pixels in zip(landmarks, focals_px, pictures, strict=True)
    ]
    say(Progress(fraction=0.1, doing="Placing the head"))
    x, _ = _solve(photos, [photo.first_unknowns() for photo in photos], rigid=True)
    say(Progress(fraction=0.3, doing="Fitting the head"))
    x, _ = _solve(photos, x, rigid=False)
    x, converged = _solve(photos, x, rigid=False)
    if pictures_srgb is not None:
        say(Progress(fraction=0.5, doing="Reading the shading"))
        x, converged = _solve(photos, x, rigid=False, shaded=True)
    say(Progress(fraction=0.7, doing="Refining the likeness"))
    offsets = _likeness(model, photos, x)
    return [
        _finished(photo, own, offsets, name=name, converged=converged)
        for photo, own, name in zip(photos, x, called, strict=True)
    ]


def _solve(
    photos: Sequence[PhotoEnergy],
    starts: Sequence[Float[Tensor, "1 size"]],
    *,
    rigid: bool,
    shaded: bool = False,
) -> tuple[list[Float[Tensor, "1 size"]], bool]:
    """Least squares from a start for all photos at once, and whether it came to rest.

    `rigid` moves the heads and nothing else; `shaded` looks at the pixels too.
    """
    shared, count = photos[0].layout.identities, len(photos)
    starts = [photo.turned(start) for photo, start in zip(photos, starts, strict=True)]
    terms = [
        photo.terms(start, shaded=shaded)
        for photo, start in zip(photos, starts, strict=True)
    ]
    bounds = [
        photo.bounds(start, rigid=rigid)
        for photo, start in zip(photos, starts, strict=True)
    ]

    def linearise(unknowns: Tensor) -> NormalEquations:
        every = spread_shared(unknowns, shared=shared, problems=count)
        own = [
            normal_equations(of(x[None])) for of, x in zip(terms, every, strict=True)
        ]
        return share_unknowns(stack_problems(own), shared)

    def joined(vectors: Sequence[Tensor]) -> Tensor:
        return torch.cat([vectors[0], *(vector[shared:] for vector in vectors[1:])])

    solution = solve(
        linearise,
        joined([start[0] for start in starts])[None],
        lower=joined([lower for lower, _ in bounds]),
        upper=joined([upper for _, upper in bounds]),
        settings=SolverSettings(iterations=10 if rigid else 25),
    )
    every = spread_shared(solution.value, shared=shared, problems=count)
    return list(every[:, None]), bool(solution.converged.all())


def _likeness(
    model: HeadModel,
    photos: Sequence[PhotoEnergy],
    x: Sequence[Float[Tensor, "1 size"]],
) -> LikenessOffsets:
    """The offsets that all photos together still ask for."""
    asked = [photo.asked(own) for photo, own in zip(photos, x, strict=True)]
    errors, moves = zip(*asked, strict=True)
    return likeness_offsets(
        model,
        error=torch.cat(errors, dim=1).numpy(),
        error_per_head=torch.cat(moves, dim=1).numpy(),
    )


def _finished(
    photo: PhotoEnergy,
    x: Float[Tensor, "1 size"],
    offsets: LikenessOffsets,
    *,
    name: str,
    converged: bool,
) -> HeadFit:
    """Everything the solution says, with the likeness offsets added."""
    layout = photo.layout
    identity = photo.identity(x).float()
    expression = x[0, layout.expression].float()
    error_px = photo.left_over_px(x, offsets)
    percent = photo.error_percent(error_px)
    if not percent < photo.settings.worst_error_percent:
        raise FitDivergedError(
            f"The head could not be brought onto {name}: the face is turned too far, "
            "mostly covered, or too small. Choose a photo in which the face looks "
            "roughly into the camera."
        )
    neutral = photo.model.vertices(identity, torch.zeros_like(expression))
    neutral = neutral + torch.from_numpy(offsets.vertices).float()
    neutral = neutral_with_lining_inside(photo.model, neutral)
    neutral = neutral_with_crowns(photo.model, neutral)
    joints = photo.model.joints(identity).numpy() + offsets.joints
    error, error_per_head = photo.unexplained(x, offsets)
    acting = acting_offsets(
        photo.model,
        error=error,
        error_per_head=error_per_head,
        expression=expression.numpy(),
    )
    return HeadFit(
        identity=identity.numpy(),
        expression=expression.numpy(),
        offsets=offsets.vertices.astype(np.float32),
        acting_offsets=acting.astype(np.float32),
        vertices_neutral=neutral.numpy(),
        joints=joints.astype(np.float32),
        T_camera_head=rigid_transform(
            photo.view.rotation(x), photo.view.translation(x)
        )[0].numpy(),
        camera=photo.camera(x),
        gaze_rad=photo.gaze_rad(x, torch.from_numpy(joints)),
        rms_px=float(error_px.square().sum(dim=1).mean().sqrt()),
        landmark_error_percent=percent,
        focal_source="exif" if photo.focal_known else "prior",
        converged=converged,
    )
