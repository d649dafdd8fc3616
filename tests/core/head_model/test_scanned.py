"""Laws of the expressions of scanned people, and what happens without their file."""

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from core.assets import JOINT_NAMES
from core.errors import MissingWeightsError
from core.expressions import EXPRESSION_INDEX, EXPRESSION_NAMES
from core.head_model import HeadModel, load_head_model
from core.head_model.data import HEAD_MODEL_PATH, read_head_model
from core.head_model.scanned import (
    SCANNED_EXPRESSIONS_PATH,
    with_scanned_expressions,
)

UNDER_THE_EYE = (50, 101, 117)
"""Landmarks of the right cheek."""


@pytest.fixture(scope="module")
def model() -> HeadModel:
    return load_head_model()


@pytest.fixture(scope="module")
def drawn() -> HeadModel:
    """The head model with the expressions of its artist."""
    return load_head_model(HEAD_MODEL_PATH)


def unit(model: HeadModel, *names: str) -> Tensor:
    return model.expression_basis[[EXPRESSION_INDEX[name] for name in names]].sum(dim=0)


def both(name: str) -> tuple[str, str]:
    return f"{name}Left", f"{name}Right"


def middle(model: HeadModel, landmark: int) -> Tensor:
    """How each expression moves one landmark, [expressions, 3]."""
    return model.landmark_expression_basis[:, landmark]


def test_missing_damaged_and_foreign_files_are_refused(tmp_path: Path) -> None:
    data = read_head_model(HEAD_MODEL_PATH)
    with pytest.raises(MissingWeightsError, match=r"expressions .* there is no"):
        with_scanned_expressions(data.tensors, data.sha256, tmp_path / "no.safetensors")
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(SCANNED_EXPRESSIONS_PATH.read_bytes()[:5000])
    with pytest.raises(MissingWeightsError, match="cannot be read"):
        with_scanned_expressions(data.tensors, data.sha256, damaged)
    with pytest.raises(MissingWeightsError, match="another head model"):
        with_scanned_expressions(data.tensors, "0" * 64)
    other = tmp_path / "other.safetensors"
    tensors = load_file(SCANNED_EXPRESSIONS_PATH)
    save_file(tensors, other, {"format_version": json.dumps(99)})
    with pytest.raises(MissingWeightsError, match="another head model"):
        with_scanned_expressions(data.tensors, data.sha256, other)


def test_the_card_names_the_file_that_is_there() -> None:
    card = SCANNED_EXPRESSIONS_PATH.with_suffix(".md").read_text(encoding="utf-8")
    assert sha256(SCANNED_EXPRESSIONS_PATH.read_bytes()).hexdigest() in card


def test_eyes_and_tongue_keep_the_head_models_own(
    model: HeadModel, drawn: HeadModel
) -> None:
    changed = (model.expression_basis != drawn.expression_basis).flatten(1).any(dim=1)
    kept = {
        name for name, new in zip(EXPRESSION_NAMES, changed, strict=True) if not new
    }
    assert kept == {
        name
        for name in EXPRESSION_NAMES
        if name.startswith(("eyeBlink", "eyeLook", "eyeSquint", "eyeWide", "tongue"))
    }


def test_a_smile_moves_cheeks_that_an_artists_leaves_still(
    model: HeadModel, drawn: HeadModel
) -> None:
    ways = []
    for head in (model, drawn):
        rows = [EXPRESSION_INDEX[side] for side in both("mouthSmile")]
        cheeks = [middle(head, landmark)[rows].sum(dim=0) for landmark in UNDER_THE_EYE]
        ways.append(torch.stack(cheeks))
    assert (ways[0][:, 2] > 0.002).all()
    assert ways[0].norm(dim=1).mean() > 1.5 * ways[1].norm(dim=1).mean()


@pytest.mark.parametrize(
    "names",
    [
        both("mouthSmile"),
        both("cheekSquint"),
        both("mouthFrown"),
        both("mouthPress"),
        both("mouthStretch"),
        ("cheekPuff",),
        ("mouthPucker",),
        ("mouthLeft",),
        ("jawForward",),
    ],
    ids=lambda names: names[0],
)
def test_closed_lips_stay_closed(model: HeadModel, names: tuple[str, ...]) -> None:
    """No line of sight from the front gets between the lips' middle halves."""
    lips = model.region("lips") > 0.5
    drop = unit(model, "jawOpen")[:, 2]
    lower = drop < 0.4 * drop[lips].min()
    x, z = model.template[:, 0].abs(), (model.template + unit(model, *names))[:, 2]
    for station in np.linspace(0.0, 0.012, 4):
        near = lips & ((x - station).abs() < 0.0024)
        assert z[near & ~lower].min() <= z[near & lower].max() + 2e-4


def test_an_open_jaw_is_closed_by_mouth_close(model: HeadModel) -> None:
    upper, lower = middle(model, 13), middle(model, 14)
    apart = (upper - lower)[:, 2]
    opened = apart[EXPRESSION_INDEX["jawOpen"]]
    assert opened > 0.025
    closed = opened + apart[EXPRESSION_INDEX["mouthClose"]]
    assert -0.004 < closed < 0.001, "one lip may press behind the other"


def test_lower_teeth_and_gums_turn_about_a_hinge_before_the_ears(
    model: HeadModel,
) -> None:
    faces = model.faces[model.part_faces("teeth", "gums")]
    parts = faces[faces >= 0].unique()
    jaw = model.skin_weights[parts, JOINT_NAMES.index("jaw")] > 0.5
    before = model.template[parts[jaw]].double()
    moved = unit(model, "jawOpen")[parts[jaw]].double()
    after = before + moved
    u, _, v = torch.linalg.svd(
        (before - before.mean(0)).T @ (after - after.mean(0)), full_matrices=False
    )
    rigid = (before - before.mean(0)) @ (u @ v) + after.mean(0)
    assert (rigid - after).norm(dim=1).max() < 2e-4, "half floats, no more"
    # What turns in the plane of the face's middle stands still in one point of it.
    turn = (v.T @ u.T)[1:, 1:]
    still = torch.linalg.solve(
        torch.eye(2).double() - turn,
        after.mean(0)[1:] - turn @ before.mean(0)[1:],
    )
    assert -0.05 < still[0] < 0.03
    assert -0.03 < still[1] < 0.05


def test_upper_teeth_show_under_a_wide_smile(model: HeadModel) -> None:
    faces = model.faces[model.part_faces("teeth")]
    teeth = faces[faces >= 0].unique()
    upper = teeth[model.skin_weights[teeth, JOINT_NAMES.index("jaw")] == 0]
    edge = model.template[upper, 2].min()
    rest = model.landmark_template[13, 2]
    smile = sum(
        weight
        * middle(model, 13)[[EXPRESSION_INDEX[side] for side in both(name)], 2].sum()
        for name, weight in (("mouthSmile", 0.85), ("mouthUpperUp", 0.35))
    )
    assert rest + smile - edge > 0.004
    opened = rest + 0.5 * middle(model, 13)[EXPRESSION_INDEX["jawOpen"], 2]
    assert opened - edge > 0.002


def test_lids_stay_outside_the_eyes_in_every_expression(model: HeadModel) -> None:
    for eye, part in enumerate(("eye_left", "eye_right")):
        centre = model.joint_template[JOINT_NAMES.index("eye.L") + eye]
        faces = model.faces[model.part_faces(part)]
        ball = model.template[faces[faces >= 0].unique()]
        radius = (ball - centre).norm(dim=1).median()
        lids = model.lid_loops[eye].flatten()
        for name, offsets in zip(EXPRESSION_NAMES, model.expression_basis, strict=True):
            if not name.startswith("eye"):
                moved = model.template[lids] + offsets[lids]
                assert (moved - centre).norm(dim=1).min() > radius - 1e-4, name
