"""Landmarks in a file, read as if they were an array."""

import numpy as np
import pytest

from core.landmarks.stored import RECORD, LandmarkFile, StoredPoints


@pytest.mark.parametrize(
    "index",
    [
        3,
        -1,
        slice(2, 9, 3),
        (slice(None), 5),
        (np.array([7, 1, 2, 3]), slice(0, 4), 1),
        np.arange(11) % 3 == 0,
    ],
    ids=str,
)
def test_points_are_indexed_as_an_array_is(index: object) -> None:
    random = np.random.default_rng(0)
    records = np.zeros(11, RECORD)
    records["points_px"] = random.normal(size=records["points_px"].shape)
    file = LandmarkFile.temporary()
    file.append(records[:4])
    file.append(records[4:])
    points_px = StoredPoints(file=file)
    assert points_px.shape == records["points_px"].shape
    assert np.array_equal(points_px[index], records["points_px"][index])
    assert np.array_equal(np.asarray(points_px), records["points_px"])
