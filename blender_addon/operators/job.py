"""What every long operator shares: a child process, progress, Esc, one undo step.

Started from a script or without a window, the operator runs to its end. Started from
the window it returns at once and a timer looks for news; Blender stays usable, Esc
stops the child, and only at the end is the scene changed, in one step. What belongs to
the file is remembered by name: undo or a deletion meanwhile must not leave a dangling
reference. Loading another file ends the operator, and with it the child.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import bpy

from ...core.errors import PhotoDoubleError
from ...core.messages import Advice, Done, Failed, Progress
from ..progress import hide_job, redraw, show_job
from ..worker_process import WorkerProcess

_LOOK_EVERY_S = 0.1


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One child process of a job."""

    start: float
    """Where its progress begins on the whole bar, 0 to 1."""
    end: float
    """Where it ends."""
    command: Sequence[str]
    """The program and its arguments."""
    line: str = ""
    """What it is given on its standard input."""


class JobOperator:
    """Mixed into an operator: `stages` says what to run, `finish` what to do then."""

    title: ClassVar[str] = ""
    """What the status bar calls the job."""

    def stages(self, context: bpy.types.Context) -> list[Stage]:
        """The child processes, one after the other. May raise PhotoDoubleError."""
        raise NotImplementedError

    def finish(self, context: bpy.types.Context, results: list[Done]) -> str:
        """Use the results in the scene; gives back what to tell the artist."""
        raise NotImplementedError

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Run the whole job: to its end, or beside Blender if the window asked."""
        if context.window_manager.photo_double_job.running:
            self.report(
                {"ERROR"}, "Photo Double is busy. Wait for that job, or cancel it."
            )
            return {"CANCELLED"}
        try:
            self._waiting = self.stages(context)
        except PhotoDoubleError as error:
            return self._refuse(context, str(error))
        self._results: list[Done] = []
        self._advice: list[str] = []
        self._worker: WorkerProcess | None = None
        if getattr(self, "_from_window", False) and not bpy.app.background:
            return self._start_modal(context)
        return self._run_to_the_end(context)

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Look for news; everything but Esc and our timer is left to Blender."""
        job = context.window_manager.photo_double_job
        if event.type == "ESC" and event.value == "PRESS":
            job.cancelled = True
        if job.cancelled:
            self._stop(context)
            told = f"{self.title}: cancelled, nothing was changed"
            self._keep_outcome(context, f"{told}.")
            self.report({"INFO"}, told)
            return {"CANCELLED"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        try:
            ended = self._look(context)
        except (PhotoDoubleError, OSError) as error:
            return self._refuse(context, str(error))
        if isinstance(ended, Failed):
            return self._refuse(context, ended.reason, ended.details)
        if not ended:
            return {"PASS_THROUGH"}
        self._stop(context)
        return self._finish(context)

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender ends the operator: another file is opened, or Blender closes."""
        self._stop(context)

    def _start_modal(self, context: bpy.types.Context) -> set[str]:
        job = context.window_manager.photo_double_job
        job.running, job.cancelled, job.title = True, False, self.title
        job.fraction, job.doing, job.outcome = 0.0, "Starting the engine", ""
        self._timer = context.window_manager.event_timer_add(
            _LOOK_EVERY_S, window=context.window
        )
        context.window_manager.modal_handler_add(self)
        show_job(context)
        return {"RUNNING_MODAL"}

    def _run_to_the_end(self, context: bpy.types.Context) -> set[str]:
        try:
            for stage in self._waiting:
                self._worker = WorkerProcess(
                    stage.command, line=stage.line, offline=not bpy.app.online_access
                )
                for message in self._worker.wait():
                    ended = self._hear(message)
                    if isinstance(ended, Failed):
                        return self._refuse(context, ended.reason, ended.details)
        except OSError as error:
            return self._refuse(context, f"The engine could not be started: {error}")
        finally:
            if self._worker:
                self._worker.close()
        return self._finish(context)

    def _look(self, context: bpy.types.Context) -> Failed | bool:
        """Start the next stage or hear the running one; True when all are done."""
        if self._worker is None:
            if not self._waiting:
                return True
            self._stage = self._waiting.pop(0)
            self._worker = WorkerProcess(
                self._stage.command,
                line=self._stage.line,
                offline=not bpy.app.online_access,
            )
        job = context.window_manager.photo_double_job
        for message in self._worker.news():
            if isinstance(message, Progress):
                stretch = self._stage.end - self._stage.start
                job.fraction = self._stage.start + stretch * message.fraction
                job.doing = message.doing
                show_job(context)
            ended = self._hear(message)
            if isinstance(ended, Failed):
                return ended
            if isinstance(ended, Done):
                self._worker.close()
                self._worker = None
                break
        return False

    def _hear(self, message: object) -> Done | Failed | None:
        match message:
            case Advice():
                self._advice.append(message.text)
            case Done():
                self._results.append(message)
                return message
            case Failed():
                return message
        return None

    def _finish(self, context: bpy.types.Context) -> set[str]:
        try:
            told = self.finish(context, self._results)
        except PhotoDoubleError as error:
            return self._refuse(context, str(error))
        self._keep_outcome(context, " ".join([f"{told}.", *self._advice]))
        self.report({"INFO"}, told)
        if self._advice:  # last, as Blender shows the last report only
            self.report({"WARNING"}, " ".join(self._advice))
        return {"FINISHED"}

    def _refuse(
        self, context: bpy.types.Context, reason: str, details: str = ""
    ) -> set[str]:
        self._stop(context)
        if details:
            sys.stderr.write(f"Photo Double, {self.title}: {reason}\n{details}\n")
        self._keep_outcome(context, reason, refused=True)
        self.report({"ERROR"}, reason)
        return {"CANCELLED"}

    def _keep_outcome(
        self, context: bpy.types.Context, told: str, *, refused: bool = False
    ) -> None:
        job = context.window_manager.photo_double_job
        job.outcome, job.refused = told, refused
        redraw(context)

    def _stop(self, context: bpy.types.Context) -> None:
        """End the child, the timer and the display; safe to call twice."""
        if getattr(self, "_worker", None):
            self._worker.cancel()
            self._worker = None
        if getattr(self, "_timer", None):
            context.window_manager.event_timer_remove(self._timer)
            self._timer = None
            job = context.window_manager.photo_double_job
            job.running = job.cancelled = False
            hide_job(context)
