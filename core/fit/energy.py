"""What explains one photo: the terms of its energy, and what its unknowns mean.

`photo` looks for the unknowns of least energy, of one photo or of several at once.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from ..assets import PinholeCamera
from ..camera import project_points
from ..head_model import HeadModel
from ..landmarks.topology import FACE_COUNT, IRIS_LEFT, IRIS_RIGHT
from ..landmarks.types import Landmarks
from ..least_squares import Residual
from ..residuals.brightness import log_brightness
from ..residuals.expectations import (
    LIMITED,
    MEETING_PAIRS,
    OPPOSITES,
    SIDES,
    expected_expressions,
    far_side_weights,
    landmark_weights,
    personal_spread,
)
from ..residuals.gaze import DEFAULT_GAZE, Eyes, solve_gaze
from ..residuals.person import person_residuals
from ..residuals.prediction import (
    HeadUnknowns,
    LandmarkBases,
    View,
    landmark_motion,
    predict_landmarks,
)
from ..residuals.shading import ShadingEvidence, seen_from, shading_evidence
from ..residuals.start import eye_distances_px, start_unknowns
from ..residuals.surface import skin_surface
from ..residuals.terms import (
    columns_of,
    difference_residual,
    exclusion_residual,
    landmark_residual,
    limit_residual,
    prior_residual,
    shading_residual,
    symmetry_residual,
    whitening,
)
from .likeness import LikenessOffsets
from .shape_reader import load_shape_reader


@dataclass(frozen=True, kw_only=True)
class PhotoSettings:
    """How the terms are weighed; all deviations are standard deviations."""

    focal_of_long_side: float = 1.3
    """Expected focal length over the photo's longer side."""
    log_focal_deviation: float = 0.2
    """Focal decides identity: 0.97 mm with it known, 1.61 mm with this prior, 2.49 mm
    when it is fixed 1.5 times wrong (synthetic landmarks)."""
    noise: float = 0.006
    """Of the detector, as a part of the eye distance."""
    difference_noise: float = 0.03
    """Of the distance between two lids or lips, as a part of the eye distance. The
    detector sees all of them too near each other: with 0.006 the whole head pitches
    down by seven degrees to follow."""
    landmark_weight: float = 0.5
    """How much a landmark counts: neighbours err alike, so that 468 of them are worth
    far fewer independent ones. Tuned on 14 scan-made heads: more finds the identity
    no better, less does not find it."""
    lip_weight: float = 2.0
    """How much more a lip counts than another landmark."""
    huber: float = 3.0
    """Length of an error, in deviations, from where it counts linearly."""
    silent_deviation: float = 0.08
    """Of expressions that the detector has no good score for."""
    personal_share: float = 1.0
    """How far a person's expression is from the model's, as a share of its way.
    Tuned on eight scan-made heads, smiling and neutral: their two neutral heads come
    from 1.48 mm to 1.23 mm of each other."""
    symmetry_deviation: float = 0.3
    """Of the difference between the left and the right side's expression."""
    exclusion_deviation: float = 0.05
    """Of the product of two expressions that exclude each other."""
    least_cosine: float = 0.5
    """Between view and normal, for skin whose shade tells the shape."""
    worst_error_percent: float = 12.0
    """Median landmark error, of the eye distance, beyond which a fit is useless."""


DEFAULT_PHOTO = PhotoSettings()

FEWEST_PLACES = 60
"""Of skin; fewer say nothing about the light."""


class PhotoEnergy:
    """One photo's energy in double precision, on the processor.

    It is one `of` so many photos of the person.
    """

    def __init__(
        self,
        model: HeadModel,
        landmarks: Landmarks,
        focal_px: float | None,
        settings: PhotoSettings,
        *,
        of: int,
        pixels_srgb: UInt8[np.ndarray, "height width 3"] | None = None,
    ) -> None:
        width, height = landmarks.image_size_px
        self.pixels_srgb = pixels_srgb
        self.photos = of
        self.model, self.landmarks, self.settings = model, landmarks, settings
        self.focal_known = focal_px is not None
        guess = focal_px or settings.focal_of_long_side * max(width, height)
        self.bases = LandmarkBases.of(model, refined=landmarks.refined).to(
            torch.float64
        )
        self.layout = HeadUnknowns(identities=len(self.bases.identity), focal=True)
        self.observed_px = torch.from_numpy(landmarks.points_px[None]).double()
        self.view = View(
            unknowns=self.layout,
            base_rotation=torch.eye(3, dtype=torch.float64)[None],
            focal_px=torch.tensor(guess, dtype=torch.float64),
            center_px=torch.tensor([width / 2, height / 2], dtype=torch.float64),
        )
        self.impression = (
            load_shape_reader(model.version_sha256).read(
                pixels_srgb, landmarks, focal_px
            )
            if pixels_srgb is not None and landmarks.refined
            else None
        )
        self.expected = expected_expressions(
            torch.from_numpy(landmarks.scores[None]).double(),
            silent_deviation=settings.silent_deviation,
        )
        self.personal = personal_spread(
            self.bases, self.expected[0][0], share=settings.personal_share
        )

    def first_unknowns(self) -> Float[Tensor, "1 size"]:
        """The mean head at the pose of scaled orthography; it fixes the view."""
        x, self.view = start_unknowns(
            self.bases,
            self.observed_px,
            self.expected[0],
            layout=self.layout,
            focal_px=self.view.focal_px,
            center_px=self.view.center_px,
        )
        return x

    def turned(self, x: Float[Tensor, "1 size"]) -> Float[Tensor, "1 size"]:
        """The same unknowns with the head's rotation put into the view."""
        self.view = replace(self.view, base_rotation=self.view.rotation(x))
        x = x.clone()
        x[:, self.layout.rotation] = 0
        return x

    def terms(
        self, start: Float[Tensor, "1 size"], *, shaded: bool = False
    ) -> Callable[[Tensor], list[Residual]]:
        """All terms of the energy, with errors weighed as they are seen at a start.

        `shaded` adds what the pixels say about the shape, linear around the start.
        """
        s, layout, whom = self.settings, self.layout, self.impression
        eye_px = eye_distances_px(self.view, start)
        weights = s.landmark_weight * landmark_weights(
            self.bases, lip_weight=s.lip_weight
        )
        white = whitening(
            landmark_motion(self.bases, self.view, start),
            self.bases.covariance + self.personal,
            noise_px=s.noise * eye_px,
            weights=weights * far_side_weights(self.bases, self.view.rotation(start)),
        )
        expected, deviation = self.expected
        log_focal = float(self.view.focal_px.log())
        # Each photo brings its part of the prior on the person. Counted once in all it
        # would lose its say: the landmarks' errors are much the same in all photos.
        person = self.photos**0.25
        shading = self.shading(start) if shaded else None

        def terms(x: Tensor) -> list[Residual]:
            prediction = predict_landmarks(self.bases, self.view, x)
            return [
                landmark_residual(prediction, self.observed_px, white, huber=s.huber),
                difference_residual(
                    prediction,
                    self.observed_px,
                    torch.tensor(MEETING_PAIRS),
                    noise_px=s.difference_noise * eye_px,
                    huber=s.huber,
                ),
                *person_residuals(x, layout.identity, whom, deviation=person),
                prior_residual(
                    x,
                    layout.log_focal,
                    mean=log_focal,
                    deviation=s.log_focal_deviation,
                ),
                prior_residual(
                    x, layout.expression, mean=expected, deviation=deviation
                ),
                symmetry_residual(
                    x, columns_of(SIDES, layout), deviation=s.symmetry_deviation
                ),
                exclusion_residual(
                    x, columns_of(OPPOSITES, layout), deviation=s.exclusion_deviation
                ),
                limit_residual(
                    x, columns_of(LIMITED, layout), deviation=s.exclusion_deviation
                ),
                *shading_residual(x, start, layout, shading),
            ]

        return terms

    def shading(self, x: Float[Tensor, "1 size"]) -> ShadingEvidence | None:
        """What the photo's shading says there; None where hardly any skin is seen."""
        if self.pixels_srgb is None:
            return None
        surface = skin_surface(self.model)
        identity = self.identity(x)
        coefficients = torch.cat([identity, x[0, self.layout.expression]])
        normals, moved = surface.normals(coefficients)
        # the marks' own errors move no skin
        still = moved.new_zeros(
            self.layout.identities - len(identity), *moved.shape[1:]
        )
        moved = torch.cat([moved[: len(identity)], still, moved[len(identity) :]])
        points = surface.points(coefficients)[surface.places]
        rotation, translation = self.view.rotation(x)[0], self.view.translation(x)[0]
        camera = points @ rotation.T + translation
        focal_px = self.view.focals_px(x)[0]
        points_px = project_points(
            camera, focal_px=focal_px, center_px=self.view.center_px
        )
        brightness, seen = log_brightness(
            self.pixels_srgb, points_px, px_per_m=float(focal_px / translation[2])
        )
        least = self.settings.least_cosine
        seen &= seen_from(normals @ rotation.T, camera, least_cosine=least)
        if int(seen.sum()) < FEWEST_PLACES:
            return None
        return shading_evidence(
            brightness[seen], normals[seen], moved[:, seen], points[seen]
        )

    def identity(self, x: Float[Tensor, "1 size"]) -> Float[Tensor, "identities"]:
        """The person's coefficients, without those of the marks' errors."""
        return x[0, self.layout.identity][: self.model.identity_count]

    def bounds(
        self, start: Float[Tensor, "1 size"], *, rigid: bool
    ) -> tuple[Float[Tensor, "size"], Float[Tensor, "size"]]:
        """The box: expressions from 0 to 1; identity within 3.5 deviations."""
        lower = torch.full_like(start[0], -math.inf)
        upper = -lower
        upper[self.layout.identity] = 3.5
        lower[self.layout.identity] = -3.5
        lower[self.layout.expression] = 0
        upper[self.layout.expression] = 1
        if self.focal_known:
            lower[self.layout.log_focal] = self.view.focal_px.log()
            upper[self.layout.log_focal] = self.view.focal_px.log()
        if rigid:
            pose = torch.zeros_like(lower, dtype=torch.bool)
            pose[self.layout.rotation] = pose[self.layout.translation] = True
            lower = torch.where(pose, lower, start[0])
            upper = torch.where(pose, upper, start[0])
        return lower, upper

    def asked(
        self, x: Float[Tensor, "1 size"]
    ) -> tuple[Float[Tensor, "landmarks 2"], Float[Tensor, "landmarks 2 3"]]:
        """What landmarks still ask for, and how it changes with their places.

        In eye distances, times how well the photo shows each; places in head space.
        """
        error_px, px_per_head = self._error(x)
        scale = self._shown(x)
        error = self.trust()[:, None] * error_px * scale
        return error, px_per_head * scale[..., None]

    def unexplained(
        self, x: Float[Tensor, "1 size"], offsets: LikenessOffsets
    ) -> tuple[Float[np.ndarray, "landmarks 2"], Float[np.ndarray, "landmarks 2 3"]]:
        """The same that is left with the offsets, whatever it is."""
        error_px, px_per_head = self._error(x)
        moved_px = px_per_head @ torch.from_numpy(offsets.landmarks)[..., None]
        scale = self._shown(x)
        error = (error_px - moved_px[..., 0]) * scale
        return error.numpy(), (px_per_head * scale[..., None]).numpy()

    def _shown(self, x: Float[Tensor, "1 size"]) -> Float[Tensor, "landmarks 1"]:
        """How well the photo shows each landmark, over the eye distance."""
        seen = far_side_weights(self.bases, self.view.rotation(x))[0, :, None]
        return seen / eye_distances_px(self.view, x)

    def left_over_px(
        self, x: Float[Tensor, "1 size"], offsets: LikenessOffsets
    ) -> Float[Tensor, "face 2"]:
        """How far off the face's landmarks still are with the offsets."""
        error_px, px_per_head = self._error(x)
        moved_px = px_per_head @ torch.from_numpy(offsets.landmarks)[..., None]
        return (error_px - moved_px[..., 0])[:FACE_COUNT]

    def _error(
        self, x: Float[Tensor, "1 size"]
    ) -> tuple[Float[Tensor, "landmarks 2"], Float[Tensor, "landmarks 2 3"]]:
        """How far off landmarks are in pixels, and how places in the head move them."""
        prediction = predict_landmarks(self.bases, self.view, x)
        error_px = self.observed_px - prediction.points_px
        return error_px[0], prediction.px_per_head[0]

    def trust(self) -> Float[Tensor, "landmarks"]:
        """How far what a landmark asks for is this person's neutral face, 0 to 1.

        The rest is this person's way to smile.
        """
        own = self.bases.covariance.diagonal(dim1=-2, dim2=-1).sum(dim=-1)
        spread = self.personal.diagonal(dim1=-2, dim2=-1).sum(dim=-1)
        return own / (own + spread)

    def error_percent(self, error_px: Float[Tensor, "face 2"]) -> float:
        """The median landmark error in percent of the distance between the irises."""
        irises_px = [
            self.observed_px[0, list(ring)].mean(dim=0)
            for ring in (IRIS_LEFT, IRIS_RIGHT)
        ]
        between = (irises_px[0] - irises_px[1]).norm()
        return float(100 * error_px.norm(dim=1).median() / between)

    def gaze_rad(
        self, x: Float[Tensor, "1 size"], joints: Float[Tensor, "joints 3"]
    ) -> Float[np.ndarray, "2 2"]:
        """Where the eyes look in the photo."""
        eyes = Eyes.of(self.model, self.identity(x).float(), joints).to(x)
        noise_px = DEFAULT_GAZE.iris_noise * eye_distances_px(self.view, x)
        gaze = solve_gaze(eyes, self.view, x, self.observed_px, noise_px=noise_px)
        return gaze[0].float().numpy()

    def camera(self, x: Float[Tensor, "1 size"]) -> PinholeCamera:
        """The photo's camera."""
        width, height = self.landmarks.image_size_px
        return PinholeCamera(
            focal_px=float(self.view.focals_px(x)[0]),
            center_x_px=width / 2,
            center_y_px=height / 2,
            width_px=width,
            height_px=height,
        )
