"""Films of heads whose weights are known, for a reader of expressions to learn from.

They are painted as the photos are that landmarks are learned from, each of another
person in one light. Heads that act in phrases, as faces do, would teach which phrases
there are; so half of them make faces at random instead, some hold one all the time, and
some are mostly at rest. Only every fourth frame is filmed: neighbours teach the same
thing.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from benchmarks.acting import RATE_FPS, Performance, perform
from core.errors import PhotoDoubleError
from core.expressions import (
    EXPRESSION_INDEX,
    EXPRESSION_NAMES,
    GAZE_EXPRESSIONS,
    mirrored_name,
)
from core.head_model import HeadModel, load_head_model
from core.head_model.data import HEAD_MODEL_PATH
from core.landmarks.detector import DetectedFace, FaceDetector
from core.landmarks.refiner import load_refiner
from core.landmarks.skin import FaceChart
from core.landmarks.types import LandmarkTrack
from core.texture.texels import skin_texels
from core.track.first_look import look_first

from .charting import face_chart
from .looks import TEXTURE_PX, random_look
from .reading import Rehearsal
from .synthetic_photos import SIZE_PX, Pose, found_in, stage_of, take_photo

_STRIDE = 4
_FEWEST = 8
"""Frames with a face, of a film that teaches anything."""
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
    model: HeadModel, landmarker: bytes, *, films: int, frames: int, seed: int
) -> Iterator[Rehearsal]:
    """Yield films of so many people."""
    stage = stage_of(model, load_head_model(HEAD_MODEL_PATH))
    texels = skin_texels(model, TEXTURE_PX)
    chart = face_chart(model)
    with FaceDetector(landmarker, faces=1) as detector:
        for person in range(seed, seed + films):
            look = random_look(model, texels, person)
            acted = act(person, frames)
            poses = _poses(acted, np.random.default_rng(person))
            photos = [take_photo(stage, look, pose, person) for pose in poses]
            found = [found_in(photo, detector) for photo in photos]
            seen = [n for n, face in enumerate(found) if face is not None]
            if len(seen) < _FEWEST:
                continue
            try:
                yield _rehearsal(
                    model,
                    chart,
                    [photos[n].pixels_srgb for n in seen],
                    [face for face in found if face is not None],
                    frames=np.array(seen),
                    acted=acted.weights[seen],
                )
            except PhotoDoubleError as error:
                print(f"{person}: {error}", file=sys.stderr)


def _poses(acted: Performance, random: np.random.Generator) -> list[Pose]:
    """One camera, and a head that turns as it was acted, less or more."""
    swing = random.choice([0.5, 1.0, 2.0], p=[0.4, 0.4, 0.2])
    spread = [random.choice([5.0, 15.0]), 6.0, 4.0]
    turns_deg = swing * acted.turn_deg + random.normal(0, spread)
    turns_deg[:, 0] = turns_deg[:, 0].clip(-60, 60)
    focal, fills = random.uniform(1.2, 4), random.uniform(0.45, 0.95)
    offsets = random.normal(0, 0.03, 2) + 0.5 * acted.offset_m[:, :2]
    return [
        Pose(
            weights=acted.weights[index],
            gaze_rad=acted.gaze_rad[index],
            turn_deg=turns_deg[index],
            focal=focal,
            fills=fills,
            offset=offsets[index],
        )
        for index in range(len(turns_deg))
    ]


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


def _rehearsal(
    model: HeadModel,
    chart: FaceChart,
    pictures: list[NDArray[np.uint8]],
    faces: list[DetectedFace],
    *,
    frames: Int[np.ndarray, "seen"],
    acted: Float[np.ndarray, "seen expressions"],
) -> Rehearsal:
    """What is seen of a face in some `frames` of a film."""
    refiner = load_refiner(model.version_sha256)
    cut = refiner.upright(
        [
            (pixels, face.points * SIZE_PX)
            for pixels, face in zip(pictures, faces, strict=True)
        ]
    )
    offsets = refiner.offsets(cut.squares_srgb, cut.marks, once=True)
    landmarks = LandmarkTrack(
        times_s=frames * _STRIDE / RATE_FPS,
        points_px=np.stack(cut.outward(offsets)),
        scores=np.stack([face.scores for face in faces]),
        seen=np.ones(len(faces), bool),
        image_size_px=(SIZE_PX, SIZE_PX),
        refined=True,
    )
    return Rehearsal(
        seen=look_first(model, landmarks).impressions(),
        charts=chart.flat(cut.squares_srgb, cut.marks + offsets),
        acted=torch.from_numpy(acted).float(),
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
