"""Crowds that shapes are learned from, and what a network's errors are made into."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from core.colours import srgb_from_linear
from core.expressions import EXPRESSION_INDEX
from core.fit.shape_network import SIDE_PX, ShapeNetwork
from core.head_model import HeadModel, load_head_model
from core.landmarks.model_file import read_landmarker
from core.landmarks.refiner import load_refiner
from core.landmarks.topology import LANDMARK_COUNT
from core.landmarks.upright import UprightFace, opposite_landmarks
from core.rasterise import rasterise
from core.texture.texels import skin_texels
from weights.learn_identity_prior import REGISTRATION
from weights.learning.chance import Draw
from weights.learning.crowd import (
    MARGIN_PX,
    Studio,
    draw_tiles,
    gather,
    upright,
)
from weights.learning.crowd_camera import take_pictures
from weights.learning.marked_crowds import MarkedCrowd, MarkedCrowds
from weights.learning.registration import read_registration
from weights.learning.shape_errors import Sitter, learn_shape_errors
from weights.learning.shaping import Judge, Lessons, learn_shapes
from weights.learning.skins import random_skin
from weights.learning.studios import studio_on
from weights.learning.tuning import (
    cut,
    mirror_signs,
    pictures_of,
    practise,
)

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def model() -> HeadModel:
    return load_head_model()


@pytest.fixture(scope="module")
def studio(model: HeadModel) -> Studio:
    texels = skin_texels(model, 128)
    albedos = [random_skin(model, texels, seed) for seed in (1, 2)]
    skins = (255 * srgb_from_linear(torch.stack(albedos).clamp(0, 1))).byte()
    errors = load_refiner(model.version_sha256).errors
    return studio_on(CPU, skins.movedim(-1, 1), errors)


def test_pictures_are_the_same_again_and_hold_their_landmarks(studio: Studio) -> None:
    first, again = (
        take_pictures(studio, 3, torch.Generator().manual_seed(4)) for _ in range(2)
    )
    # which of two strands is drawn last is chance where many draw at once
    assert (first.squares != again.squares).float().mean() < 0.02
    assert torch.equal(first.places, again.places)
    assert first.squares.shape == (3, 3, SIDE_PX, SIDE_PX)
    assert first.squares.float().std(dim=(1, 2, 3)).min() > 2
    assert (first.places > 0).all()
    assert (first.places < SIDE_PX).all()
    off = (first.marks - first.places).norm(dim=-1).mean(dim=1)
    assert (off > 0.2).all()
    assert (off < 3).all()


def test_a_mouth_that_opens_moves_its_landmarks_and_not_the_person(
    studio: Studio,
) -> None:
    crowd = gather(studio, 40, Draw(torch.Generator().manual_seed(1), CPU))
    gap = (crowd.places_px[:, 14] - crowd.places_px[:, 13]).norm(dim=1)
    jaw = crowd.weights[:, EXPRESSION_INDEX["jawOpen"]]
    assert torch.corrcoef(torch.stack([gap, jaw]))[0, 1] > 0.5
    assert crowd.identity.std() == pytest.approx(0.95, abs=0.1)


def test_what_is_drawn_for_a_person_holds_at_all_times() -> None:
    draw = Draw(torch.Generator().manual_seed(2), CPU, times=3)
    for drawn in (draw.uniform(6, 2), draw.normal(6, 2), draw.integers(6, 2, below=99)):
        assert torch.equal(drawn[0], drawn[2])
        assert torch.equal(drawn[3], drawn[5])
        assert not torch.equal(drawn[2], drawn[3])
    assert len(draw.afresh(5, 2).unique()) == 10


def test_squares_show_what_cameras_see(studio: Studio) -> None:
    crowd = gather(studio, 2, Draw(torch.Generator().manual_seed(5), CPU))
    there = crowd.vertices_camera[..., :2] / crowd.vertices_camera[..., 2:]
    assert torch.allclose(crowd.slopes(crowd.points_px), there, atol=1e-4)


def test_many_are_cut_upright_as_each_alone(studio: Studio) -> None:
    points = 50 * torch.randn(3, LANDMARK_COUNT, 2) + 30
    turn, offset = upright(points, studio.template)
    for index in range(3):
        alone = UprightFace.of(points[index].numpy(), studio.template.double().numpy())
        assert turn[index].numpy() == pytest.approx(alone.turn, abs=1e-4)
        assert offset[index].numpy() == pytest.approx(alone.offset, abs=1e-2)


def test_in_the_mirror_left_is_right_and_twice_is_none(studio: Studio) -> None:
    pictures = take_pictures(studio, 2, torch.Generator().manual_seed(8))
    opposite = opposite_landmarks(studio.template.double().numpy(), SIDE_PX)
    signs = mirror_signs(studio.model)
    there = pictures.mirrored(opposite, signs)
    again = there.mirrored(opposite, signs)
    for name, value in vars(pictures).items():
        assert torch.allclose(getattr(again, name), value, atol=1e-4), name
    blink = EXPRESSION_INDEX["eyeBlinkLeft"], EXPRESSION_INDEX["eyeBlinkRight"]
    assert torch.equal(there.told[:, blink[0]], pictures.told[:, blink[1]])
    still = torch.zeros(2, 52)
    here_px = studio.model.vertices(pictures.identity, still)
    there_px = studio.model.vertices(there.identity, still)[:, studio.model.mirror]
    apart = here_px * torch.tensor([-1.0, 1.0, 1.0]) - there_px
    assert apart.norm(dim=-1).mean() < 2e-4


def test_tiles_show_what_each_would_show_alone() -> None:
    triangles = torch.tensor([[0, 1, 2], [1, 3, 2]])
    points = 3 + 25 * torch.rand(4, 4, 2, generator=torch.Generator().manual_seed(2))
    depth = 1 + torch.rand(4, 4, generator=torch.Generator().manual_seed(3))
    points[2, 3] = torch.tensor([40.0, 5.0])  # beyond its tile: the second is left out
    together, kept = draw_tiles(points, depth, triangles, 32)
    seen = together.triangle_index.view(4, 32, 32)
    for person in range(4):
        drawn = triangles[:1] if person == 2 else triangles
        alone = rasterise(
            points[person], depth[person], drawn, width_px=32, height_px=32
        ).triangle_index
        own = torch.where(seen[person] < 0, -1, kept[seen[person]] - 2 * person)
        assert torch.equal(own, alone)


def test_where_and_how_large_a_face_is_counts_as_no_error(model: HeadModel) -> None:
    judge = Judge(model)
    none = judge.of_face(torch.zeros(1, model.identity_count)).max()
    one = torch.zeros(1, model.identity_count)
    one[0, 0] = 1
    assert none < 0.11
    assert 0.2 < judge.of_face(one).mean() < judge.of_head(one).mean()


@pytest.mark.usefixtures("ticking")
def test_a_network_learns_from_crowds(studio: Studio) -> None:
    lessons = Lessons(minutes=0.1, album=12, painted=4, looks=1, batch=3)
    network, usual = learn_shapes(studio, lessons)
    assert usual.shape == (LANDMARK_COUNT, 2)
    fresh = ShapeNetwork(studio.model.identity_count)
    learned = network.tell[2].bias
    assert torch.isfinite(learned).all()
    assert learned.shape == fresh.tell[2].bias.shape


@pytest.fixture(scope="module")
def marked(studio: Studio) -> MarkedCrowd:
    template = load_refiner(studio.model.version_sha256).template
    landmarker = read_landmarker(None)
    with MarkedCrowds(
        studio, landmarker, template, people=16, seed=3, processes=1
    ) as crowds:
        return crowds.next()


def test_the_detector_marks_faces_near_where_they_are(marked: MarkedCrowd) -> None:
    assert len(marked.tiles) > 10
    off = (marked.marks_px - marked.crowd.places_px).norm(dim=-1).mean(dim=1)
    assert off.max() < 12
    assert 1 < off.median() < 5
    assert marked.squares.shape[1:] == (3, 128, 128)


def test_a_crowd_is_mended_and_cut_as_one_photo_is(
    studio: Studio, marked: MarkedCrowd
) -> None:
    refiner = load_refiner(studio.model.version_sha256)
    pictures = pictures_of(
        studio, marked, refiner, Draw(torch.Generator().manual_seed(1), CPU)
    )
    tile = np.ascontiguousarray(marked.tiles[0].movedim(0, -1).numpy())
    points = refiner.refine(tile, (marked.marks_px[0] + MARGIN_PX).numpy())
    alone = UprightFace.of(points, studio.template.double().numpy())
    assert pictures.marks[0].numpy() == pytest.approx(alone.inward(points), abs=0.01)
    square = alone.cut(tile, SIDE_PX).astype(float)
    seen = pictures.squares[0].movedim(0, -1).numpy()
    assert np.abs(square - seen).mean() < 0.3
    off = (pictures.marks - pictures.places).norm(dim=-1).mean(dim=1)
    given = (marked.marks_px - marked.crowd.places_px).norm(dim=-1).mean(dim=1)
    assert off.median() < 0.7 * given.median()


def test_a_turned_square_shows_what_lies_there() -> None:
    tiles = torch.zeros(1, 3, SIDE_PX + 2 * MARGIN_PX, SIDE_PX + 2 * MARGIN_PX).byte()
    tiles[:, :, MARGIN_PX + 40, MARGIN_PX + 100] = 255
    quarter = torch.tensor([[[0.0, -1.0], [1.0, 0.0]]])
    square = cut(tiles, quarter, torch.tensor([[float(SIDE_PX), 0.0]]))
    assert square[0, 0].nonzero().tolist() == [[100, SIDE_PX - 41]]


@pytest.mark.usefixtures("ticking")
def test_it_goes_on_with_marks_of_the_detector(
    studio: Studio, marked: MarkedCrowd
) -> None:
    network = ShapeNetwork(studio.model.identity_count)
    before = network.tell[2].bias.clone()
    practised = practise(
        network,
        marked.crowd.places_px.mean(dim=0),
        studio,
        SimpleNamespace(next=lambda: marked, ready=lambda: [marked]),
        load_refiner(studio.model.version_sha256),
        Lessons(minutes=0.1, album=12, batch=4, looks=1),
    )
    assert not torch.equal(practised.tell[2].bias, before)
    assert not practised.training


def test_what_a_network_tells_too_faintly_is_made_up_for(model: HeadModel) -> None:
    random = np.random.default_rng(5)
    registration = read_registration(REGISTRATION)
    truth = random.normal(0, 1, (300, model.identity_count))
    known = torch.from_numpy(truth).float()
    heads = model.vertices(known, torch.zeros(300, 52)).double().numpy()
    on = SimpleNamespace(on=lambda head: head[registration.vertices])
    told = iter(torch.from_numpy(0.5 * truth + random.normal(0, 0.1, truth.shape)))
    people = [
        Sitter(
            head=head,
            pixels_srgb=np.zeros((2, 2, 3), np.uint8),
            points_px=np.zeros((LANDMARK_COUNT, 2), np.float32),
            focal_px=1.0,
        )
        for head in heads
    ]
    errors = learn_shape_errors(
        model,
        SimpleNamespace(vertices=registration.vertices, places=on),
        SimpleNamespace(told=lambda *_: next(told)),
        people,
    )
    shown = slice(0, 60)  # the rest hardly shows in a face
    slopes = np.diag(errors["slope"])[shown]
    assert 1.3 < np.median(slopes) < 2.05
    deviation = np.linalg.inv(errors["whitening"])
    assert 0.1 < np.sqrt(np.median(np.diag(deviation @ deviation.T)[shown])) < 0.6
