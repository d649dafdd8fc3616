from core.expressions import (
    EXPRESSION_INDEX,
    EXPRESSION_NAMES,
    GAZE_EXPRESSIONS,
    MIRROR_ORDER,
    mirrored_name,
)


def test_there_are_52_different_names() -> None:
    assert len(EXPRESSION_NAMES) == len(set(EXPRESSION_NAMES)) == 52
    assert [EXPRESSION_INDEX[name] for name in EXPRESSION_NAMES] == list(range(52))


def test_every_left_has_a_right_and_mirroring_twice_changes_nothing() -> None:
    for name in EXPRESSION_NAMES:
        assert mirrored_name(name) in EXPRESSION_NAMES
        assert mirrored_name(mirrored_name(name)) == name
    assert [MIRROR_ORDER[i] for i in MIRROR_ORDER] == list(range(52))
    assert mirrored_name("jawOpen") == "jawOpen"
    assert mirrored_name("eyeBlinkLeft") == "eyeBlinkRight"


def test_gaze_has_four_directions_for_each_eye() -> None:
    assert len(GAZE_EXPRESSIONS) == 8
