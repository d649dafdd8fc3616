import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.assets import Motion
from core.errors import EmptyTakeError, UnreadableCurvesError
from core.expressions import EXPRESSION_INDEX, EXPRESSION_NAMES
from core.live_link import live_link_csv, read_live_link
from core.live_link.angles import head_rotations
from core.live_link.columns import COLUMNS
from core.live_link.reading import CAMERA

JAW = EXPRESSION_INDEX["jawOpen"]


def a_motion(*, frames: int = 90, rate_fps: float = 30.0, **source: Any) -> Motion:
    """A performance of random numbers, a little irregular in time."""
    random = np.random.default_rng(3)
    poses = np.tile(np.eye(4, dtype=np.float32), (frames, 1, 1))
    poses[:, :3, :3] = head_rotations(random.uniform(-1, 1, (frames, 3)))
    return Motion(
        times_s=np.arange(frames) / rate_fps,
        expressions=random.uniform(0, 1, (frames, 52)).astype(np.float32),
        T_world_head=poses,
        gaze_rad=random.uniform(-0.5, 0.5, (frames, 2, 2)).astype(np.float32),
        seen=np.ones(frames, bool),
        camera=CAMERA,
        source={"rate_fps": rate_fps, **source},
    )


def table_of(content: bytes) -> list[list[str]]:
    return [line.split(",") for line in content.decode().splitlines()]


def written(path: Path, rows: list[list[str]], *, end: str = "\r\n") -> Path:
    path.write_bytes((end.join(",".join(row) for row in rows) + end).encode())
    return path


def take(codes: list[str], **columns: float) -> list[list[str]]:
    """A file's rows: a smile at rest, and these columns."""
    header = list(COLUMNS)
    row = ["0.0"] * 61
    for name, value in columns.items():
        row[header.index(name) - 2] = str(value)
    return [header, *([code, "61", *row] for code in codes)]


def codes(start: int, count: int, rate: int, mark: str = ":") -> list[str]:
    frames = np.arange(start, start + count)
    return [f"10:00:{f // rate:02}{mark}{f % rate:02}.500" for f in frames.tolist()]


@pytest.mark.parametrize(
    "source",
    [
        {},
        {"timecode_start": "23:59:58:12.250", "timecode_rate_fps": 30.0},
        {
            "timecode_start": "00:00:58:20.000",
            "timecode_rate_fps": 30 / 1.001,
            "timecode_drop_frame": True,
        },
    ],
    ids=["from zero", "past midnight", "drop-frame"],
)
def test_what_was_written_is_read_and_written_again(
    tmp_path: Path, source: dict[str, Any]
) -> None:
    rate_fps = float(source.get("timecode_rate_fps", 30.0))
    motion = a_motion(rate_fps=rate_fps, **source)
    content = live_link_csv(motion)
    (tmp_path / "a.csv").write_bytes(content)
    read = read_live_link(tmp_path / "a.csv")
    assert np.abs(read.expressions - motion.expressions).max() < 1e-6
    assert np.abs(read.gaze_rad - motion.gaze_rad).max() < 1e-6
    assert np.abs(read.T_world_head - motion.T_world_head)[:, :3, :3].max() < 1e-6
    rate = float(read.source["timecode_rate_fps"])
    assert rate == pytest.approx(rate_fps)
    assert np.abs(read.times_s * rate - np.arange(90)).max() < 1e-6
    again, first = table_of(live_link_csv(read)), table_of(content)
    assert [row[:2] for row in again] == [row[:2] for row in first]
    numbers = [np.array([r[2:] for r in rows[1:]], float) for rows in (again, first)]
    assert np.abs(numbers[0] - numbers[1]).max() < 1e-6


def test_columns_are_found_by_name_whatever_their_order_and_capitals(
    tmp_path: Path,
) -> None:
    first, *rows = table_of(live_link_csv(a_motion()))
    order = np.random.default_rng(1).permutation(len(first)).tolist()
    header = [first[i].lower() for i in order]
    header[header.index("eyeblinkleft")] = "eyeBlink_L"
    mixed = [["Subject", *header], *(["Ada", *(r[i] for i in order)] for r in rows)]
    path = written(tmp_path / "a.csv", mixed, end="\n")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    read = read_live_link(path)
    assert np.abs(read.expressions - a_motion().expressions).max() < 1e-6


def test_left_is_left_in_the_columns_that_the_app_swaps(tmp_path: Path) -> None:
    rows = take(codes(0, 40, 30), JawLeft=0.25, MouthRight=0.5)
    read = read_live_link(written(tmp_path / "a.csv", rows))
    assert read.expressions[0, EXPRESSION_INDEX["jawLeft"]] == 0.25
    assert read.expressions[0, EXPRESSION_INDEX["mouthRight"]] == 0.5
    assert read.expressions[0].sum() == 0.75


@pytest.mark.parametrize("rate", [24, 25, 30, 50, 60])
def test_the_rate_is_where_a_second_is_full(tmp_path: Path, rate: int) -> None:
    rows = take(codes(7, 2 * rate, rate))
    read = read_live_link(written(tmp_path / "a.csv", rows))
    assert read.rate_fps == rate
    assert read.facts["rate_is_sure"]
    assert read.times_s[-1] == pytest.approx((2 * rate - 1) / rate)


def test_thirty_pictures_counted_by_sixty_are_thirty_a_second(tmp_path: Path) -> None:
    rows = take(codes(0, 150, 60)[::2])
    read = read_live_link(written(tmp_path / "a.csv", rows))
    assert read.rate_fps == 30
    assert read.times_s[-1] == pytest.approx(148 / 60)


def test_a_file_too_short_to_show_its_rate_says_so(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", take(codes(0, 10, 25)))
    read = read_live_link(path)
    assert (read.rate_fps, read.facts["rate_is_sure"]) == (60, False)
    assert read_live_link(path, rate_fps=25.0).times_s[-1] == pytest.approx(9 / 25)


@pytest.mark.parametrize("mark", [";", ":"])
@pytest.mark.parametrize("rate", [30, 60])
def test_drop_frame_keeps_up_with_the_clock(
    tmp_path: Path, rate: int, mark: str
) -> None:
    """Ten minutes by the numbers are ten minutes, though 30 a second would be short."""
    skipped = rate // 15
    numbers = [
        f"09:{minute:02}:{second:02}{mark}{frame:02}"
        for minute in range(11)
        for second in range(60)
        for frame in range(rate)
        if second or minute % 10 == 0 or frame >= skipped
    ]
    rows = take(numbers[: 10 * 60 * rate - 9 * skipped + 1 : 1])
    read = read_live_link(written(tmp_path / "a.csv", rows))
    assert numbers[10 * 60 * rate - 9 * skipped].startswith("09:10:00")
    assert read.times_s[-1] == pytest.approx(600, abs=1e-3)
    assert read.rate_fps == pytest.approx(rate / 1.001)
    assert np.allclose(np.diff(read.times_s), 1.001 / rate)


def test_lost_frames_leave_their_time_and_repeated_ones_none(tmp_path: Path) -> None:
    numbers = codes(0, 70, 30)
    rows = take([*numbers[:20], numbers[19], numbers[18], *numbers[25:]])
    read = read_live_link(written(tmp_path / "a.csv", rows))
    assert len(read.times_s) == 65
    assert read.facts["frames_skipped"] == 2
    assert read.times_s[20] - read.times_s[19] == pytest.approx(6 / 30)


def test_fifty_one_shapes_and_no_rotations_are_enough(tmp_path: Path) -> None:
    rows = take(codes(0, 40, 30), EyeLookOutLeft=0.5, EyeLookInRight=0.5)
    short = [row[: COLUMNS.index("TongueOut")] for row in rows]
    read = read_live_link(written(tmp_path / "a.csv", short))
    assert read.facts["shapes_missing"] == ["tongueOut"]
    assert not read.facts["has_head"]
    assert np.array_equal(read.T_world_head[:, :3, :3], np.tile(np.eye(3), (40, 1, 1)))
    assert read.gaze_rad[0].ravel() == pytest.approx([0.3, 0.0] * 2), "to the left"


def test_rows_without_a_face_are_bridged_and_marked(tmp_path: Path) -> None:
    rows = take(codes(0, 40, 30))
    for number, row in enumerate(rows[1:]):
        row[COLUMNS.index("JawOpen")] = str(number / 40)
    for number in (0, 20, 21):
        rows[1 + number][1:] = ["0", *[""] * 61]
    read = read_live_link(written(tmp_path / "a.csv", rows))
    assert np.flatnonzero(~read.seen).tolist() == [0, 20, 21]
    assert read.expressions[19:23, JAW] == pytest.approx(np.arange(19, 23) / 40)
    assert read.expressions[0, JAW] == pytest.approx(1 / 40)


def test_a_last_row_that_was_not_finished_is_left_off(tmp_path: Path) -> None:
    rows = take(codes(0, 40, 30))
    rows[-1] = rows[-1][:30]
    read = read_live_link(written(tmp_path / "a.csv", rows))
    assert len(read.times_s) == 39
    assert read.facts["frames_skipped"] == 1


def test_what_leaves_the_range_a_little_is_cut_to_it(tmp_path: Path) -> None:
    rows = take(codes(0, 40, 30), JawOpen=1.2, CheekPuff=-0.1)
    read = read_live_link(written(tmp_path / "a.csv", rows))
    assert (read.expressions.max(), read.expressions.min()) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ((3, "JawOpen", "nan"), "line 4 has 'nan' for jawOpen, but weights go from 0"),
        ((3, "JawOpen", "1e400"), "line 4 has '1e400' for jawOpen"),
        ((2, "JawOpen", "55"), "line 3 has '55' for jawOpen, but weights go from 0"),
        ((2, "HeadYaw", "-35.5"), "for HeadYaw, but angles are in radians"),
        ((5, "SmileX", "x" * 50), ""),
        ((5, "CheekPuff", "abc"), "line 6 has 'abc' for cheekPuff"),
        ((5, "Timecode", "00:00"), "line 6 has the timecode '00:00'"),
        ((5, "Timecode", "10:61:00:01"), "line 6 has the timecode"),
        ((5, "Timecode", "09:00:00:01"), "line 6 lies 3600 s before the line above"),
        ((0, "JawOpen", "JawLeft"), "it has two columns jawLeft"),
        ((0, "Timecode", "When"), "its first line does not name Timecode"),
    ],
)
def test_what_could_only_be_guessed_is_refused_with_its_line(
    tmp_path: Path, change: tuple[int, str, str], reason: str
) -> None:
    rows = take(codes(0, 40, 30))
    row, column, text = change
    if column in COLUMNS:
        rows[row][COLUMNS.index(column)] = text
    path = written(tmp_path / "a.csv", rows)
    if not reason:
        assert read_live_link(path)
        return
    with pytest.raises(UnreadableCurvesError) as caught:
        read_live_link(path)
    assert reason in str(caught.value)
    assert "or choose another file" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "does not name Timecode"),
        (b"\xff\xfe" + "Timecode,JawOpen".encode("utf-16-le"), "not UTF-8"),
        (b"\x89PNG\r\n\x1a\n\0\0", "not UTF-8"),
        (b"Timecode,JawOpen\n00:00:00:00,0.5\n", "does not name Timecode and the"),
        (b'Timecode,"JawOpen\n' * 99999, "CSV"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(UnreadableCurvesError, match=reason):
        read_live_link(tmp_path / "a.csv")


def test_a_row_of_another_length_amid_the_file_is_refused(tmp_path: Path) -> None:
    rows = take(codes(0, 40, 30))
    rows[7] = rows[7][:30]
    with pytest.raises(UnreadableCurvesError, match="line 8 has not as many columns"):
        read_live_link(written(tmp_path / "a.csv", rows))


def test_a_file_without_any_face_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmptyTakeError, match="no row that shows a face"):
        read_live_link(written(tmp_path / "a.csv", take([])))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.csv")
    with pytest.raises(UnreadableCurvesError, match="not an ordinary file"):
        read_live_link(tmp_path / "a.csv")
    with pytest.raises(UnreadableCurvesError, match="There is no CSV"):
        read_live_link(tmp_path / "b.csv")


def test_the_mirror_of_the_file_is_the_mirror_of_the_face(tmp_path: Path) -> None:
    """A yaw to the left is a turn of the nose to +X."""
    rows = take(codes(0, 40, 30), HeadYaw=0.3, LeftEyeYaw=0.2, LeftEyePitch=0.1)
    read = read_live_link(written(tmp_path / "a.csv", rows))
    assert (read.T_world_head[0, :3, :3] @ [0, -1, 0])[0] > 0
    assert read.gaze_rad[0, 0] == pytest.approx([0.2, -0.1])
    assert len(EXPRESSION_NAMES) == 52
    assert replace(read, facts={}).camera == CAMERA
