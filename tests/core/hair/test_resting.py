"""Long hair rests on the bust: nothing of it is inside, what hangs free stays."""

import numpy as np
import pytest

from core.hair.resting import Body, body_of, rested
from core.head_model import HeadModel, load_head_model
from core.mesh import triangulate

POINTS = 12


@pytest.fixture(scope="module")
def model() -> HeadModel:
    return load_head_model()


@pytest.fixture(scope="module")
def body(model: HeadModel) -> Body:
    return body_of(model, model.template.numpy().astype(np.float64))


def curtain(*, x_m: float, y_m: float) -> np.ndarray:
    """Strands that hang straight down 0.2 m from beside the ears, a finger wide."""
    beside = np.linspace(-0.01, 0.01, 40)
    paths = np.zeros((40, POINTS, 3))
    paths[..., 0] = x_m + beside[:, None]
    paths[..., 1] = y_m
    paths[..., 2] = np.linspace(0.03, -0.17, POINTS)
    return paths


def lengths(paths: np.ndarray) -> np.ndarray:
    return np.linalg.norm(np.diff(paths, axis=1), axis=2).sum(axis=1)


def inside(model: HeadModel, points: np.ndarray) -> np.ndarray:
    """Whether a ray upward from each point crosses the bust's skin an odd time."""
    faces = triangulate(model.faces[model.part_faces("skin")]).numpy()
    outer = model.region("mouth_inside").numpy()[faces].max(axis=1) < 0.1
    crossed = np.zeros(len(points), int)
    for a, b, c in model.template.numpy().astype(np.float64)[faces[outer]]:
        matrix = np.column_stack([b[:2] - a[:2], c[:2] - a[:2]])
        if abs(np.linalg.det(matrix)) < 1e-12:
            continue
        u, v = np.linalg.solve(matrix, (points[:, :2] - a[:2]).T)
        above = a[2] + u * (b[2] - a[2]) + v * (c[2] - a[2]) > points[:, 2]
        crossed += (u >= 0) & (v >= 0) & (u + v <= 1) & above
    return crossed % 2 == 1


@pytest.mark.parametrize("y_m", [-0.02, 0.02, 0.05])
@pytest.mark.parametrize("x_m", [-0.095, 0.095])
def test_hair_that_would_hang_through_a_shoulder_rests_on_it(
    model: HeadModel, body: Body, x_m: float, y_m: float
) -> None:
    hanging = curtain(x_m=x_m, y_m=y_m)
    assert inside(model, hanging[:, 1:].reshape(-1, 3)).mean() > 0.05
    resting = rested(body, hanging, np.random.default_rng(0))
    assert inside(model, resting[:, 1:].reshape(-1, 3)).mean() < 0.01
    assert (lengths(resting) <= lengths(hanging) + 1e-3).all()
    near = np.abs(body.over(resting[:, -1])[0])
    assert np.median(near) < 0.02


def test_hair_on_a_shoulder_leaves_its_ridge(body: Body) -> None:
    before, behind = (
        rested(body, curtain(x_m=0.1, y_m=body.ridge_m + y), np.random.default_rng(0))
        for y in (-0.02, 0.02)
    )
    assert np.median(before[:, -1, 1]) < body.ridge_m - 0.025
    assert np.median(behind[:, -1, 1]) > body.ridge_m + 0.025


def test_hair_that_touches_nothing_stays_as_it_was(body: Body) -> None:
    free = curtain(x_m=0.2, y_m=0.02)
    assert np.allclose(rested(body, free, np.random.default_rng(0)), free)


def test_hair_beyond_the_rim_of_the_bust_is_not_drawn_to_it(body: Body) -> None:
    behind = curtain(x_m=0.0, y_m=0.13)
    behind[..., 2] -= 0.05
    assert np.allclose(rested(body, behind, np.random.default_rng(0)), behind)
