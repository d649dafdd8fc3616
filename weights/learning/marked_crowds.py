"""Crowds whose landmarks the face detector marked.

A detector's errors come from the pixels, and whoever knows pixels can see them coming:
what is to mend marks, or to live with them, has to learn from real ones. Painting is
the work of a graphics processor and marking that of the others, so that both go on side
by side: while one crowd is painted, those before it are marked.
"""

import os
import time
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

import cv2
import numpy as np
import torch
from jaxtyping import Float, UInt8
from numpy.typing import NDArray
from torch import Tensor

from core.landmarks.detector import FaceDetector
from core.landmarks.upright import SIDE_PX, UprightFace

from .album import some_of
from .chance import Draw
from .crowd import MARGIN_PX, TILE_PX, Crowd, Studio, gather
from .crowd_camera import photograph

LOST_PX = 12.0
"""Marks that are further off in the mean are of something else than the face."""
_AT_ONCE = 12
"""Pictures that a process is given at a time."""
_AHEAD = 5
"""Crowds that wait to be marked."""


@dataclass(frozen=True, kw_only=True)
class MarkedCrowd:
    """Those of a crowd that were found where they are."""

    crowd: Crowd
    tiles: UInt8[Tensor, "people 3 tile tile"]
    """Their pictures, sRGB."""
    marks_px: Float[Tensor, "people landmarks 2"]
    """The detector's, in the crowd's squares."""
    squares: UInt8[Tensor, "people 3 side side"]
    """Cut upright by those marks, as small as a refiner takes them."""


@dataclass(frozen=True, kw_only=True)
class _Waiting:
    crowd: Crowd
    tiles: UInt8[Tensor, "people 3 tile tile"]
    marked: list[Future[list["_Mark | None"]]]


_Mark = tuple[NDArray[np.float32], NDArray[np.uint8]]
"""Marks in the picture [landmarks, 2], and the small square [side, side, 3]."""


class MarkedCrowds:
    """They come one after the other; use it in a `with` statement."""

    def __init__(
        self,
        studio: Studio,
        landmarker: bytes,
        template: Float[np.ndarray, "landmarks 2"],
        *,
        people: int,
        seed: int,
        processes: int | None = None,
    ) -> None:
        """`people` a crowd; `template` is that of the small squares."""
        self._studio, self._people = studio, people
        self._draw = Draw(
            torch.Generator(studio.device).manual_seed(seed), studio.device
        )
        self._waiting: deque[_Waiting] = deque()
        # what is given to a new process holds up the one that gives it: no large bytes
        self._folder = TemporaryDirectory()
        file = Path(self._folder.name) / "landmarker"
        file.write_bytes(landmarker)
        # whoever has spoken to a graphics processor cannot be copied
        spawn = get_context("spawn")
        self._workers = ProcessPoolExecutor(
            processes or max(1, (os.cpu_count() or 2) - 1),
            mp_context=spawn,
            initializer=_prepare,
            initargs=(file, template, spawn.Value("i", 0)),
        )

    def __enter__(self) -> "MarkedCrowds":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._workers.shutdown(cancel_futures=True)
        self._folder.cleanup()

    def next(self) -> MarkedCrowd:
        """Wait for one."""
        while not (ready := self.ready()):
            time.sleep(0.01)
        return ready[0]

    def ready(self) -> list[MarkedCrowd]:
        """One more is painted if there is room; give back one, or none, that is marked.

        It raises what a process raised.
        """
        if len(self._waiting) < _AHEAD:
            self._waiting.append(self._sent())
        if not all(each.done() for each in self._waiting[0].marked):
            return []
        return [self._found(self._waiting.popleft())]

    def _sent(self) -> _Waiting:
        """Paint a crowd and have it marked."""
        crowd = gather(self._studio, self._people, self._draw)
        tiles = photograph(self._studio, crowd, self._draw)
        pixels = tiles.movedim(1, -1).cpu().numpy()
        return _Waiting(
            crowd=crowd,
            tiles=tiles,
            marked=[
                self._workers.submit(_marks, pixels[start : start + _AT_ONCE])
                for start in range(0, len(pixels), _AT_ONCE)
            ],
        )

    def _found(self, waiting: _Waiting) -> MarkedCrowd:
        """Those that were found where they are."""
        marks = [mark for part in waiting.marked for mark in part.result()]
        seen = [index for index, mark in enumerate(marks) if mark is not None]
        points = np.stack([mark[0] for mark in marks if mark is not None])
        squares = np.stack([mark[1] for mark in marks if mark is not None])
        device = self._studio.device
        chosen = torch.tensor(seen, device=device)
        crowd = some_of(waiting.crowd, chosen)
        points_px = torch.from_numpy(points).to(device) - MARGIN_PX
        off = (points_px - crowd.places_px).abs().mean(dim=(1, 2))
        there = off < LOST_PX
        return MarkedCrowd(
            crowd=some_of(crowd, there),
            tiles=waiting.tiles[chosen][there],
            marks_px=points_px[there],
            squares=torch.from_numpy(squares).to(device).movedim(-1, 1)[there],
        )


class _Marker:
    """What one process marks with."""

    def __init__(
        self, detector: FaceDetector, template: NDArray[np.float64], seed: int
    ) -> None:
        self._detector, self._template = detector, template
        self._random = np.random.default_rng(seed)

    def mark(self, tile: UInt8[np.ndarray, "tile tile 3"]) -> _Mark | None:
        """What the detector marks, if it finds anybody."""
        face = found_in(tile, some_view(self._random), self._detector)
        if face is None:
            return None
        points = face.points_px
        return points, UprightFace.of(points, self._template).cut(tile, SIDE_PX)


@dataclass(frozen=True, kw_only=True)
class FoundFace:
    """What the detector marks in a tile."""

    points_px: Float[np.ndarray, "landmarks 2"]
    scores: Float[np.ndarray, "expressions"]


def found_in(
    tile: UInt8[np.ndarray, "tile tile 3"],
    view: Float[np.ndarray, "2 3"],
    detector: FaceDetector,
) -> FoundFace | None:
    """The face of a tile, found in some view of it."""
    picture = cv2.warpAffine(
        tile, view, (TILE_PX, TILE_PX), borderMode=cv2.BORDER_REPLICATE
    )
    faces = detector.find(np.asarray(picture, np.uint8))
    if not faces:
        return None
    # OpenCV counts from the first pixel's centre
    shown = faces[0].points * TILE_PX - 0.5
    back = (shown - view[:, 2]) @ np.linalg.inv(view[:, :2]).T + 0.5
    return FoundFace(points_px=back.astype(np.float32), scores=faces[0].scores)


def some_view(random: np.random.Generator) -> NDArray[np.float64]:
    """Moves a tile: the detector errs otherwise on faces that are aslant or aside.

    So it does on small ones.
    """
    middle = TILE_PX / 2
    turn_deg, scale = random.normal(0, 10), random.uniform(0.7, 1.1)
    matrix = cv2.getRotationMatrix2D((middle, middle), turn_deg, scale)
    matrix[:, 2] += random.normal(0, 0.03 * TILE_PX, 2)
    return np.asarray(matrix, np.float64)


_markers: list[_Marker] = []
"""A process's own one, that lives as long as it does."""


def _prepare(
    landmarker: Path, template: NDArray[np.float64], before: "Synchronized[int]"
) -> None:
    """A new process; `before` counts those that are prepared."""
    with before.get_lock():
        index = before.value
        before.value += 1
    if hasattr(os, "sched_setaffinity"):
        # each detector would start a thread for every processor there is
        every = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {every[-1 - index % len(every)]})
    detector = FaceDetector(landmarker.read_bytes(), faces=1)
    _markers.append(_Marker(detector, template, index))


def _marks(tiles: UInt8[np.ndarray, "pictures tile tile 3"]) -> list[_Mark | None]:
    """Those of several pictures."""
    return [_markers[0].mark(tile) for tile in np.ascontiguousarray(tiles)]
