"""How the marks of a face move with each expression.

A detector sees less than there is: where a mouth is pursed by a centimetre, marks move
by seven millimetres, brows by half of what they do and cheeks by a third. Whoever
explains marks by how the head moves takes every expression for a weaker one, and makes
others up for what is left over.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from core.head_model import HeadModel

from .alignment import without_alignment
from .rehearsal import Rehearsal

_STIFFNESS, _STIFFNESS_OF_DEPTH = 20.0, 100.0
"""How many frames at full strength the head's own motion counts as, across the face and
toward the camera, which hardly shows."""


def marked_motion(
    films: Sequence[Rehearsal], model: HeadModel
) -> Float[Tensor, "expressions landmarks 3"]:
    """How far off the neutral face landmarks are marked at weight one, in metres.

    By least squares, drawn toward how they lie on the head. What moves the face as a
    whole is left out of the difference: poses take it up. What moves no landmark of the
    head moves none.
    """
    head_mm = 1000 * model.landmark_expression_basis.double()
    size = 3 * len(head_mm)
    squares = torch.zeros(size, size, dtype=torch.float64)
    products = torch.zeros(size, head_mm.shape[1], dtype=torch.float64)
    for film in films:
        acted, shown = film.acted.double(), _shown(film.seen.toward.double())
        off_mm = film.seen.off_neutral_mm.double()
        off_mm = off_mm - torch.einsum("fe,elc,fdc->fld", acted, head_mm, shown)
        design = torch.einsum("fe,fdc->fdec", acted, shown).flatten(2)
        design = (design - design.mean(dim=0)).flatten(0, 1)
        off_mm = (off_mm - off_mm.mean(dim=0)).mT.flatten(0, 1)
        squares += design.mT @ design
        products += design.mT @ off_mm
    stiffness = head_mm.new_tensor([_STIFFNESS, _STIFFNESS_OF_DEPTH, _STIFFNESS])
    squares += torch.diag(stiffness.repeat(len(head_mm)))
    more = torch.linalg.solve(squares, products).unflatten(0, (-1, 3)).mT
    more = without_alignment(model.landmark_template.double(), more)
    moving = head_mm.abs().amax(dim=(1, 2), keepdim=True) > 0
    return ((head_mm + more * moving) / 1000).float()


def _shown(toward: Float[Tensor, "frames 2"]) -> Float[Tensor, "frames 2 3"]:
    """What `Impressions.off_neutral_mm` shows of how points move in head space."""
    x, z = (-toward).unbind(dim=1)
    y = (1 - x.square() - z.square()).clamp(min=0).sqrt()
    away = torch.stack([x, y, z], dim=1)
    flat = away.new_zeros(2, 3)
    flat[0, 0] = flat[1, 2] = 1
    return flat - away[:, [0, 2], None] * away[:, None, :]
