"""A frame is found by its bridge, and faces without one have none."""

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from core.head_model import load_head_model
from core.landmarks.glasses import frame_of_glasses, hides_eyes
from core.landmarks.topology import BROW_LEFT, IRIS_LEFT, IRIS_RIGHT

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


def picture(lightness: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Grey pixels of a lightness."""
    lab = np.stack([lightness, 0 * lightness, 0 * lightness], axis=2)
    return (255 * cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)).clip(0, 255).astype(np.uint8)


def dark_glasses(
    points: NDArray[np.float64], *, both: bool, glint: bool
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The face behind dark lenses, or one, with a bridge, and where they are."""
    lens = np.zeros((SIZE, SIZE), np.uint8)
    left, right = points[IRIS_LEFT[0]], points[IRIS_RIGHT[0]]
    for eye in (left, right) if both else (left,):
        cv2.ellipse(lens, drawn(eye), (50, 38), 0, 0, 360, 1, -1)
    cv2.line(lens, drawn(left), drawn(right), 1, 6)
    shown = skin(points)
    shown[lens > 0] = 0.1 * shown[lens > 0] + 8
    if glint:
        cv2.circle(shown, drawn(left + np.array([12, 14])), 5, 90.0, -1)
    return shown, lens > 0


@pytest.mark.parametrize("glint", [False, True])
def test_dark_lenses_are_no_skin(points: NDArray[np.float64], glint: bool) -> None:
    shown, lens = dark_glasses(points, both=True, glint=glint)
    found = frame_of_glasses(shown, points) > 0.5
    assert hides_eyes(picture(shown), points)
    assert found[lens].mean() > 0.98
    assert found.sum() < 1.5 * lens.sum()


def test_an_eye_in_shadow_is_no_dark_lens(points: NDArray[np.float64]) -> None:
    shown, _ = dark_glasses(points, both=False, glint=False)
    assert not hides_eyes(picture(shown), points)
    assert not hides_eyes(picture(skin(points)), points)
    shown, _ = glasses(points, thick=9, lightness=8.0)
    assert not hides_eyes(picture(shown), points)


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
