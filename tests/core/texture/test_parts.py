from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from core.assets import PinholeCamera
from core.colours import (
    lab_from_linear,
    linear_from_lab,
    linear_from_srgb,
    srgb_from_linear,
)
from core.enlarging import enlarged
from core.harmonics import harmonics
from core.head_model import load_head_model
from core.landmarks.topology import (
    FACE_OVAL,
    IRIS_LEFT,
    IRIS_RIGHT,
    LID_PAIRS_LEFT,
    LID_PAIRS_RIGHT,
)
from core.mesh import edges
from core.texture import measure
from core.texture.evening import Differences, lasting_colour, without_light
from core.texture.eyes import eye_picture, lash_picture
from core.texture.field import Field
from core.texture.layers import Borders
from core.texture.lighting import STRENGTH, fit_light, fit_shading
from core.texture.quilt import spread_patch
from core.texture.relief import (
    believed_relief,
    bump_map,
    fine_relief,
    plain_skin,
    roughness_map,
    smooth_roughness,
)
from core.texture.sampling import blurred
from core.texture.texels import skin_texels
from core.texture.tone import light_on_skin, natural_iris
from core.texture.window import head_window


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
    field = Field(confidence, edges).fill(seen, base)
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
    found = shading.relative(normals)
    trusted = expected.log().abs() < 0.3
    assert (found / expected - 1)[trusted].abs().max() < 0.05
    assert found[~trusted].log().abs().max() < expected[~trusted].log().abs().max()


def test_the_eye_has_a_dark_pupil_the_iris_asked_for_and_a_white() -> None:
    picture = eye_picture((0.2, 0.35, 0.6), size_px=256).astype(float) / 255
    assert picture[128, 128].max() < 0.06
    ring = picture[128, 128 + int(0.6 * 64)]
    assert ring[2] > ring[1] > ring[0]
    white = picture[128, 128 + 72]
    assert white.min() > 0.55
    assert white.max() < 0.85


def test_the_white_reddens_towards_the_lids_corners_and_has_veins() -> None:
    picture = eye_picture((0.2, 0.35, 0.6)).astype(float) / 255
    axis = np.arange(512) - 255.5
    radius = np.hypot(*np.meshgrid(axis, axis)) / 128
    near = picture[(radius > 1.1) & (radius < 1.12)]
    far = picture[(radius > 1.3) & (radius < 1.4)]
    redness = [(ring[:, 0] / ring[:, 1]).mean() for ring in (near, far)]
    assert redness[1] > 1.05 * redness[0]
    assert far[:, 1].std() > 0.01


def test_no_lashes_stand_beside_the_caruncle() -> None:
    alpha = lash_picture()[..., 3] / 255
    corner = alpha.shape[1] // 12
    assert not alpha[:, :corner].any()
    assert alpha[:, -corner:].any()


def test_lashes_stand_on_their_roots_and_thin_out() -> None:
    alpha = lash_picture()[..., 3] / 255
    upper = alpha[:128]
    assert upper[-8:].mean() > 2 * upper[:40].mean() > 0.0
    assert alpha.max() == 1


def test_the_tone_of_daylight_is_kept_and_a_lamp_is_taken_out() -> None:
    skin = linear_from_srgb(torch.tensor([0.76, 0.59, 0.51], dtype=torch.float64))
    assert np.allclose(light_on_skin(skin.numpy()), 1, atol=0.02)
    lamp = np.array([1.2, 0.9, 0.35])
    light = light_on_skin(skin.numpy() * lamp)
    assert light[0] > 1.1 * light[1] > 1.1 * light[2]
    natural = lab_from_linear(torch.from_numpy(skin.numpy() * lamp / light)[None])[0]
    assert 11 <= natural[2] <= 23.01


def test_lab_and_linear_are_inverse() -> None:
    colours = torch.rand(50, 3, generator=torch.Generator().manual_seed(2))
    back = linear_from_lab(lab_from_linear(colours))
    assert (back - colours).abs().max() < 1e-3


def test_a_spread_patch_keeps_its_contrast_and_has_no_period() -> None:
    patch = noise_patch()
    spread = torch.from_numpy(spread_patch(patch, 200, slice(0, 200))[..., 0])
    assert 0.8 < float(spread.std() / patch.std()) < 1.2
    for shift in (12, 24, 40, 80):
        both = torch.stack([spread[:, shift:].flatten(), spread[:, :-shift].flatten()])
        assert abs(float(torch.corrcoef(both)[0, 1])) < 0.1


def test_a_spread_patch_is_the_same_in_portions() -> None:
    patch = noise_patch()
    whole = spread_patch(patch, 200, slice(0, 200))
    parts = [
        spread_patch(patch, 200, rows)
        for rows in (slice(0, 50), slice(50, 131), slice(131, 200))
    ]
    assert np.array_equal(np.concatenate(parts), whole)


def noise_patch() -> NDArray[np.float32]:
    """A square of soft noise, 40 pixels wide."""
    generator = torch.Generator().manual_seed(6)
    noise = blurred(torch.randn(3, 40, 40, generator=generator), 1)
    return noise.movedim(0, 2).numpy()


def test_an_enlarged_slope_stays_a_slope_across_the_parts_it_is_made_of() -> None:
    rows, columns = np.mgrid[:32, :32] + np.float32(0.5)
    slope = (0.3 * rows - 0.7 * columns)[..., None].astype(np.float32)
    parts = [
        enlarged(slope, rows, slice(0, 32), 4) for rows in (slice(0, 7), slice(7, 32))
    ]
    rows, columns = (np.mgrid[:128, :128] + 0.5) / 4
    expected = 0.3 * rows - 0.7 * columns
    inside = slice(2, -2)
    error = np.concatenate(parts)[..., 0] - expected
    assert np.abs(error[inside, inside]).max() < 1e-4


def test_layers_go_straight_on_beyond_the_skin() -> None:
    texels = skin_texels(load_head_model(), 256)
    slope = texels.pixels() @ torch.tensor([[0.4], [-1.1]])
    picture = Borders(texels).picture(slope)[..., 0]
    rows, columns = np.mgrid[:256, :256] + 0.5
    error = np.abs(picture - (0.4 * columns - 1.1 * rows))
    covered = texels.covered.numpy()
    beside = (uniform_filter(covered.astype(float), 5) > 0.2) & ~covered
    assert beside.sum() > 500
    assert error[covered].max() < 1e-3
    assert np.quantile(error[beside], 0.9) < 1e-3


def test_a_point_is_the_same_in_the_photo_and_in_its_window() -> None:
    photo = np.zeros((3000, 4000, 3), np.uint8)
    corners = np.array([[900.0, 400.0], [2300.0, 2100.0]])
    whole = head_window(photo, corners)
    window = whole.shrunk(face_px=1000.0, texture_px=1024)
    assert max(window.pixels_srgb.shape[:2]) < 750
    assert whole.shrunk(face_px=1000.0, texture_px=4096) is whole
    camera = PinholeCamera(
        focal_px=5000.0,
        center_x_px=2000.0,
        center_y_px=1500.0,
        width_px=4000,
        height_px=3000,
    )
    taken = window.camera(camera)
    point = np.array([-0.11, 0.07])
    in_photo = camera.focal_px * point + [2000.0, 1500.0]
    in_window = taken.focal_px * point + [taken.center_x_px, taken.center_y_px]
    assert np.abs(window.inward(in_photo[None])[0] - in_window).max() < 0.1


def test_the_light_that_was_is_found_again() -> None:
    generator = torch.Generator().manual_seed(8)
    normals = torch.nn.functional.normalize(
        torch.randn(3000, 3, generator=generator), dim=1
    )
    albedo = 0.2 + 0.5 * torch.rand(3000, 3, generator=generator)
    truth = torch.zeros(9, 3)
    truth[0], truth[1], truth[6] = torch.tensor([0.9, 0.8, 0.6]), 0.25, 0.1
    colour = albedo * (harmonics(normals) @ truth)
    colour[::11] += 0.6  # gloss
    found = fit_light(normals, colour, albedo, torch.ones(3000))
    assert (found - truth).abs().max() < 0.05


def test_a_dark_spot_lies_deep_and_lips_are_glossy() -> None:
    model = load_head_model()
    texels = skin_texels(model, 512)
    where = texels.from_vertices(model.template)
    cheek = torch.tensor([0.045, -0.09, -0.01])
    spot = (where - where[(where - cheek).norm(dim=1).argmin()]).norm(dim=1) < 0.001
    detail = torch.zeros(len(where), 3)
    detail[spot] = -0.4
    fine, plain = fine_relief(texels, detail), plain_skin(model, texels)
    bump = torch.from_numpy(bump_map(fine.numpy(), plain.numpy()))
    assert bump[spot].mean() < 0.45
    assert (bump[~spot] - 0.5).abs().median() < 1e-4
    smooth = smooth_roughness(model, texels).numpy()
    roughness = torch.from_numpy(roughness_map(smooth, bump.numpy()))[:, 0]
    lips = texels.from_vertices(model.region("lips")[:, None])[:, 0] > 0.9
    cheeks = texels.from_vertices(model.region("cheeks")[:, None])[:, 0] > 0.9
    assert roughness[lips].mean() < roughness[cheeks].mean() - 0.1


def test_relief_is_believed_less_where_a_picture_has_grain() -> None:
    noise = torch.randn(5000, 1, generator=torch.Generator().manual_seed(2))
    seen = torch.ones_like(noise)
    assert believed_relief(0.02 * noise, seen) == 1
    assert 0.05 < believed_relief(0.12 * noise, seen) < 0.3
    assert believed_relief(noise, 0 * seen) == 1


def test_hue_that_comes_with_the_dark_is_light_and_red_cheeks_are_skin() -> None:
    model = load_head_model()
    on_skin = edges(model.faces[model.face_parts == 0].long()).numpy()
    x, y, _ = model.template.numpy().T[..., None]
    seen = (y < 0.02).astype(np.float64)
    dark = -0.8 * (x > 0) * seen
    cheeks = model.region("cheeks").numpy()[:, None]
    hue_of_dark, red = np.array([-0.3, 0.0, 0.3]), np.array([0.2, -0.1, -0.1])
    differences = Differences(
        colour=dark * (1 + hue_of_dark) + cheeks * red,
        shade=np.zeros_like(dark),
        confidence=seen[:, 0],
        features=np.zeros_like(dark),
        hairless=np.zeros_like(dark),
    )
    lasting = lasting_colour(differences, on_skin)
    sure = np.ones_like(dark)
    kept = without_light(differences, sure, lasting, on_skin, model.mirror.numpy())
    face = (seen[:, 0] > 0) & (cheeks[:, 0] < 0.05) & (np.abs(x[:, 0]) > 0.01)
    left, right = kept[face & (x[:, 0] > 0)].mean(0), kept[face & (x[:, 0] < 0)].mean(0)
    assert abs(left.mean() - right.mean()) < 0.2 * 0.8
    assert abs((left - right)[2] - (left - right)[0]) < 0.2 * 0.8 * 0.6
    redness = kept[:, 0] - kept[:, 1]
    for side in (x[:, 0] > 0, x[:, 0] < 0):
        assert redness[(cheeks[:, 0] > 0.8) & side].mean() > 0.3 * 0.3


def test_lips_in_the_shadow_lose_as_much_of_it_as_the_skin_beside_them() -> None:
    model = load_head_model()
    on_skin = edges(model.faces[model.face_parts == 0].long()).numpy()
    x = model.template.numpy()[:, :1]
    lips = (model.region("lips").numpy()[:, None] > 0.5).astype(np.float64)
    shadow = 0.4 * np.tanh(x / 0.02)
    plain = np.zeros_like(x, dtype=np.float64)
    differences = Differences(
        colour=np.repeat(shadow - 0.3 * lips, 3, axis=1),
        shade=plain,
        confidence=plain[:, 0] + 1,
        features=lips,
        hairless=plain,
    )
    lasting = lasting_colour(differences, on_skin)
    kept = without_light(differences, plain + 1, lasting, on_skin, model.mirror.numpy())
    left = kept[(lips > 0)[:, 0] & (x > 0.01)[:, 0]].mean()
    right = kept[(lips > 0)[:, 0] & (x < -0.01)[:, 0]].mean()
    assert abs(left - right) < 0.4  # 0.6 in the photo
    assert 0.5 * (left + right) < -0.2


def test_what_is_blacker_than_shadow_stays() -> None:
    model = load_head_model()
    on_skin = edges(model.faces[model.face_parts == 0].long()).numpy()
    z = model.template.numpy()[:, 2:]
    moustache = (model.region("face").numpy()[:, None] > 0.5) & (
        np.abs(z + 0.03) < 0.01
    )
    colour = np.repeat(np.where(moustache, -2.2, 0.0), 3, axis=1)
    plain = np.zeros_like(z, dtype=np.float64)
    differences = Differences(
        colour=colour,
        shade=plain,
        confidence=plain[:, 0] + 1,
        features=plain,
        hairless=plain,
    )
    lasting = lasting_colour(differences, on_skin)
    kept = without_light(differences, plain + 1, lasting, on_skin, model.mirror.numpy())
    assert moustache.sum() > 20
    assert np.abs(kept - colour)[moustache[:, 0]].max() < 0.01
    on_lids = replace(differences, hairless=moustache.astype(np.float32))
    assert lasting_colour(on_lids, on_skin)[moustache].max() == 0


def test_irises_are_never_pink_and_keep_their_own_hue() -> None:
    def lab_after(lab: list[float]) -> torch.Tensor:
        colour = linear_from_lab(torch.tensor([lab], dtype=torch.float64))[0]
        return lab_from_linear(torch.from_numpy(natural_iris(colour.numpy()))[None])[0]

    for own in ([30.0, 9.0, 18.0], [45.0, -2.0, -9.0], [40.0, -5.0, 12.0]):
        assert lab_after(own).tolist() == pytest.approx(own, abs=0.5)
    pink = lab_after([35.0, 22.0, 8.0])
    assert pink[1] < 8
    assert pink[0] == pytest.approx(35, abs=0.5)


def test_full_lashes_darken_the_lids_edge() -> None:
    thin, full = (lash_picture(full)[:128, :, 3] / 255 for full in (0.0, 1.0))
    middle = slice(500, 800)
    assert full.mean() > 1.5 * thin.mean()
    assert full[-12:, middle].min() > 0.8
    assert thin[-40:-20, middle].min() == 0
    assert not full[:, : full.shape[1] // 12].any()


@pytest.mark.parametrize(("reach", "fullness"), [(0.01, 0.0), (0.09, 1.0)])
def test_lashes_are_as_full_as_it_is_dark_above_the_lids(
    reach: float, fullness: float
) -> None:
    points = np.zeros((478, 2))
    points[FACE_OVAL[0]] = (200, 20)
    points[FACE_OVAL[len(FACE_OVAL) // 2]] = (200, 380)
    image = np.full((400, 400, 3), 0.4)
    for iris, pairs, x in (
        (IRIS_LEFT, LID_PAIRS_LEFT, 300),
        (IRIS_RIGHT, LID_PAIRS_RIGHT, 100),
    ):
        points[list(iris)] = (x, 200)
        for place, (upper, lower) in zip(np.linspace(-20, 20, 7), pairs, strict=True):
            points[upper], points[lower] = (x + place, 190), (x + place, 210)
        image[190 - round(reach * 200) : 195, x - 30 : x + 30] = 0.02
    assert measure.lash_fullness(image, points) == pytest.approx(fullness, abs=0.15)
    # an eye in shadow tells nothing
    image[:200, 260:340] = 0.02
    assert measure.lash_fullness(image, points) == pytest.approx(fullness, abs=0.15)
