"""Brows grow where they are painted, and lie on the skin whatever the face does."""

import numpy as np
import pytest
from scipy.spatial import KDTree

from core.expressions import EXPRESSION_INDEX
from core.hair import Brows, grow_brows
from core.head_model import HeadModel, load_head_model
from core.mesh import triangulate

SIZE_PX = 512
SKIN, HAIR = (200, 160, 140), (70, 50, 40)


@pytest.fixture(scope="module")
def model() -> HeadModel:
    return load_head_model()


def painted(
    model: HeadModel, *, hair: tuple[int, int, int] = HAIR, lift_m: float = 0.0
) -> np.ndarray:
    """A skin with arched brows in the middle of the brow region, or higher up."""
    x, _, z = model.template.numpy().T
    brow = model.region("brows").numpy() > 0.5
    side = np.abs(x)
    curve = np.polynomial.Polynomial.fit(side[brow], z[brow], 2)
    skin = model.part_faces("skin")
    triangles = triangulate(model.faces[skin]).numpy()
    uvs = model.uvs[triangulate(model.face_uvs[skin])].numpy()
    random = np.random.default_rng(0)
    weights = random.dirichlet((1, 1, 1), (400, len(triangles)))
    points = np.einsum("spk,pki->spi", weights, model.template.numpy()[triangles])
    pixels = np.einsum("spk,pki->spi", weights, uvs)
    out, up = np.abs(points[..., 0]), points[..., 2]
    dark = np.abs(up - curve(out) - lift_m) < 0.003
    dark &= (out > 0.016) & (out < 0.046) & (points[..., 1] < -0.05)
    albedo = np.full((SIZE_PX, SIZE_PX, 3), SKIN, np.uint8)
    column, row = (pixels[dark] * [1, -1] + [0, 1]).T * SIZE_PX
    albedo[row.astype(int), column.astype(int)] = hair
    return albedo


def grown(model: HeadModel, albedo: np.ndarray) -> Brows | None:
    blendshapes = model.expression_basis.numpy()
    return grow_brows(model, model.template.numpy(), blendshapes, albedo)


@pytest.fixture(scope="module")
def brows(model: HeadModel) -> Brows:
    found = grown(model, painted(model))
    assert found is not None
    return found


def distance_to_skin(
    model: HeadModel, points: np.ndarray, head: np.ndarray
) -> np.ndarray:
    """Metres from each point to the nearest of many points on the face's skin."""
    triangles = triangulate(model.faces[model.part_faces("skin")]).numpy()
    middle = model.template.numpy()[triangles].mean(axis=1)
    near = (middle[:, 1] < -0.04) & (np.abs(middle[:, 2] - 0.06) < 0.04)
    weights = np.random.default_rng(1).dirichlet((1, 1, 1), 24)
    strewn = np.einsum("sk,pki->spi", weights, head[triangles[near]]).reshape(-1, 3)
    return KDTree(strewn).query(points)[0]


def test_hairs_stand_where_the_brows_are_painted(
    model: HeadModel, brows: Brows
) -> None:
    roots = brows.part.vertices.reshape(-1, 7, 3)[:, :2].mean(axis=1)
    out = np.abs(roots[:, 0])
    assert ((out > 0.0145) & (out < 0.0475)).all()
    assert 0.35 < (roots[:, 0] > 0).mean() < 0.65
    higher = grown(model, painted(model, lift_m=0.003))
    assert higher is not None
    lifted = higher.part.vertices.reshape(-1, 7, 3)[:, :2].mean(axis=1)
    assert 0.0015 < lifted[:, 2].mean() - roots[:, 2].mean() < 0.0045


def test_hairs_stay_within_three_millimetres_of_the_skin_in_all_expressions(
    model: HeadModel, brows: Brows
) -> None:
    some = slice(None, None, 9)
    neutral, basis = model.template.numpy(), model.expression_basis.numpy()
    moving = np.linalg.norm(brows.part.blendshapes, axis=2).max(axis=1) > 1e-4
    assert moving.sum() >= 5
    for index in np.flatnonzero(moving):
        points = brows.part.vertices[some] + brows.part.blendshapes[index, some]
        away = distance_to_skin(model, points, neutral + basis[index])
        assert away.max() < 0.003, index


def test_hairs_rise_with_the_brow(model: HeadModel, brows: Brows) -> None:
    unit = EXPRESSION_INDEX["browOuterUpLeft"]
    part = brows.part
    left = part.vertices[:, 0] > 0
    skin = model.expression_basis[unit, :, 2].numpy()
    assert part.blendshapes[unit, left, 2].max() > 0.7 * skin.max()
    assert np.abs(part.blendshapes[unit, ~left]).max() < 0.002


def test_hairs_point_outward_and_stand_up_beside_the_nose(brows: Brows) -> None:
    hairs = brows.part.vertices.reshape(-1, 7, 3)
    along = hairs[:, 6] - hairs[:, :2].mean(axis=1)
    outward = np.sign(hairs[:, 0, 0]) * along[:, 0]
    inner = np.abs(hairs[:, 0, 0]) < 0.019
    assert (outward[~inner] > 0).mean() > 0.95
    steep = along[:, 2] / np.abs(along[:, 0])
    assert np.median(steep[inner]) > np.median(steep[~inner]) + 0.5


def test_faces_look_out_of_the_head(brows: Brows) -> None:
    a, b, c = brows.part.vertices[brows.part.faces[:, :3]].swapaxes(0, 1)
    assert (np.cross(b - a, c - a)[:, 1] < 0).mean() > 0.95


def test_brows_cost_no_more_than_ten_thousand_triangles(
    model: HeadModel,
) -> None:
    dense = grown(model, painted(model, hair=(10, 8, 8)))
    assert dense is not None
    assert (1 + (dense.part.faces[:, 3] >= 0)).sum() < 10_000


def test_the_painted_brow_gets_paler_and_nothing_else_changes(
    model: HeadModel, brows: Brows
) -> None:
    before = painted(model).astype(int)
    change = brows.albedo_srgb.astype(int) - before
    dark = (before == HAIR).all(axis=2)
    assert change.min() >= 0
    assert change[dark].mean() > 10
    assert not change[~dark].any()


@pytest.mark.parametrize("hair", [SKIN, (165, 130, 112)])
def test_no_brows_grow_where_hardly_any_are_seen(
    model: HeadModel, hair: tuple[int, int, int]
) -> None:
    assert grown(model, painted(model, hair=hair)) is None
