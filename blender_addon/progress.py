"""Where the artist sees a job: status bar, panel and preferences.

What is drawn is read from the window manager's `photo_double_job`. Blender redraws
only what it was told to, so whoever changes the job says `show_job`, `hide_job` or
`redraw`. How the last job ended stays to be read: Blender's own reports fade soon.
"""

import textwrap

import bpy

_BAR_UNITS = 14.0
"""Width of the status bar's progress bar: twice the longest thing that is done."""

_PIXELS_A_CHARACTER = 6.5
"""Of the default font at a scale of 1; sentences of ours take 6.1 on average."""

_MARGIN_CHARACTERS = 9
"""What tabs, boxes and the icon before the text take."""


def draw_job(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Draw the running job with a button that stops it, else how the last one ended."""
    job = context.window_manager.photo_double_job
    if job.running:
        row = layout.row(align=True)
        row.progress(text=f"{job.doing} {job.fraction:.0%}", factor=job.fraction)
        row.operator("photo_double.cancel", text="", icon="X")
    elif job.outcome:
        draw_text(layout, context, job.outcome, "ERROR" if job.refused else "INFO")


def draw_text(
    layout: bpy.types.UILayout, context: bpy.types.Context, text: str, icon: str
) -> None:
    """Draw a text over as many lines as the region's width asks for."""
    scale = context.preferences.system.ui_scale
    width = int(context.region.width / scale / _PIXELS_A_CHARACTER)
    column = layout.column(align=True)
    for line in textwrap.wrap(text, max(width - _MARGIN_CHARACTERS, 20)):
        column.label(text=line, icon=icon)
        icon = "BLANK1"


def show_job(context: bpy.types.Context) -> None:
    """Show how far the job is, in every window."""
    # set anew each time: another operator may have written there meanwhile
    context.workspace.status_text_set(_draw_status)
    redraw(context)


def hide_job(context: bpy.types.Context) -> None:
    """Give the status bar back, in every workspace."""
    for workspace in bpy.data.workspaces:
        workspace.status_text_set(None)
    redraw(context)


def redraw(context: bpy.types.Context) -> None:
    """Let Blender draw every place that shows a job again."""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in {"VIEW_3D", "PREFERENCES"}:
                area.tag_redraw()


def _draw_status(header: bpy.types.Header, context: bpy.types.Context) -> None:
    """The status bar as Blender draws it, with the job in place of the key hints."""
    layout = header.layout
    job = context.window_manager.photo_double_job
    if job.running:
        row = layout.row(align=True)
        row.label(text=job.title)
        bar = row.row(align=True)
        bar.ui_units_x = _BAR_UNITS
        bar.progress(text=f"{job.doing} {job.fraction:.0%}", factor=job.fraction)
        row.label(text="Esc cancels")
    layout.separator_spacer()
    layout.template_reports_banner()
    layout.template_running_jobs()
    layout.separator_spacer()
    layout.template_status_info()
