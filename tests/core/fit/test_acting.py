"""How a person makes the face of the photo goes into the expressions that made it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from core.expressions import EXPRESSION_INDEX
from core.fit import HeadFit, fit_head, personal_blendshapes
from core.fit.mouth import Mouth
from core.head_model import HeadModel
from core.landmarks.topology import LIP_PAIRS, LIPS_OUTER
from core.landmarks.types import Landmarks
from tests.synthetic import Person, expression, head_model, photo_of, pose

SMILE = {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.8, "mouthUpperUpLeft": 0.3}
THINNER_M = 0.0012
UPPER_BORDER, LOWER_BORDER = LIPS_OUTER[12:19], LIPS_OUTER[2:9]


@pytest.fixture(scope="module")
def model() -> HeadModel:
    return head_model()


def with_thin_lips(seen: Landmarks) -> Landmarks:
    """The same face with both lips' borders nearer to each other."""
    points = seen.points_px.copy()
    eyes = np.linalg.norm(points[468] - points[473])
    thinner_px = THINNER_M / 0.063 * eyes
    points[list(UPPER_BORDER), 1] += thinner_px
    points[list(LOWER_BORDER), 1] -= thinner_px
    return replace(seen, points_px=points)


def fitted(model: HeadModel, **acted: float) -> HeadFit:
    person = Person(
        identity=np.zeros(model.identity_count, np.float32),
        expression=expression(**acted),
        T_camera_head=pose(),
        focal_px=1300.0,
    )
    seen = with_thin_lips(photo_of(model, person))
    return fit_head(model, seen, focal_px=1300.0)


@pytest.fixture(scope="module")
def smiling(model: HeadModel) -> HeadFit:
    return fitted(model, **SMILE)


@pytest.fixture(scope="module")
def calm(model: HeadModel) -> HeadFit:
    return fitted(model)


def rise_mm(model: HeadModel, offsets: NDArray, landmarks: tuple[int, ...]) -> float:
    """How far these landmarks are moved up on average."""
    chosen = list(landmarks)
    weights = model.landmark_barycentric[chosen].numpy()
    moved = np.einsum(
        "lk,lkc->lc", weights, offsets[model.landmark_vertices[chosen].numpy()]
    )
    return float(1000 * moved[:, 2].mean())


def test_lips_that_a_smile_thins_are_a_part_of_the_smile(
    model: HeadModel, smiling: HeadFit
) -> None:
    assert rise_mm(model, smiling.acting_offsets, UPPER_BORDER) < -0.2
    assert rise_mm(model, smiling.acting_offsets, LOWER_BORDER) > 0.2
    before = replace(smiling, acting_offsets=np.zeros_like(smiling.acting_offsets))
    added = personal_blendshapes(model, smiling) - personal_blendshapes(model, before)
    smile = np.tensordot(smiling.expression, added, axes=1)
    lips = (model.region("lips") > 0.5).numpy()
    assert smile[lips] == pytest.approx(smiling.acting_offsets[lips], abs=1e-4)
    strongest = np.abs(added).max(axis=(1, 2)).argsort()[-2:]
    names = {EXPRESSION_INDEX["mouthSmileLeft"], EXPRESSION_INDEX["mouthSmileRight"]}
    assert set(strongest.tolist()) == names


def test_each_side_of_a_smile_moves_its_own_half(
    model: HeadModel, smiling: HeadFit
) -> None:
    before = replace(smiling, acting_offsets=np.zeros_like(smiling.acting_offsets))
    added = personal_blendshapes(model, smiling) - personal_blendshapes(model, before)
    right = (model.template[:, 0] < -0.013).numpy()
    left = (model.template[:, 0] > 0.013).numpy()
    moved = np.abs(added[EXPRESSION_INDEX["mouthSmileLeft"]])
    assert moved[left].max() > 5 * moved[right].max()


def test_lips_of_a_face_at_rest_are_the_person(model: HeadModel, calm: HeadFit) -> None:
    assert np.abs(calm.acting_offsets).max() < 3e-4
    moved = calm.vertices_neutral - model.template.numpy()
    thinner = rise_mm(model, moved, LOWER_BORDER) - rise_mm(model, moved, UPPER_BORDER)
    assert thinner > 1000 * THINNER_M  # of twice that: some is the marks' own error


def test_eyes_never_act(model: HeadModel, smiling: HeadFit) -> None:
    lids = (model.region("eyelids") > 0.99).numpy()
    assert not smiling.acting_offsets[lids].any()
    eyes = model.faces[model.part_faces("eye_left", "eye_right")]
    assert not smiling.acting_offsets[eyes[eyes >= 0].unique().numpy()].any()


def test_lips_meet_as_before_whatever_their_borders_do(model: HeadModel) -> None:
    wanted = np.zeros((478, 3))
    wanted[list(UPPER_BORDER), 2] = -0.002
    wanted[[pair[0] for pair in LIP_PAIRS], 2] = 0.001
    offsets = np.zeros(model.template.shape)
    offsets[(model.region("lip_upper") > 0.5).numpy(), 2] = -0.002
    moved = Mouth.of(model).moved(offsets, wanted)
    weights = model.landmark_barycentric.numpy()
    at = np.einsum("lk,lkc->lc", weights, moved[model.landmark_vertices.numpy()])
    upper, lower = at[np.array(LIP_PAIRS)].transpose(1, 0, 2)
    assert upper == pytest.approx(lower, abs=3e-4)
    assert lower[4, 2] == pytest.approx(0.0005, abs=2e-4)
    assert at[list(UPPER_BORDER), 2].mean() < -0.001
    assert torch.isfinite(torch.from_numpy(moved)).all()
