"""The landmarks of a clip's frames in a file: half an hour of them is 200 MB.

Every frame is a record of fixed size, appended as it is found. What was appended whole
is there to stay, whatever happens to the process afterwards.
"""

import os
import tempfile
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from ..expressions import EXPRESSION_NAMES
from .topology import LANDMARK_COUNT

RECORD = np.dtype(
    [
        ("time_s", "<f8"),
        ("seen", "<i4"),
        ("skipped", "<i4"),
        ("scores", "<f4", (len(EXPRESSION_NAMES),)),
        ("points_px", "<f4", (LANDMARK_COUNT, 2)),
    ]
)
"""One frame: its time in the clip, whether a face was seen, frames that could not be
decoded so far, the detector's scores, and the landmarks (NaN if no face was seen)."""


class LandmarkFile:
    """Records one after the other, after a header that this class does not read."""

    def __init__(self, file: IO[bytes], *, header_size: int = 0) -> None:
        self._file = file
        self._start = header_size
        self._count = (file.seek(0, os.SEEK_END) - header_size) // RECORD.itemsize

    @classmethod
    def temporary(cls) -> "LandmarkFile":
        """One that is gone as soon as nobody holds it."""
        return cls(tempfile.TemporaryFile(prefix="photo-double-"))

    def __len__(self) -> int:
        return self._count

    def append(self, records: NDArray[Any]) -> None:
        """Add frames; they are safe from the process's end when this returns."""
        self._file.seek(self._start + self._count * RECORD.itemsize)
        self._file.write(records.tobytes())
        self._file.flush()
        self._count += len(records)

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """The records from `start` up to `stop`."""
        self._file.seek(self._start + start * RECORD.itemsize)
        content = self._file.read((stop - start) * RECORD.itemsize)
        return np.frombuffer(content, RECORD)

    def close(self) -> None:
        """Let the file go; what was read stays valid."""
        self._file.close()


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
