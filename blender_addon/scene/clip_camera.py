"""The clip behind the double, seen by the camera that filmed it.

The double's head then lies over the driver's in every frame: what differs, the tracker
got wrong, or the artist wanted otherwise.
"""

from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

from ...core import spaces
from ...core.assets import Motion
from ...core.errors import UnreadableVideoError
from ...core.transfer import Transfer, camera_moves, transfer_motion
from .added import AddedDouble
from .animate import curves_for, frame_rate
from .camera import picture_aspect, set_lens
from .takes import applied_settings, captured_motion

SAME_RATE = 0.001
"""Rates that differ by less than this part of them keep together."""


def show_clip(
    context: bpy.types.Context,
    added: AddedDouble,
    action: bpy.types.Action,
    path: Path,
) -> tuple[bpy.types.Object, str]:
    """A camera with the video of a take as its background, and what to know about it.

    The camera of an earlier call is set anew. Neither the scene's own camera nor its
    frame rate is changed. Raises UnreadableVideoError and TakeRefusedError.
    """
    motion, settings = captured_motion(action), applied_settings(action)
    carried = transfer_motion(motion, settings)
    clip = _shown(action, path) or _loaded(path)
    start_s = float(carried.source.get("start_s") or 0.0)
    clip.frame_start = action.photo_double_take.start_frame
    clip.frame_offset = round(start_s * motion.rate_fps)
    camera = _camera(added, action)
    _set_background(camera.data, clip, mirror=settings.mirror)
    set_lens(camera.data, carried.camera, aspect=picture_aspect(context.scene))
    pose = _camera_pose(context, added, motion, carried, settings)
    camera.matrix_world = Matrix(spaces.blender_camera_pose(pose).tolist())
    context.view_layer.update()
    return camera, _told(context, motion, settings)


def _camera_pose(
    context: bpy.types.Context,
    added: AddedDouble,
    motion: Motion,
    carried: Motion,
    settings: Transfer,
) -> NDArray[np.float64]:
    """`T_world_camera` of the clip's camera, wherever the rig was put."""
    _, bones = curves_for(context, added, carried)
    location, rotation, _ = added.rig_object().matrix_world.decompose()
    T_world_rig = np.eye(4)
    T_world_rig[:3, :3] = rotation.to_matrix()
    T_world_rig[:3, 3] = location
    T_rig_motion = np.eye(4)
    T_rig_motion[:3, 3] = bones.offset
    moved = camera_moves(motion, settings) @ spaces.T_WORLD_CAMERA
    return T_world_rig @ T_rig_motion @ moved


def _camera(added: AddedDouble, action: bpy.types.Action) -> bpy.types.Object:
    """The take's own camera, made if there is none."""
    take = action.photo_double_take
    camera = bpy.data.objects.get(take.camera)
    if camera is None or camera.type != "CAMERA":
        name = f"{added.name} Clip Camera"
        camera = bpy.data.objects.new(name, bpy.data.cameras.new(name))
        added.collection_data().objects.link(camera)
        camera.data.clip_start = 0.01
        take.camera = camera.name
    return camera


def _shown(action: bpy.types.Action, path: Path) -> bpy.types.MovieClip | None:
    """The clip itself where the take's camera shows it already."""
    camera = bpy.data.objects.get(action.photo_double_take.camera)
    backgrounds = camera.data.background_images if camera else []
    clips = [background.clip for background in backgrounds if background.clip]
    same = (clip for clip in clips if Path(bpy.path.abspath(clip.filepath)) == path)
    return next(same, None)


def _loaded(path: Path) -> bpy.types.MovieClip:
    try:
        clip = bpy.data.movieclips.load(str(path))
    except RuntimeError as error:
        raise UnreadableVideoError(
            f"Blender cannot open {path} ({str(error).strip()}). Choose the video that "
            "the take was captured from.",
            path=path,
        ) from error
    if not clip.frame_duration or not all(clip.size):
        bpy.data.movieclips.remove(clip)
        raise UnreadableVideoError(
            f"Blender cannot show {path}. Choose a copy of the video as an MP4.",
            path=path,
        )
    return clip


def _set_background(
    data: bpy.types.Camera, clip: bpy.types.MovieClip, *, mirror: bool
) -> None:
    for older in list(data.background_images):
        if older.source == "MOVIE_CLIP":
            data.background_images.remove(older)
    background = data.background_images.new()
    background.source = "MOVIE_CLIP"
    background.clip = clip
    background.frame_method = "FIT"
    background.display_depth = "BACK"
    background.alpha = 1.0
    background.use_flip_x = mirror
    data.show_background_images = True


def _told(context: bpy.types.Context, motion: Motion, settings: Transfer) -> str:
    """What keeps the two from lying over each other, if anything does."""
    told = ""
    filmed, shown = motion.rate_fps, frame_rate(context.scene)
    if abs(filmed - shown) > SAME_RATE * filmed:
        told += (
            f" The clip has {filmed:.4g} frames a second and the scene {shown:.4g}, so "
            "they drift apart; Blender shows a background frame by frame."
        )
    if settings.stretch != 1.0:
        told += " The take is stretched and the clip is not, so they drift apart."
    if settings.head != 1.0:
        told += " The head goes its own way, as Head is not 1."
    return told
