"""What happens when the head model's file is not what it should be."""

import json
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from core.errors import MissingWeightsError
from core.head_model import load_head_model
from core.head_model.data import HEAD_MODEL_PATH


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingWeightsError, match=r"there is no .*nowhere"):
        load_head_model(tmp_path / "nowhere.safetensors")


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    damaged = tmp_path / "head.safetensors"
    damaged.write_bytes(HEAD_MODEL_PATH.read_bytes()[:5000])
    with pytest.raises(MissingWeightsError, match="not a head model"):
        load_head_model(damaged)


def test_another_version_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "head.safetensors"
    save_file(load_file(HEAD_MODEL_PATH), other, {"format_version": json.dumps(99)})
    with pytest.raises(MissingWeightsError, match="another format version"):
        load_head_model(other)


def test_the_card_names_the_file_that_is_there() -> None:
    card = HEAD_MODEL_PATH.with_suffix(".md").read_text(encoding="utf-8")
    assert load_head_model().version_sha256 in card
