"""Painted hair thins out towards its line, is matte, and leaves the brows alone."""

import cv2
import numpy as np
import pytest

from core.hair import soften_scalp
from core.hair.scalp_paint import ScalpPaint
from core.head_model import HeadModel, load_head_model
from core.mesh import triangulate

SIZE_PX = 512
SKIN, HAIR = 200, 40


@pytest.fixture(scope="module")
def model() -> HeadModel:
    return load_head_model()


def texels_of(model: HeadModel, region: str, *, least: float) -> np.ndarray:
    """Pixels strewn over a region of the skin [points, (row, column)]."""
    skin = model.part_faces("skin")
    triangles = triangulate(model.faces[skin]).numpy()
    uvs = model.uvs[triangulate(model.face_uvs[skin])].numpy()
    inside = model.region(region).numpy()[triangles].min(axis=1) > least
    weights = np.random.default_rng(0).dirichlet((1, 1, 1), 300)
    uv = np.einsum("sk,tki->sti", weights, uvs[inside]).reshape(-1, 2)
    pixels = np.stack([1 - uv[:, 1], uv[:, 0]], axis=1) * SIZE_PX
    return np.unique(pixels.astype(int).clip(0, SIZE_PX - 1), axis=0)


@pytest.fixture(scope="module")
def painted(model: HeadModel) -> np.ndarray:
    """A hard cap, and brows."""
    hair = np.zeros((SIZE_PX, SIZE_PX), np.uint8)
    for region in ("scalp", "brows"):
        hair[*texels_of(model, region, least=0.5).T] = 255
    return cv2.morphologyEx(hair, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))


def softened(model: HeadModel, hair: np.ndarray, *, strands: bool) -> ScalpPaint:
    albedo = np.where(hair[..., None] > 0, HAIR, SKIN).repeat(3, axis=2)
    roughness = np.full_like(hair, 100)
    return soften_scalp(
        model, albedo.astype(np.uint8), hair, roughness, strands=strands
    )


def test_under_strands_the_line_is_softer_still(
    model: HeadModel, painted: np.ndarray
) -> None:
    scalp = texels_of(model, "scalp", least=0.5)
    between = {}
    for strands in (False, True):
        shown = softened(model, painted, strands=strands).albedo[*scalp.T, 0]
        between[strands] = ((shown > HAIR + 20) & (shown < SKIN - 20)).mean()
    assert between[True] > 2 * between[False] > 0


def test_the_middle_of_the_scalp_stays_painted(
    model: HeadModel, painted: np.ndarray
) -> None:
    after = softened(model, painted, strands=True)
    scalp = texels_of(model, "scalp", least=0.99)
    assert np.median(after.hair[*scalp.T]) == 255
    assert np.median(after.albedo[*scalp.T]) == HAIR


def test_painted_hair_is_matte_and_skin_is_not(
    model: HeadModel, painted: np.ndarray
) -> None:
    roughness = softened(model, painted, strands=False).roughness
    scalp = texels_of(model, "scalp", least=0.99)
    cheeks = texels_of(model, "cheeks", least=0.99)
    assert np.median(roughness[*scalp.T]) > 220
    assert (roughness[*cheeks.T] == 100).all()


def test_brows_are_left_alone(model: HeadModel, painted: np.ndarray) -> None:
    after = softened(model, painted, strands=True)
    brows = texels_of(model, "brows", least=0.9)
    assert (after.hair[*brows.T] == painted[*brows.T]).all()
    assert (after.roughness[*brows.T] == 100).all()
