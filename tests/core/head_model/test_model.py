"""Laws of the head model that ships."""

import numpy as np
import pytest
import torch
from torch import Tensor

from core.assets import JOINT_NAMES, PART_NAMES
from core.expressions import EXPRESSION_INDEX, EXPRESSION_NAMES, MIRROR_ORDER
from core.head_model import (
    LANDMARK_COUNT,
    HeadModel,
    lid_gaps,
    load_head_model,
    personal_expression_basis,
)
from core.mesh import triangulate

FLIP = torch.tensor([-1.0, 1.0, 1.0])
REGIONS = (
    "face lips lip_upper lip_lower eyelids brows nose ears neck scalp shoulders "
    "mouth_inside cheeks forehead chin"
).split()


@pytest.fixture(scope="module")
def model() -> HeadModel:
    return load_head_model()


@pytest.fixture(scope="module")
def people(model: HeadModel) -> Tensor:
    generator = torch.Generator().manual_seed(5)
    return torch.randn(40, model.identity_count, generator=generator)


def expression(**weights: float) -> Tensor:
    result = torch.zeros(len(EXPRESSION_NAMES))
    for name, weight in weights.items():
        result[EXPRESSION_INDEX[name]] = weight
    return result


def part_vertices(model: HeadModel, *parts: str) -> Tensor:
    used = model.faces[model.part_faces(*parts)]
    return used[used >= 0].unique()


def test_the_file_is_small_enough_to_ship() -> None:
    from core.head_model.data import HEAD_MODEL_PATH

    assert HEAD_MODEL_PATH.stat().st_size < 15e6


def test_shapes_agree_with_the_vocabularies(model: HeadModel) -> None:
    vertices = len(model.template)
    assert model.expression_basis.shape == (len(EXPRESSION_NAMES), vertices, 3)
    assert model.skin_weights.shape == (vertices, len(JOINT_NAMES))
    assert model.region_masks.shape == (len(model.region_names), vertices)
    assert model.landmark_template.shape == (LANDMARK_COUNT, 3)
    assert set(REGIONS) <= set(model.region_names)
    assert model.faces.max() == vertices - 1
    assert model.face_uvs.max() == len(model.uvs) - 1
    assert ((model.faces < 0) == (model.face_uvs < 0)).all()


def test_vertices_is_the_sum_that_its_docstring_says(
    model: HeadModel, people: Tensor
) -> None:
    weights = torch.rand(len(EXPRESSION_NAMES))
    expected = model.template.clone()
    for coefficient, offsets in zip(people[0], model.identity_basis, strict=True):
        expected = expected + coefficient * offsets
    for weight, offsets in zip(weights, model.expression_basis, strict=True):
        expected = expected + weight * offsets
    found = model.vertices(people[0], weights)
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=0)


def test_landmarks_are_points_of_the_surface(model: HeadModel, people: Tensor) -> None:
    weights = torch.rand(len(people), len(EXPRESSION_NAMES))
    vertices = model.vertices(people, weights)
    corners = vertices[:, model.landmark_vertices]
    expected = (corners * model.landmark_barycentric[..., None]).sum(dim=2)
    found = model.landmarks(people, weights)
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=0)


def test_landmarks_lie_inside_triangles_of_the_mesh(model: HeadModel) -> None:
    triangles = triangulate(model.faces)
    known = {tuple(sorted(corners)) for corners in triangles.tolist()}
    for corners in model.landmark_vertices.tolist():
        assert tuple(sorted(corners)) in known
    assert (model.landmark_barycentric >= -1e-6).all()
    ones = torch.ones(LANDMARK_COUNT)
    torch.testing.assert_close(model.landmark_barycentric.sum(dim=1), ones)


def test_landmarks_lie_on_skin_and_irises_on_eyeballs(model: HeadModel) -> None:
    skin = part_vertices(model, "skin")
    inside = model.region("mouth_inside") > 0.5
    assert torch.isin(model.landmark_vertices[:468], skin).all()
    assert not inside[model.landmark_vertices[:468]].all(dim=1).any()
    right = part_vertices(model, "eye_right")
    left = part_vertices(model, "eye_left")
    assert torch.isin(model.landmark_vertices[468:473], right).all()
    assert torch.isin(model.landmark_vertices[473:478], left).all()


def test_landmarks_stand_where_a_face_has_them(model: HeadModel) -> None:
    points = model.landmark_template
    assert points[[1, 4], 1].min() == points[:, 1].min(), "the nose tip is in front"
    assert points[152, 2] < points[:, 2].min() + 0.001, "the chin is lowest"
    assert points[10, 2] > points[:, 2].max() - 0.001, "the forehead is highest"
    assert points[33, 0] < points[133, 0] < 0 < points[362, 0] < points[263, 0]
    assert points[13, 2] > points[14, 2], "the upper lip is over the lower one"
    assert points[159, 2] > points[145, 2], "the upper lid is over the lower one"


def test_landmark_covariances_are_of_some_millimetres(model: HeadModel) -> None:
    values = torch.linalg.eigvalsh(model.landmark_covariance.double())
    assert (values > 0).all()
    deviation = values.mean(dim=1).sqrt()
    assert 0.0005 < deviation.median() < 0.003


def test_mirror_is_its_own_inverse_and_the_template_is_symmetric(
    model: HeadModel,
) -> None:
    index = torch.arange(len(model.template))
    assert torch.equal(model.mirror[model.mirror], index)
    reflected = model.template[model.mirror] * FLIP
    torch.testing.assert_close(reflected, model.template, atol=1e-4, rtol=0)


def test_left_and_right_expressions_mirror_each_other(model: HeadModel) -> None:
    reflected = model.expression_basis[list(MIRROR_ORDER)][:, model.mirror] * FLIP
    torch.testing.assert_close(reflected, model.expression_basis, atol=5e-5, rtol=0)


def test_every_expression_moves_something_and_nothing_flies_off(
    model: HeadModel,
) -> None:
    largest = model.expression_basis.norm(dim=2).amax(dim=1)
    assert (largest > 0.0002).all()
    assert (largest < 0.08).all()


def test_expressions_never_move_eyeballs_or_rim(model: HeadModel) -> None:
    still = torch.cat([part_vertices(model, "eye_left", "eye_right"), model.rim])
    assert (model.expression_basis[:, still] == 0).all()


def test_the_jaw_takes_the_lower_teeth_and_leaves_the_upper(model: HeadModel) -> None:
    teeth = part_vertices(model, "teeth")
    drop = model.expression_basis[EXPRESSION_INDEX["jawOpen"], teeth, 2]
    upper = model.skin_weights[teeth, JOINT_NAMES.index("jaw")] == 0
    assert (drop[upper] == 0).all()
    assert drop[~upper].max() < -0.005
    assert upper.sum() == (~upper).sum()


def test_a_full_blink_closes_the_average_eye(model: HeadModel) -> None:
    for eye, name in enumerate(("eyeBlinkLeft", "eyeBlinkRight")):
        closed = model.vertices(
            torch.zeros(model.identity_count), expression(**{name: 1.0})
        )
        assert lid_gaps(model, closed, eye).norm(dim=1).max() < 0.0005
        opened = lid_gaps(model, model.template, eye).norm(dim=1)
        assert opened.max() > 0.004


def test_a_personal_blink_closes_everybodys_eyes(
    model: HeadModel, people: Tensor
) -> None:
    for identity in people[:12]:
        neutral = model.vertices(identity, expression())
        basis = personal_expression_basis(model, identity)
        for eye, name in enumerate(("eyeBlinkLeft", "eyeBlinkRight")):
            closed = neutral + basis[EXPRESSION_INDEX[name]]
            assert lid_gaps(model, closed, eye).norm(dim=1).max() < 0.0002


def test_personal_expressions_change_only_blinks_and_the_mouths_lining(
    model: HeadModel, people: Tensor
) -> None:
    basis = personal_expression_basis(model, people[0])
    outside = model.region("mouth_inside") < 0.5
    changed = (basis != model.expression_basis)[:, outside].flatten(1).any(dim=1)
    assert {EXPRESSION_NAMES[i] for i in changed.nonzero()[:, 0]} <= {
        "eyeBlinkLeft",
        "eyeBlinkRight",
    }


def test_closed_lids_stay_outside_the_eyeballs() -> None:
    model = load_head_model(statistics=False)  # on others a blink is made to measure
    weights = expression(eyeBlinkLeft=1.0, eyeBlinkRight=1.0)
    closed = model.vertices(torch.zeros(model.identity_count), weights)
    for eye, part in enumerate(("eye_left", "eye_right")):
        centre = model.joint_template[JOINT_NAMES.index("eye.L") + eye]
        ball = closed[part_vertices(model, part)]
        radius = (ball - centre).norm(dim=1).median()
        lids = closed[model.lid_loops[eye].flatten()]
        assert ((lids - centre).norm(dim=1) > radius).all()


def test_the_lips_meet_at_rest(model: HeadModel) -> None:
    """Between the corners, no line of sight from the front gets between the lips."""
    lips = model.region("lips") > 0.5
    jaw_open = model.expression_basis[EXPRESSION_INDEX["jawOpen"], :, 2]
    lower = jaw_open < 0.4 * jaw_open[lips].min()
    x, z = model.template[:, 0].abs(), model.template[:, 2]
    for station in np.linspace(0.0, 0.016, 5):
        near = lips & ((x - station).abs() < 0.0024)
        assert z[near & ~lower].min() <= z[near & lower].max() + 1e-4


def test_skin_weights_sum_to_one_with_at_most_four_influences(
    model: HeadModel,
) -> None:
    total = model.skin_weights.sum(dim=1)
    torch.testing.assert_close(total, torch.ones_like(total))
    assert (model.skin_weights >= 0).all()
    assert (model.skin_weights > 0).sum(dim=1).max() <= 4
    assert (model.skin_weights[model.rim, JOINT_NAMES.index("root")] == 1).all()


def test_parts_are_rigid_to_their_joints(model: HeadModel) -> None:
    for part, joint in (("eye_left", "eye.L"), ("eye_right", "eye.R")):
        weights = model.skin_weights[part_vertices(model, part)]
        assert (weights[:, JOINT_NAMES.index(joint)] == 1).all()
    tongue = model.skin_weights[part_vertices(model, "tongue")]
    assert (tongue[:, JOINT_NAMES.index("jaw")] == 1).all()


def test_the_skin_has_one_closed_rim(model: HeadModel) -> None:
    faces = model.faces[model.part_faces("skin")]
    following = torch.roll(faces, -1, dims=1)
    edges = torch.stack([faces, following], dim=2).reshape(-1, 2).tolist()
    known = {tuple(edge) for edge in edges}
    open_edges = {(b, a) for a, b in known if (b, a) not in known}
    rim = model.rim.tolist()
    around = set(zip(rim, rim[1:] + rim[:1], strict=True))
    backward = {(b, a) for a, b in around}
    assert open_edges in (around, backward)


def test_the_rim_lies_under_the_neck_for_everybody(
    model: HeadModel, people: Tensor
) -> None:
    heads = model.vertices(people, torch.zeros(len(people), len(EXPRESSION_NAMES)))
    neck = model.joints(people)[:, JOINT_NAMES.index("neck"), 2]
    assert (heads[:, model.rim, 2].amax(dim=1) < neck + 0.04).all()


def test_everybodys_head_joint_is_the_origin(model: HeadModel, people: Tensor) -> None:
    heads = model.joints(people)[:, JOINT_NAMES.index("head")]
    torch.testing.assert_close(heads, torch.zeros_like(heads), atol=1e-6, rtol=0)


def test_joints_stand_as_a_skeleton_does(model: HeadModel, people: Tensor) -> None:
    joints = dict(zip(JOINT_NAMES, model.joints(people).unbind(dim=1), strict=True))
    assert (joints["root"][:, 2] < joints["neck"][:, 2]).all()
    assert (joints["neck"][:, 2] < 0).all()
    assert (joints["eye.L"][:, 0] > 0.02).all()
    assert (joints["eye.R"][:, 0] < -0.02).all()
    assert (joints["eye.L"][:, 1] < -0.05).all()


def test_uvs_lie_in_the_unit_square_and_never_fold(model: HeadModel) -> None:
    assert model.uvs.min() >= 0
    assert model.uvs.max() <= 1
    outer = model.part_faces("skin")
    corners = model.uvs[model.face_uvs[outer]]
    assert (_areas(corners) > 0).float().mean() > 0.95


def test_the_face_gets_its_share_of_the_texture(model: HeadModel) -> None:
    skin = model.part_faces("skin")
    areas = _areas(model.uvs[model.face_uvs[skin]])
    face = model.region("face")[model.faces[skin]].mean(dim=1) > 0.5
    assert areas[face].sum() > 0.3


def _areas(corners: Tensor) -> Tensor:
    """Signed areas of quads [faces, 4, 2]."""
    following = torch.roll(corners, -1, dims=1)
    cross = corners[..., 0] * following[..., 1] - corners[..., 1] * following[..., 0]
    return 0.5 * cross.sum(dim=1)


def test_closed_parts_have_outward_normals(model: HeadModel) -> None:
    for part in PART_NAMES[1:4]:
        faces = model.faces[model.part_faces(part)]
        a, b, c = model.template[triangulate(faces)].unbind(dim=1)
        volume = (a * torch.linalg.cross(b, c)).sum(dim=1).sum() / 6
        assert volume > 0, part


def test_the_face_looks_forward(model: HeadModel) -> None:
    faces = model.faces[model.part_faces("skin")]
    forehead = model.region("forehead")[faces].mean(dim=1) > 0.5
    a, b, c = model.template[triangulate(faces[forehead])].unbind(dim=1)
    assert (torch.linalg.cross(b - a, c - a)[:, 1] < 0).float().mean() > 0.95
