"""From one performance to the one that an artist wants of it.

In this order: the part of it, mirrored, without the driver's rest, with a full range,
by the strength of each region, with lips and lids kept closed, and at last slower or
faster. Each step is left out where it is not asked for, so that the defaults give back
the motion itself.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..assets import Motion
from ..expressions import FULL_LOOK_RAD
from ..spaces import inverse_rigid
from .curves import ramp, strengthened
from .full_range import with_full_range
from .lips import with_lips_kept
from .regions import BLINKS, MIRRORED, REGION_OF_EXPRESSION
from .rest import Rest, rest_of, without_rest
from .settings import Transfer
from .timing import stretched, trimmed
from .turns import angles_of, scaled_turns

CLOSING, CLOSED = 0.7, 0.95
"""A blink from the first on is on its way to the second, a closed eye."""
KEPT_CLOSED_FROM = 0.25
"""Strength of the eyes from which closed eyes stay closed."""
FARTHEST_TURN_RAD = 1.2
"""An exaggerated head comes near this, and no nearer."""

_MIRROR = np.diag([-1.0, 1.0, 1.0, 1.0])


def transfer_motion(motion: Motion, settings: Transfer) -> Motion:
    """The performance as `settings` want it; by default `motion` itself.

    What became of it is noted in its `source` as `transfer`. The sound stays where
    times do; cut or stretched motions are silent. Raises EmptyTakeError if nothing is
    left of it.
    """
    if settings == Transfer():
        return motion
    result = trimmed(motion, settings.start_s, settings.end_s)
    result = _mirrored(result) if settings.mirror else result
    result = _acted(result, settings)
    if settings.stretch != 1.0:
        result = stretched(result, settings.stretch)
    facts = dict(motion.facts) | {
        "frames": len(result.times_s),
        "frames_seen": int(result.seen.sum()),
        "duration_s": round(float(result.times_s[-1]) + 1 / result.rate_fps, 3),
        "has_sound": result.sound is not None,
    }
    source = dict(result.source) | {"transfer": dict(settings.changes())}
    return replace(result, facts=facts, source=source)


def camera_moves(motion: Motion, settings: Transfer) -> NDArray[np.float64]:
    """The rigid transform of the world [4, 4] that a transfer moves the head by.

    The clip's camera, moved by it, sees the head as before, but for its strength.
    """
    if not settings.relative:
        return np.eye(4)
    result = trimmed(motion, settings.start_s, settings.end_s)
    return _to_rest(rest_of(_mirrored(result) if settings.mirror else result))


def _mirrored(motion: Motion) -> Motion:
    """The performance as a mirror shows it, in a mirrored picture."""
    camera = motion.camera
    return replace(
        motion,
        expressions=motion.expressions[:, MIRRORED],
        T_world_head=(_MIRROR @ motion.T_world_head @ _MIRROR).astype(np.float32),
        gaze_rad=motion.gaze_rad[:, ::-1] * np.array([-1, 1], np.float32),
        camera=replace(camera, center_x_px=camera.width_px - camera.center_x_px),
    )


def _acted(motion: Motion, settings: Transfer) -> Motion:
    """The performance by rest, range and strengths; the times stay."""
    rest = rest_of(motion)
    acted = weights = motion.expressions.astype(np.float64)
    gaze = motion.gaze_rad.astype(np.float64)
    poses = motion.T_world_head.astype(np.float64)
    if settings.relative:
        weights = without_rest(weights, rest.expressions)
        gaze = gaze - rest.gaze_rad
        poses = _to_rest(rest) @ poses
        rest = replace(rest, rotation=np.eye(3))
    if settings.full_range:
        weights = with_full_range(weights, motion.seen)
    strengths = np.array([getattr(settings, r) for r in REGION_OF_EXPRESSION])
    if (strengths != 1.0).any():
        weights = _by_strength(weights, strengths)
    if weights is not acted:
        weights = with_lips_kept(weights, acted)
    if settings.gaze != 1.0:
        gaze = _stronger_gaze(gaze, settings.gaze)
    if settings.head != 1.0:
        poses = _stronger_head(poses, rest, settings.head)
    return replace(
        motion,
        expressions=weights.astype(np.float32),
        T_world_head=poses.astype(np.float32),
        gaze_rad=gaze.astype(np.float32),
    )


def _to_rest(rest: Rest) -> NDArray[np.float64]:
    """Turns the world around the resting head so that it looks ahead, where it is."""
    T_world_rest = np.eye(4)
    T_world_rest[:3, :3], T_world_rest[:3, 3] = rest.rotation, rest.position
    T_world_place = np.eye(4)
    T_world_place[:3, 3] = rest.position
    return T_world_place @ inverse_rigid(T_world_rest)


def _by_strength(
    weights: NDArray[np.float64], strengths: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weights [frames, 52] by each one's strength; half a blink still closes."""
    result = strengthened(weights, strengths)
    for blink in BLINKS:
        strength = strengths[blink]
        if strength < 1.0:
            kept = min(1.0, strength / KEPT_CLOSED_FROM)
            closing = ramp(weights[:, blink], CLOSING, CLOSED)
            share = strength + (kept - strength) * closing
            result[:, blink] = share * weights[:, blink]
    return result


def _stronger_gaze(
    gaze_rad: NDArray[np.float64], strength: float
) -> NDArray[np.float64]:
    """Gaze [frames, 2, 2], bent as the eyeLook weights are that go with it."""
    full = np.empty_like(gaze_rad)
    left = gaze_rad[..., 0] > 0
    outward = np.array([True, False])  # to the left is outward for the left eye only
    full[..., 0] = np.where(left == outward, FULL_LOOK_RAD["Out"], FULL_LOOK_RAD["In"])
    full[..., 1] = np.where(
        gaze_rad[..., 1] > 0, FULL_LOOK_RAD["Up"], FULL_LOOK_RAD["Down"]
    )
    return full * np.sign(gaze_rad) * strengthened(np.abs(gaze_rad) / full, strength)


def _stronger_head(
    poses: NDArray[np.float64], rest: Rest, strength: float
) -> NDArray[np.float64]:
    """Poses [frames, 4, 4] that go `strength` times as far from rest."""
    result = poses.copy()
    turns = rest.rotation.T @ poses[:, :3, :3]
    angles = angles_of(turns)
    wanted = FARTHEST_TURN_RAD * strengthened(angles / FARTHEST_TURN_RAD, strength)
    factors = np.divide(
        wanted, angles, where=angles > 1e-9, out=np.full_like(angles, strength)
    )
    result[:, :3, :3] = rest.rotation @ scaled_turns(turns, factors)
    away = poses[:, :3, 3] - rest.position
    result[:, :3, 3] = rest.position + strength * away
    return result
