"""The chart on which faces are laid flat."""

import numpy as np
import torch
from scipy.spatial import Delaunay

from core.expressions import EXPRESSION_INDEX
from core.head_model import HeadModel
from core.landmarks.skin import CHART_PX, FaceChart
from core.landmarks.topology import FACE_COUNT

_OPEN = 0.6
"""How far the jaw is open on the chart, so that what is in the mouth has room."""


def face_chart(model: HeadModel) -> FaceChart:
    """The average face from the front, as large as fits."""
    opening = model.landmark_expression_basis[EXPRESSION_INDEX["jawOpen"]].double()
    marks = (model.landmark_template.double() + _OPEN * opening)[:FACE_COUNT].numpy()
    flat = marks[:, [0, 2]] * [1, -1]
    low, high = flat.min(axis=0), flat.max(axis=0)
    scale = (CHART_PX - 2) / (high - low).max()
    mesh = Delaunay((flat - (low + high) / 2) * scale + CHART_PX / 2)
    y, x = np.mgrid[:CHART_PX, :CHART_PX] + 0.5
    texels = np.stack([x.ravel(), y.ravel()], axis=1)
    triangles = mesh.find_simplex(texels)
    places = np.flatnonzero(triangles >= 0)
    affine = mesh.transform[triangles[places]]
    two = np.einsum("nij,nj->ni", affine[:, :2], texels[places] - affine[:, 2])
    shares = np.column_stack([two, 1 - two.sum(axis=1)])
    return FaceChart(
        places=torch.from_numpy(places),
        corners=torch.from_numpy(mesh.simplices[triangles[places]]).long(),
        shares=torch.from_numpy(shares).float(),
    )
