"""Learn weights/expression_reader.safetensors: what landmarks tell of expressions.

    python -m weights.learn_expression_reader --scans PATH/ict_facekit.npz

Heads of our own model and heads of ICT-FaceKit, which was made from scans, act before a
camera with weights that are known; the films are tracked as any clip is, and a small
network learns from what the first solve leaves which weights were acted. It takes an
hour.
"""

import argparse
from pathlib import Path

import torch

from core.head_model import load_head_model
from core.track.reader import (
    EXPRESSION_READER_PATH,
    FORMAT_VERSION,
    ExpressionReader,
)

from .learning.reading import Lessons, Rehearsal, learn_reader
from .learning.rehearsals import mirrored_landmarks, rehearsals
from .learning.storing import store

HEADS, FRAMES, SEED = 75, 24, 415


def save(reader: ExpressionReader, head_model_sha256: str) -> None:
    """Write the file, in half precision."""
    header = {
        "format_version": FORMAT_VERSION,
        "head_model_sha256": head_model_sha256,
        "attribution": "Learned from pictures of ICT-FaceKit's heads, (c) 2020 USC "
        "Institute for Creative Technologies, MIT licence: see "
        "LICENSE-expression_reader.txt",
    }
    tensors = {name: value.half().numpy() for name, value in vars(reader).items()}
    store(EXPRESSION_READER_PATH, tensors, header)


def learn_all(films: list[Rehearsal]) -> None:
    """Learn from films."""
    model = load_head_model()
    motion, mirror = model.landmark_expression_basis, mirrored_landmarks(model)
    both = [*films, *(film.mirrored(mirror) for film in films)]
    save(learn_reader(both, motion, Lessons()), model.version_sha256)


def main() -> None:
    """Film, learn, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scans", type=Path, required=True)
    options = parser.parse_args()
    films = list(
        rehearsals(
            load_head_model(), options.scans, heads=HEADS, frames=FRAMES, seed=SEED
        )
    )
    torch.manual_seed(0)
    learn_all(films)


if __name__ == "__main__":
    main()
