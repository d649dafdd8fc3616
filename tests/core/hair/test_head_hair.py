"""Hair fills the room that a drawn outline gives it, and keeps off the head."""

from copy import copy
from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest
import torch
from scipy.spatial import KDTree

from core.assets import PinholeCamera
from core.fit import HeadFit
from core.hair.chart import Chart, read_map
from core.hair.flow import Style, read_flow
from core.hair.hair_mask import FINER, SIDE_PX, HairPicture
from core.hair.head_hair import grow_strands, shows_hair
from core.hair.shape import Fall, HairShape, hair_shape
from core.hair.sight import Sight
from core.hair.strand_colours import strand_colours
from core.head_model import HeadModel, load_head_model
from core.mesh import triangulate, vertex_normals
from tests import synthetic

FOCAL_PX, DISTANCE_M = 640.0, 0.9
METRE_PX = FOCAL_PX / DISTANCE_M
HAIR, SKIN, WALL = (70, 50, 40), (200, 160, 140), (90, 110, 130)
CAMERA = PinholeCamera(
    focal_px=FOCAL_PX,
    center_x_px=SIDE_PX / 2,
    center_y_px=SIDE_PX / 2,
    width_px=SIDE_PX,
    height_px=SIDE_PX,
)


@pytest.fixture(scope="module")
def model() -> HeadModel:
    return load_head_model()


@pytest.fixture(scope="module")
def fit(model: HeadModel) -> HeadFit:
    """The average head, seen from the front; the picture is the whole photo."""
    count = model.identity_basis.shape[0]
    return HeadFit(
        identity=np.zeros(count),
        expression=np.zeros(52),
        offsets=np.zeros(model.template.shape),
        acting_offsets=np.zeros(model.template.shape),
        vertices_neutral=model.template.numpy().astype(np.float64),
        joints=model.joints(torch.zeros(count)).numpy(),
        T_camera_head=synthetic.pose(distance_m=DISTANCE_M),
        camera=CAMERA,
        gaze_rad=np.zeros((2, 2)),
        rms_px=0.0,
        landmark_error_percent=0.0,
        focal_source="prior",
        converged=True,
    )


def silhouette(model: HeadModel, fit: HeadFit, above_m: float) -> np.ndarray:
    """1 where the head is seen that lies higher than `above_m`."""
    head = fit.vertices_neutral
    seen = head @ fit.T_camera_head[:3, :3].T + fit.T_camera_head[:3, 3]
    pixels = FOCAL_PX * seen[:, :2] / seen[:, 2:] + SIDE_PX / 2
    image = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    triangles = triangulate(model.faces[model.part_faces("skin")]).numpy()
    high = head[triangles][..., 2].min(axis=1) > above_m
    for triangle in np.round(pixels[triangles[high]]).astype(np.int32):
        cv2.fillConvexPoly(image, triangle, (1,))
    return image


def picture_of(hair: np.ndarray, colour: tuple[int, int, int] = HAIR) -> HairPicture:
    pixels = np.full((SIDE_PX, SIDE_PX, 3), WALL, np.uint8)
    pixels[hair] = colour
    return HairPicture(
        pixels_srgb=pixels,
        sharp_srgb=pixels.repeat(FINER, axis=0).repeat(FINER, axis=1),
        to_square=np.eye(2, 3),
        hair=hair,
        person=hair,
        in_photo=np.ones((SIDE_PX, SIDE_PX), bool),
        face_px=0.19 * METRE_PX,
    )


def drawn(
    model: HeadModel, fit: HeadFit, *, thick_m: float, down_m: float = 0.03
) -> HairPicture:
    """Hair so thick around the head down to that height, and a bare face."""
    head = silhouette(model, fit, down_m if down_m > 0 else -0.12)
    reach = 2 * round(thick_m * METRE_PX) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    row = np.arange(SIDE_PX)[:, None]
    middle = SIDE_PX / 2
    hair = (cv2.dilate(head, disc) > 0) & (row < middle - down_m * METRE_PX)
    column = np.arange(SIDE_PX)[None]
    wide, high = 0.062 * METRE_PX, 0.105 * METRE_PX
    face = ((column - middle) / wide) ** 2 + ((row - middle) / high) ** 2 < 1
    return picture_of(hair & ~face)


@dataclass(frozen=True)
class Grown:
    shape: HairShape
    sight: Sight
    points: np.ndarray


def grown(model: HeadModel, fit: HeadFit, picture: HairPicture) -> Grown:
    neutral = fit.vertices_neutral
    shape = hair_shape(model, neutral, fit, picture)
    sight = Sight(model, neutral, fit, picture)
    hair = grow_strands(
        model,
        neutral,
        shape,
        sight,
        hair_map=np.full((64, 64), 255, np.uint8),
        colour_srgb=(0.3, 0.2, 0.15),
    )
    assert hair is not None
    return Grown(shape, sight, hair.points)


@pytest.fixture(scope="module")
def bob(model: HeadModel, fit: HeadFit) -> Grown:
    return grown(model, fit, drawn(model, fit, thick_m=0.025))


@pytest.fixture(scope="module")
def long(model: HeadModel, fit: HeadFit) -> Grown:
    return grown(model, fit, drawn(model, fit, thick_m=0.03, down_m=-0.11))


def test_the_chart_goes_there_and_back() -> None:
    chart = Chart(middle=np.array([0.0, 0.01, 0.05]))
    points = np.random.default_rng(0).normal(0, 0.1, (500, 3))
    assert np.allclose(chart.points(*chart.place(points)), points, atol=1e-9)


@pytest.mark.parametrize("thick_m", [0.012, 0.03])
def test_hair_is_as_thick_as_it_was_drawn(
    model: HeadModel, fit: HeadFit, thick_m: float
) -> None:
    picture = drawn(model, fit, thick_m=thick_m)
    shape = hair_shape(model, fit.vertices_neutral, fit, picture)
    sides_and_top = np.array([[0.12, 0, 0.04], [-0.12, 0, 0.04], [0.0, 0.0, 0.12]])
    way, rise, _ = shape.chart.place(shape.chart.middle + sides_and_top)
    assert read_map(shape.layer, way, rise) == pytest.approx(thick_m, abs=0.004)


def test_no_strand_is_in_the_head(model: HeadModel, fit: HeadFit, bob: Grown) -> None:
    triangles = triangulate(model.faces[model.part_faces("skin")])
    head = fit.vertices_neutral
    normals = vertex_normals(torch.from_numpy(head), triangles).numpy()
    used = np.unique(triangles.numpy())
    points = bob.points[::7, 1:].reshape(-1, 3)
    nearest = used[KDTree(head[used]).query(points)[1]]
    height = ((points - head[nearest]) * normals[nearest]).sum(axis=1)
    assert (height < -0.001).mean() < 0.01


def test_no_strand_hangs_into_the_face(bob: Grown, long: Grown) -> None:
    for hair, most in ((bob, 0.004), (long, 0.02)):
        points = hair.points[:, 2:].reshape(-1, 3)
        assert hair.sight.says_no(points).mean() < most


def test_strands_fill_the_outline(bob: Grown) -> None:
    pixels, _ = bob.sight.project(bob.points.reshape(-1, 3))
    column, row = pixels.astype(int).clip(0, SIDE_PX - 1).T
    covered = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    covered[row, column] = 1
    covered = cv2.dilate(covered, np.ones((3, 3), np.uint8)) > 0
    hair = bob.sight.picture.hair
    assert (covered & hair).sum() / hair.sum() > 0.8


def test_long_hair_hangs_as_low_as_it_was_seen(long: Grown) -> None:
    assert long.shape.falls == Fall.HANGS
    lowest = np.quantile(long.points[:, -1, 2], 0.05)
    assert lowest == pytest.approx(-0.11, abs=0.025)


def test_short_hair_does_not_hang(bob: Grown) -> None:
    assert bob.shape.falls != Fall.HANGS


def test_the_same_photo_grows_the_same_hair(
    model: HeadModel, fit: HeadFit, bob: Grown
) -> None:
    again = grown(model, fit, bob.sight.picture)
    assert np.array_equal(again.points, bob.points)


@pytest.mark.parametrize("upward", [True, False])
def test_painted_lines_say_how_hair_is_combed(
    model: HeadModel, fit: HeadFit, *, upward: bool
) -> None:
    picture = drawn(model, fit, thick_m=0.02)
    side = FINER * SIDE_PX
    column, row = np.meshgrid(np.arange(side), np.arange(side))
    x, y = column - side / 2, row - side / 2 + 40
    rays, rings = np.arctan2(y, x) * 150, np.hypot(x, y)
    waves = 30 * np.sin(1.2 * (rays if upward else rings))
    sharp = np.clip(picture.sharp_srgb + waves[..., None], 0, 255).astype(np.uint8)
    picture = replace(picture, sharp_srgb=sharp)
    shape = hair_shape(model, fit.vertices_neutral, fit, picture)
    sight = Sight(model, fit.vertices_neutral, fit, picture)
    style = read_flow(shape, sight).style
    assert (style.parting_m is None) == upward


def over_forehead(model: HeadModel, hair: Grown) -> int:
    """How many strands lie well below the hair line, over the face."""
    brows = model.template[model.region("brows") > 0.5].numpy()
    x, y, z = np.moveaxis(hair.points[:, -1], -1, 0)
    low = brows[:, 2].mean() + 0.03
    return int(((y < brows[:, 1].mean() + 0.02) & (z < low) & (abs(x) < 0.03)).sum())


def test_a_fringe_is_led_back_to_the_scalp(model: HeadModel, fit: HeadFit) -> None:
    bare = drawn(model, fit, thick_m=0.02)
    row, column = np.mgrid[:SIDE_PX, :SIDE_PX]
    middle = SIDE_PX / 2
    fringe = (abs(column - middle) < 0.055 * METRE_PX) & (
        abs(row - (middle - 0.075 * METRE_PX)) < 0.03 * METRE_PX
    )
    covered = grown(model, fit, picture_of(bare.hair | fringe))
    without = over_forehead(model, grown(model, fit, bare))
    assert over_forehead(model, covered) > 100 + 3 * without
    scalp = model.template[model.region("scalp") > 0.3].numpy()
    ends = KDTree(scalp).query(covered.points[:, 0])[0]
    assert np.quantile(ends, 0.99) < 0.02


def test_a_blue_scarf_is_no_hair(model: HeadModel, fit: HeadFit) -> None:
    picture = drawn(model, fit, thick_m=0.02)
    assert shows_hair(picture)
    assert not shows_hair(picture_of(picture.hair, (110, 150, 200)))


def test_a_scarf_stays_one_if_its_white_end_hangs_far_down(
    model: HeadModel, fit: HeadFit
) -> None:
    """Most of what is seen may be hair by its colour, but not what is over the head."""
    scarf = drawn(model, fit, thick_m=0.012).hair
    row, column = np.mgrid[:SIDE_PX, :SIDE_PX] - SIDE_PX / 2
    end = (column > 0.05 * METRE_PX) & (row > -0.06 * METRE_PX)
    picture = picture_of(scarf | end, (200, 190, 150))
    picture.pixels_srgb[scarf & ~end] = (110, 150, 200)
    assert 0.15 < (scarf & ~end).sum() / picture.hair.sum() < 0.25
    assert not shows_hair(picture)


def test_hair_over_half_of_the_ears_covers_them(model: HeadModel, fit: HeadFit) -> None:
    ears = model.template[model.region("ears") > 0.5].numpy()[:, 2]
    falls = {}
    for share in (0.4, 1.1):
        down = float(ears.min() + share * (ears.max() - ears.min()))
        picture = drawn(model, fit, thick_m=0.02, down_m=down)
        falls[share] = hair_shape(model, fit.vertices_neutral, fit, picture).falls
    assert falls == {0.4: Fall.COVERS_EARS, 1.1: Fall.STAYS_UP}


def test_short_hair_that_is_wide_beside_the_face_lies_on_the_back_of_the_skull(
    model: HeadModel, fit: HeadFit
) -> None:
    picture = drawn(model, fit, thick_m=0.015)
    row, column = np.mgrid[:SIDE_PX, :SIDE_PX] - SIDE_PX / 2
    puffs = (abs(column) > 0.07 * METRE_PX) & (abs(column) < 0.12 * METRE_PX)
    puffs &= abs(row + 0.07 * METRE_PX) < 0.025 * METRE_PX
    shape = hair_shape(
        model, fit.vertices_neutral, fit, picture_of(picture.hair | puffs)
    )
    places = np.array([[0.1, 0, 0.02], [-0.1, 0, 0.02], [0.0, 0.1, 0.02]])
    way, rise, _ = shape.chart.place(shape.chart.middle + places)
    left, right, behind = read_map(shape.layer, way, rise)
    assert min(left, right) > 0.025
    assert behind < 0.016


def test_a_parting_ends_over_the_back_of_the_crown(long: Grown) -> None:
    flow = read_flow(long.shape, long.sight)
    flow = replace(
        flow, style=Style(parting_m=0.0, backward=0.15), weight=0 * flow.weight
    )
    flow = replace(flow, lines=0 * flow.lines)
    middle = long.shape.chart.middle
    places = np.array([[0.02, 0.0, 0.1], [0.02, 0.09, 0.04]])
    above, behind = flow.at(middle + places)
    assert above[0] > 0.7
    assert abs(behind[0]) < 0.1
    assert behind[2] < -0.8


def test_light_from_one_side_colours_neither_side_of_the_hair(bob: Grown) -> None:
    """The hidden truth is one colour; one half of the photo is lit thrice as much."""
    picture = bob.sight.picture
    lit = (np.arange(SIDE_PX) > SIDE_PX / 2)[None, :, None]
    pixels = np.where(lit, [150, 120, 90], [86, 68, 50]).repeat(SIDE_PX, axis=0)
    sight = copy(bob.sight)
    sight.picture = replace(picture, pixels_srgb=pixels.astype(np.uint8))
    colours = strand_colours(
        bob.points,
        np.zeros(len(bob.points), int),
        sight,
        (0.45, 0.35, 0.25),
        np.random.default_rng(0),
    )
    brightness = colours.astype(float).mean(axis=(1, 2))
    left, right = (
        brightness[side * bob.points[:, 0, 0] > 0.01].mean() for side in (1, -1)
    )
    assert abs(left - right) < 0.03 * (left + right)
    behind = bob.points[:, 0, 1]
    front, back = brightness[behind < -0.03], brightness[behind > 0.06]
    assert front.mean() == pytest.approx(back.mean(), rel=0.1)


def test_a_wall_that_shines_through_the_border_colours_no_strand(bob: Grown) -> None:
    picture = bob.sight.picture
    inside = cv2.erode(picture.hair.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    found = []
    for border in (HAIR, (240, 240, 240)):
        pixels = picture.pixels_srgb.copy()
        pixels[picture.hair], pixels[inside] = border, HAIR
        pixels[~picture.hair] = HAIR  # whatever is beyond the border
        sight = copy(bob.sight)
        sight.picture = replace(picture, pixels_srgb=pixels)
        locks, random = np.zeros(len(bob.points), int), np.random.default_rng(0)
        colour = (0.45, 0.35, 0.25)
        found.append(strand_colours(bob.points, locks, sight, colour, random))
    assert np.abs(found[0].astype(int) - found[1]).max() < 40  # 60 with it


def test_a_tuft_is_too_little(model: HeadModel, fit: HeadFit) -> None:
    hair = np.zeros((SIDE_PX, SIDE_PX), bool)
    hair[80:90, 150:170] = True
    assert not shows_hair(picture_of(hair))
