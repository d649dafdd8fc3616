"""Write the open file as a .blend: whole or not at all, with nothing beside it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy

from ...core.errors import OutputRefusedError

_open_folders: list[Path] = []


@contextmanager
def folder_beside(target: Path) -> Iterator[Path]:
    """A temporary folder on the disk of `target`; its content goes unless moved out.

    Raises OutputRefusedError if nothing can be written there.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(
            prefix=f".{target.name}.", dir=target.parent, ignore_cleanup_errors=True
        )
    except OSError as error:
        raise OutputRefusedError(
            f"{target} cannot be written ({error.strerror or error}). Choose a folder "
            "that you may write to and that has space left.",
            path=target,
        ) from error
    _open_folders.append(Path(folder.name))
    try:
        with folder as name:
            yield Path(name)
    finally:
        _open_folders.remove(Path(folder.name))


def remove_temporary_folders() -> None:
    """Remove what `folder_beside` has open: for a process that ends at once."""
    for folder in _open_folders:
        shutil.rmtree(folder, ignore_errors=True)


def write_blend(path: Path) -> None:
    """Save a packed, compressed copy of the open file at `path`.

    Raises OutputRefusedError if Blender cannot write it.
    """
    bpy.data.orphans_purge(do_local_ids=True, do_linked_ids=True, do_recursive=True)
    try:
        bpy.ops.wm.save_as_mainfile(
            filepath=str(path), copy=True, compress=True, relative_remap=False
        )
    except RuntimeError as error:
        raise OutputRefusedError(
            f"Blender could not write {path.name} ({str(error).strip()}). Choose a "
            "folder that you may write to and that has space left.",
            path=path,
        ) from error
