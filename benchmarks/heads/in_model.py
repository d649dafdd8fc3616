"""Heads of the head model itself, seen by a detector that errs a little and fitted."""

import numpy as np
import torch

from core.fit import fit_head
from core.head_model import HeadModel
from core.landmarks.topology import IRIS_LEFT, IRIS_RIGHT
from core.landmarks.types import Landmarks
from core.spaces import T_WORLD_CAMERA, inverse_rigid, transform_points

from .errors import ShapeError, shape_error

SIZE_PX = (800, 1000)
FOCAL_PX = 1300.0
DETECTOR_NOISE = 0.0036
"""Of the eye distance: MediaPipe's jitter from frame to frame."""
MOST_YAW_RAD = 0.35


def in_model(model: HeadModel, *, seed: int, heads: int) -> list[ShapeError]:
    """Errors of the neutral faces of random people without expression."""
    random = np.random.default_rng(seed)
    face = model.region("face").numpy() > 0.5
    errors = []
    for _ in range(heads):
        identity = torch.from_numpy(random.standard_normal(model.identity_count))
        landmarks = _seen(model, identity.float(), random)
        fit = fit_head(model, landmarks, focal_px=FOCAL_PX)
        still = torch.zeros(len(model.expression_basis))
        true = model.vertices(identity.float(), still).numpy()
        errors.append(shape_error(fit.vertices_neutral[face], true[face]))
    return errors


def _seen(
    model: HeadModel, identity: torch.Tensor, random: np.random.Generator
) -> Landmarks:
    """What a detector would say of a person who looks at it without expression."""
    still = torch.zeros(len(model.expression_basis))
    points = model.marks(identity, still).double().numpy()
    yaw = random.uniform(-MOST_YAW_RAD, MOST_YAW_RAD)
    sine, cosine = np.sin(yaw), np.cos(yaw)
    turn = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    world = points @ turn.T + [0, random.uniform(0.6, 1.2), 0]
    camera = transform_points(inverse_rigid(T_WORLD_CAMERA), world)
    points_px = FOCAL_PX * camera[:, :2] / camera[:, 2:] + np.array(SIZE_PX) / 2
    eyes = points_px[IRIS_LEFT[0]] - points_px[IRIS_RIGHT[0]]
    noise = DETECTOR_NOISE * np.linalg.norm(eyes)
    points_px = points_px + noise * random.standard_normal(points_px.shape)
    return Landmarks(
        points_px=points_px.astype(np.float32),
        depth_px=np.zeros(len(points_px), np.float32),
        image_size_px=SIZE_PX,
        scores=np.zeros(len(still), np.float32),
    )
