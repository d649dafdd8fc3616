"""Eyelashes: strips that stand on the rims of the lids, for a strand texture.

Each strip has its root row on the rim's own vertices and two rows further out. A row
turns with the lid: as the rim travels over the eyeball, the lash turns by the same
angle about the eye's centre, so lashes point down when the eye is closed.
"""

import numpy as np
from numpy.typing import NDArray

UPPER_LENGTH, LOWER_LENGTH = 0.0085, 0.0050
ROWS = 3


def lash_offsets(
    rim: NDArray[np.float64], centre: NDArray[np.float64], *, upper: bool
) -> NDArray[np.float64]:
    """Offsets [rows - 1, columns, 3] of the outer rows from the rim, on one person.

    `rim` runs from the inner to the outer corner of the eye.
    """
    outward = rim - centre
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    up = np.array([0.0, 0.0, 1.0 if upper else -1.0])
    across = np.linspace(-1.0, 1.0, len(rim))
    length = (UPPER_LENGTH if upper else LOWER_LENGTH) * (
        0.45 + 0.55 * np.clip(1.25 - across**2, 0.0, 1.0)
    )
    fan = outward.copy()
    fan[:, 2] = 0.0
    middle = fan + 0.12 * up
    tip = fan + (0.75 if upper else 0.55) * up
    middle /= np.linalg.norm(middle, axis=1, keepdims=True)
    tip /= np.linalg.norm(tip, axis=1, keepdims=True)
    first = 0.5 * length[:, None] * middle
    return np.stack([first, first + 0.5 * length[:, None] * tip])


def strip_faces(columns: int, *, flip: bool) -> NDArray[np.int32]:
    """Quads of a strip of `ROWS` rows, row by row."""
    faces = []
    for row in range(ROWS - 1):
        for column in range(columns - 1):
            a = row * columns + column
            quad = [a, a + 1, a + columns + 1, a + columns]
            faces.append(quad[::-1] if flip else quad)
    return np.array(faces, np.int32)


def strip_uvs(columns: int, *, upper: bool) -> NDArray[np.float64]:
    """U along the lid; V from the root to the tip, upper lashes in the upper half."""
    u = np.tile(np.linspace(0.0, 1.0, columns), ROWS)
    v = np.repeat(np.linspace(0.0, 0.5, ROWS), columns)
    return np.stack([u, v + (0.5 if upper else 0.0)], axis=1)


def turn_with_rim(
    offsets: NDArray[np.float64],
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    centre: NDArray[np.float64],
) -> NDArray[np.float64]:
    """`offsets` [rows, columns, 3] after the rim moved from `before` to `after`."""
    a, b = before - centre, after - centre
    a /= np.linalg.norm(a, axis=1, keepdims=True)
    b /= np.linalg.norm(b, axis=1, keepdims=True)
    axis = np.cross(a, b)
    cosine = (a * b).sum(axis=1)[:, None]
    twist = np.cross(axis, offsets)
    along = axis * (offsets * axis).sum(axis=-1, keepdims=True) / (1.0 + cosine)
    return offsets * cosine + twist + along
