"""The person's mask on the example's photo, and only with the model that was meant."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import MissingWeightsError
from core.images.photo import read_photo
from core.landmarks import person_mask as module
from core.landmarks.person_mask import person_mask

PHOTO = Path(__file__).resolve().parents[3] / "examples" / "photo.jpg"


def test_the_person_stands_out_from_the_wall() -> None:
    pixels = read_photo(PHOTO).pixels_srgb
    mask = person_mask(pixels)
    height, width = mask.shape
    assert (height, width) == pixels.shape[:2]
    assert mask.min() >= 0
    assert mask.max() <= 1
    assert mask[int(0.45 * height) : int(0.6 * height), width // 2].min() > 0.9
    assert mask[: height // 10, : width // 10].max() < 0.1


def test_an_altered_model_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "selfie_segmenter.tflite"
    other.write_bytes(module.PATH.read_bytes()[:-1] + b"!")
    monkeypatch.setattr(module, "PATH", other)
    with pytest.raises(MissingWeightsError, match="not the model"):
        person_mask(np.zeros((64, 64, 3), np.uint8))


def test_a_missing_model_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "PATH", tmp_path / "none.tflite")
    with pytest.raises(MissingWeightsError, match="missing"):
        person_mask(np.zeros((64, 64, 3), np.uint8))
