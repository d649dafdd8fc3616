"""What the face detector marks on scan-made heads, traced to their surface."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from core.head_model import HeadModel
from core.landmarks.detector import FaceDetector
from core.landmarks.topology import FACE_COUNT
from weights.building.embedding import geometric_median

from .portraits import SIZE_PX, Sitting, shown_triangles, take
from .registration import Places, Registration, places_on
from .scans import SKIN_VERTICES, Scans

Refine = Callable[[NDArray[np.uint8], NDArray[np.float32]], NDArray[np.float32]]
"""A picture and its landmarks in pixels; better landmarks."""

_SNAP_PX = 3.0
"""Marks further from the skin seen in the picture are dropped."""


def mark_scans(
    model: HeadModel,
    scans: Scans,
    registration: Registration,
    landmarker: bytes,
    *,
    count: int,
    seed: int,
) -> tuple[Places, NDArray[np.float64]]:
    """The 468 landmarks on the scans, and a weight each: 1 for a scatter of 1.5 mm."""
    random = np.random.default_rng(seed)
    masks = masks_on_scans(model, scans, registration)
    triangles = shown_triangles(scans)
    normals = np.zeros_like(scans.neutral)
    found: list[list[NDArray[np.float64]]] = [[] for _ in range(FACE_COUNT)]
    with FaceDetector(landmarker, faces=1) as detector:
        for i, person in enumerate(scans.people(seed=seed, count=count)):
            sitting = Sitting(
                yaw_deg=random.normal(0, 18), pitch_deg=random.normal(0, 8), seed=i
            )
            portrait = take(scans, scans.head(person), masks, sitting)
            for face in detector.find(portrait.pixels_srgb):
                index = portrait.fragments.triangle_index.numpy()
                skin = (triangles < SKIN_VERTICES.stop).all(axis=1)
                row, column = np.nonzero((index >= 0) & skin[index])
                pixel = np.stack([column, row], axis=1) + 0.5
                far, near = cKDTree(pixel).query(face.points[:FACE_COUNT] * SIZE_PX)
                row, column = row[near], column[near]
                share = portrait.fragments.barycentric.numpy()[row, column]
                corners = scans.neutral[triangles[index[row, column]]]
                points = np.einsum("lkc,lk->lc", corners, share)
                for landmark in np.flatnonzero(far < _SNAP_PX):
                    found[landmark].append(points[landmark])
    middles = np.array([geometric_median(np.array(marks)) for marks in found])
    scatter = np.array(
        [
            np.median(np.linalg.norm(np.array(marks) - middle, axis=1))
            for marks, middle in zip(found, middles, strict=True)
        ]
    )
    skin = triangles[(triangles < SKIN_VERTICES.stop).all(axis=1)]
    places, _ = places_on(scans.neutral, skin, middles, normals[: len(middles)])
    return places, np.minimum(1.0, (0.0015 / scatter) ** 2)


@dataclass(frozen=True, kw_only=True)
class Marked:
    """A painted person and where the detector put its landmarks."""

    person: NDArray[np.float64]
    sitting: Sitting
    points_px: NDArray[np.float64]


def mark_people(
    model: HeadModel,
    scans: Scans,
    registration: Registration,
    landmarker: bytes,
    *,
    count: int,
    seed: int,
    refine: Refine | None = None,
) -> list[Marked]:
    """Many random people, each seen once from somewhere in front.

    `refine` moves what the detector marked.
    """
    random = np.random.default_rng(seed)
    masks = masks_on_scans(model, scans, registration)
    marked = []
    with FaceDetector(landmarker, faces=1) as detector:
        for i, person in enumerate(scans.people(seed=seed, count=count)):
            sitting = Sitting(
                yaw_deg=random.uniform(-48, 48),
                pitch_deg=random.normal(0, 8),
                focal_px=random.uniform(1000, 2200),
                seed=seed + i,
            )
            portrait = take(scans, scans.head(person), masks, sitting)
            for face in detector.find(portrait.pixels_srgb)[:1]:
                points_px = face.points * SIZE_PX
                if refine is not None:
                    points_px = refine(portrait.pixels_srgb, points_px)
                marked.append(
                    Marked(
                        person=person,
                        sitting=sitting,
                        points_px=points_px[:FACE_COUNT].astype(np.float64),
                    )
                )
    return marked


def masks_on_scans(
    model: HeadModel, scans: Scans, registration: Registration
) -> dict[str, NDArray[np.float64]]:
    """Our regions on the scans' vertices."""
    return {
        name: registration.spread(mask.double().numpy(), scans.neutral)
        for name, mask in zip(model.region_names, model.region_masks, strict=True)
    }
