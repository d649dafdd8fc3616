"""Learn weights/open_eyes.safetensors: how far eyes are open, from their pixels.

    PYTHONPATH=examples python -m weights.learn_open_eyes

Crowds of people who do not exist are painted with lids that close as far as they like,
their eyes cut out by marks that are off as refined ones are, and a small convolutional
network learns the gaps. It takes an hour of two processors; what was painted is kept in
`--folder`.
"""

import argparse
from pathlib import Path

import torch

from core.head_model import load_head_model
from core.landmarks.open_eyes import FORMAT_VERSION, OPEN_EYES_PATH, EyeNetwork

from .learning.eyes import paint_part, read_parts
from .learning.opening import Lessons, learn_openings
from .learning.storing import store
from .learning.studios import paint_parts

PARTS, SKINS = 82, 240


def main() -> None:
    """Paint, learn, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("build/eyes"))
    folder = parser.parse_args().folder
    parts = paint_parts(folder, paint_part, parts=PARTS, skins=SKINS)
    torch.manual_seed(0)
    save(learn_openings(read_parts(parts), Lessons()))


def save(network: EyeNetwork) -> None:
    """Write the file, in half precision."""
    header = {
        "format_version": FORMAT_VERSION,
        "head_model_sha256": load_head_model().version_sha256,
        "attribution": "Learned from pictures of heads that vary as ICT-FaceKit's do, "
        "(c) 2020 USC Institute for Creative Technologies, MIT licence: see "
        "LICENSE-open_eyes.txt",
    }
    arrays = {
        name: value.half().numpy()
        for name, value in network.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    store(OPEN_EYES_PATH, arrays, header)


if __name__ == "__main__":
    main()
