"""Hair begins thinly and short, and cropped hair keeps to its line."""

import numpy as np
import pytest

from core.hair.hair_line import HairLine, dense_enough, layers_at, lengths_at

BEHIND = np.repeat([0.0, 0.005, 0.03], 4000)


def by_distance(values: np.ndarray) -> list[float]:
    return [float(part.mean()) for part in np.split(values, 3)]


def test_strands_stand_more_closely_behind_the_line() -> None:
    there = dense_enough(BEHIND, np.random.default_rng(0))
    line, near, far = by_distance(there.astype(float))
    assert line < 0.12 < near < 0.7
    assert far == 1


def test_strands_become_longer_and_rise_behind_the_line() -> None:
    random = np.random.default_rng(0)
    lengths = lengths_at(BEHIND, np.full(len(BEHIND), 0.05), random, cropped=False)
    line, near, far = by_distance(lengths)
    assert line < 0.7 * near < 0.8 * far
    assert far == pytest.approx(0.05)
    line, near, far = by_distance(layers_at(BEHIND, np.ones(len(BEHIND))))
    assert line < near < far == 1


def test_cropped_hair_keeps_to_its_line() -> None:
    random = np.random.default_rng(0)
    lengths = lengths_at(BEHIND, np.full(len(BEHIND), 0.015), random, cropped=True)
    assert (lengths - BEHIND).max() < 0.0061
    assert by_distance(lengths)[2] == pytest.approx(0.015)


def test_the_line_strays_a_little_and_is_as_far_as_bare_skin_is() -> None:
    x = np.linspace(0, 0.2, 200)
    bare = np.stack([x, 0 * x, 0 * x], axis=1)
    behind = HairLine(bare=bare).behind_m(bare + np.array([0, 0, 0.02]))
    assert abs(behind.mean() - 0.02) < 0.002
    assert 0.001 < behind.std() < 0.005
    assert np.isinf(HairLine(bare=bare[:0]).behind_m(bare)).all()
