import numpy as np

from core.expressions import EXPRESSION_INDEX, EXPRESSION_NAMES
from core.overlay.chart import SPAN_S, Chart, Curves, bar_colours

TIMES_S = np.arange(0.0, 10.0, 0.04)


def a_chart() -> Chart:
    """A jaw that is open from second 5 on, and no face before second 2."""
    weights = np.zeros((len(TIMES_S), len(EXPRESSION_NAMES)))
    weights[TIMES_S >= 5.0, EXPRESSION_INDEX["jawOpen"]] = 1.0
    curves = Curves(
        times_s=TIMES_S,
        expressions=weights,
        confidence=np.where(TIMES_S < 2.0, 0.0, 1.0),
    )
    return Chart(curves, 800)


def changed_columns(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.flatnonzero((a != b).any(axis=(0, 2)))


def test_a_curve_rises_where_its_time_comes() -> None:
    chart = a_chart()
    before, after = chart.at(4.0), chart.at(5.0)
    assert before.shape == after.shape == (chart.height_px, 800, 3)
    label = 84
    middle = label + (800 - label) // 2
    strip = after[14:36]
    high = np.flatnonzero((strip[3:6] == (120, 200, 255)).all(axis=2).any(axis=0))
    assert abs(high.min() - middle) < 0.05 / SPAN_S * 800 + 2
    shifted = before[14:36]
    later = np.flatnonzero((shifted[3:6] == (120, 200, 255)).all(axis=2).any(axis=0))
    assert abs(later.min() - middle - (800 - label) / SPAN_S) < 12


def test_nothing_is_drawn_before_the_start_and_after_the_end() -> None:
    chart = a_chart()
    far = chart.at(100.0)
    assert len(changed_columns(far, chart.at(-100.0))) == 0
    assert len(changed_columns(far, chart.at(5.0))) > 600


def test_the_bar_is_green_where_sure_and_grey_where_nothing_was_seen() -> None:
    sure, half, lost = bar_colours(np.array([1.0, 0.3, 0.0])).astype(int)
    assert sure[1] > 2 * sure[0]
    assert half[0] > half[1]
    assert lost[0] == lost[1] == lost[2]
