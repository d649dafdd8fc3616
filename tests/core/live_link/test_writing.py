import csv
import io

import numpy as np
import pytest

from core.assets import Motion, PinholeCamera
from core.expressions import EXPRESSION_INDEX, EXPRESSION_NAMES
from core.live_link import live_link_csv
from core.live_link.angles import head_angles
from core.live_link.columns import COLUMNS
from core.live_link.timecode import Counting, timecode


def turn(axis: int, angle: float) -> np.ndarray:
    """A right-handed turn about X, Y or Z."""
    a, b = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(3)
    matrix[a, a] = matrix[b, b] = np.cos(angle)
    matrix[b, a], matrix[a, b] = np.sin(angle), -np.sin(angle)
    return matrix


def a_motion() -> Motion:
    poses = np.tile(np.eye(4, dtype=np.float32), (2, 1, 1))
    poses[1, :3, :3] = turn(2, 0.3)
    weights = np.zeros((2, 52), np.float32)
    weights[1, EXPRESSION_INDEX["jawLeft"]] = 0.25
    weights[1, EXPRESSION_INDEX["jawRight"]] = 0.5
    weights[1, EXPRESSION_INDEX["tongueOut"]] = 1.0
    gaze = np.zeros((2, 2, 2), np.float32)
    gaze[1] = [[0.1, 0.2], [0.05, 0.2]]
    return Motion(
        times_s=np.array([0.0, 1 / 30]),
        expressions=weights,
        T_world_head=poses,
        gaze_rad=gaze,
        seen=np.array([True, True]),
        camera=PinholeCamera(
            focal_px=1.0, center_x_px=1.0, center_y_px=1.0, width_px=2, height_px=2
        ),
        source={"rate_fps": 30.0},
    )


def test_the_file_has_a_row_a_frame_and_each_value_under_its_name() -> None:
    text = live_link_csv(a_motion()).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 2
    assert rows[1]["Timecode"] == "00:00:00:01.000"
    assert rows[1]["BlendShapeCount"] == "61"
    assert float(rows[1]["JawLeft"]) == 0.25
    assert float(rows[1]["JawRight"]) == 0.5
    assert float(rows[1]["TongueOut"]) == 1.0
    assert float(rows[1]["HeadYaw"]) == pytest.approx(0.3, abs=1e-6)
    assert float(rows[1]["LeftEyeYaw"]) == pytest.approx(0.1)
    assert float(rows[1]["RightEyeYaw"]) == pytest.approx(0.05)
    assert float(rows[1]["LeftEyePitch"]) == pytest.approx(-0.2)


def test_columns_are_those_of_the_app_in_its_order() -> None:
    assert len(COLUMNS) == 2 + 61
    assert COLUMNS[:3] == ("Timecode", "BlendShapeCount", "EyeBlinkLeft")
    jaw = COLUMNS.index("JawForward")
    assert COLUMNS[jaw : jaw + 4] == ("JawForward", "JawRight", "JawLeft", "JawOpen")
    mouth = COLUMNS.index("MouthPucker") + 1
    assert COLUMNS[mouth : mouth + 2] == ("MouthRight", "MouthLeft")
    assert COLUMNS[53:57] == ("TongueOut", "HeadYaw", "HeadPitch", "HeadRoll")
    assert {name.lower() for name in COLUMNS[2:54]} == {
        name.lower() for name in EXPRESSION_NAMES
    }


@pytest.mark.parametrize(
    ("time_s", "rate", "expected"),
    [
        (0.0, 25.0, "00:00:00:00.000"),
        (3725.04, 25.0, "01:02:05:01.000"),
        (0.99, 25.0, "00:00:00:24.750"),
        (0.9999, 30.0, "00:00:00:29.997"),
    ],
)
def test_timecodes_count_frames_of_the_nominal_rate(
    time_s: float, rate: float, expected: str
) -> None:
    counting = Counting(nominal=round(rate), rate_fps=rate)
    assert timecode(time_s * rate, counting) == expected


def test_angles_have_the_promised_signs_and_order() -> None:
    left, down, right = turn(2, 0.3), turn(0, 0.2), turn(1, -0.1)
    assert (left @ [0, -1, 0])[0] > 0, "turned to the subject's left"
    assert (down @ [0, -1, 0])[2] < 0, "looks down"
    assert (right @ [0, 0, 1])[0] < 0, "tilted to the subject's right"
    angles = head_angles((left @ down @ right)[None])
    assert angles[0] == pytest.approx([0.3, 0.2, 0.1])
