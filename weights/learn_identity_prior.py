"""Learn weights/identity_prior.safetensors: how people's heads vary.

    python -m weights.learn_identity_prior --scans PATH/ict_facekit.npz

MakeHuman's sliders are drawn by artists and do not vary as people do. The head model is
fitted to many random heads of ICT-FaceKit, which was made from scans, and the mean and
covariance of its identity coefficients are kept, with the smooth offsets by which those
heads differ from what the coefficients say, on average and for each coefficient. What
the face detector makes of such heads is learned too. It takes some minutes.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np

from core.head_model import VIEW_TERMS, HeadModel, load_head_model
from core.head_model.data import HEAD_MODEL_PATH
from core.head_model.prior import FORMAT_VERSION, IDENTITY_PRIOR_PATH
from core.landmarks.model_file import read_landmarker
from core.landmarks.topology import FACE_COUNT

from .learning.bending import Bending
from .learning.extension import average_head, loadings_everywhere
from .learning.leaning import learn_leaning
from .learning.marking import Marked, mark_people, mark_scans
from .learning.registration import (
    Registration,
    on_both_sides_alike,
    register,
    write_registration,
)
from .learning.scans import Scans, read_scans
from .learning.statistics import (
    Learning,
    Sides,
    Statistics,
    align_all,
    learn_statistics,
)
from .learning.storing import store

PEOPLE, SEED = 800, 1
PICTURES, PICTURES_SEED = 60, 77
MARKED, MARKED_SEED = 1000, 2024
REGISTRATION = Path(__file__).parent / "learning" / "registration.npz"
"""Kept, so that measurements use the same one."""
PRESSED_M = 0.0003
"""Lips that only touch show a thread of light where their edges are not straight."""


def registered(model: HeadModel, scans: Scans, landmarker: bytes) -> Registration:
    """Our head on the scans, by what the detector marks on both."""
    first = register(model, scans)
    marks = mark_scans(
        model, scans, first, landmarker, count=PICTURES, seed=PICTURES_SEED
    )
    return on_both_sides_alike(register(model, scans, marks), model, scans)


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
    basis = model.identity_basis.double().numpy()
    skin = model.faces[model.part_faces("skin")]
    hidden = np.setdiff1d(skin[skin >= 0].numpy(), vertices)
    return learn_statistics(
        template,
        basis[:, vertices],
        align_all(heads, template, worth),
        worth,
        Sides(
            signs=mirror_signs(model),
            partner=np.searchsorted(vertices, model.mirror.numpy()[vertices]),
            elsewhere=basis[:, hidden],
        ),
        learning=learning,
    )


def mirror_signs(model: HeadModel) -> np.ndarray:
    """1 for coefficients that move both sides alike, -1 for asymmetries."""
    basis = model.identity_basis.double().numpy()
    mirrored = basis[:, model.mirror.numpy()] * [-1.0, 1.0, 1.0]
    return np.sign((basis * mirrored).sum(axis=(1, 2)))


def tensors_of(
    model: HeadModel, registration: Registration, found: Statistics
) -> dict[str, np.ndarray]:
    """What the file says of shapes."""
    head, joints = average_head(model, found.mean, registration.vertices, found.offsets)
    loadings, joint_loadings = loadings_everywhere(
        model, registration.vertices, found.loadings, found.signs
    )
    return {
        "root": found.root.astype(np.float32),
        "offsets": (head - model.template.numpy()).astype(np.float16),
        "joint_offsets": (joints - model.joint_template.numpy()).astype(np.float32),
        "loadings": loadings.astype(np.float16),
        "joint_loadings": joint_loadings.astype(np.float32),
        "mark_offsets": np.zeros((FACE_COUNT, 3), np.float32),
        "mark_loadings": np.zeros((len(loadings), FACE_COUNT, 3), np.float16),
        "mark_views": np.zeros((VIEW_TERMS, FACE_COUNT, 3), np.float32),
    }


def keep_lips_closed(
    tensors: dict[str, np.ndarray], people: HeadModel, registration: Registration
) -> None:
    """Press the average lips together a little, and let no coefficient part them.

    Mouths of scanned people are nearly closed; what is left of a gap would be a slit in
    the faces of those who have more of it. `people` are those of the tensors, which
    change in place. Marks stay where the detector puts them.
    """
    bending = Bending(people, registration.vertices)
    ways = people.identity_basis.double().numpy()
    parted = [bending.parting(way[bending.skin, 2]) for way in ways]
    closing = np.zeros((1 + len(parted), *people.template.shape))
    closing[0, bending.skin, 2] = bending.parted(-PRESSED_M)
    for way, apart in zip(closing[1:], parted, strict=True):
        way[bending.skin, 2] = bending.parted(-apart)
    mirrored = closing[:, people.mirror.numpy()] * [-1.0, 1.0, 1.0]
    signs = np.sign((closing * mirrored).sum(axis=(1, 2)))[:, None, None]
    closing = 0.5 * (closing + signs * mirrored)
    corners = closing[:, people.landmark_vertices[:FACE_COUNT].numpy()]
    share = people.landmark_barycentric[:FACE_COUNT].double().numpy()
    marked = np.einsum("klci,lc->kli", corners, share)
    for name, change in (
        ("offsets", closing[0]),
        ("loadings", closing[1:]),
        ("mark_offsets", -marked[0]),
        ("mark_loadings", -marked[1:]),
    ):
        tensors[name] = (tensors[name] + change).astype(tensors[name].dtype)


def save(tensors: dict[str, np.ndarray], head_model_sha256: str) -> None:
    """Write the file, and its hash into its card."""
    header = {
        "format_version": FORMAT_VERSION,
        "head_model_sha256": head_model_sha256,
        "attribution": "Learned from ICT-FaceKit, (c) 2020 USC Institute for Creative "
        "Technologies, MIT licence: see LICENSE-identity_prior.txt",
    }
    store(IDENTITY_PRIOR_PATH, tensors, header)


def learn_all(
    scans: Scans,
    registration: Registration,
    marked: Callable[[HeadModel], list[Marked]],
) -> None:
    """Write the shapes, then what the detector makes of them."""
    model = load_head_model(HEAD_MODEL_PATH)
    found = learn(model, scans, registration, Learning())
    tensors = tensors_of(model, registration, found)
    save(tensors, model.version_sha256)
    keep_lips_closed(tensors, load_head_model(), registration)
    save(tensors, model.version_sha256)
    people = load_head_model()
    leaning = learn_leaning(people, scans, registration, marked(people))
    tensors["mark_offsets"] = leaning.constant.astype(np.float32)
    tensors["mark_loadings"] = leaning.per_identity.astype(np.float16)
    tensors["mark_views"] = leaning.per_view.astype(np.float32)
    save(tensors, model.version_sha256)


def main() -> None:
    """Register, learn, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scans", type=Path, required=True)
    parser.add_argument("--landmarker", type=Path)
    options = parser.parse_args()
    model = load_head_model(HEAD_MODEL_PATH)
    scans = read_scans(options.scans)
    landmarker = read_landmarker(options.landmarker)
    registration = registered(model, scans, landmarker)
    write_registration(REGISTRATION, registration)
    learn_all(
        scans,
        registration,
        lambda people: mark_people(
            people,
            scans,
            registration,
            landmarker,
            count=MARKED,
            seed=MARKED_SEED,
        ),
    )


if __name__ == "__main__":
    main()
