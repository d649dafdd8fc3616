"""When things happen: a part of a performance, and the same slower or faster."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..assets import Motion
from ..errors import EmptyTakeError
from .curves import interpolated, with_extrema
from .turns import rotations_at


def trimmed(motion: Motion, start_s: float, end_s: float | None) -> Motion:
    """The frames from `start_s` to before `end_s`, with times from zero.

    The sound goes, unless nothing before or after it is left off: to cut it takes a
    decoder. Raises EmptyTakeError if there is no frame.
    """
    times = motion.times_s
    kept = (times >= start_s - 1e-9) & (times < (np.inf if end_s is None else end_s))
    if kept.all():
        return motion
    if not kept.any():
        raise EmptyTakeError(
            f"The performance lasts {times[-1]:.2f} seconds, and none of them is from "
            f"{start_s:g} on. Choose another range."
        )
    first, last = times[kept][0], times[kept][-1]
    begin = float(motion.source.get("start_s") or 0.0)
    source = {key: v for key, v in motion.source.items() if key != "timecode_start"}
    source |= {
        "start_s": begin + float(first),
        "end_s": begin + float(last) + 1.0 / motion.rate_fps,
    }
    cut = replace(motion, **_rows(motion, kept), source=source, sound=None)
    return replace(cut, times_s=cut.times_s - first)


def stretched(motion: Motion, factor: float) -> Motion:
    """The performance `factor` times as long, at its own rate, without its sound.

    Each extremum of a weight stays: eyes that closed close in fewer frames too.
    """
    rate = motion.rate_fps
    times = motion.times_s * factor
    count = max(1, round((float(times[-1]) + factor / rate) * rate))
    at = np.arange(count) / rate
    frames = len(times)
    curves = np.concatenate(
        [
            motion.expressions,
            motion.gaze_rad.reshape(frames, 4),
            motion.T_world_head[:, :3, 3],
        ],
        axis=1,
    ).astype(np.float64)
    read = interpolated(curves, times, at)
    weights = with_extrema(read[:, :52], curves[:, :52], times * rate)
    poses = np.tile(np.eye(4), (count, 1, 1))
    turns = motion.T_world_head[:, :3, :3].astype(np.float64)
    poses[:, :3, :3] = rotations_at(turns, times, at)
    poses[:, :3, 3] = read[:, 56:59]
    nearest = np.searchsorted(0.5 * (times[1:] + times[:-1]), at)
    return replace(
        replace(motion, **_rows(motion, nearest)),
        times_s=at,
        expressions=np.clip(weights, 0.0, 1.0).astype(np.float32),
        T_world_head=poses.astype(np.float32),
        gaze_rad=read[:, 52:56].reshape(count, 2, 2).astype(np.float32),
        sound=None,
    )


def _rows(motion: Motion, chosen: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """These frames of all that a Motion holds frame by frame."""
    values = {field.name: getattr(motion, field.name) for field in fields(motion)}
    return {k: v[chosen] for k, v in values.items() if isinstance(v, np.ndarray)}
