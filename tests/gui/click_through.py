"""Inside a Blender with a window: go through the click as an artist does, tell facts.

    blender --enable-event-simulate --python click_through.py -- PHOTO VIDEO FACTS.json

Keys and mouse are simulated events, so dialog, modal operator, undo and Esc take the
ways that they take for an artist. What was seen goes into FACTS.json, step by step;
`test_click.py` judges it.
"""

import json
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy

PHOTO, VIDEO, FACTS = sys.argv[sys.argv.index("--") + 1 :]
LONGEST_JOB_S = 600.0
LOOK_EVERY_S = 0.2
_UNDO = True  # as a button does; else what Python calls leaves no step

facts: dict[str, Any] = {}


def steps() -> Iterator[None]:
    """Everything that is tried; each yield gives Blender time to draw and react."""
    yield from wait_until(lambda: bpy.context.window_manager.windows, 10.0)
    yield from press("ESC")  # the splash screen
    facts["before"] = scene_facts()

    yield from ask_and_confirm(PHOTO, VIDEO)
    facts["progress"] = []
    yield from wait_until(lambda: not watched_job().running, LONGEST_JOB_S)
    facts["outcome"] = job().outcome
    facts["after"] = scene_facts()

    yield from press("Z", ctrl=True)
    facts["undone"] = scene_facts()
    yield from press("Z", ctrl=True, shift=True)
    facts["redone"] = scene_facts()

    yield from ask_and_confirm(PHOTO, VIDEO)
    yield from wait_until(lambda: job().fraction > 0.0, LONGEST_JOB_S)
    yield from press("ESC")
    facts["stopped"] = not job().running
    facts["after_esc"] = scene_facts()

    yield from ask_and_confirm("no such photo.jpg", VIDEO)
    facts["refusal"] = job().outcome if job().refused else ""

    yield from take_steps()


def take_steps() -> Iterator[None]:
    """Add a second take, go back to the first, remove one, and take that back."""
    facts["takes"] = [take_facts()]
    with over_the_view():
        bpy.ops.photo_double.add_take(
            "INVOKE_DEFAULT", video=VIDEO, start_s=1.0, end_s=2.0
        )
    yield from wait_until(lambda: not job().running, LONGEST_JOB_S)
    facts["added"] = job().outcome
    facts["takes"].append(take_facts())

    first, second = facts["takes"][1]["names"]
    with over_the_view():
        bpy.ops.photo_double.use_take("INVOKE_DEFAULT", _UNDO, action=first)
    yield
    facts["takes"].append(take_facts())

    with over_the_view():
        bpy.ops.photo_double.remove_take("INVOKE_DEFAULT", _UNDO, action=second)
    yield
    yield from press("RET")
    facts["takes"].append(take_facts())
    with over_the_view():  # simulated keys are lost once the question has closed
        bpy.ops.ed.undo()
    facts["takes"].append(take_facts())


def take_facts() -> dict[str, Any]:
    """The file's takes, and the one that the rig performs."""
    rig = bpy.context.view_layer.objects.active
    return {
        "names": [a.name for a in bpy.data.actions if a.photo_double_take.double],
        "performed": rig.animation_data.action.name,
    }


def over_the_view() -> Any:
    """Let operators run as if the mouse were over the 3D view."""
    window = bpy.context.window_manager.windows[0]
    return bpy.context.temp_override(window=window, area=view(), region=view_region())


def ask_and_confirm(photo: str, video: str) -> Iterator[None]:
    """Open the dialog in the middle of the 3D view and press its button."""
    simulate("MOUSEMOVE", "NOTHING")
    yield
    with over_the_view():
        bpy.ops.photo_double.animate_from_photo(
            "INVOKE_DEFAULT", photo=photo, video=video
        )
    yield
    yield from press("RET")


def press(key: str, *, ctrl: bool = False, shift: bool = False) -> Iterator[None]:
    """Press and release a key over the 3D view."""
    simulate("MOUSEMOVE", "NOTHING")
    simulate(key, "PRESS", ctrl=ctrl, shift=shift)
    simulate(key, "RELEASE", ctrl=ctrl, shift=shift)
    for _ in range(5):
        yield


def simulate(kind: str, value: str, *, ctrl: bool = False, shift: bool = False) -> None:
    """One event in the middle of the 3D view."""
    region = view_region()
    bpy.context.window_manager.windows[0].event_simulate(
        type=kind,
        value=value,
        x=region.x + region.width // 2,
        y=region.y + region.height // 2,
        ctrl=ctrl,
        shift=shift,
    )


def wait_until(true: Callable[[], Any], seconds: float) -> Iterator[None]:
    """Come back when it is true. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"still waiting after {seconds:g} s")
        yield


def view() -> bpy.types.Area:
    """The 3D view."""
    areas = bpy.context.window_manager.windows[0].screen.areas
    return next(area for area in areas if area.type == "VIEW_3D")


def view_region() -> bpy.types.Region:
    """Its main region."""
    return next(region for region in view().regions if region.type == "WINDOW")


def job() -> Any:
    """The add-on's running job."""
    return bpy.context.window_manager.photo_double_job


def watched_job() -> Any:
    """The same, and its progress is written down."""
    seen = [round(job().fraction, 3), job().doing]
    if job().running and seen not in facts["progress"]:
        facts["progress"].append(seen)
    return job()


def scene_facts() -> dict[str, Any]:
    """What the scene holds, and whether it moves."""
    scene = bpy.context.scene
    active = bpy.context.view_layer.objects.active
    keys = [len(data.key_blocks) for data in bpy.data.shape_keys]
    heads = [item for item in bpy.data.objects if item.name.endswith(" Head")]
    found = {
        "objects": sorted(item.name for item in bpy.data.objects),
        "shape_keys": keys,
        "active": active.name if active else None,
        "range": [scene.frame_start, scene.frame_end],
        "moved": False,
    }
    if heads and heads[0].parent.animation_data:
        poses = []
        for frame in (scene.frame_start, scene.frame_start + 20):
            scene.frame_set(frame)
            weights = [block.value for block in heads[0].data.shape_keys.key_blocks]
            poses.append(weights)
        scene.frame_set(scene.frame_start)
        found["moved"] = poses[0] != poses[1]
    return found


def main() -> None:
    """Take a step whenever the timer fires; at the end write the facts and quit."""
    walk = steps()

    def step() -> float | None:
        try:
            next(walk)
        except StopIteration:
            pass
        except Exception:  # whatever it is, the test has to hear of it
            facts["crash"] = traceback.format_exc()
        else:
            return LOOK_EVERY_S
        Path(FACTS).write_text(json.dumps(facts, indent=1), encoding="utf-8")
        bpy.ops.wm.quit_blender()
        return None

    bpy.app.timers.register(step, first_interval=2.0)


main()
