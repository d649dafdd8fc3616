"""Performances whose truth is known, before and after."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.assets import Motion
from core.errors import EmptyTakeError
from core.expressions import EXPRESSION_INDEX, EXPRESSION_NAMES
from core.live_link.angles import head_angles, head_rotations
from core.live_link.reading import CAMERA
from core.transfer import REGIONS, Transfer, camera_moves, transfer_motion
from core.transfer.curves import strengthened
from core.transfer.regions import LIP_OPENING_MM, region_of
from core.transfer.rest import rest_of

JAW, CLOSE = EXPRESSION_INDEX["jawOpen"], EXPRESSION_INDEX["mouthClose"]
BLINK = EXPRESSION_INDEX["eyeBlinkLeft"]
SMILE = EXPRESSION_INDEX["mouthSmileLeft"]


def still(frames: int = 100, rate_fps: float = 25.0) -> Motion:
    """Somebody who does nothing, half a metre before the camera."""
    poses = np.tile(np.eye(4, dtype=np.float32), (frames, 1, 1))
    poses[:, :3, 3] = [0.05, 0.5, 0.02]
    return Motion(
        times_s=np.arange(frames) / rate_fps,
        expressions=np.zeros((frames, 52), np.float32),
        T_world_head=poses,
        gaze_rad=np.zeros((frames, 2, 2), np.float32),
        seen=np.ones(frames, bool),
        camera=replace(CAMERA, center_x_px=600.0),
        source={"name": "a.mp4", "rate_fps": rate_fps, "start_s": 2.0},
        sound=b"sound",
    )


def acting(**curves: np.ndarray | float) -> Motion:
    """The same with these weights over time."""
    motion = still()
    for name, curve in curves.items():
        motion.expressions[:, EXPRESSION_INDEX[name]] = curve
    return motion


def busy(seed: int = 1) -> Motion:
    """Everything moves, smoothly."""
    random = np.random.default_rng(seed)
    motion, t = still(), np.arange(100)[:, None] / 25
    speed, phase = random.uniform(1, 6, (1, 59)), random.uniform(0, 6, (1, 59))
    waves = np.sin(speed * t + phase)
    motion.expressions[:] = 0.5 + 0.5 * waves[:, :52]
    motion.gaze_rad[:] = 0.4 * waves[:, 52:56].reshape(-1, 2, 2)
    motion.T_world_head[:, :3, :3] = head_rotations(0.4 * waves[:, 56:59])
    motion.T_world_head[:, :3, 3] += 0.02 * waves[:, 56:59]
    return motion


def bump(at: int, width: int = 3, frames: int = 100) -> np.ndarray:
    """A rise to one and back."""
    return np.clip(1 - np.abs(np.arange(frames) - at) / width, 0, 1)


def weights(motion: Motion, name: str) -> np.ndarray:
    return motion.expressions[:, EXPRESSION_INDEX[name]]


def gap_mm(motion: Motion) -> np.ndarray:
    return motion.expressions.astype(float) @ LIP_OPENING_MM


def test_by_default_the_motion_itself_comes_back() -> None:
    motion = busy()
    assert transfer_motion(motion, Transfer()) is motion


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_without_strength_is_still_and_the_others_are_untouched(
    region: str,
) -> None:
    motion = busy()
    moved = transfer_motion(motion, Transfer(**{region: 0.0}))
    for index, name in enumerate(EXPRESSION_NAMES):
        curve = moved.expressions[:, index]
        if region_of(name) == region:
            assert np.ptp(curve) == 0, name
        elif LIP_OPENING_MM[index] == 0:
            assert np.array_equal(curve, motion.expressions[:, index]), name
    assert (np.ptp(moved.gaze_rad, axis=0).max() == 0) == (region == "gaze")
    poses = np.ptp(moved.T_world_head, axis=0).max()
    assert (poses < 1e-6) == (region == "head")


def test_every_expression_has_a_region() -> None:
    found = {region_of(name) for name in EXPRESSION_NAMES}
    assert found == set(REGIONS) - {"head"}
    assert region_of("eyeLookInLeft") == "gaze"
    assert region_of("eyeBlinkLeft") == "eyes"
    assert region_of("mouthClose") == "jaw", "it only undoes what the jaw does"


def test_exaggeration_grows_small_weights_by_its_factor_and_leaves_the_ends() -> None:
    x = np.linspace(0, 1, 200)
    y = strengthened(x, 2.0)
    assert (y[0], y[-1]) == (0.0, 1.0)
    assert (np.diff(y) > 0).all(), "no plateau: what was stronger stays stronger"
    assert (y >= x).all()
    assert y[1] / x[1] == pytest.approx(2.0, rel=1e-3)
    assert np.abs(np.diff(y, 2)).max() < 1e-3, "no corner"
    assert np.array_equal(strengthened(x, 1.0), x)
    assert np.array_equal(strengthened(x, 0.5), 0.5 * x)


@pytest.mark.parametrize("eyes", [0.3, 0.6, 1.0, 2.0])
def test_a_blink_still_closes_at_any_strength_but_a_glance_down_follows(
    eyes: float,
) -> None:
    motion = acting(eyeBlinkLeft=bump(20), eyeWideRight=0.4, eyeBlinkRight=0.4)
    moved = transfer_motion(motion, Transfer(eyes=eyes))
    assert weights(moved, "eyeBlinkLeft").max() == pytest.approx(1.0)
    assert weights(moved, "eyeBlinkLeft").argmax() == 20
    expected = strengthened(np.full(100, 0.4), eyes)
    assert weights(moved, "eyeWideRight") == pytest.approx(expected)
    assert weights(moved, "eyeBlinkRight") == pytest.approx(expected)


@pytest.mark.parametrize(
    "settings",
    [
        Transfer(jaw=2.0),
        Transfer(jaw=0.4),
        Transfer(jaw=0.0),
        Transfer(mouth=2.0),
        Transfer(mouth=0.5, jaw=2.0),
        Transfer(full_range=True),
    ],
    ids=repr,
)
def test_lips_that_touch_still_touch_and_do_not_overlap(settings: Transfer) -> None:
    """An m in the midst of open vowels, by the jaw and by lips that part and press."""
    vowel = 0.45 - 0.25 * bump(50, 12)
    closed = bump(50, 12)
    motion = acting(
        jawOpen=vowel,
        mouthClose=0.15 * closed,
        mouthShrugLower=0.2 * closed,
        mouthUpperUpLeft=0.3,
        mouthUpperUpRight=0.3,
        mouthPressLeft=0.6 * closed,
        mouthPressRight=0.6 * closed,
    )
    motion.expressions[50, CLOSE] -= gap_mm(motion)[50] / LIP_OPENING_MM[CLOSE]
    before, after = gap_mm(motion), gap_mm(transfer_motion(motion, settings))
    assert before[50] == pytest.approx(0, abs=1e-3)
    assert before[20] > 10
    assert after[50] == pytest.approx(0, abs=0.3)
    assert after.min() > -0.3
    if settings.jaw > 0:
        assert after[20] > 3, "open vowels stay open"


def test_lips_that_touch_though_they_rest_apart_touch_without_the_rest() -> None:
    """A mouth breather who presses the lips against each other."""
    motion = acting(
        mouthUpperUpLeft=0.3,
        mouthUpperUpRight=0.3 + 0.2 * bump(60),
        mouthShrugLower=0.0,
    )
    motion.expressions[60, EXPRESSION_INDEX["mouthShrugLower"]] = 0.45
    assert gap_mm(motion)[[0, 60]] == pytest.approx([2.16, -0.09], abs=1e-3)
    moved = transfer_motion(motion, Transfer(relative=True))
    assert gap_mm(moved)[[0, 60]] == pytest.approx([0.0, 0.0], abs=0.1)


def test_the_mirror_of_the_mirror_is_the_motion() -> None:
    motion = busy()
    once = transfer_motion(motion, Transfer(mirror=True))
    again = transfer_motion(replace(once, source=motion.source), Transfer(mirror=True))
    assert np.array_equal(again.expressions, motion.expressions)
    assert np.array_equal(again.gaze_rad, motion.gaze_rad)
    assert np.allclose(again.T_world_head, motion.T_world_head, atol=1e-7)
    assert again.camera == motion.camera
    assert once.sound == b"sound"


def test_a_mirror_changes_sides_and_nothing_else() -> None:
    motion = acting(mouthSmileLeft=0.5, jawRight=0.3, jawOpen=0.2)
    motion.T_world_head[:, :3, :3] = head_rotations(np.tile([0.3, 0.2, 0.1], (100, 1)))
    motion.gaze_rad[:] = [[0.3, 0.1], [0.2, 0.1]]
    mirror = transfer_motion(motion, Transfer(mirror=True))
    assert weights(mirror, "mouthSmileRight") == pytest.approx(0.5)
    assert weights(mirror, "mouthSmileLeft").max() == 0
    assert weights(mirror, "jawLeft") == pytest.approx(0.3)
    assert weights(mirror, "jawOpen") == pytest.approx(0.2)
    angles = head_angles(mirror.T_world_head[:, :3, :3])
    assert angles[0] == pytest.approx([-0.3, 0.2, -0.1], abs=1e-6)
    assert mirror.T_world_head[0, :3, 3] == pytest.approx([-0.05, 0.5, 0.02])
    assert mirror.gaze_rad[0].ravel() == pytest.approx([-0.2, 0.1, -0.3, 0.1])
    assert mirror.camera.center_x_px == 1280 - 600


def with_rest(motion: Motion) -> tuple[Motion, np.ndarray, np.ndarray]:
    """The motion of somebody who rests askew, smiling, looking down."""
    smile = np.zeros(52, np.float32)
    smile[[SMILE, EXPRESSION_INDEX["jawLeft"]]] = 0.3, 0.2
    rest = np.eye(4)
    rest[:3, :3] = head_rotations(np.array([[0.5, 0.2, -0.1]]))[0]
    rest[:3, 3] = [0.1, 0.6, 0.05]
    poses = motion.T_world_head.copy()
    poses[:, :3, 3] -= still().T_world_head[0, :3, 3]
    askew = replace(
        motion,
        expressions=np.maximum(motion.expressions, smile),
        T_world_head=(rest @ poses).astype(np.float32),
        gaze_rad=motion.gaze_rad + np.float32([0.0, -0.2]),
    )
    return askew, smile, rest


def nodding() -> Motion:
    """A nod, a shake and a jump after two calm seconds."""
    motion = acting(browInnerUp=bump(70, 20), jawOpen=0.5 * bump(80, 15))
    angles = np.stack([0.3 * bump(60, 8), 0.2 * bump(75, 8), 0 * bump(1)], axis=1)
    motion.T_world_head[:, :3, :3] = head_rotations(angles)
    motion.T_world_head[:, 0, 3] += 0.03 * bump(70, 10)
    motion.gaze_rad[:, :, 0] = 0.3 * bump(65, 5)[:, None]
    return motion


def test_the_rest_of_a_driver_is_found_anywhere_in_the_clip() -> None:
    askew, smile, rest = with_rest(nodding())
    rolled = replace(
        askew,
        expressions=np.roll(askew.expressions, 40, axis=0),
        T_world_head=np.roll(askew.T_world_head, 40, axis=0),
        gaze_rad=np.roll(askew.gaze_rad, 40, axis=0),
    )
    found = rest_of(rolled)
    assert found.expressions == pytest.approx(smile, abs=1e-6)
    assert np.allclose(found.rotation, rest[:3, :3], atol=1e-5)
    assert found.position == pytest.approx(rest[:3, 3], abs=1e-5)
    assert found.gaze_rad.ravel() == pytest.approx([0, -0.2, 0, -0.2], abs=1e-6)


def test_relative_gives_back_what_was_acted_around_the_rest() -> None:
    truth = nodding()
    askew, _, rest = with_rest(truth)
    moved = transfer_motion(askew, Transfer(relative=True))
    assert np.abs(weights(moved, "browInnerUp") - bump(70, 20)).max() < 1e-6
    assert weights(moved, "mouthSmileLeft").max() < 1e-6
    assert weights(moved, "jawLeft").max() < 1e-6
    assert weights(moved, "jawRight").max() < 1e-6
    assert np.abs(moved.gaze_rad - truth.gaze_rad).max() < 1e-6
    turned = moved.T_world_head[:, :3, :3] - truth.T_world_head[:, :3, :3]
    assert np.abs(turned).max() < 1e-5
    ways = moved.T_world_head[:, 0, 3] - rest[0, 3]
    assert np.abs(ways - 0.03 * bump(70, 10)).max() < 1e-5
    again = transfer_motion(moved, Transfer(relative=True))
    assert np.abs(again.expressions - moved.expressions).max() < 1e-6
    assert np.abs(again.T_world_head - moved.T_world_head).max() < 1e-5


def test_the_camera_that_moves_along_sees_the_same() -> None:
    askew, _, _ = with_rest(nodding())
    settings = Transfer(relative=True, brows=2.0)
    moved = transfer_motion(askew, settings)
    T_moved_world = camera_moves(askew, settings)
    back = np.linalg.inv(T_moved_world) @ moved.T_world_head
    assert np.abs(back - askew.T_world_head).max() < 1e-6
    assert np.array_equal(camera_moves(askew, Transfer(mirror=True)), np.eye(4))


def test_an_opposite_way_from_the_rest_is_the_way_there() -> None:
    askew, _, _ = with_rest(nodding())
    askew.expressions[90, EXPRESSION_INDEX["jawLeft"]] = 0.0
    moved = transfer_motion(askew, Transfer(relative=True))
    assert weights(moved, "jawRight")[90] == pytest.approx(0.2)


@pytest.mark.parametrize("head", [0.5, 1.5])
def test_the_heads_strength_is_about_its_rest(head: float) -> None:
    askew, _, rest = with_rest(nodding())
    moved = transfer_motion(askew, Transfer(head=head))
    assert np.allclose(moved.T_world_head[0], rest, atol=1e-5), "rest stays"
    turn = rest[:3, :3].T @ moved.T_world_head[60, :3, :3]
    yaw = head_angles(turn[None])[0, 0]
    assert yaw == pytest.approx(0.3 * head, rel=0.05)
    way = np.linalg.norm(moved.T_world_head[70, :3, 3] - rest[:3, 3])
    assert way == pytest.approx(0.03 * head, rel=1e-4)


def test_a_strong_gaze_goes_with_its_lids_and_no_farther_than_eyes_go() -> None:
    motion = acting(eyeLookUpLeft=0.5, eyeLookUpRight=0.5)
    motion.gaze_rad[:, :, 1] = 0.5 * 0.45
    motion.gaze_rad[:, :, 0] = 0.59
    moved = transfer_motion(motion, Transfer(gaze=2.0))
    lids = weights(moved, "eyeLookUpLeft")[0]
    assert moved.gaze_rad[0, 0, 1] == pytest.approx(lids * 0.45)
    assert lids > 0.7
    assert 0.59 < moved.gaze_rad[0, 0, 0] <= 0.6


def test_a_full_range_lifts_both_sides_alike_and_no_noise() -> None:
    motion = acting(
        mouthSmileLeft=0.5 * bump(50, 30),
        mouthSmileRight=0.4 * bump(50, 30),
        noseSneerLeft=0.05 * bump(50, 30),
        eyeBlinkLeft=0.7 * bump(20),
        eyeLookInLeft=0.3 * bump(50, 30),
    )
    moved = transfer_motion(motion, Transfer(full_range=True))
    left, right = weights(moved, "mouthSmileLeft"), weights(moved, "mouthSmileRight")
    assert 0.6 < left.max() < 0.75
    assert right.max() / left.max() == pytest.approx(0.8, abs=0.05)
    assert weights(moved, "noseSneerLeft").max() == pytest.approx(0.05)
    assert weights(moved, "eyeBlinkLeft").max() == pytest.approx(1.0)
    assert weights(moved, "eyeLookInLeft").max() == pytest.approx(0.3)
    assert moved.expressions.max() <= 1.0


def test_trimmed_is_that_part_from_zero_and_knows_where_it_was() -> None:
    motion = busy()
    part = transfer_motion(motion, Transfer(start_s=1.0, end_s=2.0))
    assert len(part.times_s) == 25
    assert part.times_s[0] == 0
    assert np.array_equal(part.expressions, motion.expressions[25:50])
    assert np.array_equal(part.T_world_head, motion.T_world_head[25:50])
    assert (part.source["start_s"], part.source["end_s"]) == (3.0, 4.0)
    assert part.sound is None
    assert part.facts["duration_s"] == 1.0
    whole = transfer_motion(motion, Transfer(end_s=60.0))
    assert whole.sound == b"sound"
    with pytest.raises(EmptyTakeError, match="Choose another range"):
        transfer_motion(motion, Transfer(start_s=4.5))


@pytest.mark.parametrize("stretch", [0.37, 0.5, 0.81, 1.7, 3.0])
@pytest.mark.parametrize("at", [20, 33, 50])
def test_stretched_lasts_as_long_as_asked_and_blinks_survive(
    stretch: float, at: int
) -> None:
    motion = acting(eyeBlinkLeft=bump(at, 1), jawOpen=0.5 * bump(60, 30))
    result = transfer_motion(motion, Transfer(stretch=stretch))
    assert len(result.times_s) == round(100 * stretch)
    assert result.rate_fps == 25
    blink = weights(result, "eyeBlinkLeft")
    assert blink.max() == 1.0
    assert result.times_s[blink.argmax()] == pytest.approx(at / 25 * stretch, abs=0.021)
    expected = np.interp(result.times_s, motion.times_s * stretch, 0.5 * bump(60, 30))
    assert np.abs(weights(result, "jawOpen") - expected).max() < 0.02
    assert result.sound is None


def test_turns_are_stretched_along_the_arc_at_an_even_speed() -> None:
    motion = still()
    angle = np.zeros((100, 3))
    angle[:, 0] = np.linspace(0, 0.02, 100) * 100
    motion.T_world_head[:, :3, :3] = head_rotations(angle)
    slow = transfer_motion(motion, Transfer(stretch=2.5))
    yaw = np.unwrap(head_angles(slow.T_world_head[:, :3, :3])[:, 0])
    expected = slow.times_s / 2.5 * 25 * 2.0 / 99
    assert np.abs(yaw[:240] - expected[:240]).max() < 1e-5
    flat = slow.T_world_head[:, :3, :3] @ np.swapaxes(
        slow.T_world_head[:, :3, :3], 1, 2
    )
    assert np.abs(flat - np.eye(3)).max() < 1e-5


def test_a_stretched_curve_never_leaves_the_range_of_its_neighbours() -> None:
    random = np.random.default_rng(4)
    motion = acting(jawOpen=random.uniform(0, 1, 100))
    slow = weights(transfer_motion(motion, Transfer(stretch=7.3)), "jawOpen")
    source = weights(motion, "jawOpen")
    left = np.clip((np.arange(len(slow)) / 7.3).astype(int), 0, 98)
    low = np.minimum(source[left], source[left + 1])
    high = np.maximum(source[left], source[left + 1])
    near = np.abs(np.arange(len(slow)) / 7.3 % 1 - 0.5) < 0.4  # extrema are moved there
    assert (slow >= low - 1e-5)[near].all()
    assert (slow <= high + 1e-5)[near].all()


def test_what_was_done_is_noted(tmp_path: Path) -> None:
    settings = Transfer(mouth=1.3, mirror=True)
    moved = transfer_motion(busy(), settings)
    moved.save(tmp_path / "a.motion.npz")
    noted = Motion.load(tmp_path / "a.motion.npz").source["transfer"]
    assert noted == {"mouth": 1.3, "mirror": True}
    assert Transfer(**noted) == settings


@pytest.mark.parametrize(
    "wrong",
    [
        {"mouth": 2.1},
        {"head": -0.1},
        {"stretch": 0.0},
        {"brows": float("nan")},
        {"start_s": 2.0, "end_s": 1.0},
        {"start_s": -1.0},
    ],
    ids=str,
)
def test_numbers_out_of_range_are_no_settings(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"goes from|range ends"):
        Transfer(**wrong)


def test_the_lips_table_is_the_head_models() -> None:
    from core.head_model import load_head_model

    basis = load_head_model().landmark_expression_basis
    upper, lower = 13, 14  # the middle of the inner lips in MediaPipe's numbering
    opening = 1000 * (basis[:, upper, 2] - basis[:, lower, 2]).numpy()
    assert np.abs(opening - LIP_OPENING_MM).max() < 1.0
