"""Skin that bends smoothly, and lips that meet.

What is known of an offset at some vertices is carried on to the whole skin by a thin
plate. Lips that lie on each other are apart in the mesh: the seam between them is a row
of pairs, and the plate can be asked to bring these together, or to leave them so.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu
from scipy.spatial import cKDTree

from core.expressions import EXPRESSION_INDEX
from core.head_model import HeadModel
from core.mesh import edges

from .registration import skin_laplacian

_STIFFNESS = 0.05
"""Evens the registration's noise; more would iron the folds out."""
_FAR = 2e-4
"""Pulls what the scans do not show to no offset."""
_SEAM_M = 0.003
"""Lips that lie so near each other at rest meet there."""
_MEETING = 25.0
"""What a pair that meets weighs beside a registered vertex."""


class Bending:
    """The skin's plate, held where vertices are known."""

    def __init__(self, model: HeadModel, known: NDArray[np.int64]) -> None:
        faces = model.faces[model.part_faces("skin")]
        self.skin = np.unique(faces[faces >= 0].numpy())
        self.known = np.isin(self.skin, known).astype(np.float64)
        self.seam = _seam(model, known)[:, self.skin]
        laplacian = skin_laplacian(edges(faces).numpy(), self.skin)
        plate = (
            sparse.diags(self.known)
            + _STIFFNESS * laplacian.T @ laplacian
            + _FAR * sparse.identity(len(self.skin))
        )
        self.plate = splu(plate.tocsc())
        self.meeting = splu((plate + _MEETING * self.seam.T @ self.seam).tocsc())

    def smooth(self, wanted: NDArray[np.float64]) -> NDArray[np.float64]:
        """Smooth offsets of the skin that are as wanted where they are known."""
        return self.plate.solve(self.known[:, None] * wanted)

    def parting(self, heights: NDArray[np.floating]) -> NDArray[np.float64]:
        """How far vertical offsets of the skin part each pair of the seam."""
        return self.seam @ heights

    def parted(self, apart: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """The smallest smooth vertical offsets of the skin that part pairs so far."""
        pairs = np.broadcast_to(apart, self.seam.shape[0])
        return self.meeting.solve(_MEETING * self.seam.T @ pairs)


def _seam(model: HeadModel, known: NDArray[np.int64]) -> sparse.csr_matrix:
    """[pairs, vertices] how far the upper lip's edge goes up from the lower lip.

    A pair is a vertex of that edge and the place of the lower lip that it lies on.
    """
    rest = model.template.double().numpy()
    lips = known[model.region("lips").numpy()[known] > 0.3]
    drop = model.expression_basis[EXPRESSION_INDEX["jawOpen"], :, 2].numpy()
    lower = drop[lips] < 0.4 * drop[lips].min()
    upper, lower = lips[~lower], lips[lower]
    distance, near = cKDTree(rest[lower]).query(rest[upper], k=3)
    meets = distance[:, 0] < _SEAM_M
    share = 1.0 / (distance[meets] + 2e-4)
    share /= share.sum(axis=1, keepdims=True)
    row = np.arange(meets.sum())
    shape = (len(row), len(rest))
    above = sparse.csr_matrix((np.ones(len(row)), (row, upper[meets])), shape)
    columns = lower[near[meets]].ravel()
    below = sparse.csr_matrix((share.ravel(), (np.repeat(row, 3), columns)), shape)
    return above - below
