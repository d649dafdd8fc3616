"""The clip with the solved head over it, so that anybody can see what was captured."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from ..assets import Motion, PinholeCamera
from ..head_model import HeadModel
from ..images.movie import write_movie
from ..images.video import FrameReader, Video
from ..messages import Progress, Say, silent
from ..overlay.chart import Chart, Curves
from ..overlay.grey_head import Clay, GreyHead, scaled
from ..track import HeadTrack

HIGHEST_PX = 540
"""Height of the two pictures at most; their width follows."""
_WIDEST_PX = 960
"""Width of each at most."""
_OPACITY = 0.75
"""Of the head over the clip."""
_BACKDROP = 0.12


def write_overlay(
    path: Path,
    video: Video,
    model: HeadModel,
    head: HeadTrack,
    motion: Motion,
    say: Say = silent,
) -> None:
    """Write the film that shows clip, solved head and curves.

    Left the clip with the head over it, right the head alone, below the curves. Frames
    are decoded once more, one at a time. Raises OutputRefusedError.
    """
    camera, times_s = _shown(head.camera), motion.times_s
    clay = GreyHead(model, head.identity)
    chart = Chart(
        Curves(
            times_s=times_s, expressions=head.expressions, confidence=head.confidence
        ),
        2 * camera.width_px,
    )

    def pictures() -> Iterator[tuple[float, UInt8[np.ndarray, "height width 3"]]]:
        frames = FrameReader(
            video,
            start_s=motion.source["start_s"],
            longest_side_px=2 * max(camera.width_px, camera.height_px),
        )
        for index, (time_s, frame) in enumerate(zip(times_s, frames, strict=False)):
            seen = clay.draw(
                head.expressions[index],
                head.gaze_rad[index],
                head.T_camera_head[index],
                camera,
            )
            above = side_by_side(_resized(frame.pixels_srgb, camera), seen)
            yield float(time_s), np.concatenate([above, chart.at(float(time_s))])
            if index % 10 == 0:
                fraction = index / len(times_s)
                say(Progress(fraction=fraction, doing="Drawing the head over the clip"))

    write_movie(path, pictures(), rate_fps=video.rate_fps, sound=motion.sound)


def side_by_side(
    picture: UInt8[np.ndarray, "height width 3"], clay: Clay
) -> UInt8[np.ndarray, "height double 3"]:
    """The clip's picture with the head over it, and the head alone."""
    head, opacity = 255 * clay.grey[..., None], clay.covered[..., None]
    over = picture + _OPACITY * opacity * (head - picture)
    alone = opacity * head + (1 - opacity) * 255 * _BACKDROP
    alone = np.broadcast_to(alone, picture.shape)
    return np.concatenate([over, alone], axis=1).astype(np.uint8)


def _shown(camera: PinholeCamera) -> PinholeCamera:
    """The clip's camera with a picture of bounded, even size."""
    scale = min(1, HIGHEST_PX / camera.height_px, _WIDEST_PX / camera.width_px)
    width, height = (
        max(2, 2 * round(scale * side / 2))
        for side in (camera.width_px, camera.height_px)
    )
    return scaled(camera, width, height)


def _resized(
    pixels_srgb: UInt8[np.ndarray, "height width 3"], camera: PinholeCamera
) -> UInt8[np.ndarray, "rows columns 3"]:
    size = (camera.width_px, camera.height_px)
    return np.asarray(Image.fromarray(pixels_srgb).resize(size, reducing_gap=2.0))
