"""Eyes that are learned from, and that how far they are open is learned."""

from pathlib import Path

import numpy as np
import pytest
import torch

from core.expressions import EXPRESSION_INDEX
from core.landmarks.open_eyes import SIDE_PX as SEEN_PX
from core.landmarks.open_eyes import network_input
from weights.learning import eyes as painting
from weights.learning.eyes import (
    EYE_PX,
    SIDE_PX,
    Eyes,
    faces_with_lids,
    paint_part,
    read_parts,
)
from weights.learning.opening import Lessons, examine, learn_openings


def test_lids_are_shut_open_and_between_and_seldom_unlike() -> None:
    faces = faces_with_lids(2000, np.random.default_rng(0))
    left, right = (
        faces[:, EXPRESSION_INDEX[name]] for name in ("eyeBlinkLeft", "eyeBlinkRight")
    )
    assert faces.min() >= 0
    assert faces.max() <= 1
    for side in (left, right):
        shares = np.histogram(side, [0, 0.2, 0.4, 0.6, 0.8, 1.01])[0] / len(side)
        assert shares.min() > 0.1
    unlike = ((left - right).abs() > 0.3).float().mean()
    assert 0.05 < unlike < 0.3


@pytest.fixture(scope="module")
def part(skins: Path, tmp_path_factory: pytest.TempPathFactory) -> Eyes:
    """The eyes of some people."""
    folder = tmp_path_factory.mktemp("parts")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(painting, "_AT_ONCE", 4)
        patch.setattr(painting, "_CROWDS", 2)
        paint_part(folder, skins, 3)
        written = (folder / "0003.npz").read_bytes()
        paint_part(folder, Path("nowhere"), 3)
    assert (folder / "0003.npz").read_bytes() == written, "it was there already"
    return read_parts(folder)


def test_painted_eyes_are_level_and_know_their_gaps(part: Eyes) -> None:
    assert 10 <= len(part.gaps) <= 16
    assert part.pictures.shape[1:] == (3, SIDE_PX, SIDE_PX)
    assert part.gaps.min() >= -0.02
    assert part.gaps.max() < 0.6
    assert part.gaps.std() > 0.03
    assert part.pictures.float().std(dim=(1, 2, 3)).min() > 1


def slits(count: int) -> Eyes:
    """Dark slits of any height in grey pictures."""
    random = np.random.default_rng(1)
    gaps = random.uniform(0, 0.4, count).astype(np.float32)
    rows = np.abs(np.arange(SIDE_PX) + 0.5 - SIDE_PX / 2)
    columns = rows < EYE_PX / 2
    pictures = np.full((count, 3, SIDE_PX, SIDE_PX), 170, np.uint8)
    for picture, gap in zip(pictures, gaps, strict=True):
        slit = (rows < gap * EYE_PX / 2)[:, None] & columns
        picture[:, slit] = random.integers(20, 90)
    return Eyes(pictures=torch.from_numpy(pictures), gaps=torch.from_numpy(gaps))


@pytest.mark.usefixtures("ticking")
def test_it_learns_how_far_slits_are_open() -> None:
    torch.manual_seed(0)
    known = slits(600)
    network = learn_openings(known, Lessons(minutes=8.0, unseen=64, batch=32))
    with torch.no_grad():
        middle = (SIDE_PX - SEEN_PX) // 2
        square = known.pictures[:64].float() / 255
        cut = square[:, :, middle:-middle, middle:-middle]
        gap, error = network(network_input(cut))
    assert np.corrcoef(gap.numpy(), known.gaps[:64].numpy())[0, 1] > 0.9
    assert error.max() < 1
    assert examine(network, known, torch.arange(64)).startswith("off by 0.0")
