import numpy as np
import pytest

from core.track.confidence import confidence, facing
from tests.synthetic import pose


def test_unseen_unexplained_and_turned_frames_are_doubtful() -> None:
    seen = np.array([True, True, False, True, True])
    sure = confidence(
        np.array([1.0, 4.0, 1.0, 9.0]), np.array([1.0, 1.0, 0.4, 1.0]), seen
    )
    assert sure[0] == 1.0
    assert 0.3 < sure[1] < 0.7
    assert sure[2] == 0.0
    assert 0.2 < sure[3] < 0.6
    assert sure[4] == 0.0


@pytest.mark.parametrize("yaw", [0.0, 30.0, -60.0])
def test_facing_is_the_cosine_of_the_turn(yaw: float) -> None:
    found = facing(pose(yaw=yaw, distance_m=10.0)[None])
    assert found[0] == pytest.approx(np.cos(np.radians(yaw)), abs=0.01)
