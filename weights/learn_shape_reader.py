"""Learn weights/shape_reader.safetensors: the shape of a head from a photo's pixels.

    PYTHONPATH=examples python -m weights.learn_shape_reader \
        --scans PATH/ict_facekit.npz

Crowds of people who do not exist are painted and looked at by a convolutional network:
minutes on a graphics processor, days without one. It goes on with crowds whose
landmarks the face detector marked, which needs some processors beside that. How its
shapes are off is learned last, on pictures of scan-made heads by another painter. Each
part leaves a file in `--folder`, from which the next one can go on elsewhere.
"""

import argparse
from pathlib import Path

import torch
from torch import Tensor

from core.fit.shape_network import ShapeNetwork
from core.fit.shape_reader import FORMAT_VERSION, SHAPE_READER_PATH, ShapeReader
from core.head_model import load_head_model
from core.head_model.prior import prior_sha256
from core.landmarks.detector import FaceDetector
from core.landmarks.model_file import read_landmarker
from core.landmarks.refiner import load_refiner

from .learn_identity_prior import REGISTRATION
from .learning.crowd import Studio
from .learning.marked_crowds import MarkedCrowds
from .learning.registration import read_registration
from .learning.scans import read_scans
from .learning.shape_errors import learn_shape_errors, sitters
from .learning.shaping import Lessons, learn_shapes
from .learning.storing import store
from .learning.studios import larger_template, studio_of
from .learning.tuning import PRACTICES, mirror_signs, practise

SITTERS, SITTERS_SEED = 700, 44_001
CROWD, SEED = 192, 12


def main() -> None:
    """Paint, learn, practise, examine, write; what is there already is not repeated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scans", type=Path, required=True)
    parser.add_argument("--folder", type=Path, default=Path("build/shapes"))
    parser.add_argument("--landmarker", type=Path)
    options = parser.parse_args()
    torch.manual_seed(0)
    torch.backends.cudnn.benchmark = True
    skins, first, second = (
        options.folder / name for name in ("skins", "crowds.pt", "practised.pt")
    )
    landmarker = read_landmarker(options.landmarker)
    if not second.exists():
        if not first.exists():
            refiner = load_refiner(load_head_model().version_sha256)
            _keep(first, *learn_shapes(studio_of(skins, refiner.errors), Lessons()))
        go_on(first, second, studio_of(skins), landmarker)
    _store(second, options.scans, landmarker)


def go_on(first: Path, second: Path, studio: Studio, landmarker: bytes) -> None:
    """From the network of one file to that of the other, with marked crowds."""
    network, usual = _kept(first)
    device, refiner = studio.device, load_refiner(load_head_model().version_sha256)
    with MarkedCrowds(
        studio, landmarker, refiner.template, people=CROWD, seed=SEED
    ) as crowds:
        for practice in PRACTICES:
            network = practise(
                network.to(device),
                usual.to(device),
                studio,
                crowds,
                refiner.to(device),
                practice,
            )
    _keep(second, network, usual)


def _store(second: Path, scans_file: Path, landmarker: bytes) -> None:
    """Examine the network, and write the file."""
    network, usual = _kept(second)
    model, scans = load_head_model(), read_scans(scans_file)
    refiner, registration = (
        load_refiner(model.version_sha256),
        read_registration(REGISTRATION),
    )
    with FaceDetector(landmarker, faces=1) as detector:
        people = sitters(
            load_head_model(statistics=False),
            scans,
            registration,
            detector,
            refiner,
            count=SITTERS,
            seed=SITTERS_SEED,
        )
    template, signs = larger_template(refiner.template), mirror_signs(model)
    as_it_is = torch.eye(model.identity_count)
    reader = ShapeReader(
        network,
        template=template.numpy(),
        usual=usual,
        signs=signs,
        slope=as_it_is,
        offset=torch.zeros(len(as_it_is)),
        whitening=as_it_is,
    )
    errors = learn_shape_errors(model, registration, reader, people)
    tensors = {
        name: value.half().numpy()
        for name, value in network.state_dict().items()
        if value.is_floating_point()
    }
    header = {
        "format_version": FORMAT_VERSION,
        "head_model_sha256": model.version_sha256,
        "identity_prior_sha256": prior_sha256(),
        "attribution": "Learned from pictures of heads that vary as ICT-FaceKit's do, "
        "(c) 2020 USC Institute for Creative Technologies, MIT licence: see "
        "LICENSE-shape_reader.txt",
    }
    more = {"template": template.float(), "usual": usual, "signs": signs}
    arrays = {name: value.numpy() for name, value in more.items()}
    store(SHAPE_READER_PATH, tensors | arrays | errors, header)


def _keep(path: Path, network: ShapeNetwork, usual: Tensor) -> None:
    torch.save({"network": network.cpu().state_dict(), "usual": usual.cpu()}, path)


def _kept(path: Path) -> tuple[ShapeNetwork, Tensor]:
    kept = torch.load(path)
    network = ShapeNetwork(len(load_head_model().identity_basis))
    network.load_state_dict(kept["network"], strict=False)
    return network.eval(), kept["usual"]


if __name__ == "__main__":
    main()
