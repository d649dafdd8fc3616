"""Scan-made heads that nothing was learned from: painted, detected and fitted."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.fit import HeadFit, fit_head
from core.fit.photo import DEFAULT_PHOTO, PhotoSettings
from core.head_model import HeadModel
from core.landmarks.detector import DetectedFace, FaceDetector
from core.landmarks.types import Landmarks
from weights.learning.marking import masks_on_scans
from weights.learning.portraits import FOCAL_PX, SIZE_PX, Sitting, take
from weights.learning.registration import Registration, read_registration
from weights.learning.scans import Scans, read_scans

from .errors import ShapeError, shape_error, summary

ROOT = Path(__file__).resolve().parents[2]
SCANS = ROOT.parent / "shared" / "data" / "ict_facekit.npz"
REGISTRATION = ROOT / "weights" / "learning" / "registration.npz"

UNSEEN_SEED = 4711
"""The heads' seed; learning and tuning use others."""
VIEWS_DEG = ((0.0, 0.0), (22.0, -4.0))
"""Yaw and pitch of the photos taken of each head."""
SMILE = {"mouthSmile_L": 0.8, "mouthSmile_R": 0.8, "cheekSquint_L": 0.3} | {
    "cheekSquint_R": 0.3
}


@dataclass(frozen=True, kw_only=True)
class Studio:
    """Scan-made heads, where our vertices lie on them, and how they are painted."""

    model: HeadModel
    scans: Scans
    registration: Registration
    masks: dict[str, NDArray[np.float64]]
    face: NDArray[np.bool_]
    """Which of the registration's vertices belong to the face."""

    @classmethod
    def of(cls, model: HeadModel) -> "Studio":
        """For a head model, with the scans in the shared data."""
        scans, registration = read_scans(SCANS), read_registration(REGISTRATION)
        face = model.region("face").numpy()[registration.vertices] > 0.5
        return cls(
            model=model,
            scans=scans,
            registration=registration,
            masks=masks_on_scans(model, scans, registration),
            face=face,
        )

    def true_face(self, person: NDArray[np.float64]) -> NDArray[np.float64]:
        """The neutral face of a person, at our vertices."""
        return self.registration.places.on(self.scans.head(person))[self.face]

    def our_face(self, vertices: NDArray[np.floating]) -> NDArray[np.floating]:
        """The same of our head."""
        return vertices[self.registration.vertices[self.face]]

    def photo(
        self,
        detector: FaceDetector,
        person: NDArray[np.float64],
        sitting: Sitting,
        **expression: float,
    ) -> Landmarks:
        """What the detector sees of a person."""
        head = self.scans.head(person, **expression)
        portrait = take(self.scans, head, self.masks, sitting)
        faces = detector.find(portrait.pixels_srgb)
        assert faces, "the detector finds every painted head"
        return _landmarks(faces[0])


@dataclass(frozen=True, kw_only=True)
class Shot:
    """One photo of a person."""

    person: NDArray[np.float64]
    landmarks: Landmarks


def shots(
    studio: Studio, landmarker: bytes, *, seed: int, heads: int
) -> Iterator[Shot]:
    """Yield every view of every head."""
    people = studio.scans.people(seed=seed, count=heads)
    with FaceDetector(landmarker, faces=1) as detector:
        for index, person in enumerate(people):
            for number, (yaw, pitch) in enumerate(VIEWS_DEG):
                side = 1 if index % 2 else -1
                sitting = Sitting(
                    yaw_deg=side * yaw, pitch_deg=pitch, seed=seed + 10 * index + number
                )
                yield Shot(
                    person=person, landmarks=studio.photo(detector, person, sitting)
                )


def cross_model(
    studio: Studio, taken: list[Shot], settings: PhotoSettings = DEFAULT_PHOTO
) -> dict[str, float]:
    """Errors with known and unknown focal length, of the mean face, and of the size."""
    known: list[ShapeError] = []
    unknown: list[ShapeError] = []
    mean: list[ShapeError] = []
    percents: list[float] = []
    average = studio.our_face(studio.model.template.numpy())
    for shot in taken:
        true = studio.true_face(shot.person)
        fit = _fit(studio, shot, settings, focal_px=FOCAL_PX)
        known.append(shape_error(studio.our_face(fit.vertices_neutral), true))
        free = _fit(studio, shot, settings, focal_px=None)
        unknown.append(shape_error(studio.our_face(free.vertices_neutral), true))
        mean.append(shape_error(average, true))
        percents.append(fit.landmark_error_percent)
    return {
        **summary(known, "identity_cross"),
        **summary(mean, "mean_face"),
        **summary(unknown, "identity_cross_unknown_focal"),
        "scale_error_percent": _scale_error(known),
        "scan_landmark_error_percent": float(np.mean(percents)),
    }


def neutral_pair_mm(
    studio: Studio,
    landmarker: bytes,
    *,
    seed: int,
    heads: int,
    settings: PhotoSettings = DEFAULT_PHOTO,
) -> float:
    """How far the neutral heads of a smiling and a neutral photo of one person are."""
    apart = []
    with FaceDetector(landmarker, faces=1) as detector:
        for index, person in enumerate(studio.scans.people(seed=seed, count=heads)):
            sitting = Sitting(yaw_deg=8.0 * (-1) ** index, seed=seed + index)
            neutral, smiling = (
                fit_head(
                    studio.model,
                    studio.photo(detector, person, sitting, **expression),
                    focal_px=FOCAL_PX,
                    settings=settings,
                ).vertices_neutral
                for expression in ({}, SMILE)
            )
            error = shape_error(studio.our_face(smiling), studio.our_face(neutral))
            apart.append(error.distances_mm.mean())
    return float(np.mean(apart))


def _fit(
    studio: Studio, shot: Shot, settings: PhotoSettings, *, focal_px: float | None
) -> HeadFit:
    return fit_head(studio.model, shot.landmarks, focal_px=focal_px, settings=settings)


def _scale_error(errors: list[ShapeError]) -> float:
    return float(100 * np.mean([abs(error.scale - 1) for error in errors]))


def _landmarks(face: DetectedFace) -> Landmarks:
    return Landmarks(
        points_px=(face.points * SIZE_PX).astype(np.float32),
        depth_px=face.depth * SIZE_PX,
        image_size_px=(SIZE_PX, SIZE_PX),
        scores=face.scores,
    )
