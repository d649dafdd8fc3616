"""A smooth colour for every vertex of the skin, from the few that the photo shows.

What the photo does not show takes its broad colour from what it does, as far as the
person's own skin and lips allow: a Poisson equation on the mesh. The edges want the
differences of a base (plain colours, or the other half of the face), the seen vertices
want their colour. Solved on the mesh, the result has no seams at the texture's cuts.
Source: Perez et al., "Poisson image editing" (2003), with vertices for pixels.
"""

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float, Int
from numpy.typing import NDArray
from scipy.sparse.linalg import splu

_DATA = 6.0
"""Pull of a wholly seen vertex towards its colour, over that of an edge."""

_BASE = 0.004
"""Pull of every vertex towards the base: about 15 edges from the seen skin, the base
wins."""


class Field:
    """Joins colours smoothly over a mesh; one factorisation serves any base."""

    def __init__(
        self,
        confidence: Float[np.ndarray, "vertices"],
        edges: Int[np.ndarray, "edges 2"],
    ) -> None:
        self._pull = _DATA * confidence.astype(np.float64)[:, None]
        laplacian = _laplacian(edges, len(confidence))
        self._solver = splu((laplacian + sp.diags(self._pull[:, 0] + _BASE)).tocsc())

    def fill(
        self,
        seen: Float[np.ndarray, "vertices channels"],
        base: Float[np.ndarray, "vertices channels"],
    ) -> Float[np.ndarray, "vertices channels"]:
        """Values near `seen` where confident, elsewhere `base` moved to join smoothly.

        The unknown is the difference to the base, so that the base's own edges cost
        nothing.
        """
        offset = self._solver.solve(self._pull * (seen - base))
        return (base + offset).astype(np.float32)


def smoothed(
    values: Float[np.ndarray, "vertices channels"],
    edges: Int[np.ndarray, "edges 2"],
    reach_edges: float,
) -> NDArray[np.float32]:
    """Values spread over about that many edges (one implicit step of diffusion)."""
    laplacian = _laplacian(edges, len(values))
    matrix = sp.identity(len(values)) + reach_edges**2 * laplacian
    return splu(matrix.tocsc()).solve(values.astype(np.float64)).astype(np.float32)


def _laplacian(edges: Int[np.ndarray, "edges 2"], count: int) -> sp.spmatrix:
    ones = np.ones(len(edges))
    adjacency = sp.coo_matrix((ones, (edges[:, 0], edges[:, 1])), (count, count))
    adjacency = (adjacency + adjacency.T).tocsr()
    return sp.diags(np.asarray(adjacency.sum(axis=1)).ravel()) - adjacency
