"""Learn weights/shape_reader.safetensors: the shape of a head from a photo's pixels.

    PYTHONPATH=examples python -m weights.learn_shape_reader \
        --scans PATH/ict_facekit.npz

Crowds of people who do not exist are painted and looked at by a convolutional network:
minutes on a graphics processor, days without one. It goes on with crowds whose
landmarks the face detector marked, which needs processors: an hour of two. How its
shapes are off is learned last, on pictures of scan-made heads by another painter. Each
part leaves a file in `--folder`, from which the next one can go on elsewhere.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor

from core.colours import linear_from_srgb, srgb_from_linear
from core.fit.shape_network import SIDE_PX, ShapeNetwork
from core.fit.shape_reader import FORMAT_VERSION, SHAPE_READER_PATH, ShapeReader
from core.head_model import load_head_model
from core.head_model.data import HEAD_MODEL_PATH
from core.head_model.prior import prior_sha256
from core.landmarks import upright
from core.landmarks.detector import FaceDetector
from core.landmarks.model_file import read_landmarker
from core.landmarks.refiner import MarkErrors, load_refiner
from core.texture.texels import skin_texels

from .learn_identity_prior import REGISTRATION
from .learning.crowd import Studio, some_faces
from .learning.looks import TEXTURE_PX, random_look
from .learning.registration import read_registration
from .learning.scans import read_scans
from .learning.shape_errors import learn_shape_errors, sitters
from .learning.shaping import Lessons, learn_shapes
from .learning.storing import store
from .learning.synthetic_photos import Stage, stage_of
from .learning.tuning import Practice, marked_pictures, mirror_signs, practise

SKINS, SEED = 780, 700_000
SITTERS, SITTERS_SEED = 700, 44_001
_JPEG_QUALITY = 90


def paint_skins(folder: Path) -> None:
    """Write skins that are not there yet, as JPEG files."""
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor() as workers:
        list(workers.map(partial(_paint_skin, folder), range(SKINS), chunksize=10))


def _paint_skin(folder: Path, index: int) -> None:
    path = folder / f"{index:04d}.jpg"
    if path.exists():
        return
    torch.set_num_threads(1)
    model = load_head_model()
    look = random_look(model, skin_texels(model, TEXTURE_PX), SEED + index)
    pixels = 255 * srgb_from_linear(look.albedo.clamp(0, 1)) + 0.5
    quality = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
    cv2.imwrite(str(path), pixels.byte().numpy()[..., ::-1], quality)


def read_skins(folder: Path) -> UInt8[Tensor, "skins 3 size size"]:
    """Every skin of a folder, sRGB."""
    pictures = [cv2.imread(str(path)) for path in sorted(folder.glob("*.jpg"))]
    skins = np.stack([each[..., ::-1] for each in pictures if each is not None])
    return torch.from_numpy(skins).movedim(-1, 1)


def studio_on(
    device: torch.device, skins: UInt8[Tensor, "skins 3 size size"]
) -> Studio:
    """What crowds need, on a device."""
    model = load_head_model()
    stage = stage_of(model, load_head_model(HEAD_MODEL_PATH))
    refiner = load_refiner(model.version_sha256)
    assert refiner.errors is not None, "the shipped refiner knows its errors"
    albedos = torch.cat(
        [linear_from_srgb(some.to(device) / 255.0).half() for some in skins.split(16)]
    )
    return Studio(
        model=model.to(device),
        stage=Stage(**{name: each.to(device) for name, each in vars(stage).items()}),
        errors=MarkErrors(
            **{name: each.to(device) for name, each in vars(refiner.errors).items()}
        ),
        template=_template(refiner.template).float().to(device),
        albedos=albedos,
        faces=some_faces(np.random.default_rng(SEED)).to(device),
    )


def _template(template: np.ndarray) -> Tensor:
    """An average face's landmarks in the square, from the refiner's square."""
    return torch.from_numpy(template) * (SIDE_PX / upright.SIDE_PX)


def main() -> None:
    """Paint, learn, practise, examine, write; what is there already is not repeated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scans", type=Path, required=True)
    parser.add_argument("--folder", type=Path, default=Path("build/shapes"))
    parser.add_argument("--landmarker", type=Path)
    options = parser.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(0)
    torch.backends.cudnn.benchmark = True
    skins, first, second = (
        options.folder / name for name in ("skins", "crowds.pt", "practised.pt")
    )
    if not first.exists():
        paint_skins(skins)
        _keep(first, *learn_shapes(studio_on(device, read_skins(skins)), Lessons()))
    if not second.exists():
        landmarker = read_landmarker(options.landmarker)
        _practise(first, second, studio_on(device, read_skins(skins)), landmarker)
    _store(second, options.scans, read_landmarker(options.landmarker))


def _practise(first: Path, second: Path, studio: Studio, landmarker: bytes) -> None:
    network, usual = _kept(first)
    refiner, practice = load_refiner(studio.model.version_sha256), Practice()
    with FaceDetector(landmarker, faces=1) as detector:
        pictures = marked_pictures(studio, detector, refiner, practice)
    usual = usual.to(studio.device)
    network = practise(network.to(studio.device), usual, studio, pictures, practice)
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
    template, signs = _template(refiner.template), mirror_signs(model)
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
