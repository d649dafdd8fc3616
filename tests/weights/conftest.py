"""What several tests of learning need."""

from itertools import count
from pathlib import Path
from types import SimpleNamespace

import cv2
import pytest

from core.head_model import load_head_model
from core.texture.texels import skin_texels
from weights.learning.skins import random_skin


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second passes with every look at the clock.

    So a course has as many steps on a busy computer as on an idle one: two looks each.
    """
    looks = count()
    clock = SimpleNamespace(monotonic=lambda: float(next(looks)))
    monkeypatch.setattr("weights.learning.courses.time", clock)


@pytest.fixture(scope="session")
def skins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one skin to paint people with."""
    folder, model = tmp_path_factory.mktemp("skins"), load_head_model()
    albedo = random_skin(model, skin_texels(model, 128), 5)
    pixels = (255 * albedo.clamp(0, 1).sqrt()).byte().numpy()
    cv2.imwrite(str(folder / "0.jpg"), pixels[..., ::-1])
    return folder
