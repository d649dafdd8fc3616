"""Films of heads whose weights are known, for a reader of expressions to learn from.

Half of the heads are our own model's, half scan-made. Heads that act in phrases, as
faces do, would teach which phrases there are; so half of them make faces at random
instead, some hold one all the time, and some are mostly at rest. Only every fourth
frame is filmed: neighbours teach the same thing.
"""

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from benchmarks.acting import Performance, perform
from benchmarks.puppets import Puppet, film, own_puppet, scanned_puppets
from core.errors import PhotoDoubleError
from core.expressions import (
    EXPRESSION_INDEX,
    EXPRESSION_NAMES,
    GAZE_EXPRESSIONS,
    mirrored_name,
)
from core.head_model import HeadModel
from core.images.video import open_video
from core.landmarks.video_landmarks import track_landmarks
from core.track.first_look import look_first

from .reading import Rehearsal

_STRIDE = 4
_FILMS = ((480, 20), (480, 24), (416, 28))
"""Size and quality of the films, in turn."""
_REST = (0.15, 0.5)
"""Share of frames at rest, of those who make faces at random and of the calm."""
_ONE_SIDED = 0.3
_SMILES = ("mouthSmileLeft", "mouthSmileRight")
_BROAD = (*_SMILES, "cheekSquintLeft", "cheekSquintRight")

_GROUPS: tuple[tuple[str, ...], ...] = (
    *sorted(
        {
            tuple(sorted({name, mirrored_name(name)}))
            for name in EXPRESSION_NAMES
            if name not in GAZE_EXPRESSIONS
            and not name.startswith(("mouthLeft", "mouthRight", "jawLeft", "jawRight"))
        }
    ),
    *((name,) for name in ("mouthLeft", "mouthRight", "jawLeft", "jawRight")),
    *(("jawOpen",), ("jawOpen",), _BROAD, _BROAD),
)
"""What is made at random: expressions with their other side; jaws open often."""


def rehearsals(
    model: HeadModel, scans: Path, *, heads: int, frames: int, seed: int
) -> Iterator[Rehearsal]:
    """Yield films of `heads` heads of either kind."""
    own = (own_puppet(seed + index) for index in range(heads))
    people = chain(own, scanned_puppets(scans, seed=seed, count=heads))
    for index, puppet in enumerate(people):
        acted = act(31 * seed + index, frames)
        try:
            yield _rehearse(model, puppet, acted, _FILMS[index % len(_FILMS)])
        except PhotoDoubleError as error:
            print(f"{puppet.name}: {error}", file=sys.stderr)


def act(seed: int, frames: int) -> Performance:
    """A performance of one of four kinds."""
    random = np.random.default_rng(seed + 99)
    every = perform(seed, frames * _STRIDE)
    acted = Performance(
        **{name: value[::_STRIDE] for name, value in vars(every).items()}
    )
    kind = seed % 4
    if kind >= 2:
        faces = random_faces(frames, _REST[kind - 2], random)
        looks = [EXPRESSION_INDEX[name] for name in GAZE_EXPRESSIONS]
        faces[:, looks] = acted.weights[:, looks]
        acted = replace(acted, weights=faces)
    if kind == 1 or (kind == 3 and random.random() < 0.5):
        acted = replace(acted, weights=_holding(acted.weights, random))
    return acted


def mirrored_landmarks(model: HeadModel) -> torch.Tensor:
    """[landmarks] which of them lies on the other side of the face."""
    marks = model.mark_template.numpy()
    return torch.from_numpy(cKDTree(marks).query(marks * [-1.0, 1.0, 1.0])[1])


def _rehearse(
    model: HeadModel, puppet: Puppet, acted: Performance, kind: tuple[int, int]
) -> Rehearsal:
    size_px, quality = kind
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        film(puppet.frames(acted), path, size_px=size_px, quality=quality)
        landmarks = track_landmarks(open_video(path))
    return Rehearsal(
        seen=look_first(model, landmarks).impressions(),
        acted=torch.from_numpy(acted.weights[landmarks.seen]).float(),
    )


def random_faces(
    frames: int, rest: float, random: np.random.Generator
) -> NDArray[np.float64]:
    """Faces made at random, another one in every frame."""
    weights = np.zeros((frames, len(EXPRESSION_NAMES)))
    for frame in np.flatnonzero(random.random(frames) >= rest):
        chosen = random.choice(len(_GROUPS), random.integers(1, 5), replace=False)
        for group in (_GROUPS[index] for index in chosen):
            names = group
            if len(group) == 2 and random.random() < _ONE_SIDED:
                names = (group[random.integers(2)],)
            most = random.uniform(0.1, 1)
            for name in names:
                weight = most * random.uniform(0.7, 1)
                weights[frame, EXPRESSION_INDEX[name]] = weight
    close, jaw = EXPRESSION_INDEX["mouthClose"], EXPRESSION_INDEX["jawOpen"]
    weights[:, close] = np.minimum(weights[:, close], weights[:, jaw])
    return weights


def _holding(
    weights: NDArray[np.float64], random: np.random.Generator
) -> NDArray[np.float64]:
    """The same by somebody who makes one face all the time, often a smile."""
    held = weights.copy()
    for index in random.choice(len(_GROUPS), random.integers(1, 4), replace=False):
        group = _SMILES if random.random() < 0.4 else _GROUPS[index]
        if any(name.startswith(("eyeBlink", "mouthClose")) for name in group):
            continue
        for name in group:
            column = held[:, EXPRESSION_INDEX[name]]
            wavering = random.normal(1, 0.15, len(held)).clip(0, 1.3)
            np.maximum(column, random.uniform(0.15, 0.7) * wavering, out=column)
    return held.clip(0, 1)
