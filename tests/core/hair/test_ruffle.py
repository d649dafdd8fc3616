"""Locks part from each other as wholes; strays between them are left out."""

import numpy as np

from core.hair.chart import Chart
from core.hair.ruffle import ruffle
from core.hair.strands import without_strays

CHART = Chart(middle=np.zeros(3))
ALONG = np.linspace(0, 1, 8)


def combed(locks: int, strands: int) -> tuple[np.ndarray, np.ndarray]:
    """Locks that fall side by side down a head, and whom each strand follows."""
    random = np.random.default_rng(2)
    lock = np.repeat(np.arange(locks), strands)
    y = 0.01 * lock + random.uniform(-0.002, 0.002, len(lock))
    paths = np.zeros((len(lock), 8, 3))
    paths[..., 0] = 0.1
    paths[..., 1] = y[:, None]
    paths[..., 2] = 0.08 - 0.1 * ALONG
    return paths, lock * strands


def ruffled(
    paths: np.ndarray, locks: np.ndarray, *, shorter: float = 0.3
) -> np.ndarray:
    return ruffle(
        paths,
        locks,
        CHART,
        apart_m=0.004,
        shorter=shorter,
        random=np.random.default_rng(0),
    )


def test_a_lock_moves_as_one_and_locks_move_apart() -> None:
    paths, locks = combed(30, 20)
    moved = (ruffled(paths, locks, shorter=0.0) - paths)[:, -1].reshape(30, 20, 3)
    within, between = moved.std(axis=1).max(), moved.mean(axis=1).std(axis=0)
    assert within < 1e-3
    assert between[:2].min() > 0.001


def test_locks_rise_from_the_head_and_keep_their_roots() -> None:
    paths, locks = combed(30, 20)
    after = ruffled(paths, locks)
    assert np.allclose(after[:, 0], paths[:, 0])
    middle = paths[:, 4] / np.linalg.norm(paths[:, 4], axis=1, keepdims=True)
    assert (((after - paths)[:, 4] * middle).sum(axis=1) > -1e-3).all()


def test_locks_end_at_their_own_lengths() -> None:
    paths, locks = combed(30, 20)
    ends = ruffled(paths, locks)[:, -1, 2].reshape(30, 20)
    assert np.ptp(ends, axis=1).max() < 0.003
    assert 0.01 < np.ptp(ends.mean(axis=1)) < 0.035


def test_a_strand_that_hangs_by_itself_is_a_stray() -> None:
    paths, _ = combed(30, 20)
    stray = paths[:1] + 0.05 * ALONG[:, None] * [0.0, -1.0, 0.0]
    kept = without_strays(np.concatenate([paths, stray]))
    assert np.array_equal(kept, paths)
