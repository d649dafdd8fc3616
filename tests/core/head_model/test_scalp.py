"""Where hair grows on the average head."""

import torch

from core.head_model import load_head_model, where_hair_grows


def test_hair_grows_behind_the_ears_too() -> None:
    model = load_head_model()
    grows, scalp = where_hair_grows(model), model.region("scalp")
    x, y, z = model.template.T
    ears = model.region("ears")
    more = (grows > 0.5) & (scalp < 0.1)
    assert more.sum() > 6
    assert (y[more] > 0.01).all()
    assert (z[more] < z[ears > 0.9].max()).all()
    assert (x[more] > 0.02).sum() == (x[more] < -0.02).sum()
    assert (grows >= scalp).all()


def test_no_hair_grows_on_ears_neck_and_face() -> None:
    model = load_head_model()
    more = where_hair_grows(model) - model.region("scalp")
    for name in ("face", "ears", "shoulders", "mouth_inside", "eyes"):
        assert more[model.region(name) > 0.95].max() < 0.05, name
    front = model.template[:, 1] < 0
    assert torch.all(more[front] == 0)
