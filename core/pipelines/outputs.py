"""Making sure, before anything is computed, that the result can be written."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ..assets import refuse_existing, refused_output
from ..errors import OutputExistsError


def require_writable(
    path: Path | str, *, overwrite: bool, sources: Sequence[str] = ()
) -> Path:
    """The path of a result that may and can be written.

    Folders above it that do not exist yet are not made. What the result is made from is
    not replaced, `overwrite` or not. Raises OutputExistsError and OutputRefusedError.
    """
    path = Path(path)
    for source in sources:
        if path.exists() and Path(source).exists() and path.samefile(source):
            raise OutputExistsError(
                f"{path} is what the result is made from, so it is left alone. Choose "
                "another name.",
                path=path,
            )
    refuse_existing(path, overwrite=overwrite)
    folder = path.absolute().parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        if not folder.is_dir():
            raise NotADirectoryError(20, "a file is in the way of its folder")
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise refused_output(path, error) from error
    return path


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all. Raises OutputRefusedError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            try:
                file.write(content)
            except OSError:
                os.unlink(file.name)
                raise
        os.chmod(file.name, 0o666 & ~_umask())
        os.replace(file.name, path)
    except OSError as error:
        raise refused_output(path, error) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
