"""How far eyes are open is told from pixels."""

from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import portraits
from core.errors import MissingWeightsError
from core.expressions import EXPRESSION_INDEX, EXPRESSION_NAMES
from core.head_model import HeadModel, load_head_model
from core.landmarks.open_eyes import OpenEyes, load_open_eyes
from tests.core.landmarks.test_refiner import places
from weights.learning.rehearsal import mirrored_landmarks

LEFT, RIGHT = EXPRESSION_INDEX["eyeBlinkLeft"], EXPRESSION_INDEX["eyeBlinkRight"]
CLOSING = (0.0, 0.3, 0.5, 0.7, 1.0)
PEOPLE = ((41, 0.0), (42, 20.0), (43, -25.0))
"""Seeds, and how far they turn to their left in degrees."""

Face = tuple[np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def model() -> HeadModel:
    return load_head_model()


@pytest.fixture(scope="module")
def eyes(model: HeadModel) -> OpenEyes:
    return load_open_eyes(model.version_sha256)


def portrayed(
    model: HeadModel, seed: int, yaw_deg: float, left: float, right: float
) -> Face:
    """A picture of somebody whose eyes are closed so far, and the landmarks."""
    generator = torch.Generator().manual_seed(seed)
    identity = torch.randn(model.identity_count, generator=generator)
    weights = torch.zeros(len(EXPRESSION_NAMES))
    weights[LEFT], weights[RIGHT] = left, right
    pixels = portraits.take(
        model,
        model.vertices(identity, weights),
        portraits.paint(model, seed),
        portraits.light(20, 25, 0.35),
        yaw_deg=yaw_deg,
    )
    return pixels, places(model.landmarks(identity, weights), yaw_deg).astype("f4")


@pytest.fixture(scope="module", params=PEOPLE, ids=lambda person: person[0])
def blinking(model: HeadModel, request: pytest.FixtureRequest) -> list[Face]:
    """Somebody whose left eye closes while the right one opens."""
    seed, yaw_deg = request.param
    return [
        portrayed(model, seed, yaw_deg, left, right)
        for left, right in zip(CLOSING, CLOSING[::-1], strict=True)
    ]


def test_eyes_are_seen_to_close(eyes: OpenEyes, blinking: list[Face]) -> None:
    gaps, errors = np.moveaxis(eyes.at(blinking), -1, 0)
    assert errors.min() > 0
    for closing in (gaps[:, 0], gaps[::-1, 1]):
        assert closing[0] > 0.15
        assert closing[-1] < 0.12 * closing[0]
        relative = closing / closing[0]
        assert (np.diff(relative) < -0.05).all()
        assert 0.25 < relative[2] < 0.7


def test_each_eye_is_told_by_itself(eyes: OpenEyes, blinking: list[Face]) -> None:
    both = eyes.at(blinking)
    alone = [eyes.at([face])[0] for face in blinking]
    assert np.allclose(both, alone, atol=1e-4)
    assert both[0, 0, 0] > 0.15
    assert both[0, 1, 0] < 0.05


def test_a_mirrored_picture_changes_the_eyes(
    model: HeadModel, eyes: OpenEyes, blinking: list[Face]
) -> None:
    order = mirrored_landmarks(model).numpy()
    pixels, points = blinking[1]
    turned = points[order] * np.array([-1, 1]) + [pixels.shape[1], 0]
    there = eyes.at([(pixels[:, ::-1].copy(), turned.astype("f4"))])[0]
    assert np.allclose(there[::-1], eyes.at([blinking[1]])[0], atol=0.012)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_head_on_its_side_is_seen_as_well(
    eyes: OpenEyes, blinking: list[Face], quarters: int
) -> None:
    pixels, points = blinking[1]
    side = pixels.shape[0]
    for _ in range(quarters):
        pixels = np.rot90(pixels)
        points = np.stack([points[:, 1], side - points[:, 0]], axis=1)
    turned = eyes.at([(np.ascontiguousarray(pixels), points.astype("f4"))])[0]
    assert np.allclose(turned, eyes.at([blinking[1]])[0], atol=0.01)


def test_a_file_of_another_head_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingWeightsError, match="another head model"):
        OpenEyes.load("0" * 64)
    with pytest.raises(MissingWeightsError, match="missing"):
        OpenEyes.load("0" * 64, tmp_path / "none.safetensors")


def test_an_eye_seen_from_its_edge_is_no_error(
    eyes: OpenEyes, blinking: list[Face]
) -> None:
    pixels, points = blinking[0]
    edge = points.copy()
    edge[[263, 362]] = edge[263]
    assert np.isfinite(eyes.at([(pixels, edge)])).all()
