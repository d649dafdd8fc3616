"""Films of heads whose weights are known, for a reader of expressions to learn from.

They are crowds (`crowd`) in which neighbours are one person who acts (`acting`), in one
light and before one camera. The detector marks them as it marks any clip, since its
errors come from the pixels, and its marks are refined and solved as in any clip.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from numpy.typing import NDArray
from torch import Tensor

from core.errors import PhotoDoubleError
from core.landmarks.detector import FaceDetector
from core.landmarks.refiner import LandmarkRefiner, load_refiner
from core.landmarks.skin import FaceChart
from core.landmarks.types import LandmarkTrack
from core.track.first_look import look_first
from core.track.reader import Impressions

from .acting import SPACING_S, act, head_turns_deg
from .album import some_of
from .chance import Draw
from .charting import face_chart
from .crowd import (
    FACE_HEIGHT_M,
    MARGIN_PX,
    Cast,
    Crowd,
    Studio,
    rotations,
    some_artistry,
    some_distances,
    some_identities,
    stand,
)
from .crowd_camera import compressed, photograph
from .marked_crowds import LOST_PX, found_in, some_view
from .rehearsal import Rehearsal
from .studios import read_skins, studio_on

FILMS = 40
"""Of a part."""
_AT_ONCE, _FRAMES = 2, 16
"""Films that are shot at once, and their frames."""
_FEWEST = 8
"""Frames with a face, of a film that teaches anything."""
_SEED = 3_000_000
_COMPRESSED = 0.6
"""Share of films that are."""
_SIDE_PX, _FILLED = 320, 0.75
"""Side of the pictures that landmarks are moved into from the crowd's, in which all are
upright, and how much of it a face fills."""


@dataclass(frozen=True, kw_only=True)
class _Set:
    """What films are made with."""

    studio: Studio
    detector: FaceDetector
    refiner: LandmarkRefiner
    chart: FaceChart


def film_part(folder: Path, skins: Path, part: int, *, landmarker: bytes) -> None:
    """Write one part, unless it is there: films of so many people."""
    path = folder / f"{part:04d}.pt"
    if path.exists():
        return
    torch.set_num_threads(1)
    studio = studio_on(torch.device("cpu"), read_skins(skins))
    with FaceDetector(landmarker, faces=1) as detector:
        films = list(films_of(studio, detector, part))
    unfinished = path.with_suffix(".tmp")
    torch.save([_stored(film) for film in films], unfinished)
    unfinished.replace(path)


def read_parts(folder: Path) -> list[Rehearsal]:
    """All films that were written."""
    return [
        Rehearsal(
            seen=Impressions(**stored["seen"]),
            charts=stored["charts"],
            acted=stored["acted"],
        )
        for path in sorted(folder.glob("*.pt"))
        for stored in torch.load(path, weights_only=True)
    ]


def _stored(film: Rehearsal) -> dict[str, object]:
    # clones, for a view is stored with all that it is a view of
    return {
        "seen": {name: value.clone() for name, value in vars(film.seen).items()},
        "charts": film.charts.clone(),
        "acted": film.acted.clone(),
    }


def films_of(studio: Studio, detector: FaceDetector, part: int) -> Iterator[Rehearsal]:
    """The films of one part; some may not show enough of a face."""
    refiner = load_refiner(studio.model.version_sha256)
    scene = _Set(
        studio=studio,
        detector=detector,
        refiner=refiner,
        chart=face_chart(studio.model),
    )
    random = np.random.default_rng(_SEED + part)
    chance = torch.Generator().manual_seed(_SEED + part)
    draw = Draw(chance, studio.device, times=_FRAMES)
    for first in range(part * FILMS, (part + 1) * FILMS, _AT_ONCE):
        seeds = range(_SEED + first, _SEED + first + _AT_ONCE)
        crowd = _acting(studio, seeds, draw, random)
        tiles = photograph(studio, crowd, draw).movedim(1, -1).numpy()
        for film in range(_AT_ONCE):
            frames = slice(film * _FRAMES, (film + 1) * _FRAMES)
            rehearsal = _rehearsal(scene, crowd, tiles, frames, random)
            if rehearsal is not None:
                yield rehearsal


def _acting(
    studio: Studio, seeds: range, draw: Draw, random: np.random.Generator
) -> Crowd:
    """One person for each seed, at all times of a film, one after the other."""
    acted = [act(seed, _FRAMES) for seed in seeds]
    people = len(seeds) * _FRAMES

    def joined(parts: list[NDArray[np.float64]]) -> Tensor:
        return torch.from_numpy(np.concatenate(parts)).float()

    turns = joined([head_turns_deg(each, random) for each in acted])
    off = joined([each.offset_m[:, :2] for each in acted])
    cast = Cast(
        identity=some_identities(studio, people, draw),
        weights=joined([each.weights for each in acted]),
        gaze_rad=joined([each.gaze_rad for each in acted]),
        rotation=rotations(*turns.unbind(dim=1)),
        artistic=some_artistry(people, draw),
        distance_m=some_distances(people, draw),
        middle=0.07 * draw.normal(people, 2) + 0.5 * off,
    )
    return stand(studio, cast, draw)


def _rehearsal(
    scene: _Set,
    crowd: Crowd,
    tiles: UInt8[np.ndarray, "people tile tile 3"],
    frames: slice,
    random: np.random.Generator,
) -> Rehearsal | None:
    """What is seen of a face in the tiles of one film, if it is found."""
    view = some_view(random)
    quality = int(random.integers(25, 96)) if random.random() < _COMPRESSED else None
    shown: list[tuple[NDArray[np.uint8], NDArray[np.float32]]] = []
    seen, scores = [], []
    for index in range(frames.start, frames.stop):
        tile = np.ascontiguousarray(tiles[index])
        if quality is not None:
            tile = compressed(tile, quality)
        face = found_in(tile, view, scene.detector)
        if face is None:
            continue
        places = crowd.places_px[index].numpy() + MARGIN_PX
        if np.abs(face.points_px - places).mean() < LOST_PX:
            shown.append((tile, face.points_px))
            scores.append(face.scores)
            seen.append(index)
    if len(seen) < _FEWEST:
        return None
    cut = scene.refiner.upright(shown)
    offsets = scene.refiner.offsets(cut.squares_srgb, cut.marks, once=True)
    points = torch.from_numpy(np.stack(cut.outward(offsets)) - np.float32(MARGIN_PX))
    landmarks = LandmarkTrack(
        times_s=(np.array(seen) - frames.start) * SPACING_S,
        points_px=_in_film(some_of(crowd, torch.tensor(seen)), points).numpy(),
        scores=np.stack(scores),
        seen=np.ones(len(seen), bool),
        image_size_px=(_SIDE_PX, _SIDE_PX),
        refined=True,
    )
    try:
        first = look_first(scene.studio.model, landmarks)
    except PhotoDoubleError as error:
        print(error, file=sys.stderr)
        return None
    return Rehearsal(
        seen=first.impressions(),
        charts=scene.chart.flat(cut.squares_srgb, cut.marks + offsets),
        acted=crowd.weights[seen],
    )


def _in_film(
    crowd: Crowd, points_px: Float[Tensor, "frames landmarks 2"]
) -> Float[Tensor, "frames landmarks 2"]:
    """Points of the upright squares, where a camera that stands still has them."""
    distance_m = crowd.vertices_camera[..., 2].mean()
    focal_px = _FILLED * _SIDE_PX * distance_m / FACE_HEIGHT_M
    return focal_px * crowd.slopes(points_px) + _SIDE_PX / 2
