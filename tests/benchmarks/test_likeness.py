"""The likeness figures: one flat object, with null for what cannot be measured."""

import json

import pytest

from benchmarks import likeness
from benchmarks.heads import scanned
from benchmarks.heads.in_model import in_model
from benchmarks.likeness import CROSS_NAMES, Options, cross_model_figures
from core.head_model import load_head_model


def test_without_scans_the_figures_are_null_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(scanned, "SCANS", scanned.ROOT / "nowhere.npz")
    figures = cross_model_figures(Options(heads=1))
    assert figures == dict.fromkeys(CROSS_NAMES)
    assert "missing" in capsys.readouterr().err


def test_the_answer_is_one_flat_object_and_tells_what_was_missed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        likeness, "FIGURES", (lambda _: {"neutral_pair_mm": 5.0, "psnr_db": None},)
    )
    monkeypatch.setattr("sys.argv", ["likeness.py", "--json"])
    assert likeness.main() == 1
    printed = capsys.readouterr()
    assert json.loads(printed.out) == {"neutral_pair_mm": 5.0, "psnr_db": None}
    assert "neutral_pair_mm" in printed.err


def test_people_of_the_model_are_found() -> None:
    errors = in_model(load_head_model(), seed=3, heads=2)
    assert max(error.distances_mm.mean() for error in errors) < 2.2
