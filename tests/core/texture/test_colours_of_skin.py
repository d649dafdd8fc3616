"""What is skin's own colour in a photo: not gloss, not a fringe, not a lamp's hue."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from core.colours import lab_from_linear, linear_from_lab
from core.head_model import load_head_model
from core.mesh import edges
from core.texture.evening import Differences, lasting_colour, without_light
from core.texture.field import smoothed
from core.texture.gloss import GLOSS, with_gloss, without_gloss, without_shine
from core.texture.natural_hues import natural_brows, natural_lips
from core.texture.texels import skin_texels
from core.texture.tone import light_on_skin, natural_hair
from core.texture.trust import trust_photo

FAIR, DARK = np.array([0.54, 0.31, 0.22]), np.array([0.15, 0.08, 0.055])


def lab_of(linear: NDArray[np.floating]) -> list[float]:
    return lab_from_linear(torch.from_numpy(np.asarray(linear, np.float64))[None])[
        0
    ].tolist()


def linear_of(*lab: float) -> NDArray[np.float64]:
    return linear_from_lab(torch.tensor([lab], dtype=torch.float64))[0].numpy()


@pytest.mark.parametrize("tone", [FAIR, DARK])
def test_gloss_is_taken_off_and_put_back(tone: NDArray[np.float64]) -> None:
    places = np.stack([tone, 0.4 * tone, tone * [1.1, 0.8, 0.9]])
    own = without_gloss(places, tone)
    assert own.min() > 0
    plain = without_gloss(tone, tone)
    assert np.allclose(with_gloss(own, plain), places, atol=1e-6)
    assert np.allclose(own[1], 0.4 * own[0])  # in a shadow there is less of it
    for seen, bare in zip(places, own, strict=True):
        assert np.linalg.norm(lab_of(bare)[1:]) > np.linalg.norm(lab_of(seen)[1:])


def test_gloss_is_what_a_rough_surface_throws_back_of_white_light() -> None:
    veil = FAIR - without_gloss(FAIR, FAIR)
    assert np.allclose(veil, GLOSS)


def test_a_photo_is_balanced_half_way_to_the_hue_that_skin_mostly_has() -> None:
    usual = linear_of(62.0, 12.0, 17.5)
    assert np.allclose(light_on_skin(usual), 1, atol=1e-3)
    pale = linear_of(62.0, 9.0, 14.5)
    left = lab_of(pale / light_on_skin(pale))
    assert left == pytest.approx([62.0, 10.5, 16.0], abs=0.1)


def test_hair_is_never_olive() -> None:
    lightness, red, yellow = lab_of(natural_hair(linear_of(45.0, 2.0, 25.0)))
    assert red > 0.2 * yellow
    assert lightness == pytest.approx(45, abs=0.5)
    ginger = linear_of(40.0, 14.0, 24.0)
    assert np.allclose(natural_hair(ginger), ginger, atol=1e-3)


def test_a_fringe_and_its_shadow_are_no_skin_and_a_mole_is() -> None:
    lab, points = a_face()
    top = points[:468, 1].min()
    brow = points[[105, 334], 1].min()  # the highest of both brows
    middle = points[10, 0]
    rows, columns = np.mgrid[: lab.shape[0], : lab.shape[1]]
    fringe_ends = top + 0.5 * (brow - top)
    mole_y = brow - 0.1 * (brow - top)
    mole = np.hypot(rows - mole_y, columns - middle) < 3
    lab[(rows < fringe_ends) | mole] = (30.0, 5.0, 12.0)
    trust = trust_photo(lab, points, bald(lab))
    column = trust.face[:, round(middle)]
    assert column[: int(fringe_ends) + 3].max() < 0.1
    assert trust.face[mole].mean() > 0.6
    assert column[round(brow) + 10] == 1


def test_a_lit_forehead_is_skin() -> None:
    lab, points = a_face()
    top, brow = points[:468, 1].min(), points[[105, 334], 1].min()
    bright = int(top + 0.9 * (brow - top))
    middle = slice(round(points[10, 0]) - 10, round(points[10, 0]) + 10)
    before = trust_photo(lab, points, bald(lab)).face[bright - 3 : bright + 9, middle]
    lab[:bright] = (92.0, 6.0, 10.0)
    after = trust_photo(lab, points, bald(lab)).face[bright - 3 : bright + 9, middle]
    assert before.min() > 0.4
    assert np.allclose(after, before, atol=0.05)


def test_hair_in_the_colour_of_skin_is_no_skin_above_the_brows() -> None:
    lab, points = a_face()
    top, brow = points[:468, 1].min(), points[[105, 334], 1].min()
    hair = bald(lab)
    hair[: int(top + 0.5 * (brow - top))] = 1
    chin = int(points[152, 1])
    hair[chin - 8 : chin + 4] = 1  # a beard is the face's
    trust, plain = trust_photo(lab, points, hair), trust_photo(lab, points, bald(lab))
    column = round(points[10, 0])
    assert (trust.face[hair[:, column] > 0, column][:-12] == 0).all()
    assert (trust.not_skin[: int(top) - 5] == 1).all()
    assert np.allclose(trust.face[chin - 8 : chin], plain.face[chin - 8 : chin])
    assert plain.not_skin.max() < 0.1


def bald(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    """No hair anywhere in the picture."""
    return np.zeros(lab.shape[:2], np.float32)


def a_face() -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """The average face's landmarks on a picture that is all skin, in Lab."""
    model = load_head_model()
    marks = model.landmarks(torch.zeros(model.identity_count), torch.zeros(52))
    x, y, z = np.asarray(marks).T
    points = 700 * np.stack([x, -z], axis=1) / (y[:, None] + 0.75) + [160.0, 200.0]
    generator = np.random.default_rng(3)
    lab = np.array([65.0, 12.0, 17.0]) + generator.normal(0, 1, (400, 320, 3))
    return lab.astype(np.float32), points.astype(np.float64)


def test_ears_and_nose_are_dark_from_shadow_alone() -> None:
    model = load_head_model()
    on_skin = edges(model.faces[model.face_parts == 0].long()).numpy()
    hairless = torch.maximum(model.region("ears"), model.region("nose")).numpy()[
        :, None
    ]
    differences = differing(np.full((len(model.template), 3), -2.2), hairless)
    lasting = lasting_colour(differences, on_skin)
    assert lasting[hairless > 0.99].max() < 0.01
    assert lasting[hairless < 0.01].min() > 0.9


def test_no_skin_is_far_from_the_hue_of_all_skin() -> None:
    model = load_head_model()
    on_skin = edges(model.faces[model.face_parts == 0].long()).numpy()
    patch = (model.region("cheeks").numpy() > 0.5) & (model.template.numpy()[:, 0] > 0)
    colour = np.where(patch[:, None], np.array([0.7, -0.1, -0.6]), 0.0)
    differences = differing(colour, np.zeros((len(colour), 1)))
    every = np.ones((len(colour), 1))
    kept = without_light(differences, every, 0 * every, on_skin, model.mirror.numpy())
    hue = kept - kept.mean(axis=1, keepdims=True)
    assert 0.05 < np.linalg.norm(hue[patch], axis=1).max() < 0.1501


def test_dark_lips_leave_no_rim_around_them_and_keep_their_darkness() -> None:
    model = load_head_model()
    on_skin = edges(model.faces[model.face_parts == 0].long()).numpy()
    lips = model.region("lips").numpy()[:, None]
    across = model.template.numpy()[:, :1]
    light = 4 * across.clip(-0.05, 0.05)  # a lamp from one side
    differences = replace(
        differing(np.tile(light - 0.7 * lips, 3), 0 * lips),
        features=np.minimum(4 * smoothed(lips, on_skin, 1.5), 1.0).clip(0, None),
    )
    lasting = lasting_colour(differences, on_skin)
    every = np.ones_like(lips)
    kept = without_light(differences, every, lasting, on_skin, model.mirror.numpy())
    at = model.template.numpy() - model.template.numpy()[lips[:, 0] > 0.9].mean(axis=0)
    face = model.region("face").numpy() > 0.9
    near = face & (lips[:, 0] < 0.02) & (np.hypot(at[:, 0], 2 * at[:, 2]) < 0.05)
    assert np.abs(kept[near]).max() < 0.06
    assert kept[lips[:, 0] > 0.99] == pytest.approx(-0.7, abs=0.08)


def test_brows_are_no_yellower_than_skin_and_no_bluer_than_grey() -> None:
    model = load_head_model()
    texels = skin_texels(model, 256)
    colours = {"skin": FAIR, "brows": linear_of(40, 8, 15)}
    brows = texels.from_vertices(model.region("brows")[:, None])[:, 0] > 0.99
    for b, wanted in ((60.0, lab_of(FAIR)[2] + 3), (-20.0, 6.0)):
        bare = torch.from_numpy(np.log(linear_of(60, 5, b))).float()
        mended = natural_brows(model, texels, bare.expand(len(brows), 3), colours)
        found = lab_from_linear(mended[brows].exp())[:, 2]
        assert found.numpy() == pytest.approx(wanted, abs=0.9)
        assert torch.equal(mended[-1], bare)


@pytest.mark.parametrize("b", [14.0, -8.0])
def test_lips_have_one_hue_be_it_red_or_magenta(b: float) -> None:
    model = load_head_model()
    texels = skin_texels(model, 256)
    lips = texels.from_vertices(model.region("lips")[:, None])[:, 0] > 0.99
    bare = torch.from_numpy(np.log(linear_of(55, 25, b))).float()
    bare = bare.expand(len(lips), 3).clone()
    shining = lips & (torch.arange(len(lips)) % 5 == 0)
    bare[shining] = torch.from_numpy(np.log(linear_of(70, 20, -12))).float()
    mended = natural_lips(model, texels, bare, {"skin": FAIR}, torch.ones(len(lips)))
    found = lab_from_linear(mended[shining].exp())
    assert (found[:, 2] / found[:, 1]).numpy() == pytest.approx(b / 25 - 0.1, abs=0.05)
    assert torch.allclose(mended[lips & ~shining], bare[lips & ~shining], atol=1e-3)


@pytest.mark.parametrize("lightness", [50.0, 95.0], ids=["grey", "burnt out"])
def test_lips_without_colour_are_redder_than_skin_and_no_lighter(
    lightness: float,
) -> None:
    model = load_head_model()
    texels = skin_texels(model, 256)
    lips = texels.from_vertices(model.region("lips")[:, None])[:, 0] > 0.99
    bare = torch.from_numpy(np.log(linear_of(lightness, 0, 0))).float()
    bare, seen = bare.expand(len(lips), 3), torch.ones(len(lips))
    mended = natural_lips(model, texels, bare, {"skin": FAIR}, seen)
    found = lab_from_linear(mended[lips].exp()).mean(dim=0)
    light, red, _ = lab_of(FAIR)
    assert found[0].item() == pytest.approx(min(lightness, light - 4), abs=0.5)
    assert found[1].item() == pytest.approx(red + 7, abs=0.5)


def differing(
    colour: NDArray[np.float64], hairless: NDArray[np.floating]
) -> Differences:
    none = np.zeros((len(colour), 1))
    return Differences(
        colour=colour,
        shade=none,
        confidence=np.ones(len(colour)),
        features=none,
        hairless=hairless,
    )


def test_what_shines_is_skin_and_what_is_dark_or_red_stays() -> None:
    tone = torch.from_numpy(FAIR).float()
    lamp = torch.ones(3)
    glint = 0.8 * tone + 0.4 * lamp
    mole, blush, burnt_out = 0.3 * tone, tone * torch.tensor([1.2, 0.9, 0.9]), lamp
    lit = 1.5 * tone  # brighter, of the same hue
    places = torch.stack([glint, burnt_out, mole, blush, lit])
    matte = without_shine(places, FAIR)
    off, was = (matte - tone).norm(dim=1), (places - tone).norm(dim=1)
    assert off[0] < 0.75 * was[0]
    assert off[1] < 0.5 * was[1]
    assert torch.allclose(matte[2:], places[2:], atol=0.005)
