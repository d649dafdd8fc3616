"""Pictures enlarged a part at a time, so that a large one need never be whole."""

import cv2
import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray


def enlarged(
    values: Float[np.ndarray, "height width channels"],
    rows: slice,
    columns: slice,
    factor: int,
) -> NDArray[np.float32]:
    """A part of a picture, that many times as large, straight between its pixels.

    Parts of one picture fit together: one pixel around the part is looked at as well.
    """
    if factor == 1:
        return values[rows, columns]
    height, width = values.shape[:2]
    around_rows = np.arange(rows.start - 1, rows.stop + 1).clip(0, height - 1)
    around_columns = np.arange(columns.start - 1, columns.stop + 1).clip(0, width - 1)
    part = values[around_rows][:, around_columns]
    large = np.asarray(cv2.resize(part, None, fx=factor, fy=factor), np.float32)
    large = large.reshape(*large.shape[:2], values.shape[2])
    return large[factor:-factor, factor:-factor]
