"""Build a double or capture a motion alone, and look after the engine itself."""

from pathlib import Path

import bpy
from bpy.props import StringProperty

from ...core.errors import EngineMissingError
from ...core.messages import Done
from .. import engine
from ..preferences import WHEELS_DESCRIPTION, addon_preferences, engine_state
from .asks import AsksForLight, AsksForPhoto, AsksForVideo
from .into_scene import add_stored_double
from .job import JobOperator, Stage
from .requests import build_stage, chosen_file


class PHOTODOUBLE_OT_build_double(
    AsksForPhoto, AsksForLight, JobOperator, bpy.types.Operator
):
    """Make a double from one photo and add it to the scene"""

    bl_idname = "photo_double.build_double"
    bl_label = "Build Double"
    bl_options = {"UNDO"}
    title = "Build Double"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Take the panel's photo."""
        settings = context.window_manager.photo_double
        self._from_window = True
        self.photo = self.photo or settings.photo
        self.face = self.face or settings.face
        self.second_photo = self.second_photo or settings.second_photo
        self.third_photo = self.third_photo or settings.third_photo
        return self.execute(context)

    def stages(self, context: bpy.types.Context) -> list[Stage]:
        """Build the double."""
        photo = chosen_file(self.photo, "photo")
        name = self.name or photo.stem
        more = self.more_photos()
        return [build_stage(photo, *more, face=self.face, name=name, start=0, end=1)]

    def finish(self, context: bpy.types.Context, results: list[Done]) -> str:
        """Add the double."""
        path = Path(results[0].asset)
        context.window_manager.photo_double.double = str(path)
        name = self.name or Path(self.photo).stem
        added = add_stored_double(context, path, name, light=self.choose_light(context))
        return f"{added.name} was added"


class PHOTODOUBLE_OT_capture_motion(AsksForVideo, JobOperator, bpy.types.Operator):
    """Take the performance from a video and keep it for any double"""

    bl_idname = "photo_double.capture_motion"
    bl_label = "Capture Motion"
    bl_options: set[str] = set()
    title = "Capture Motion"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Take the panel's video, and the part of it that is chosen there."""
        self._from_window = True
        self.take_panels_video(context)
        return self.execute(context)

    def stages(self, context: bpy.types.Context) -> list[Stage]:
        """Capture the motion, unless the video is a performance that is stored."""
        self.check_performance()
        return self.performance_stages(start=0)

    def finish(self, context: bpy.types.Context, results: list[Done]) -> str:
        """Offer it in the panel."""
        if not results:
            chosen = bpy.path.abspath(self.video)
            context.window_manager.photo_double.motion = chosen
            return f"{Path(chosen).name} needs no capturing: it is Motion in the panel"
        context.window_manager.photo_double.motion = results[0].asset
        return f"The motion is kept as {results[0].asset}"


class PHOTODOUBLE_OT_install_engine(JobOperator, bpy.types.Operator):
    """Make the engine's own Python environment in your data folder"""

    bl_idname = "photo_double.install_engine"
    bl_label = "Install Engine"
    bl_options: set[str] = set()
    title = "Install Engine"

    wheels: StringProperty(
        name="Folder of Wheels",
        description=WHEELS_DESCRIPTION,
        subtype="DIR_PATH",
        options={"SKIP_SAVE"},
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Take the folder of wheels from the preferences."""
        self._from_window = True
        preferences = addon_preferences()
        self.wheels = self.wheels or (preferences.wheels if preferences else "")
        return self.execute(context)

    def stages(self, context: bpy.types.Context) -> list[Stage]:
        """Make the environment with a Python that is found on this computer."""
        wheels = bpy.path.abspath(self.wheels) if self.wheels else ""
        if wheels and not Path(wheels).is_dir():
            raise EngineMissingError(f"There is no folder {wheels}. Choose another.")
        if not wheels and not bpy.app.online_access:
            raise EngineMissingError(
                "Blender may not go online. Allow online access in the System "
                "preferences, or choose a folder of wheels to install from."
            )
        preferences = addon_preferences()
        python = engine.find_python(preferences.engine_python if preferences else "")
        if python is None:
            raise EngineMissingError(
                "No Python 3.11 to 3.13 was found on this computer. Install one, or "
                "name one as the engine's Python, then press Install Engine again."
            )
        command = engine.install_command(python, wheels=wheels)
        return [Stage(start=0, end=1, command=command)]

    def finish(self, context: bpy.types.Context, results: list[Done]) -> str:
        """Use it from now on, whatever Python was named, and say what it is."""
        if preferences := addon_preferences():
            preferences.engine_python = ""
        return _parts_of(results[0])


class PHOTODOUBLE_OT_check_engine(JobOperator, bpy.types.Operator):
    """Try whether the engine works, and say what it consists of"""

    bl_idname = "photo_double.check_engine"
    bl_label = "Check Engine"
    bl_options: set[str] = set()
    title = "Check Engine"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Check beside Blender, which stays usable."""
        self._from_window = True
        return self.execute(context)

    def stages(self, context: bpy.types.Context) -> list[Stage]:
        """Import every part in the engine's Python."""
        state = engine_state()
        if state.python is None:
            raise EngineMissingError(state.why)
        return [Stage(start=0, end=1, command=engine.check_command(state.python))]

    def finish(self, context: bpy.types.Context, results: list[Done]) -> str:
        """Show the versions."""
        return _parts_of(results[0])


class PHOTODOUBLE_OT_cancel(bpy.types.Operator):
    """Stop the running job; nothing of it is added"""

    bl_idname = "photo_double.cancel"
    bl_label = "Cancel"
    bl_options: set[str] = set()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only while a job runs."""
        return context.window_manager.photo_double_job.running

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Tell the job."""
        context.window_manager.photo_double_job.cancelled = True
        return {"FINISHED"}


def _parts_of(result: Done) -> str:
    parts = ", ".join(f"{name} {value}" for name, value in result.facts.items())
    return f"The engine works: {parts}"
