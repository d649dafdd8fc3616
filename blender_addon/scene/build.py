"""The BuildScene job: a new file with one animated double, and its render if asked."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

import bpy

from ...core.assets import Double, Motion, refuse_existing
from ...core.errors import OutputRefusedError
from ...core.messages import LIGHTS, BuildScene, Done, Progress, Say, part_of
from ...core.transfer import Transfer, transfer_motion
from ..rig import frame_count
from . import stage
from .add import add_double
from .added import AddedDouble
from .animate import frame_rate
from .blend_file import folder_beside, write_blend
from .camera import match_camera
from .framing import portrait_view
from .light import light_double
from .photo_light import knows_light, light_picture, show_photo_shadows
from .render import Output, files_of, output_of, render_to, set_movie, set_pictures
from .takes import add_take


@dataclass(frozen=True, kw_only=True)
class _Render:
    """What is rendered, and where to."""

    path: Path
    """As the job names it."""
    frames: tuple[int, int]
    """First and last."""


def build_scene(job: BuildScene, say: Say) -> Done:
    """Write the .blend of `job`, and its render; both appear whole, or neither.

    Whatever was open before is closed without being saved.
    """
    started = time.monotonic()
    blend = Path(job.blend).absolute()
    _check_names(job, blend)
    say(Progress(fraction=0.0, doing="Reading the double and the motion"))
    double, motion = Double.load(job.double), Motion.load(job.motion)
    carried = transfer_motion(motion, Transfer(**job.transfer))
    render = _render_of(job, carried)
    _check_render(job, render)
    say(Progress(fraction=0.02, doing="Building the scene"))
    scene = fill_scene(job, double, motion)
    facts = _facts(scene, double, carried)
    facts["sound"] = any(not strip.mute for strip in _strips(scene))
    with folder_beside(blend) as folder:
        say(Progress(fraction=0.07, doing="Saving the scene"))
        write_blend(folder / blend.name)
        facts["build_s"] = round(time.monotonic() - started, 2)
        if render is None:
            os.replace(folder / blend.name, blend)
        else:
            _render(scene, render, part_of(say, 0.1, 1.0), blend, folder)
            facts["render"] = str(render.path)
            facts["render_s"] = round(time.monotonic() - started - facts["build_s"], 2)
    return Done(asset=str(blend), facts=facts)


def fill_scene(job: BuildScene, double: Double, motion: Motion) -> bpy.types.Scene:
    """An empty file's scene with everything of the job in it, ready to be saved."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    context, settings = bpy.context, Transfer(**job.transfer)
    (scene,) = bpy.data.scenes
    stage.set_rate(scene, motion.rate_fps)
    stage.set_range(scene, transfer_motion(motion, settings))
    stage.set_colours(scene)
    stage.set_engine(scene, job.engine, job.samples)
    added = add_double(context, double, name=job.name)
    clip = _relative(job.clip, job.blend)
    add_take(context, added, motion, clip=clip, settings=settings, sound=True)
    camera = match_camera(context, added, double)
    view = portrait_view(context, added, double)
    scene.camera = (
        camera
        if view == double.camera
        else match_camera(context, added, double, view=view, label="Portrait Camera")
    )
    stage.set_picture(scene, view, width_px=job.width_px, height_px=job.height_px)
    _light(job, double, added, camera)
    scene.sync_mode = "AUDIO_SYNC"
    set_movie(scene)
    set_pictures(scene)
    scene.render.filepath = f"//{added.name}_####"
    return scene


def _light(
    job: BuildScene, double: Double, added: AddedDouble, camera: bpy.types.Object
) -> None:
    """The studio's lights, or the photo's own."""
    context, name = bpy.context, f"{added.name} World"
    if job.light == "photo" and knows_light(double):
        picture = light_picture(double, f"{added.name} Light")
        stage.add_world(context.scene, name, light=picture)
        show_photo_shadows(added)
    else:
        light_double(context, added, camera=camera)
        stage.add_world(context.scene, name)


def _relative(clip: str | None, blend: str) -> str | None:
    """A clip's path as the scene keeps it, so that both can move together."""
    if clip is None:
        return None
    try:
        return bpy.path.relpath(clip, start=str(Path(blend).absolute().parent))
    except ValueError:  # on another drive
        return clip


def _strips(scene: bpy.types.Scene) -> list[bpy.types.Strip]:
    return list(scene.sequence_editor.strips) if scene.sequence_editor else []


def _check_names(job: BuildScene, blend: Path) -> None:
    if blend.suffix != ".blend":
        raise OutputRefusedError(
            f"{blend} does not end in .blend. Name the scene FILE.blend.", path=blend
        )
    if job.light not in LIGHTS:
        raise OutputRefusedError(
            f"There is no light {job.light!r}. Choose studio or photo.", path=blend
        )
    if job.engine not in stage.ENGINES:
        raise OutputRefusedError(
            f"There is no engine {job.engine!r}. Choose cycles, eevee or workbench.",
            path=blend,
        )
    refuse_existing(blend, overwrite=job.overwrite)
    if job.render is not None:
        output_of(Path(job.render))


def _render_of(job: BuildScene, motion: Motion) -> _Render | None:
    if job.render is None:
        return None
    path = Path(job.render).absolute()
    first = stage.FIRST_FRAME
    last = first - 1 + frame_count(motion, motion.rate_fps)
    start, end = job.frames or (first, last)
    start, end = max(start, first), min(end, last)
    if start > end:
        raise OutputRefusedError(
            f"The clip has frames {first} to {last}, and none of those asked for. "
            "Choose frames among them.",
            path=path,
        )
    if output_of(path) is Output.PICTURE:
        end = start
    return _Render(path=path, frames=(start, end))


def _check_render(job: BuildScene, render: _Render | None) -> None:
    if render is not None:
        for file in files_of(render.path, render.frames):
            refuse_existing(file, overwrite=job.overwrite)


def _render(
    scene: bpy.types.Scene, render: _Render, say: Say, blend: Path, folder: Path
) -> None:
    """Render beside the final place; then move all files there, the scene first."""
    start, end = render.frames
    count = end - start + 1

    def rendered(frame: int) -> None:
        done = frame - start + 1
        say(Progress(fraction=done / count, doing=f"Rendering frame {done} of {count}"))

    say(Progress(fraction=0.0, doing=f"Rendering frame 1 of {count}"))
    with folder_beside(render.path) as beside:
        temporary = beside / render.path.name
        render_to(scene, temporary, frames=render.frames, rendered=rendered)
        os.replace(folder / blend.name, blend)
        for file in files_of(temporary, render.frames):
            os.replace(file, render.path.with_name(file.name))


def _facts(
    scene: bpy.types.Scene, double: Double, motion: Motion
) -> dict[str, int | float | str | bool]:
    return {
        "rate_fps": round(frame_rate(scene), 4),
        "frames": scene.frame_end - scene.frame_start + 1,
        "frames_filmed": len(motion.times_s),
        "vertices": len(double.vertices),
        "faces": len(double.faces),
        "shape_keys": len(double.blendshapes),
        "width_px": scene.render.resolution_x,
        "height_px": scene.render.resolution_y,
        "blender": bpy.app.version_string,
    }
