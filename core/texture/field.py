"""A smooth colour for every vertex of the skin, from the few that the photo shows.

What the photo does not show takes its broad colour from what it does, as far as the
person's own skin, lips and hair allow: a Poisson equation on the mesh. The edges want
the differences of a plain base (skin tone, lips, hair), the seen vertices want their
colour. Solved on the mesh, the result has no seams at the texture's cuts.
Source: Perez et al., "Poisson image editing" (2003), with vertices for pixels.
"""

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float, Int
from numpy.typing import NDArray
from scipy.sparse.linalg import factorized

_DATA = 6.0
"""Pull of a wholly seen vertex towards its colour, over that of an edge."""

_BASE = 0.004
"""Pull of every vertex towards the plain base: about 15 edges from the seen skin, the
base wins."""


def fill_field(
    seen: Float[np.ndarray, "vertices channels"],
    confidence: Float[np.ndarray, " vertices"],
    base: Float[np.ndarray, "vertices channels"],
    edges: Int[np.ndarray, "edges 2"],
) -> NDArray[np.float32]:
    """Values near `seen` where confident, elsewhere `base` moved to join smoothly."""
    count = len(seen)
    ones = np.ones(len(edges))
    adjacency = sp.coo_matrix((ones, (edges[:, 0], edges[:, 1])), (count, count))
    adjacency = (adjacency + adjacency.T).tocsr()
    degree = np.asarray(adjacency.sum(axis=1)).ravel()
    laplacian = sp.diags(degree) - adjacency
    pull = _DATA * confidence
    solve = factorized((laplacian + sp.diags(pull + _BASE)).tocsc())
    # Unknown: the difference to the base, so that the base's own edges cost nothing.
    right = pull[:, None] * (seen - base)
    offset = np.stack([solve(column) for column in right.T], axis=1)
    return (base + offset).astype(np.float32)
