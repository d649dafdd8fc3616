"""Which expressions bring the folds of the photo's expression back, and where how much.

The double's picture of folds shows them as they were in the photo. Each expression that
acted there shortens the skin a little along the line that all together shortened most;
its share of that shortening, place by place, is what it brings of the folds. So they
are whole when all act as in the photo, the left half smiles alone if only the left
corner of the mouth is drawn up, and brows that rise do not fold the cheeks.
"""

from dataclasses import dataclass

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.assets import PART_NAMES, Double
from ...core.expressions import EXPRESSION_NAMES
from ...core.strain import at_vertices, shortening_along, strain, triangles_of

FOLDS = "folds"
"""Name of the double's picture, and what the attributes' names begin with."""

MOST = 6
"""Expressions that bring folds; EEVEE reads eight values of an object at most."""

_ACTS = 0.05
"""Weight in the photo from which an expression can have caused folds."""

_LEAST = 0.01
"""Shortening below which nothing folds: nobody brings what is not there."""

_ROUNDS = 3
"""Rounds of averaging over neighbours: folds lie beside what is pressed together too,
and single triangles are unsure."""


@dataclass(frozen=True, kw_only=True)
class FoldWeights:
    """What brings a double's folds."""

    expressions: tuple[str, ...]
    """Names of the expressions; empty if the double has no folds."""
    weights: NDArray[np.float32]
    """What each brings at weight one [vertices, expressions]: the folds are there by
    the sum of these times the expressions' weights, at most wholly."""


def fold_weights(double: Double) -> FoldWeights:
    """What brings the folds of `double`."""
    count = len(double.vertices)
    acting = [
        index for index, w in enumerate(double.photo_expression.tolist()) if w > _ACTS
    ]
    if FOLDS not in double.textures or not acting:
        return FoldWeights(expressions=(), weights=np.zeros((count, 0), np.float32))
    triangles = triangles_of(
        double.faces[double.face_parts == PART_NAMES.index("skin")]
    )
    acted = double.photo_expression[acting]
    moves = double.blendshapes[acting]
    moved = double.vertices + np.tensordot(acted, moves, axes=1)
    direction = strain(double.vertices, moved, triangles).direction
    each = np.stack(
        [shortening_along(double.vertices, o, triangles, direction) for o in moves]
    )
    shortened = at_vertices(each.T.clip(0), triangles, count)
    for _ in range(_ROUNDS):
        shortened = at_vertices(shortened[triangles].mean(axis=1), triangles, count)
    in_photo = shortened * acted
    best = np.argsort(-(in_photo**2).sum(axis=0), kind="stable")[:MOST]
    whole = np.maximum(in_photo[:, best].sum(axis=1, keepdims=True), _LEAST)
    return FoldWeights(
        expressions=tuple(EXPRESSION_NAMES[acting[index]] for index in best),
        weights=(shortened[:, best] / whole).astype(np.float32),
    )


def store_fold_weights(mesh: bpy.types.Mesh, double: Double) -> None:
    """Give `mesh` the attributes that `fold_attributes` names: vectors of three."""
    found = fold_weights(double)
    for index, name in enumerate(fold_attributes(found)):
        three = np.zeros((len(found.weights), 3), np.float32)
        part = found.weights[:, 3 * index : 3 * index + 3]
        three[:, : part.shape[1]] = part
        attribute = mesh.attributes.new(name, "FLOAT_VECTOR", "POINT")
        attribute.data.foreach_set("vector", three.ravel())


def fold_attributes(found: FoldWeights) -> list[str]:
    """Names of the attributes, each for three expressions."""
    return [f"{FOLDS}_{n + 1}" for n in range(-(-len(found.expressions) // 3))]
