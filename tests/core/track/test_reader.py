"""The reader of expressions: its file, its laws, and gaze there and back."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.errors import MissingWeightsError
from core.expressions import EXPRESSION_INDEX as INDEX
from core.head_model import load_head_model
from core.head_model.data import HEAD_MODEL_PATH, read_head_model
from core.landmarks.skin import EXPRESSION_READER_PATH, HINTS
from core.track.lids import LidRange
from core.track.looks import gaze_of, look_weights
from core.track.reader import (
    ExpressionReader,
    Impressions,
)

FRAMES = 20


@pytest.fixture(scope="module")
def sha256() -> str:
    return read_head_model(HEAD_MODEL_PATH).sha256


@pytest.fixture(scope="module")
def reader(sha256: str) -> ExpressionReader:
    return ExpressionReader.load(sha256)


def calm_clip() -> Impressions:
    """A neutral face with the lids as open as the model's."""
    return Impressions(
        solved=torch.zeros(FRAMES, 52),
        hints=torch.zeros(FRAMES, HINTS),
        scores=torch.zeros(FRAMES, 52),
        off_neutral_mm=torch.zeros(FRAMES, 478, 2),
        toward=torch.tensor([[0.0, 0.0]]).repeat(FRAMES, 1),
        openings=torch.ones(FRAMES, 2),
        gaze_rad=torch.zeros(FRAMES, 2, 2),
    )


def test_missing_damaged_and_foreign_files_are_refused(
    tmp_path: Path, sha256: str
) -> None:
    with pytest.raises(MissingWeightsError, match=r"reader .* there is no"):
        ExpressionReader.load(sha256, tmp_path / "no.safetensors")
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(EXPRESSION_READER_PATH.read_bytes()[:5000])
    with pytest.raises(MissingWeightsError, match="cannot be read"):
        ExpressionReader.load(sha256, damaged)
    with pytest.raises(MissingWeightsError, match="another head model"):
        ExpressionReader.load("0" * 64)


def test_a_calm_face_is_read_as_calm(reader: ExpressionReader) -> None:
    weights = reader.read(calm_clip())
    assert weights.shape == (FRAMES, 52)
    assert weights.max() < 0.15


def test_a_blink_is_read_on_its_own_side(reader: ExpressionReader) -> None:
    clip, blink = calm_clip(), INDEX["eyeBlinkLeft"]
    openings, scores = clip.openings.clone(), clip.scores.clone()
    off_neutral_mm, solved = clip.off_neutral_mm.clone(), clip.solved.clone()
    openings[8:11, 0] = 0.1
    scores[8:11, blink] = solved[8:11, blink] = 0.6
    lid_mm = 1000 * load_head_model().landmark_expression_basis[blink]
    off_neutral_mm[8:11] += 0.7 * lid_mm[:, [0, 2]]
    weights = reader.read(
        replace(
            clip,
            openings=openings,
            scores=scores,
            off_neutral_mm=off_neutral_mm,
            solved=solved,
        )
    )
    left, right = weights[9, [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]]
    assert left > 0.35
    assert right < left - 0.2
    assert weights[0, INDEX["eyeBlinkLeft"]] < 0.1


def test_a_lower_lip_is_drawn_down_by_what_the_detector_sees_beyond_its_usual(
    reader: ExpressionReader,
) -> None:
    left, right = INDEX["mouthLowerDownLeft"], INDEX["mouthLowerDownRight"]
    scores = torch.zeros(FRAMES, 52)
    scores[:, right] = 0.3  # always: that is how this face is
    scores[0, left] = 0.8
    weights = reader.read(replace(calm_clip(), scores=scores))
    assert weights[0, left] == pytest.approx(0.8)
    assert weights[1:, left].max() < 0.1
    assert weights[:, right].max() < 0.15


def test_order_of_frames_does_not_matter(reader: ExpressionReader) -> None:
    generator = torch.Generator().manual_seed(0)
    clip = replace(calm_clip(), scores=torch.rand(FRAMES, 52, generator=generator))
    backwards = replace(clip, scores=clip.scores.flip(0))
    assert torch.allclose(reader.read(backwards), reader.read(clip).flip(0), atol=1e-5)


def test_a_gaze_comes_back_from_its_weights() -> None:
    gaze = torch.tensor([[[0.2, -0.1], [0.15, -0.1]], [[-0.3, 0.2], [-0.25, 0.3]]])
    assert torch.allclose(gaze_of(look_weights(gaze)), gaze, atol=1e-6)


def test_one_frame_of_crossed_lids_has_weights() -> None:
    openings = torch.tensor([[-0.1, 0.0]])
    blink, wide = LidRange.of(openings, torch.zeros(1, 2)).weights(openings)
    assert blink.isfinite().all()
    assert wide.isfinite().all()
