"""What was found in a clip's frames, as records of a file, and as a track again."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..images.video import Video, VideoFrame
from .detector import DetectedFace
from .stored import RECORD, LandmarkFile, StoredPoints
from .types import LandmarkTrack


def records_of(
    video: Video,
    frames: list[VideoFrame],
    faces: list[DetectedFace | None],
    *,
    skipped: int,
) -> NDArray[Any]:
    """What is kept of some frames."""
    records = np.zeros(len(frames), RECORD)
    records["time_s"] = [frame.time_s for frame in frames]
    records["skipped"] = skipped
    records["points_px"] = records["scores"] = np.nan
    for record, face in zip(records, faces, strict=True):
        if face is not None:
            record["seen"] = 1
            record["scores"] = face.scores
            if face.hints is not None:
                record["hints"] = face.hints
            if face.eyes is not None:
                record["eyes"] = face.eyes
            record["points_px"] = face.points * np.array(video.size_px, np.float32)
    return records


def track_of(video: Video, file: LandmarkFile, *, closer: bool) -> LandmarkTrack:
    """All that was found, `closer` or not; the landmarks stay where they are."""
    facts: dict[str, list[NDArray[Any]]] = {}
    for start in range(0, len(file), 1024):
        records = file.read(start, min(start + 1024, len(file)))
        for name in ("time_s", "scores", "hints", "eyes", "seen", "skipped"):
            facts.setdefault(name, []).append(records[name].copy())
    views, person = file.views
    all_of = {name: np.concatenate(pieces) for name, pieces in facts.items()}
    return LandmarkTrack(
        times_s=all_of["time_s"] - all_of["time_s"][0],
        points_px=StoredPoints(file=file),
        scores=all_of["scores"],
        seen=all_of["seen"] > 0,
        image_size_px=video.size_px,
        start_s=float(all_of["time_s"][0]),
        skipped=int(all_of["skipped"][-1]),
        refined=closer,
        hints=all_of["hints"] if closer else None,
        eyes=all_of["eyes"] if closer else None,
        person=person if views else None,
    )
