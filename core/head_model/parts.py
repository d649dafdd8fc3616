"""Parts that a head gets after it was fitted: small meshes that follow its skin.

A part is drawn on the head as it is neutral and again on the head in each of its 52
expressions, by the same rule; the difference between the drawings is its blendshapes.
So whatever the rule says about the skin holds in every expression at weight one.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

_STILL_M = 1e-6
"""Shorter offsets are rounding errors, and compress badly."""

Draw = Callable[
    [Float[np.ndarray, "heads vertices 3"]], Float[np.ndarray, "heads points 3"]
]
"""A rule that puts the part's vertices on heads."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One more part of a head: metres, head space."""

    name: str
    """One of `PART_NAMES`."""
    vertices: Float[np.ndarray, "points 3"]
    """On the neutral head."""
    faces: Int[np.ndarray, "faces 4"]
    """Quads, counter-clockwise from outside; -1 pads a triangle."""
    uvs: Float[np.ndarray, "points 2"]
    """Texture coordinates of each vertex."""
    blendshapes: Float[np.ndarray, "expressions points 3"]
    """Offsets at weight one."""
    skin_weights: Float[np.ndarray, "points joints"]
    """Rows sum to one."""


def drawn_part(
    name: str,
    draw: Draw,
    neutral: Float[np.ndarray, "vertices 3"],
    blendshapes: Float[np.ndarray, "expressions vertices 3"],
    *,
    faces: Int[np.ndarray, "faces 4"],
    uvs: Float[np.ndarray, "points 2"],
    skin_weights: Float[np.ndarray, "points joints"],
) -> Part:
    """The part as the rule `draw` puts it on a head and on its expressions."""
    vertices = draw(neutral[None].astype(np.float64))[0]
    offsets = draw(neutral + blendshapes.astype(np.float64)) - vertices
    offsets[np.linalg.norm(offsets, axis=-1) < _STILL_M] = 0.0
    return Part(
        name=name,
        vertices=vertices.astype(np.float32),
        faces=faces,
        uvs=uvs.astype(np.float32),
        blendshapes=offsets.astype(np.float32),
        skin_weights=skin_weights.astype(np.float32),
    )


def sheet_faces(
    rows: int, columns: int, *, sheets: int = 1, flip: bool = False
) -> Int[np.ndarray, "faces 4"]:
    """Quads of sheets of `rows` by `columns` vertices, counted row by row."""
    row, column = np.mgrid[: rows - 1, : columns - 1]
    first = (row * columns + column).ravel()
    quads = np.stack(
        [first, first + 1, first + columns + 1, first + columns], axis=1
    ).astype(np.int32)
    starts = np.arange(sheets, dtype=np.int32)[:, None, None] * (rows * columns)
    quads = (quads + starts).reshape(-1, 4)
    return quads[:, ::-1] if flip else quads
