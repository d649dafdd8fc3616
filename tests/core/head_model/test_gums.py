"""Teeth are seen as far as people show them."""

import torch

from core.head_model import load_head_model, neutral_with_crowns


def test_gums_leave_the_crowns_of_front_teeth_bare_and_nothing_else_moves() -> None:
    model = load_head_model()
    bare = neutral_with_crowns(model, model.template)

    def of(head: torch.Tensor, part: str) -> torch.Tensor:
        faces = model.faces[model.part_faces(part)]
        return head[faces[faces >= 0].unique()]

    front = model.template[:, 0].abs() < 0.012
    gums = torch.zeros(len(front), dtype=torch.bool)
    gums[model.faces[model.part_faces("gums")].flatten()] = True
    upper = front & gums & (model.template[:, 2] > -0.027)
    lower = front & gums & (model.template[:, 2] < -0.03)
    edge = of(model.template, "teeth")[:, 2]
    crown = bare[upper, 2].min() - edge[edge < -0.029].max()
    covered = model.template[upper, 2].min() - edge[edge < -0.029].max()
    assert crown > covered + 0.0015
    assert bare[lower, 2].max() < model.template[lower, 2].max() - 0.0015
    assert torch.equal(bare[~gums], model.template[~gums])
    assert torch.equal(bare[:, :2], model.template[:, :2])
