"""Tears, shade and caruncles stay between lids and eyeball, whatever the face does."""

import numpy as np
import pytest
import torch

from core.assets import JOINT_NAMES, PART_NAMES
from core.expressions import EXPRESSION_INDEX
from core.head_model import (
    HeadModel,
    Part,
    load_head_model,
    personal_expression_basis,
    wet_eyes,
)


class Person:
    """Somebody's head, its expressions, and what `wet_eyes` adds to it."""

    def __init__(self, model: HeadModel, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        identity = 0.8 * torch.randn(model.identity_count, generator=generator)
        still = torch.zeros(len(EXPRESSION_INDEX))
        self.model = model
        self.neutral = model.vertices(identity, still).numpy()
        self.blendshapes = personal_expression_basis(model, identity).numpy()
        self.joints = model.joints(identity).numpy()
        self.parts = wet_eyes(model, self.neutral, self.blendshapes, self.joints)

    def of(self, name: str) -> list[tuple[int, Part]]:
        """The left and the right part of that name, with the eye's index."""
        return list(enumerate(part for part in self.parts if part.name == name))

    def center(self, eye: int) -> np.ndarray:
        """Of the eyeball."""
        return self.joints[JOINT_NAMES.index(("eye.L", "eye.R")[eye])]

    def radius(self, eye: int) -> float:
        """Of the eyeball beside its cornea."""
        faces = self.model.part_faces(("eye_left", "eye_right")[eye])
        ball = self.neutral[np.unique(self.model.faces[faces].numpy().clip(0))[1:]]
        return float(np.median(np.linalg.norm(ball - self.center(eye), axis=1)))

    def heights(self, eye: int, points: np.ndarray) -> np.ndarray:
        """Metres over the eyeball."""
        return np.linalg.norm(points - self.center(eye), axis=-1) - self.radius(eye)


@pytest.fixture(scope="module", params=[1, 2, 3])
def person(request: pytest.FixtureRequest) -> Person:
    return Person(load_head_model(), request.param)


def shapes(part: Part) -> np.ndarray:
    """The part at rest and in each expression."""
    return np.concatenate([part.vertices[None], part.vertices + part.blendshapes])


def test_every_part_has_a_name_that_a_double_knows(person: Person) -> None:
    names = [part.name for part in person.parts]
    assert names == 2 * ["tears", "lid_shade", "caruncles"]
    assert set(names) <= set(PART_NAMES)


def test_the_caruncle_lies_between_corner_and_iris_on_all_shapes(
    person: Person,
) -> None:
    for eye, part in person.of("caruncles"):
        pairs = person.model.lid_pairs[eye].numpy()
        out = (1 - 2 * eye) * (shapes(part) - person.center(eye))[..., 0]
        heads = np.concatenate(
            [person.neutral[None], person.neutral + person.blendshapes]
        )
        corner = (1 - 2 * eye) * (heads[:, pairs[0, 0]] - person.center(eye))[:, 0]
        assert (out > corner[:, None] - 0.001).all()
        assert out.max() < -0.0045
        height = person.heights(eye, shapes(part))
        rim = person.heights(eye, heads[:, pairs[:5].ravel()]).max(axis=1)
        assert height.min() > -0.0003
        assert (height.max(axis=1) < rim + 0.0008).all()


def test_the_caruncle_closes_the_corner_of_an_open_eye(person: Person) -> None:
    for eye, part in person.of("caruncles"):
        pairs = person.model.lid_pairs[eye, :4].numpy()
        rims = person.neutral[pairs.ravel()]
        distance = np.linalg.norm(rims[:, None] - part.vertices, axis=2).min(axis=1)
        assert distance.max() < 0.0007
        assert person.heights(eye, part.vertices).max() > 0.0004


def test_closed_lids_hide_the_caruncle(person: Person) -> None:
    for eye, part in person.of("caruncles"):
        blink = EXPRESSION_INDEX[("eyeBlinkLeft", "eyeBlinkRight")[eye]]
        closed = person.heights(eye, part.vertices + part.blendshapes[blink])
        assert closed.max() < 0.0004


def test_the_tears_stand_on_the_rims_and_end_on_the_eye_on_all_shapes(
    person: Person,
) -> None:
    for eye, part in person.of("tears"):
        lower = person.model.lid_pairs[eye, :, 1].numpy()
        row = shapes(part)[:, : len(part.vertices) // 8]
        heads = np.concatenate(
            [person.neutral[None], person.neutral + person.blendshapes]
        )
        rims = heads[:, lower]
        away = np.linalg.norm(rims[:, :, None] - row[:, None], axis=3).min(axis=2)
        assert away.max() < 0.0005
        last = shapes(part).reshape(53, 2, 4, -1, 3)[:, :, 3]
        assert np.abs(person.heights(eye, last)).max() < 0.0002


def test_the_shade_lies_over_the_eye_and_under_closed_lids(person: Person) -> None:
    for eye, part in person.of("lid_shade"):
        height = person.heights(eye, shapes(part))
        assert height.min() > -0.0002
        wide = EXPRESSION_INDEX[("eyeWideLeft", "eyeWideRight")[eye]]
        reach = np.linalg.norm(part.blendshapes[wide], axis=1)
        assert reach.max() > 0.001
        lower, upper = shapes(part).reshape(53, 2, 6, -1, 3)[:, :, -1].swapaxes(0, 1)
        assert (upper[0] - lower[0])[:, 2].min() > -1e-4


def test_left_and_right_mirror_each_other_on_a_symmetric_head() -> None:
    model = load_head_model()
    still = torch.zeros(model.identity_count)
    basis = personal_expression_basis(model, still).numpy()
    neutral, joints = model.template.numpy(), model.joint_template.numpy()
    parts = wet_eyes(model, neutral, basis, joints)
    for left, right in zip(parts[:3], parts[3:], strict=True):
        np.testing.assert_allclose(
            left.vertices, right.vertices * [-1, 1, 1], atol=5e-5
        )


def test_faces_look_out_of_the_head(person: Person) -> None:
    for name in ("tears", "lid_shade", "caruncles"):
        for eye, part in person.of(name):
            a, b, c, _ = part.vertices[part.faces].swapaxes(0, 1)
            normal = np.cross(b - a, c - a)
            out = ((a - person.center(eye)) * normal).sum(axis=1)
            assert (out > 0).mean() > 0.85, name
