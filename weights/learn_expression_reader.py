"""Learn weights/expression_reader.safetensors: what landmarks tell of expressions.

    python -m weights.learn_expression_reader --scans PATH/ict_facekit.npz

Heads of our own model and heads of ICT-FaceKit, which was made from scans, act before a
camera with weights that are known; the films are tracked as any clip is, and a small
network learns from what the first solve leaves which weights were acted. It takes an
hour.
"""

import argparse
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import save_file

from core.head_model import load_head_model
from core.track.reader import (
    EXPRESSION_READER_PATH,
    FORMAT_VERSION,
    ExpressionReader,
)

from .learning.reading import Lessons, Rehearsal, known_deviation, learn_reader
from .learning.rehearsals import mirrored_landmarks, rehearsals

HEADS, FRAMES, SEED = 75, 24, 415
PARTS = 4
"""Each part of the films is read by a reader that was learned from the others."""
CARD = EXPRESSION_READER_PATH.with_suffix(".md")


def save(reader: ExpressionReader, head_model_sha256: str) -> None:
    """Write the file, and its hash into its card."""
    header = {
        "format_version": FORMAT_VERSION,
        "head_model_sha256": head_model_sha256,
        "attribution": "Learned from pictures of ICT-FaceKit's heads, (c) 2020 USC "
        "Institute for Creative Technologies, MIT licence: see "
        "LICENSE-expression_reader.txt",
    }
    tensors = {name: value.half().contiguous() for name, value in vars(reader).items()}
    metadata = {key: json.dumps(value) for key, value in header.items()}
    save_file(tensors, EXPRESSION_READER_PATH, metadata=metadata)
    digest = hashlib.sha256(EXPRESSION_READER_PATH.read_bytes()).hexdigest()
    print(f"{EXPRESSION_READER_PATH.stat().st_size} bytes, sha256 {digest}")
    if CARD.exists():
        text = CARD.read_text(encoding="utf-8")
        CARD.write_text(re.sub(r"[0-9a-f]{64}", digest, text), encoding="utf-8")


def learn_all(films: list[Rehearsal]) -> None:
    """Learn from films, and from what is read of those that were left out."""
    model = load_head_model()
    motion, mirror = model.landmark_expression_basis, mirrored_landmarks(model)

    def learn(seen: list[Rehearsal], lessons: Lessons) -> ExpressionReader:
        both = [*seen, *(film.mirrored(mirror) for film in seen)]
        return learn_reader(both, motion, lessons)

    quick = replace(Lessons(), networks=1)
    deviation = known_deviation(films, lambda seen: learn(seen, quick), PARTS)
    save(replace(learn(films, Lessons()), deviation=deviation), model.version_sha256)


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
