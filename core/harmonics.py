"""Light on a matte surface as a polynomial of its normal.

Under distant light a matte surface's shading is, to a few per cent, a second-order
polynomial of its normal: nine spherical-harmonic coefficients (Ramamoorthi and
Hanrahan 2001).
"""

import torch
from jaxtyping import Float
from torch import Tensor


def harmonics(normals: Float[Tensor, "*any 3"]) -> Float[Tensor, "*any 9"]:
    """The first nine real spherical harmonics, without their constants."""
    x, y, z = normals.unbind(dim=-1)
    one = torch.ones_like(x)
    squares = [x * y, y * z, z * x, x * x - y * y, 3 * z * z - 1]
    return torch.stack([one, x, y, z, *squares], dim=-1)


def harmonics_per_normal(
    normals: Float[Tensor, "*any 3"],
) -> Float[Tensor, "*any 9 3"]:
    """How the harmonics change with the normal's three numbers."""
    x, y, z = normals.unbind(dim=-1)
    no, one = torch.zeros_like(x), torch.ones_like(x)
    rows = [
        [no, no, no],
        [one, no, no],
        [no, one, no],
        [no, no, one],
        [y, x, no],
        [no, z, y],
        [z, no, x],
        [2 * x, -2 * y, no],
        [no, no, 6 * z],
    ]
    return torch.stack([torch.stack(row, dim=-1) for row in rows], dim=-2)
