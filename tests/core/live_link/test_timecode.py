import numpy as np
import pytest

from core.live_link.timecode import Counting, frames_counted, timecode, timecode_of

DROP_30 = Counting(nominal=30, drop=True, rate_fps=30 / 1.001)
DROP_60 = Counting(nominal=60, drop=True, rate_fps=60 / 1.001)


@pytest.mark.parametrize(
    ("frames", "counting", "code"),
    [
        (1799, DROP_30, "00:00:59;29.000"),
        (1800, DROP_30, "00:01:00;02.000"),
        (17981, DROP_30, "00:09:59;29.000"),
        (17982, DROP_30, "00:10:00;00.000"),
        (107892, DROP_30, "01:00:00;00.000"),
        (3600, DROP_60, "00:01:00;04.000"),
        (35964, DROP_60, "00:10:00;00.000"),
    ],
)
def test_drop_frame_numbers_are_those_of_the_standard(
    frames: int, counting: Counting, code: str
) -> None:
    assert timecode(float(frames), counting) == code


@pytest.mark.parametrize("counting", [DROP_30, DROP_60], ids=["30", "60"])
def test_every_number_is_read_as_it_was_written(counting: Counting) -> None:
    for frames in range(0, 40000, 7):
        code = timecode_of(timecode(frames + 0.25, counting))
        assert code is not None
        assert code.drop
        read = frames_counted(np.array([code.second]), np.array([code.frame]), counting)
        assert read[0] == frames + 0.25


@pytest.mark.parametrize("text", ["", "1:2:3", "10:00:60:00", "-1:00:00:00", "a:b:c:d"])
def test_what_is_no_timecode_is_none(text: str) -> None:
    assert timecode_of(text) is None


def test_other_spellings_are_understood() -> None:
    for text in (" 1:02:03:04 ", "01:02:03;04.000", "01:02:03.04"):
        code = timecode_of(text)
        assert code is not None
        assert (code.second, code.frame) == (3723, 4.0)
