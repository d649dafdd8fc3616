"""Learn weights/identity_prior.safetensors: how people's heads vary.

    python -m weights.learn_identity_prior --scans PATH/ict_facekit.npz

MakeHuman's sliders are drawn by artists and do not vary as people do. The head model is
fitted to many random heads of ICT-FaceKit, which was made from scans, and the mean and
covariance of its identity coefficients are kept, with the smooth offsets by which the
average of those heads differs from every head of the model. It takes some minutes.
"""

import argparse
import hashlib
import json
import re
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from core.head_model import HeadModel, load_head_model
from core.head_model.prior import FORMAT_VERSION, IDENTITY_PRIOR_PATH
from core.landmarks.model_file import read_landmarker

from .learning.extension import average_head
from .learning.marking import mark_scans
from .learning.registration import Registration, register, write_registration
from .learning.scans import Scans, read_scans
from .learning.statistics import Learning, Statistics, align_all, learn_statistics

PEOPLE, SEED = 800, 1
PICTURES, PICTURES_SEED = 60, 77
REGISTRATION = Path(__file__).parent / "learning" / "registration.npz"
"""Kept, so that measurements use the same one."""
CARD = IDENTITY_PRIOR_PATH.with_suffix(".md")


def registered(model: HeadModel, scans: Scans, landmarker: bytes) -> Registration:
    """Our head on the scans, by what the detector marks on both."""
    first = register(model, scans)
    marks = mark_scans(
        model, scans, first, landmarker, count=PICTURES, seed=PICTURES_SEED
    )
    return register(model, scans, marks)


def learn(
    model: HeadModel, scans: Scans, registration: Registration, learning: Learning
) -> Statistics:
    """The statistics of many random people."""
    places = registration.places
    people = scans.people(seed=SEED, count=PEOPLE)
    modes = places.on(scans.identity)
    heads = places.on(scans.neutral) + np.tensordot(people, modes, 1)
    vertices = registration.vertices
    template = model.template.double().numpy()[vertices]
    worth = 0.15 + 0.85 * model.region("face").double().numpy()[vertices]
    return learn_statistics(
        template,
        model.identity_basis.double().numpy()[:, vertices],
        align_all(heads, template, worth),
        worth,
        mirror_signs(model),
        learning=learning,
    )


def mirror_signs(model: HeadModel) -> np.ndarray:
    """1 for coefficients that move both sides alike, -1 for asymmetries."""
    basis = model.identity_basis.double().numpy()
    mirrored = basis[:, model.mirror.numpy()] * [-1.0, 1.0, 1.0]
    return np.sign((basis * mirrored).sum(axis=(1, 2)))


def save(model: HeadModel, registration: Registration, found: Statistics) -> None:
    """Write the file, and its hash into its card."""
    head, joints = average_head(
        model, found.mean, registration.vertices, found.offsets
    )
    arrays = {
        "root": np.linalg.cholesky(found.covariance).T.astype(np.float32).copy(),
        "offsets": (head - model.template.numpy()).astype(np.float16),
        "joint_offsets": (joints - model.joint_template.numpy()).astype(np.float32),
    }
    header = {
        "format_version": FORMAT_VERSION,
        "head_model_sha256": model.version_sha256,
        "attribution": "Learned from ICT-FaceKit, (c) 2020 USC Institute for Creative "
        "Technologies, MIT licence: see LICENSE-identity_prior.txt",
    }
    metadata = {key: json.dumps(value) for key, value in header.items()}
    save_file(arrays, IDENTITY_PRIOR_PATH, metadata=metadata)
    digest = hashlib.sha256(IDENTITY_PRIOR_PATH.read_bytes()).hexdigest()
    print(f"{IDENTITY_PRIOR_PATH.stat().st_size} bytes, sha256 {digest}")
    if CARD.exists():
        text = CARD.read_text(encoding="utf-8")
        text = re.sub(r"sha256\n`[0-9a-f]{64}", f"sha256\n`{digest}", text)
        CARD.write_text(text, encoding="utf-8")


def main() -> None:
    """Register, learn, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scans", type=Path, required=True)
    parser.add_argument("--landmarker", type=Path)
    options = parser.parse_args()
    model = load_head_model(statistics=False)
    scans = read_scans(options.scans)
    registration = registered(model, scans, read_landmarker(options.landmarker))
    write_registration(REGISTRATION, registration)
    save(model, registration, learn(model, scans, registration, Learning()))


if __name__ == "__main__":
    main()
