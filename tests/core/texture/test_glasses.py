"""A frame is found by its bridge, and faces without one have none."""

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from core.head_model import load_head_model
from core.landmarks.topology import BROW_LEFT, IRIS_LEFT, IRIS_RIGHT
from core.texture.glasses import frame_of_glasses

SIZE, EYES_PX = 400, 120.0


@pytest.fixture(scope="module")
def points() -> NDArray[np.float64]:
    """Landmarks of the average face, upright."""
    model = load_head_model()
    marks = model.landmarks(torch.zeros(model.identity_count), torch.zeros(52)).numpy()
    flat = np.stack([marks[:, 0], -marks[:, 2]], axis=1).astype(np.float64)
    flat *= EYES_PX / np.linalg.norm(flat[IRIS_LEFT[0]] - flat[IRIS_RIGHT[0]])
    return flat - flat[:468].mean(axis=0) + SIZE / 2


def skin(points: NDArray[np.float64]) -> NDArray[np.float32]:
    """Lightness of a face with brows and dark eyes, lit from one side."""
    lightness = np.tile(np.linspace(45, 75, SIZE, dtype=np.float32), (SIZE, 1))
    for at in (BROW_LEFT[4], IRIS_LEFT[0], IRIS_RIGHT[0]):
        cv2.circle(lightness, drawn(points[at]), 9, 20.0, -1)
    return lightness


def drawn(point: NDArray[np.float64]) -> tuple[int, int]:
    x, y = np.round(point).astype(int).tolist()
    return x, y


def glasses(
    points: NDArray[np.float64], *, thick: int, lightness: float
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The face with two round rims and a bridge, and where they are."""
    frame = np.zeros((SIZE, SIZE), np.uint8)
    left, right = points[IRIS_LEFT[0]], points[IRIS_RIGHT[0]]
    for eye in (left, right):
        cv2.circle(frame, drawn(eye), 44, 1, thick)
    middle = 0.5 * (left + right)
    ends = [drawn(eye + (middle - eye) * 0.75) for eye in (left, right)]
    cv2.line(frame, *ends, 1, thick)
    shown = skin(points)
    shown[frame > 0] = lightness
    return shown, frame > 0


@pytest.mark.parametrize(("thick", "lightness"), [(3, 25.0), (9, 8.0), (3, 96.0)])
def test_rims_and_bridge_are_found(
    points: NDArray[np.float64], thick: int, lightness: float
) -> None:
    shown, frame = glasses(points, thick=thick, lightness=lightness)
    found = frame_of_glasses(shown, points) > 0.5
    frame[: drawn(points[IRIS_LEFT[0]])[1] - 10] = False  # there it lies on brows
    assert (found & frame).sum() > 0.9 * frame.sum()
    assert found.sum() < 0.15 * found.size
    assert not found[drawn(points[152])[1] - 60 :].any()


def test_a_face_without_glasses_has_no_frame(points: NDArray[np.float64]) -> None:
    assert not frame_of_glasses(skin(points), points).any()


def test_a_lying_face_shows_the_same_frame(points: NDArray[np.float64]) -> None:
    shown, _ = glasses(points, thick=5, lightness=15.0)
    upright = frame_of_glasses(shown, points) > 0.5
    lying = np.stack([SIZE - points[:, 1], points[:, 0]], axis=1)
    turned = np.ascontiguousarray(np.rot90(shown, -1))
    found = frame_of_glasses(turned, lying) > 0.5
    expected = np.rot90(upright, -1)
    assert (found & expected).sum() > 0.9 * (found | expected).sum()


def test_eyes_that_are_one_point_have_no_frame(points: NDArray[np.float64]) -> None:
    assert not frame_of_glasses(skin(points), points * 0 + 200).any()
