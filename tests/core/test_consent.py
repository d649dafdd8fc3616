import json
from pathlib import Path

import pytest

from core.consent import MOST_BYTES, read_consent
from core.errors import ConsentRefusedError

RECORD = {
    "id": "7f",
    "subject": {"label": "Léa", "adult": True},
    "expires": "2027-01-01",
}


def test_a_record_is_carried_word_for_word(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(RECORD), encoding="utf-8")
    assert read_consent(tmp_path / "a.json") == RECORD


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "not valid JSON"),
        ("I agree.", "not valid JSON"),
        ("[1]", "not a JSON object"),
        ("{}", "not a JSON object"),
        ('{"adult": true, "adult": false}', "'adult' occurs twice"),
        ('{"a": NaN}', "NaN"),
        ('{"a": "' + "x" * MOST_BYTES + '"}', "larger than 64 KB"),
        ('{"a": ' + "[" * 9000 + "]" * 9000 + "}", "nested too deeply"),
        ('{"a": ' + "[" * 50 + "]" * 50 + "}", "nested too deeply"),
        (b"\xff\xfe\x00", "not valid JSON"),
    ],
)
def test_anything_else_is_refused(
    tmp_path: Path, content: str | bytes, words: str
) -> None:
    raw = content if isinstance(content, bytes) else content.encode()
    (tmp_path / "a.json").write_bytes(raw)
    with pytest.raises(ConsentRefusedError, match=words):
        read_consent(tmp_path / "a.json")


def test_a_missing_record_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConsentRefusedError, match="there is no such file"):
        read_consent(tmp_path / "a.json")
