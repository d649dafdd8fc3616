"""The landmarks of a clip's frames in a file: half an hour of them is 200 MB.

Every frame is a record of fixed size, appended as it is found. What was appended whole
is there to stay, whatever happens to the process afterwards.
"""

import contextlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from ..expressions import EXPRESSION_NAMES
from .likeness import SIGNS
from .skin import HINTS
from .topology import LANDMARK_COUNT

RECORD = np.dtype(
    [
        ("time_s", "<f8"),
        ("seen", "<i4"),
        ("skipped", "<i4"),
        ("scores", "<f4", (len(EXPRESSION_NAMES),)),
        ("hints", "<f2", (HINTS,)),
        ("eyes", "<f4", (2, 2)),
        ("points_px", "<f4", (LANDMARK_COUNT, 2)),
    ]
)
"""One frame: its time in the clip, whether a face was seen, frames that could not be
decoded so far, the detector's scores, what the skin shows and how far eyes are open
(zero if that was not looked at), and the landmarks (NaN if no face was seen)."""


MOST_COEFFICIENTS = 128
"""Room for those that tell who somebody is; what is not needed is zero."""

HEADER = np.dtype(
    [
        ("made_by", "S24"),
        ("complete", "<i4"),
        ("looks", "<i4"),
        ("look", "<f4", (SIGNS,)),
        ("views", "<i4"),
        ("person", "<f4", (MOST_COEFFICIENTS,)),
    ]
)
"""Whether all frames are there, what was learned of the followed face's looks, and in
how many views of it somebody saw whom."""

_MADE_BY = b"photo double landmarks 5"


class LandmarkFile:
    """A header and then records, one after the other."""

    def __init__(self, file: IO[bytes], *, path: Path | None = None) -> None:
        """Go on with an open file; what is no whole landmark file is emptied."""
        self._file = file
        self.path = path
        """Where it is kept; None: it is gone as soon as nobody holds it."""
        file.seek(0)
        content = file.read(HEADER.itemsize)
        self._count = 0
        if len(content) == HEADER.itemsize:
            self._header = np.frombuffer(content, HEADER)[0].copy()
            size = file.seek(0, os.SEEK_END) - HEADER.itemsize
            self._count = size // RECORD.itemsize
        if not self._count or self._header["made_by"] != _MADE_BY:
            self._header, self._count = np.zeros((), HEADER), 0
            self._header["made_by"] = _MADE_BY
            file.truncate(0)

    @classmethod
    def temporary(cls) -> "LandmarkFile":
        """One that nobody keeps."""
        return cls(tempfile.TemporaryFile(prefix="photo-double-"))

    def __len__(self) -> int:
        return self._count

    @property
    def complete(self) -> bool:
        """Whether nothing is left to be found."""
        return bool(self._header["complete"])

    @property
    def looks(self) -> tuple[int, Float[np.ndarray, "signs"]]:
        """How many looks at the followed face were learned, and their mean."""
        return int(self._header["looks"]), self._header["look"].astype(float)

    @property
    def views(self) -> tuple[int, Float[np.ndarray, "coefficients"]]:
        """In how many views of the face somebody was seen, and the mean of whom."""
        return int(self._header["views"]), self._header["person"].astype(float)

    def append(self, records: NDArray[Any]) -> None:
        """Add frames; they are safe from the process's end when this returns."""
        self._file.seek(HEADER.itemsize + self._count * RECORD.itemsize)
        self._file.write(records.tobytes())
        self._file.flush()
        self._count += len(records)

    def note(
        self,
        looks: int,
        look: Float[np.ndarray, "signs"] | None,
        views: tuple[int, Float[np.ndarray, "coefficients"]],
        *,
        complete: bool = False,
    ) -> None:
        """Write the header."""
        self._header["looks"], self._header["complete"] = looks, complete
        if look is not None:
            self._header["look"] = look
        self._header["views"], person = views
        self._header["person"][: len(person)] = person
        self._file.seek(0)
        self._file.write(self._header.tobytes())
        self._file.flush()

    def cut(self, count: int) -> None:
        """Forget all but the first records."""
        self._count = min(self._count, count)
        self._file.truncate(HEADER.itemsize + self._count * RECORD.itemsize)

    def delete(self) -> None:
        """Nobody needs it any more."""
        self._file.close()
        if self.path is not None:
            with contextlib.suppress(OSError):
                self.path.unlink()

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """The records from `start` up to `stop`."""
        self._file.seek(HEADER.itemsize + start * RECORD.itemsize)
        content = self._file.read((stop - start) * RECORD.itemsize)
        return np.frombuffer(content, RECORD)


@dataclass(frozen=True, kw_only=True, eq=False)
class StoredPoints:
    """Landmarks [frames, landmarks, 2] in a file, indexed as if they were an array.

    Only the frames that are asked for are read.
    """

    file: LandmarkFile
    """Where they are."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Frames, landmarks, 2."""
        return len(self.file), LANDMARK_COUNT, 2

    def __len__(self) -> int:
        return len(self.file)

    def __getitem__(self, index: Any) -> Float[np.ndarray, "..."]:
        first, *others = index if isinstance(index, tuple) else (index,)
        frames = np.arange(len(self))[first]
        points = self._of(np.atleast_1d(frames))
        if frames.ndim == 0:
            return points[(0, *others)]
        return points[(slice(None), *others)]

    def __array__(self, dtype: Any = None) -> NDArray[Any]:
        return self[:].astype(dtype or np.float32, copy=False)

    def _of(self, frames: NDArray[np.intp]) -> Float[np.ndarray, "chosen landmarks 2"]:
        points = np.empty((len(frames), LANDMARK_COUNT, 2), np.float32)
        breaks = np.flatnonzero(np.diff(frames) != 1) + 1
        done = 0
        for run in np.split(frames, breaks):
            if len(run):
                found = self.file.read(int(run[0]), int(run[-1]) + 1)
                points[done : done + len(run)] = found["points_px"]
                done += len(run)
        return points
