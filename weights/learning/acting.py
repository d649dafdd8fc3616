"""How people act in films whose weights are known.

Heads that act in phrases, as faces do, would teach which phrases there are; so half of
them make faces at random instead, some hold one all the time, and some are mostly at
rest. Only every fourth frame is filmed: neighbours teach the same thing.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.acting import RATE_FPS, Performance, perform
from core.expressions import (
    EXPRESSION_INDEX,
    EXPRESSION_NAMES,
    GAZE_EXPRESSIONS,
    mirrored_name,
)

_STRIDE = 4
SPACING_S = _STRIDE / RATE_FPS
"""Time between frames."""
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
    *(("tongueOut",), ("tongueOut",)),
)
"""What is made at random: expressions with their other side; jaws open often, and
tongues are shown oftener than they would be."""
_OPEN_FOR_TONGUES = (0.3, 1.0)
"""How far a jaw is open at least where a tongue comes out."""


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


def head_turns_deg(
    acted: Performance, random: np.random.Generator
) -> NDArray[np.float64]:
    """Yaw, pitch and roll [frames, 3]: as it was acted, less or more."""
    swing = random.choice([0.5, 1.0, 2.0], p=[0.4, 0.4, 0.2])
    spread = [random.choice([5.0, 15.0]), 6.0, 4.0]
    turns_deg = swing * acted.turn_deg + random.normal(0, spread)
    turns_deg[:, 0] = turns_deg[:, 0].clip(-60, 60)
    return turns_deg


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
    # behind teeth nobody sees a tongue, and what cannot be seen must not be learned
    out = np.flatnonzero(weights[:, EXPRESSION_INDEX["tongueOut"]] > 0)
    opened = random.uniform(*_OPEN_FOR_TONGUES, len(out))
    weights[out, jaw] = np.maximum(weights[out, jaw], opened)
    weights[out, close] = 0
    weights[:, close] = np.minimum(weights[:, close], weights[:, jaw])
    return weights


def _holding(
    weights: NDArray[np.float64], random: np.random.Generator
) -> NDArray[np.float64]:
    """The same by somebody who makes one face all the time, often a smile."""
    held = weights.copy()
    for index in random.choice(len(_GROUPS), random.integers(1, 4), replace=False):
        group = _SMILES if random.random() < 0.4 else _GROUPS[index]
        if any(name.startswith(("eyeBlink", "mouthClose", "tongue")) for name in group):
            continue
        for name in group:
            column = held[:, EXPRESSION_INDEX[name]]
            wavering = random.normal(1, 0.15, len(held)).clip(0, 1.3)
            np.maximum(column, random.uniform(0.15, 0.7) * wavering, out=column)
    return held.clip(0, 1)
