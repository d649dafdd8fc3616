"""Blinks that close on every person, not only on the average one.

A blink's offsets are the same for everybody, but eyes differ: on large ones a gap would
stay, on small ones the lids would cross. The rim of the upper lid is brought onto that
of the lower lid, person by person, and the lid's skin follows, less with every edge
loop outward.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..expressions import EXPRESSION_INDEX
from .model import HeadModel

FOLLOWING = (1.0, 0.92, 0.72, 0.48, 0.26, 0.1)
"""Share of the rim's correction on the rim and on each loop outward."""


def with_closing_lids(
    model: HeadModel,
    neutral: Float[Tensor, "vertices 3"],
    basis: Float[Tensor, "expressions vertices 3"],
) -> Float[Tensor, "expressions vertices 3"]:
    """Expressions of a person whose blinks fully close this person's eyes."""
    closing = basis.clone()
    for eye, name in enumerate(("eyeBlinkLeft", "eyeBlinkRight")):
        unit = EXPRESSION_INDEX[name]
        closing[unit] += _correction(model, neutral + basis[unit], eye)
    return closing


def lid_gaps(
    model: HeadModel, vertices: Float[Tensor, "vertices 3"], eye: int
) -> Float[Tensor, "pairs 3"]:
    """From each upper rim vertex to the lower rim, level across the face.

    Convention: 0 is the left eye; pairs run between the corners, these left out.
    """
    pairs = model.lid_pairs[eye]
    line = vertices[pairs[:, 1]]
    upper = vertices[pairs[1:-1, 0]]
    return _at_x(line, upper[:, 0].contiguous()) - upper


def _correction(
    model: HeadModel, closed: Float[Tensor, "vertices 3"], eye: int
) -> Float[Tensor, "vertices 3"]:
    """Offsets that bring the upper lid of one closed eye onto the lower one."""
    gaps = lid_gaps(model, closed, eye)
    loops = model.lid_loops[eye]
    columns = _columns(loops[0], model.lid_pairs[eye, 1:-1, 0])
    offsets = torch.zeros_like(closed)
    for loop, share in zip(loops, FOLLOWING, strict=True):
        offsets[loop[columns]] = share * gaps
    strands = _lashes_over(model, loops[0][columns])
    offsets[strands[0]] = gaps[strands[1]]
    return offsets


def _columns(
    rim: Int[Tensor, "columns"], vertices: Int[Tensor, "pairs"]
) -> Int[Tensor, "pairs"]:
    """Places of vertices in the rim loop."""
    return (rim[None] == vertices[:, None]).long().argmax(dim=1)


def _lashes_over(
    model: HeadModel, rim: Int[Tensor, "pairs"]
) -> tuple[Int[Tensor, "found"], Int[Tensor, "found"]]:
    """Lash vertices that stand over rim vertices, and which rim vertex that is."""
    roots = model.lash_roots
    hit = roots[:, None] == rim[None]
    found = hit.any(dim=1).nonzero()[:, 0]
    return found, hit[found].long().argmax(dim=1)


def _at_x(
    line: Float[Tensor, "points 3"], x: Float[Tensor, "pairs"]
) -> Float[Tensor, "pairs 3"]:
    """Points of a polyline at given x, linear between its points, held at the ends."""
    line = line[torch.argsort(line[:, 0])]
    known = line[:, 0].contiguous()
    right = torch.searchsorted(known, x).clamp(1, len(line) - 1)
    before, after = line[right - 1], line[right]
    span = (after[:, 0] - before[:, 0]).clamp_min(1e-9)
    share = ((x - before[:, 0]) / span).clamp(0.0, 1.0)
    return before + share[:, None] * (after - before)
