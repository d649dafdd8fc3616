"""Learn weights/expression_reader.safetensors: what landmarks tell of expressions.

    PYTHONPATH=examples python -m weights.learn_expression_reader

People who do not exist act before a camera with weights that are known; the films are
tracked as any clip is, and a small network learns from what the first solve leaves,
and from what the skin shows, which weights were acted. It takes two hours of two
processors; what was filmed is kept in `--folder`.
"""

import argparse
from functools import partial
from pathlib import Path

import torch

from core.head_model import HeadModel, load_head_model
from core.landmarks.model_file import read_landmarker
from core.landmarks.skin import (
    EXPRESSION_READER_PATH,
    FORMAT_VERSION,
    FaceChart,
    SkinNetwork,
    skin_tensors,
)
from core.track.reader import ExpressionReader

from .learning.charting import face_chart
from .learning.filming import film_part, read_parts
from .learning.reading import Lessons, learn_reader
from .learning.rehearsal import Rehearsal, mirrored_landmarks
from .learning.storing import store
from .learning.studios import paint_parts

PARTS, SKINS = 71, 240


def save(
    reader: ExpressionReader, skin: SkinNetwork, chart: FaceChart, model: HeadModel
) -> None:
    """Write the file, in half precision."""
    header = {
        "format_version": FORMAT_VERSION,
        "head_model_sha256": model.version_sha256,
        "attribution": "Learned from pictures of heads that vary as ICT-FaceKit's do, "
        "(c) 2020 USC Institute for Creative Technologies, MIT licence: see "
        "LICENSE-expression_reader.txt",
    }
    tensors = vars(reader) | skin_tensors(skin, chart)
    arrays = {
        name: (value.half() if value.is_floating_point() else value.short()).numpy()
        for name, value in tensors.items()
    }
    store(EXPRESSION_READER_PATH, arrays, header)


def learn_all(model: HeadModel, films: list[Rehearsal]) -> None:
    """Learn from films."""
    mirror = mirrored_landmarks(model)
    both = [*films, *(film.mirrored(mirror) for film in films)]
    chart = face_chart(model)
    save(*learn_reader(both, model, chart, Lessons()), chart, model)


def main() -> None:
    """Film, learn, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("build/films"))
    parser.add_argument("--landmarker", type=Path)
    options = parser.parse_args()
    film = partial(film_part, landmarker=read_landmarker(options.landmarker))
    parts = paint_parts(options.folder, film, parts=PARTS, skins=SKINS)
    torch.manual_seed(0)
    learn_all(load_head_model(), read_parts(parts))


if __name__ == "__main__":
    main()
