import numpy as np
import torch

from core.texture.colours import lab_from_linear, linear_from_srgb, srgb_from_linear
from core.texture.eyes import eye_picture, lash_picture
from core.texture.field import fill_field
from core.texture.lighting import STRENGTH, fit_shading


def test_srgb_and_linear_are_inverse() -> None:
    values = torch.linspace(0, 1, 101)
    back = srgb_from_linear(linear_from_srgb(values))
    assert (back - values).abs().max() < 1e-5
    assert abs(float(linear_from_srgb(torch.tensor(0.5))) - 0.2140) < 1e-4


def test_lab_of_white_black_and_red_is_what_the_tables_say() -> None:
    lab = lab_from_linear(torch.tensor([[1.0, 1, 1], [0, 0, 0], [1, 0, 0]]))
    assert torch.allclose(lab[0], torch.tensor([100.0, 0, 0]), atol=0.05)
    assert torch.allclose(lab[1], torch.zeros(3), atol=0.05)
    assert torch.allclose(lab[2], torch.tensor([53.24, 80.09, 67.20]), atol=0.1)


def test_a_field_keeps_what_was_seen_and_carries_its_difference_on() -> None:
    count = 40
    edges = np.stack([np.arange(count - 1), np.arange(1, count)], axis=1)
    base = np.linspace(0.0, 1.0, count)[:, None]
    seen, confidence = base + 0.5, np.zeros(count)
    confidence[:4] = 1
    field = fill_field(seen, confidence, base, edges)
    assert np.abs(field[:3] - base[:3] - 0.5).max() < 0.02
    offset = (field - base)[:, 0]
    assert (np.diff(offset) < 1e-6).all()
    assert offset[8] > 0.25
    assert 0 < offset[-1] < 0.15


def test_light_from_the_side_is_found_despite_spots() -> None:
    generator = torch.Generator().manual_seed(4)
    normals = torch.nn.functional.normalize(
        torch.randn(4000, 3, generator=generator), dim=1
    )
    truth = 0.3 + 0.15 * normals[:, 0] + 0.05 * normals[:, 2]
    measured = truth.clone()
    measured[::9] *= 0.2
    shading = fit_shading(normals, measured, torch.ones(4000))
    expected = (truth / truth.mean()) ** STRENGTH
    assert (shading.relative(normals) / expected - 1).abs().max() < 0.05


def test_the_eye_has_a_dark_pupil_the_iris_asked_for_and_a_white() -> None:
    picture = eye_picture((0.2, 0.35, 0.6), size_px=256).astype(float) / 255
    assert picture[128, 128].max() < 0.06
    ring = picture[128, 128 + int(0.6 * 64)]
    assert ring[2] > ring[1] > ring[0]
    assert picture[128, 128 + 100].min() > 0.55


def test_lashes_stand_on_their_roots_and_thin_out() -> None:
    alpha = lash_picture()[..., 3] / 255
    upper = alpha[:128]
    assert upper[-8:].mean() > 2 * upper[:40].mean() > 0.0
    assert alpha.max() == 1
