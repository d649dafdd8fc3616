import numpy as np
import pytest
from jaxtyping import Float

from core.assets import PinholeCamera
from core.head_model import HeadModel
from core.overlay.grey_head import Clay, GreyHead, scaled
from tests.synthetic import expression, head_model, pose, some_identity

CAMERA = PinholeCamera(
    focal_px=700.0, center_x_px=200.0, center_y_px=250.0, width_px=400, height_px=500
)
AHEAD = np.zeros((2, 2))


@pytest.fixture(scope="module")
def model() -> HeadModel:
    return head_model()


@pytest.fixture(scope="module")
def head(model: HeadModel) -> GreyHead:
    return GreyHead(model, some_identity(model, seed=4))


def drawn(head: GreyHead, gaze: Float[np.ndarray, "2 2"] = AHEAD, **how: float) -> Clay:
    turn = {"yaw": how.pop("yaw", 0.0)}
    return head.draw(expression(**how), gaze, pose(**turn), CAMERA)


def dark_columns(clay: Clay) -> np.ndarray:
    """Where the irises are, from left to right."""
    rows = slice(150, 270)
    dark = (clay.grey[rows] < 0.12) & (clay.covered[rows] == 1)
    return np.nonzero(dark)[1]


def test_the_head_covers_the_middle_and_its_neck_fades(head: GreyHead) -> None:
    clay = drawn(head)
    assert clay.covered[250, 200] == 1
    assert clay.covered[10, 10] == 0
    assert ((clay.covered > 0.1) & (clay.covered < 0.9)).sum() > 500
    assert clay.covered[-1].max() < 0.5


def test_irises_go_with_the_gaze(head: GreyHead) -> None:
    left = drawn(head, AHEAD + np.array([0.5, 0.0]))
    right = drawn(head, AHEAD - np.array([0.5, 0.0]))
    assert dark_columns(left).mean() > dark_columns(right).mean() + 3


def test_closed_lids_hide_the_irises(head: GreyHead) -> None:
    opened = drawn(head)
    closed = drawn(head, eyeBlinkLeft=1.0, eyeBlinkRight=1.0)
    assert len(dark_columns(opened)) > 50
    assert len(dark_columns(closed)) < 0.1 * len(dark_columns(opened))


def test_an_open_mouth_and_a_turn_are_seen(head: GreyHead) -> None:
    still = drawn(head)
    assert np.abs(drawn(head, jawOpen=0.8).grey - still.grey).max() > 0.2
    assert np.abs(drawn(head, yaw=30.0).covered - still.covered).sum() > 500


def test_a_head_behind_the_camera_is_not_there(head: GreyHead) -> None:
    clay = head.draw(expression(), AHEAD, pose(distance_m=-0.8), CAMERA)
    assert clay.covered.max() == 0


def test_a_scaled_camera_sees_the_same(head: GreyHead) -> None:
    small = scaled(CAMERA, 200, 250)
    clay = head.draw(expression(), AHEAD, pose(), small)
    whole = drawn(head).covered
    assert clay.covered.sum() * 4 == pytest.approx(whole.sum(), rel=0.03)


def test_teeth_behind_the_lips_are_light_and_the_mouth_is_dark(head: GreyHead) -> None:
    opened, closed = drawn(head, jawOpen=0.8), drawn(head)
    mouth = np.abs(opened.grey - closed.grey) > 0.3
    mouth[:270] = False
    assert (opened.grey[mouth] < 0.08).mean() > 0.5
    smiling = drawn(head, mouthUpperUpLeft=1.0, mouthUpperUpRight=1.0)
    teeth = smiling.grey[270:] > closed.grey[270:] + 0.1
    assert teeth.sum() > 20
