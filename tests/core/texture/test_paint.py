"""Recover what was hidden: a head with a known skin before a green wall."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from core.assets import PinholeCamera
from core.colours import linear_from_srgb, srgb_from_linear
from core.fit import HeadFit
from core.head_model import HeadModel, load_head_model
from core.landmarks.topology import IRIS_LEFT, IRIS_RIGHT
from core.landmarks.types import Landmarks
from core.mesh import triangulate, vertex_normals
from core.rasterise import interpolate, rasterise
from core.texture import HeadTextures, Shot, ShownHair, paint_texture
from core.texture.shade import BRIGHTEST
from core.texture.texels import skin_texels

SIZE = 480
NO_HAIR = ShownHair(
    mask=np.zeros((8, 8), bool),
    to_square=np.eye(2, 3),
    colours_srgb=np.zeros((0, 3), np.uint8),
)
CAMERA = PinholeCamera(
    focal_px=700.0, center_x_px=240.0, center_y_px=240.0, width_px=SIZE, height_px=SIZE
)
GREEN = (0.05, 0.75, 0.10)
SKIN = (0.78, 0.58, 0.48)


@dataclass(frozen=True)
class Portrait:
    pixels: NDArray[np.uint8]
    landmarks: Landmarks
    fit: HeadFit
    colours: torch.Tensor


@pytest.fixture(scope="module")
def model() -> HeadModel:
    return load_head_model()


def pose(yaw_deg: float) -> NDArray[np.float64]:
    yaw = np.radians(yaw_deg)
    turn = np.array(
        [[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]]
    )
    T = np.eye(4)
    T[:3, :3] = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]) @ turn
    T[:3, 3] = [0.0, 0.05, 0.75]
    return T


def skin_colour(positions: torch.Tensor, waves: float) -> torch.Tensor:
    """Skin (sRGB) at positions in metres, with spots of `waves` radians a metre."""
    x, _, z = positions.unbind(dim=-1)
    spots = 0.5 + 0.5 * torch.cos(waves * x) * torch.sin(waves * z)
    return torch.tensor(SKIN) * (0.86 + 0.14 * spots[..., None])


def in_shadow(positions: torch.Tensor) -> torch.Tensor:
    """A piece of the left cheek, 22 mm wide."""
    x, _, z = positions.unbind(dim=-1)
    nose_z = -0.005
    return (x > 0.022) & (x < 0.044) & ((z - nose_z).abs() < 0.014)


def portrait(
    model: HeadModel,
    *,
    yaw_deg: float,
    size_error: float = 1.0,
    enlargement: int = 1,
    waves: float = 260,
    shadow: float = 1.0,
    brows: float = 0.0,
    lamp: tuple[float, float, float] = (0.35, 0.0, 0.0),
    room: float = 0.75,
) -> Portrait:
    """A photo of the average head, with spots as its skin's detail.

    It is lit by a `room` and a soft `lamp`, whose vector points where it stands.

    The fit that goes with it is `size_error` times as large as the head is. Something
    that is not seen leaves only `shadow` of the light on a part of its left cheek.
    `brows` says how much darker than the skin they are: 1 is black, less than 0 paler.
    """
    camera = enlarged_camera(enlargement)
    size, centre = camera.width_px, camera.center_x_px
    colours = skin_colour(model.template, waves)
    T = torch.from_numpy(pose(yaw_deg)).float()
    seen = model.template @ T[:3, :3].T + T[:3, 3]
    triangles = triangulate(model.faces[model.face_parts == 0])
    points = seen[:, :2] / seen[:, 2:] * camera.focal_px + centre
    drawn = rasterise(points, seen[:, 2], triangles, width_px=size, height_px=size)
    normals = interpolate(drawn, triangles, vertex_normals(model.template, triangles))
    light = room + (normals * torch.tensor(lamp)).sum(dim=-1, keepdim=True)
    positions = interpolate(drawn, triangles, model.template)
    light = torch.where(in_shadow(positions)[..., None], shadow * light, light)
    in_brows = interpolate(drawn, triangles, model.region("brows")[:, None]) > 0.5
    albedo = skin_colour(positions, waves) * (1 - brows * in_brows.float())
    linear = linear_from_srgb(albedo) * light
    image = srgb_from_linear(linear)
    image = torch.where(drawn.covered[..., None], image, torch.tensor(GREEN))
    zero = torch.zeros(model.identity_count)
    marks = model.landmarks(zero, torch.zeros(52)) @ T[:3, :3].T + T[:3, 3]
    landmarks = Landmarks(
        points_px=(marks[:, :2] / marks[:, 2:] * camera.focal_px + centre).numpy(),
        depth_px=marks[:, 2].numpy(),
        image_size_px=(size, size),
        scores=np.zeros(52, np.float32),
    )
    fit = HeadFit(
        identity=zero.numpy(),
        expression=np.zeros(52, np.float32),
        offsets=np.zeros_like(model.template.numpy()),
        acting_offsets=np.zeros_like(model.template.numpy()),
        vertices_neutral=model.template.numpy() * np.float32(size_error),
        joints=model.joint_template.numpy(),
        T_camera_head=pose(yaw_deg),
        camera=camera,
        gaze_rad=np.zeros((2, 2), np.float32),
        rms_px=1.0,
        landmark_error_percent=1.0,
        focal_source="prior",
        converged=True,
    )
    pixels = (image.clamp(0, 1) * 255 + 0.5).byte().numpy()
    return Portrait(pixels, landmarks, fit, colours)


def enlarged_camera(times: int) -> PinholeCamera:
    """`CAMERA` with that many times as many pixels a side."""
    return PinholeCamera(
        focal_px=CAMERA.focal_px * times,
        center_x_px=CAMERA.center_x_px * times,
        center_y_px=CAMERA.center_y_px * times,
        width_px=SIZE * times,
        height_px=SIZE * times,
    )


def painted(model: HeadModel, shot: Portrait) -> HeadTextures:
    return paint_texture(model, as_shot(shot))


def as_shot(shot: Portrait) -> Shot:
    return Shot(
        pixels_srgb=shot.pixels, landmarks=shot.landmarks, fit=shot.fit, hair=NO_HAIR
    )


def skin_pixels(model: HeadModel, textures: HeadTextures) -> NDArray[np.float64]:
    covered = skin_texels(model, textures.albedo.shape[0]).covered.numpy()
    return textures.albedo[covered] / 255.0


@pytest.mark.parametrize("yaw_deg", [0.0, 25.0])
def test_no_background_is_on_the_skin_though_the_fit_is_too_large(
    model: HeadModel, yaw_deg: float
) -> None:
    shot = portrait(model, yaw_deg=yaw_deg, size_error=1.05)
    skin = skin_pixels(model, painted(model, shot))
    greenish = skin[:, 1] > skin[:, 0] + 0.02
    assert greenish.mean() < 0.002


def test_the_seen_skin_comes_back_with_its_spots_and_without_the_light(
    model: HeadModel,
) -> None:
    shot = portrait(model, yaw_deg=0.0)
    textures = painted(model, shot)
    texels = skin_texels(model, textures.albedo.shape[0])
    truth = texels.from_vertices(shot.colours).numpy()
    found = textures.albedo[texels.covered.numpy()] / 255.0
    face = texels.from_vertices(model.region("cheeks")[:, None])[:, 0].numpy() > 0.9
    ratio = (found[face] / truth[face])[:, 1]
    assert np.std(ratio) / np.mean(ratio) < 0.06
    side = texels.from_vertices(model.template)[:, 0].numpy()[face]
    left, right = ratio[side > 0.02].mean(), ratio[side < -0.02].mean()
    unlit = (1.1 / 0.75) ** (1 / 2.2)
    assert max(left / right, right / left) < 1 + 0.45 * (unlit - 1)


def test_a_cast_shadow_leaves_the_skin(model: HeadModel) -> None:
    shot = portrait(model, yaw_deg=0.0, shadow=0.45)
    textures = painted(model, shot)
    texels = skin_texels(model, textures.albedo.shape[0])
    positions = texels.from_vertices(model.template)
    found = torch.from_numpy(textures.albedo)[texels.covered].double() / 255
    truth = skin_colour(positions, 260)
    dark = in_shadow(positions) & (positions[:, 1] < 0)
    lit = in_shadow(positions * torch.tensor([-1.0, 1, 1])) & (positions[:, 1] < 0)
    sides = [(found[side] / truth[side]).mean(dim=0) for side in (dark, lit)]
    assert dark.sum() > 2000
    assert (sides[0] / sides[1]).min() > 0.87  # 0.70 before anything is taken off


def test_a_cast_shadow_is_kept_beside_the_skin(model: HeadModel) -> None:
    shades = []
    for shadow in (1.0, 0.45):
        textures = painted(model, portrait(model, yaw_deg=0.0, shadow=shadow))
        srgb = torch.from_numpy(textures.shade.copy()).float() / 255
        shades.append(BRIGHTEST * linear_from_srgb(srgb))
    texels = skin_texels(model, len(shades[0]))
    positions = texels.from_vertices(model.template)
    plain, shaded = (shade.mean(dim=2)[texels.covered] for shade in shades)
    cheek = in_shadow(positions) & (positions[:, 1] < -0.05)
    assert float(shaded[cheek].median()) < 0.7
    assert 0.8 < float(plain[cheek].median()) < 1.2
    behind = positions[:, 1] > 0.05
    assert torch.allclose(shaded[behind], torch.ones(()), atol=0.02)


def test_a_large_photo_gives_a_large_texture_with_all_its_detail(
    model: HeadModel,
) -> None:
    shot = portrait(model, yaw_deg=0.0, enlargement=3, waves=5000)
    textures = painted(model, shot)
    assert textures.albedo.shape == (2048, 2048, 3)
    texels = skin_texels(model, 2048)
    seen = torch.from_numpy(textures.coverage)[texels.covered] > 250
    # lips of the colour of skin are made redder, whatever they are
    seen &= texels.from_vertices(model.region("lips")[:, None])[:, 0] == 0
    truth = skin_colour(texels.from_vertices(model.template)[seen], 5000)[:, 1]
    found = torch.from_numpy(textures.albedo)[texels.covered][seen, 1] / 255
    assert torch.corrcoef(torch.stack([truth, found]))[0, 1] > 0.8
    assert found.std() > 0.6 * truth.std()


def test_the_textures_of_a_photo_do_not_depend_on_what_stands_around_the_head(
    model: HeadModel,
) -> None:
    shot = portrait(model, yaw_deg=0.0)
    border = 300
    around = np.pad(shot.pixels, ((border, border), (border, border), (0, 0)), "edge")
    camera = replace(
        shot.fit.camera,
        center_x_px=240.0 + border,
        center_y_px=240.0 + border,
        width_px=SIZE + 2 * border,
        height_px=SIZE + 2 * border,
    )
    landmarks = replace(
        shot.landmarks,
        points_px=shot.landmarks.points_px + np.float32(border),
        image_size_px=(camera.width_px, camera.height_px),
    )
    narrow = painted(model, shot)
    wide = paint_texture(
        model,
        Shot(
            pixels_srgb=around,
            landmarks=landmarks,
            fit=replace(shot.fit, camera=camera),
            hair=NO_HAIR,
        ),
    )
    assert np.abs(narrow.albedo.astype(int) - wide.albedo).max() <= 2


def test_the_unseen_side_takes_the_colour_and_the_spots_of_the_seen_one(
    model: HeadModel,
) -> None:
    shot = portrait(model, yaw_deg=35.0)
    textures = painted(model, shot)
    texels = skin_texels(model, textures.albedo.shape[0])
    found = textures.albedo[texels.covered.numpy()] / 255.0
    truth = texels.from_vertices(shot.colours).numpy()
    seen = textures.coverage[texels.covered.numpy()] > 200
    cheeks = texels.from_vertices(model.region("cheeks")[:, None])[:, 0].numpy() > 0.8
    hidden = cheeks & (textures.coverage[texels.covered.numpy()] < 20)
    assert hidden.sum() > 500
    assert np.abs(found[hidden].mean(0) - found[seen & cheeks].mean(0)).max() < 0.06
    assert np.corrcoef(found[hidden][:, 1], truth[hidden][:, 1])[0, 1] > 0.4


def test_a_second_photo_shows_what_the_first_one_hides(model: HeadModel) -> None:
    """Its light is another one; the first photo is of the head's other side."""
    first, second = (portrait(model, yaw_deg=yaw) for yaw in (-35.0, 35.0))
    dimmer = linear_from_srgb(torch.from_numpy(second.pixels) / 255)
    dimmer = dimmer * torch.tensor([0.55, 0.6, 0.7])
    pixels = (srgb_from_linear(dimmer) * 255 + 0.5).byte().numpy()
    shots = as_shot(first), replace(as_shot(second), pixels_srgb=pixels)
    alone, both = (paint_texture(model, *some) for some in (shots[:1], shots))
    texels = skin_texels(model, both.albedo.shape[0])
    covered = texels.covered.numpy()
    cheeks = texels.from_vertices(model.region("cheeks")[:, None])[:, 0].numpy() > 0.8
    gained = (both.coverage[covered] > 200) & (alone.coverage[covered] < 20) & cheeks
    assert gained.sum() > 500
    assert (both.coverage.astype(int) >= alone.coverage.astype(int) - 1).all()
    truth = texels.from_vertices(first.colours).numpy()[:, 1]
    found, guessed = (seen.albedo[covered][:, 1] / 255 for seen in (both, alone))
    known = (alone.coverage[covered] > 200) & cheeks
    assert np.corrcoef(found[gained], truth[gained])[0, 1] > 0.8
    assert abs(found[gained].mean() - found[known].mean()) < 0.04
    assert np.abs(found[known] - guessed[known]).mean() < 0.02


@pytest.mark.parametrize("brows", [0.0, 0.6])
def test_brows_are_hair_where_they_are_painted_and_skin_is_none(
    model: HeadModel, brows: float
) -> None:
    textures = painted(model, portrait(model, yaw_deg=0.0, brows=brows))
    texels = skin_texels(model, textures.hair.shape[0])
    hair = textures.hair[texels.covered.numpy()] / 255.0
    middle = texels.from_vertices((model.region("brows")[:, None] > 0.9).float())[:, 0]
    assert (hair[middle.numpy() > 0.9].mean() > 0.7) == (brows > 0)
    cheeks = texels.from_vertices(model.region("cheeks")[:, None])[:, 0].numpy() > 0.9
    assert hair[cheeks].max() == 0.0


@pytest.mark.parametrize(("above", "made_up"), [(0.45, True), (0.15, False)])
def test_dark_glasses_hide_brown_eyes_and_brows_that_they_cover(
    model: HeadModel, above: float, made_up: bool
) -> None:
    shot = portrait(model, yaw_deg=0.0, enlargement=2)
    eyes = shot.landmarks.points_px[[IRIS_RIGHT[0], IRIS_LEFT[0]]].astype(float)
    apart = np.linalg.norm(eyes[1] - eyes[0])
    for x, y in eyes:
        left, right = round(x - 0.46 * apart), round(x + 0.46 * apart)
        top, bottom = round(y - above * apart), round(y + 0.3 * apart)
        shot.pixels[top:bottom, left:right] = 12
    textures = painted(model, shot)
    texels = skin_texels(model, textures.hair.shape[0])
    hair = textures.hair[texels.covered.numpy()] / 255.0
    middle = texels.from_vertices((model.region("brows")[:, None] > 0.9).float())[:, 0]
    assert (hair[middle.numpy() > 0.9].mean() > 0.7) == made_up
    red, green, blue = textures.colours_srgb["iris"]
    assert red > 1.3 * green > 1.3 * blue


def test_hair_has_no_gap_behind_where_the_texture_is_cut(model: HeadModel) -> None:
    shot = portrait(model, yaw_deg=0.0)
    scalp = model.template[model.region("scalp") > 0.9].numpy()
    front = scalp[scalp[:, 1] < -0.06]
    T, camera = shot.fit.T_camera_head, shot.fit.camera
    line = front @ T[:3, :3].T + T[:3, 3]
    row = (line[:, 1] / line[:, 2]).max() * camera.focal_px + camera.center_y_px
    pixels = shot.pixels.copy()
    pixels[: round(row)][shot.pixels[: round(row), :, 0] > 60] = (50, 38, 30)
    textures = painted(model, replace(shot, pixels=pixels))
    texels = skin_texels(model, textures.hair.shape[0])
    hair = textures.hair[texels.covered.numpy()]
    behind = texels.from_vertices(model.template)[:, 1].numpy() > 0.04
    whole = texels.from_vertices(model.region("scalp")[:, None])[:, 0].numpy() > 0.999
    assert (behind & whole).sum() > 1000
    assert hair[behind & whole].min() > 200


def test_every_texel_has_a_mirror_image_on_the_other_side(model: HeadModel) -> None:
    texels = skin_texels(model, 256)
    positions = texels.from_vertices(model.template)
    picture = texels.to_image(positions)
    uv = texels.mirrored_uv
    x = (uv[:, 0] * 256).long().clamp(0, 255)
    y = ((1 - uv[:, 1]) * 256).long().clamp(0, 255)
    opposite = picture[:, y, x].T
    known = texels.covered[y, x]
    flipped = positions * torch.tensor([-1.0, 1, 1])
    error = (opposite - flipped)[known].norm(dim=1)
    assert known.float().mean() > 0.97
    assert error.median() < 0.002


def test_the_skin_is_as_bright_in_light_from_the_side_as_in_light_from_the_front(
    model: HeadModel,
) -> None:
    lamps = ((0.0, -0.3, 0.0), (0.6, 0.0, 0.0))
    front, side = (
        painted(model, portrait(model, yaw_deg=0.0, lamp=lamp, room=room))
        for lamp, room in zip(lamps, (0.75, 0.45), strict=True)
    )
    first, second = (
        np.array(textures.colours_srgb["skin"]) for textures in (front, side)
    )
    assert np.abs(first - second).max() < 0.1
