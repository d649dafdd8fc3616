"""Learn weights/landmark_refiner.safetensors: landmarks as a picture shows them.

    PYTHONPATH=examples python -m weights.learn_landmark_refiner \
        --scans PATH/ict_facekit.npz

People who do not exist are painted, lit and photographed, the face detector marks them,
and a small convolutional network learns from the pixels how far each mark is off. How
its own marks still lean toward average faces is learned after that, on pictures of
scan-made heads by another painter. It takes some hours on two cores.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from core.head_model import HeadModel, load_head_model
from core.head_model.data import HEAD_MODEL_PATH
from core.head_model.prior import prior_sha256
from core.landmarks.detector import FaceDetector
from core.landmarks.model_file import read_landmarker
from core.landmarks.refiner import (
    FORMAT_VERSION,
    LANDMARK_REFINER_PATH,
    LandmarkRefiner,
)
from core.landmarks.topology import FACE_COUNT
from core.landmarks.upright import SIDE_PX, UprightFace
from core.texture.texels import skin_texels

from .learn_identity_prior import MARKED, MARKED_SEED, REGISTRATION
from .learning.looks import TEXTURE_PX, random_look
from .learning.mark_errors import learn_mark_errors
from .learning.marking import mark_people
from .learning.refining import Album, Lessons, joined, learn_refiner, tensors_of
from .learning.registration import read_registration
from .learning.rehearsals import mirrored_landmarks, random_faces
from .learning.scans import read_scans
from .learning.storing import store
from .learning.synthetic_photos import (
    SIZE_PX,
    found_in,
    random_pose,
    stage_of,
    take_photo,
)

PEOPLE, PHOTOS, SEED = 1475, 8, 50_000
"""How many people, photos of each, and the first one's seed."""
_RESTING = 0.4
"""Share of photos without an expression."""
_FILLS = 0.8
"""Share of the square that an average face takes."""


def face_template(model: HeadModel) -> np.ndarray:
    """The average face's landmarks [landmarks, 2] in the upright square."""
    flat = model.landmark_template.double().numpy()[:, [0, 2]] * [1, -1]
    low, high = flat[:FACE_COUNT].min(axis=0), flat[:FACE_COUNT].max(axis=0)
    scale = _FILLS * SIDE_PX / (high - low).max()
    return (flat - (low + high) / 2) * scale + SIDE_PX / 2


def photographed(
    model: HeadModel, landmarker: bytes, template: np.ndarray, *, people: int, seed: int
) -> Album:
    """Photos of so many people as the detector marks them."""
    stage = stage_of(model, load_head_model(HEAD_MODEL_PATH))
    texels = skin_texels(model, TEXTURE_PX)
    albums = []
    with FaceDetector(landmarker, faces=1) as detector:
        for person in range(people):
            look = random_look(model, texels, seed + person)
            random = np.random.default_rng(person)
            for index, weights in enumerate(random_faces(PHOTOS, _RESTING, random)):
                pose = random_pose(random, weights)
                photo = take_photo(stage, look, pose, 1000 * person + index)
                face = found_in(photo, detector)
                if face is None:
                    continue
                marks = face.points * SIZE_PX
                upright = UprightFace.of(marks, template)
                square = torch.from_numpy(upright.cut(photo.pixels_srgb))
                albums.append(
                    Album(
                        squares=square.movedim(-1, 0)[None],
                        marks=_points(upright.inward(marks)),
                        places=_points(upright.inward(photo.points_px)),
                        weights=torch.from_numpy(weights).float()[None],
                        gaze_rad=_points(pose.gaze_rad),
                    )
                )
    return joined(albums)


def _points(points: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(points).float()[None]


def main() -> None:
    """Photograph, learn, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scans", type=Path, required=True)
    parser.add_argument("--landmarker", type=Path)
    options = parser.parse_args()
    torch.manual_seed(0)
    model, landmarker = load_head_model(), read_landmarker(options.landmarker)
    template = face_template(model)
    album = photographed(model, landmarker, template, people=PEOPLE, seed=SEED)
    network, usual = learn_refiner(album, mirrored_landmarks(model), Lessons())
    refiner = LandmarkRefiner(network, template=template, usual=usual)
    marked = mark_people(
        model,
        scans := read_scans(options.scans),
        registration := read_registration(REGISTRATION),
        landmarker,
        count=MARKED,
        seed=MARKED_SEED,
        refine=refiner.refine,
    )
    errors = learn_mark_errors(model, scans, registration, marked)
    save(tensors_of(network, template, usual), errors, model.version_sha256)


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
