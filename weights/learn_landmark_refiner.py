"""Learn weights/landmark_refiner.safetensors: landmarks as a picture shows them.

    PYTHONPATH=examples python -m weights.learn_landmark_refiner \
        --scans PATH/ict_facekit.npz

Crowds of people who do not exist are painted and photographed, the face detector marks
them, and a small convolutional network learns from the pixels how far each mark is off:
minutes on a graphics processor with some processors beside it. How its own marks still
lean toward average faces is learned after that, on pictures of scan-made heads by
another painter. Each part leaves a file in `--folder`, from which the next one can go
on elsewhere.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from core.head_model import load_head_model
from core.head_model.prior import prior_sha256
from core.landmarks.model_file import read_landmarker
from core.landmarks.refiner import (
    FORMAT_VERSION,
    LANDMARK_REFINER_PATH,
    LandmarkRefiner,
    RefinerNetwork,
)

from .learn_identity_prior import MARKED, MARKED_SEED, REGISTRATION
from .learning.mark_errors import learn_mark_errors
from .learning.marked_crowds import MarkedCrowds
from .learning.marking import mark_people
from .learning.refining import TOLD, Lessons, learn_refiner, tensors_of
from .learning.registration import read_registration
from .learning.rehearsal import mirrored_landmarks
from .learning.scans import read_scans
from .learning.storing import store
from .learning.studios import face_template, studio_of

CROWD, SEED = 192, 21


def main() -> None:
    """Paint, learn, examine, write; what is there already is not repeated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scans", type=Path, required=True)
    parser.add_argument("--folder", type=Path, default=Path("build/marks"))
    parser.add_argument("--landmarker", type=Path)
    options = parser.parse_args()
    network = options.folder / "refiner.pt"
    landmarker = read_landmarker(options.landmarker)
    if not network.exists():
        learn(options.folder, landmarker, Lessons())
    write(network, options.scans, landmarker)


def learn(folder: Path, landmarker: bytes, lessons: Lessons) -> None:
    """From crowds; the network goes into the folder."""
    torch.manual_seed(0)
    torch.backends.cudnn.benchmark = True
    studio, model = studio_of(folder / "skins"), load_head_model()
    template, mirror = face_template(model), mirrored_landmarks(model).to(studio.device)
    small = torch.from_numpy(template).float().to(studio.device)
    with MarkedCrowds(studio, landmarker, template, people=CROWD, seed=SEED) as crowds:
        network, usual = learn_refiner(crowds, small, mirror, lessons)
    torch.save({"network": network.state_dict(), "usual": usual}, folder / "refiner.pt")


def write(network: Path, scans_file: Path, landmarker: bytes) -> None:
    """See how its marks err, and write the file."""
    kept, model = torch.load(network), load_head_model()
    learned = RefinerNetwork(TOLD)
    learned.load_state_dict(kept["network"])
    template, usual = face_template(model), kept["usual"]
    refiner = LandmarkRefiner(learned, template=template, usual=usual)
    marked = mark_people(
        model,
        scans := read_scans(scans_file),
        registration := read_registration(REGISTRATION),
        landmarker,
        count=MARKED,
        seed=MARKED_SEED,
        refine=refiner.refine,
    )
    errors = learn_mark_errors(model, scans, registration, marked)
    save(tensors_of(learned, template, usual), errors, model.version_sha256)


def save(
    tensors: dict[str, np.ndarray],
    errors: dict[str, np.ndarray],
    head_model_sha256: str,
) -> None:
    """Write the file, and its hash into its card."""
    tensors = tensors | {name: array.astype("f4") for name, array in errors.items()}
    tensors["leaning_per_identity"] = errors["leaning_per_identity"].astype("f2")
    header = {
        "format_version": FORMAT_VERSION,
        "head_model_sha256": head_model_sha256,
        "identity_prior_sha256": prior_sha256(),
        "attribution": "Learned from pictures of heads that vary as ICT-FaceKit's do, "
        "(c) 2020 USC Institute for Creative Technologies, MIT licence: see "
        "LICENSE-landmark_refiner.txt",
    }
    store(LANDMARK_REFINER_PATH, tensors, header)


if __name__ == "__main__":
    main()
