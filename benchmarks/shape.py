"""How near a fitted head is to the true one, in millimetres.

Truth are heads that nothing was learned from: scan-made ones (of seeds of their own,
with known correspondence) and our own model's. They are rendered, shown to the face
detector and fitted like any photo. Errors are distances between corresponding points
of the face after the best rotation, offset and one scale; no closest points are
sought, which would flatter every head.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks import portraits
from core.errors import PhotoDoubleError
from core.fit import fit_head
from core.head_model import HeadModel, load_head_model
from core.landmarks.refiner import refine_landmarks
from weights.learn_identity_prior import REGISTRATION
from weights.learning.alignment import align
from weights.learning.marking import masks_on_scans
from weights.learning.portraits import SIZE_PX, Sitting, take
from weights.learning.registration import read_registration
from weights.learning.scans import read_scans

UNSEEN_SEED = 9001
"""Of the people who are measured; those learned from have others."""
VIEWS_DEG = ((0.0, 0.0), (22.0, -4.0))
"""Yaw and pitch of the photos that are taken of each scan-made head."""
YAWS_DEG = (0.0, 20.0, -20.0)
"""How our own heads are turned, in rotation."""
SMILE = {
    "mouthSmile_L": 0.8,
    "mouthSmile_R": 0.8,
    "cheekSquint_L": 0.3,
    "cheekSquint_R": 0.3,
}
"""By ICT-FaceKit's names."""


@dataclass(kw_only=True)
class Errors:
    """Distances of all heads so far."""

    millimetres: list[NDArray[np.float64]] = field(default_factory=list)
    """Of every face point, one array a head."""
    scales: list[float] = field(default_factory=list)
    """By which each head had to be enlarged."""

    def add(self, points: NDArray[np.floating], truth: NDArray[np.floating]) -> None:
        """Compare one head's face points [points, 3] with the truth."""
        scale, rotation, offset = align(points.astype(np.float64), truth)
        aligned = scale * points @ rotation.T + offset
        self.millimetres.append(1000 * np.linalg.norm(aligned - truth, axis=1))
        self.scales.append(scale)

    def figures(self, name: str) -> dict[str, float]:
        """Mean, median and 95th percentile over all points of all heads."""
        every = np.concatenate(self.millimetres)
        return {
            f"{name}_mean_mm": round(float(every.mean()), 3),
            f"{name}_median_mm": round(float(np.median(every)), 3),
            f"{name}_p95_mm": round(float(np.quantile(every, 0.95)), 3),
        }


def cross_model(scans_file: Path, *, heads: int) -> dict[str, float]:
    """Errors on unseen scan-made heads, with the focal length known and not."""
    model, first = load_head_model(), load_head_model(statistics=False)
    scans = read_scans(scans_file)
    registration = read_registration(REGISTRATION)
    face = model.region("face").numpy()[registration.vertices] > 0.5
    ours = registration.vertices[face]
    masks = masks_on_scans(first, scans, registration)
    known, unknown, before, mean = Errors(), Errors(), Errors(), Errors()
    pairs, unshaded = Errors(), Errors()
    for index, person in enumerate(scans.people(seed=UNSEEN_SEED, count=heads)):
        head = scans.head(person)
        smiling = scans.head(person, **SMILE)
        truth = registration.places.on(head)[face]
        for view, (yaw, pitch) in enumerate(VIEWS_DEG):
            sitting = Sitting(
                yaw_deg=yaw * (-1) ** index, pitch_deg=pitch, seed=10 * index + view
            )
            try:
                shown = take(scans, head, masks, sitting)
                marked = portraits.marked(shown.pixels_srgb)
                seen = refine_landmarks(model, shown.pixels_srgb, marked)
                merry = take(scans, smiling, masks, sitting).pixels_srgb
                smile = portraits.detect(model, merry)
            except PhotoDoubleError:
                continue  # the detector sees no person in one head of many
            focal, pixels = shown.focal_px, shown.pixels_srgb
            fit = fit_head(model, seen, focal_px=focal, pixels_srgb=pixels)
            fitted = fit.vertices_neutral[ours]
            known.add(fitted, truth)
            free = fit_head(model, seen, focal_px=None, pixels_srgb=pixels)
            unknown.add(free.vertices_neutral[ours], truth)
            plain = fit_head(model, seen, focal_px=focal).vertices_neutral[ours]
            unshaded.add(plain, truth)
            old = fit_head(first, marked, focal_px=focal).vertices_neutral[ours]
            before.add(old, truth)
            mean.add(model.template.numpy()[ours], truth)
            again = fit_head(model, smile, focal_px=focal, pixels_srgb=merry)
            pairs.add(again.vertices_neutral[ours], fitted.astype(np.float64))
    return {
        "identity_cross_photos": len(known.scales),
        **known.figures("identity_cross"),
        **unshaded.figures("identity_cross_landmarks_only"),
        **mean.figures("mean_face"),
        **before.figures("first_identity_cross"),
        **unknown.figures("identity_cross_unknown_focal"),
        "scale_error_percent": round(
            100 * float(np.abs(np.log(known.scales)).mean()), 2
        ),
        "neutral_pair_cross_mm": pairs.figures("pair")["pair_mean_mm"],
        "picture_px": SIZE_PX,
    }


def in_model(*, heads: int) -> dict[str, float]:
    """Errors on our own model's heads, and the two neutral heads of one person."""
    model = load_head_model()
    face = (model.region("face") > 0.5).numpy()
    errors, pairs = Errors(), Errors()
    random = torch.Generator().manual_seed(UNSEEN_SEED)
    shone = portraits.light(30, 25, 0.35)
    for index in range(heads):
        identity = torch.randn(model.identity_count, generator=random)
        colours = portraits.paint(model, UNSEEN_SEED + index)
        yaw = YAWS_DEG[index % len(YAWS_DEG)]
        found = []
        for expression in (torch.zeros(52), portraits.smile()):
            head = model.vertices(identity, expression)
            shown = portraits.take(model, head, colours, shone, yaw_deg=yaw)
            try:
                landmarks = portraits.detect(model, shown)
            except PhotoDoubleError:
                break
            found.append(_neutral(model, landmarks, shown, face))
        if len(found) == 2:
            errors.add(
                found[0], model.vertices(identity, torch.zeros(52)).numpy()[face]
            )
            pairs.add(found[1], found[0].astype(np.float64))
    return {
        "identity_in_model_heads": len(errors.scales),
        **errors.figures("identity_in_model"),
        "neutral_pair_mm": pairs.figures("pair")["pair_mean_mm"],
    }


def _neutral(
    model: HeadModel,
    landmarks: portraits.Landmarks,
    pixels: NDArray[np.uint8],
    face: NDArray[np.bool_],
) -> NDArray[np.float32]:
    focal = portraits.FOCAL_PX
    fit = fit_head(model, landmarks, focal_px=focal, pixels_srgb=pixels)
    return fit.vertices_neutral[face]
