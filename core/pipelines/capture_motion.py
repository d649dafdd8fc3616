"""From one video to a Motion."""

from pathlib import Path
from typing import Any

import numpy as np

from ..assets import Motion
from ..expressions import EXPRESSION_NAMES
from ..fit.shape_reader import load_shape_reader
from ..head_model import load_head_model
from ..images.sound import read_sound
from ..images.video import Video, open_video
from ..landmarks.closer import load_closer_look
from ..landmarks.types import LandmarkTrack
from ..landmarks.video_landmarks import forget_landmarks, track_landmarks
from ..live_link import live_link_csv
from ..messages import Advice, CaptureMotion, Done, Progress, Say, part_of
from ..spaces import T_WORLD_CAMERA
from ..track import HeadTrack, track_head
from .device import choose_device
from .origin import software
from .outputs import require_writable, write_whole
from .overlay import write_overlay

CALM_AT_MOST = 0.35
"""Weight of an expression from which a face is not at rest."""


def capture_motion(job: CaptureMotion, say: Say) -> Done:
    """Take the performance from a video and store it."""
    path = Path(job.asset)
    for output in (job.asset, job.csv, job.overlay):
        if output is not None:
            require_writable(output, overwrite=job.overwrite, sources=[job.video])
    device = choose_device(job.device)
    say(Progress(fraction=0.0, doing="Opening the video"))
    video = open_video(job.video, rate_fps=job.rate_fps)
    _tell_rate(video, job, say)
    model = load_head_model()
    reader = load_shape_reader(model.version_sha256)
    landmarks = track_landmarks(
        video,
        start_s=job.start_s,
        end_s=job.end_s,
        landmarker=job.landmarker,
        closer=load_closer_look(model.version_sha256),
        who_is=reader.who_is,
        resumable=True,
        say=part_of(say, 0.02, 0.7),
    )
    solved = 0.95 if job.overlay is None else 0.75
    head = track_head(
        model,
        landmarks,
        device=device,
        say=part_of(say, 0.7, solved),
        person=reader.of_clip(landmarks.person),
    )
    _tell_rest(video, head, say)
    say(Progress(fraction=solved, doing="Storing the motion"))
    motion = assemble(video, landmarks, head)
    motion.save(path, overwrite=job.overwrite)
    if job.csv is not None:
        write_whole(Path(job.csv), live_link_csv(motion))
    if job.overlay is not None:
        write_overlay(
            Path(job.overlay), video, model, head, motion, part_of(say, solved, 1.0)
        )
    forget_landmarks(landmarks)
    return Done(asset=str(path), facts=dict(motion.facts))


def _tell_rate(video: Video, job: CaptureMotion, say: Say) -> None:
    """Say what an image sequence is taken for, and when a rate is of no use."""
    if video.kind == "image sequence":
        missing = video.numbers[-1] - video.numbers[0] + 1 - len(video.files)
        text = (
            f"{video.name} ({len(video.files)} pictures from {video.numbers[0]} to "
            f"{video.numbers[-1]}) is taken for {video.rate_fps:g} frames a second"
        )
        text += "." if job.rate_fps else ", as nothing else was said (--rate)."
        if missing:
            text += f" Numbers are missing ({missing}); the motion goes on over them."
        say(Advice(text=text))
    elif job.rate_fps:
        say(Advice(text=f"{video.name} has times of its own; the rate is not used."))


def _resting_face(head: HeadTrack) -> tuple[str, float]:
    """What the driver does most, and how much, where the clip is calmest.

    Brows are left out, since people's own differ too much, and so are looks.
    """
    told = [
        index
        for index, name in enumerate(EXPRESSION_NAMES)
        if not name.startswith(("brow", "eyeLook"))
    ]
    strongest = max(told, key=lambda index: head.rest[index])
    return EXPRESSION_NAMES[strongest], float(head.rest[strongest])


def _tell_rest(video: Video, head: HeadTrack, say: Say) -> None:
    """Say when no moment of the clip shows a calm face."""
    name, weight = _resting_face(head)
    if weight > CALM_AT_MOST:
        say(
            Advice(
                text=f"{video.name} shows no calm face: in its calmest moments {name} "
                f"is at {weight:.1f}. What the driver does all the time may be taken "
                "for the driver's own face. A moment at rest in the clip helps."
            )
        )


def assemble(video: Video, landmarks: LandmarkTrack, head: HeadTrack) -> Motion:
    """The Motion of a tracked head, with the sound that goes with it."""
    start_s = landmarks.start_s
    end_s = start_s + float(landmarks.times_s[-1]) + 1.0 / video.rate_fps
    sound = read_sound(video, start_s=start_s, end_s=end_s)
    resting_face, resting_weight = _resting_face(head)
    facts: dict[str, Any] = {
        "frames": len(landmarks.times_s),
        "frames_seen": int(landmarks.seen.sum()),
        "frames_skipped": landmarks.skipped,
        "rate_fps": round(video.rate_fps, 3),
        "duration_s": round(end_s - start_s, 3),
        "has_sound": sound is not None,
        "confidence": round(float(head.confidence.mean()), 3),
        "resting_face": resting_face,
        "resting_face_weight": round(resting_weight, 2),
        "landmark_error_percent": round(float(head.landmark_error_percent), 3),
        "rms_px": round(float(head.rms_px), 3),
        "focal_px": round(float(head.camera.focal_px), 1),
        "focal_source": head.focal_source,
    }
    return Motion(
        times_s=landmarks.times_s.astype(np.float64),
        expressions=head.expressions.astype(np.float32),
        T_world_head=(T_WORLD_CAMERA @ head.T_camera_head).astype(np.float32),
        gaze_rad=head.gaze_rad.astype(np.float32),
        seen=landmarks.seen,
        camera=head.camera,
        source={
            "name": video.name,
            "sha256": video.sha256,
            "rate_fps": video.rate_fps,
            "start_s": start_s,
            "end_s": end_s,
            **software(),
        },
        facts=facts,
        sound=sound,
    )
