"""The parts of tracking by themselves: smoothing, lids, looks, choice of frames."""

import numpy as np
import pytest
import torch

from core.expressions import EXPRESSION_INDEX as INDEX
from core.track.calibration import varied_frames
from core.track.lids import LidRange
from core.track.looks import look_weights
from core.track.smoothing import bridge_gaps, smooth_curves


def test_smoothing_keeps_straight_lines() -> None:
    line = np.linspace(-1, 3, 50)[:, None]
    smooth = smooth_curves(line, np.ones_like(line), cutoff_hz=2.0, rate_fps=30.0)
    assert np.allclose(smooth, line, atol=1e-8)


def test_smoothing_is_the_minimiser_of_its_definition() -> None:
    generator = np.random.default_rng(0)
    curve, weights = generator.standard_normal((2, 20, 1))
    weights = np.abs(weights) + 0.1
    second = np.diff(np.eye(20), n=2, axis=0)
    bend = (30 / (2 * np.pi * 4)) ** 4
    system = np.diag(weights[:, 0]) + bend * second.T @ second
    expected = np.linalg.solve(system, weights * curve)
    smooth = smooth_curves(curve, weights, cutoff_hz=4.0, rate_fps=30.0)
    assert np.allclose(smooth, expected)


@pytest.mark.parametrize("rate_fps", [25.0, 60.0])
def test_half_the_amplitude_is_left_at_the_cutoff(rate_fps: float) -> None:
    times = np.arange(0, 12, 1 / rate_fps)
    wave = np.sin(2 * np.pi * 3 * times)[:, None]
    smooth = smooth_curves(wave, np.ones_like(wave), cutoff_hz=3.0, rate_fps=rate_fps)
    middle = slice(len(times) // 4, -len(times) // 4)
    left = np.std(smooth[middle]) / np.std(wave[middle])
    assert left == pytest.approx(0.5, abs=0.04)


def test_smoothing_moves_nothing_in_time() -> None:
    bump = np.exp(-0.5 * ((np.arange(81) - 40) / 3.0) ** 2)[:, None]
    smooth = smooth_curves(bump, np.ones_like(bump), cutoff_hz=3.0, rate_fps=25.0)
    assert smooth[:, 0].argmax() == 40
    assert np.allclose(smooth, smooth[::-1])


def test_gaps_are_bridged_in_time_and_ends_are_held() -> None:
    curve = np.array([[9.0], [0.0], [9.0], [1.0], [9.0]])
    seen = np.array([False, True, False, True, False])
    times_s = np.array([0.0, 1.0, 1.25, 2.0, 3.0])
    bridged = bridge_gaps(curve, seen, times_s)
    assert bridged[:, 0].tolist() == [0.0, 0.0, 0.25, 1.0, 1.0]


def openings(closed: float, scale: float) -> torch.Tensor:
    """An eye open at `scale`, closed for three frames, with a wide-eyed second."""
    curve = torch.ones(120)
    curve[50:53] = closed
    curve[49] = curve[53] = 0.55
    curve[90:100] = 1.3
    return scale * curve[:, None].expand(-1, 2).contiguous()


@pytest.mark.parametrize("closed", [0.1, 0.3])
@pytest.mark.parametrize("scale", [0.7, 1.2])
def test_lids_are_measured_against_their_own_range(closed: float, scale: float) -> None:
    scores = torch.zeros(120, 2)
    scores[50:53] = 0.6
    seen = openings(closed, scale)
    blink, wide = LidRange.of(seen, scores).weights(seen)
    assert (blink[50:53] == 1).all()
    assert (blink[:48] == 0).all()
    assert (blink[49] > 0.2).all()
    assert (blink[49] < 0.9).all()
    assert (wide[92:98] > 0.3).all()
    assert (wide[:48] == 0).all()


def test_an_eye_that_never_closes_is_not_called_closed() -> None:
    curve = torch.ones(100, 2)
    curve[40:60] = 0.75
    blink, _ = LidRange.of(curve, torch.zeros(100, 2)).weights(curve)
    assert blink.max() < 0.5


def test_looks_follow_the_gaze_of_each_eye() -> None:
    gaze = torch.tensor([[[0.3, 0.0], [0.3, 0.0]], [[0.0, -0.55], [0.0, -0.55]]])
    weights = look_weights(gaze)
    assert weights[0, INDEX["eyeLookOutLeft"]] == pytest.approx(0.5)
    assert weights[0, INDEX["eyeLookInRight"]] == pytest.approx(0.5)
    assert weights[0, INDEX["eyeLookInLeft"]] == 0
    assert weights[1, INDEX["eyeLookDownLeft"]] == pytest.approx(1.0)
    assert weights[1].sum() == pytest.approx(2.0)


def test_varied_frames_hold_the_calmest_and_the_most_extreme() -> None:
    expected = torch.zeros(30, 52)
    expected[:, 3] = torch.linspace(0.1, 0.2, 30)
    expected[7] = 0.0
    expected[20, 10] = 1.0
    chosen = varied_frames(expected, 3).tolist()
    assert len(chosen) == 3
    assert {7, 20} <= set(chosen)
    assert varied_frames(expected[:2], 12).tolist() == [0, 1]
