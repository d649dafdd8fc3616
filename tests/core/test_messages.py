import json

import pytest

from core import messages
from core.messages import (
    Advice,
    BuildDouble,
    BuildScene,
    CaptureMotion,
    Done,
    Failed,
    Job,
    Message,
    Progress,
    decode,
    encode,
    part_of,
)

EXAMPLES: list[Job | Message] = [
    BuildDouble(photo="a ü.jpg", asset="b.double", face=2, consent="c.json"),
    BuildDouble(photo="a.jpg", asset="b.double", more_photos=("c.jpg", "d.jpg")),
    CaptureMotion(video="a.mp4", asset="b.motion.npz", start_s=0.5, csv="c.csv"),
    BuildScene(double="a", motion="b", blend="c", name="d", frames=(1, 75)),
    Progress(fraction=0.25, doing="Fitting the head"),
    Advice(text='Says "more"\nin two lines'),
    Done(asset="b.double", facts={"rms_px": 1.5, "converged": True}),
    Failed(reason="No face was found.", error="NoFaceFoundError", facts={"path": "a"}),
]


@pytest.mark.parametrize(
    "message", EXAMPLES, ids=lambda message: type(message).__name__
)
def test_what_is_sent_arrives_as_it_was(message: Job | Message) -> None:
    line = encode(message)
    assert "\n" not in line
    assert decode(line) == message


@pytest.mark.parametrize(
    "line",
    [
        "",
        "no json",
        "[]",
        "7",
        "{}",
        '{"kind": "Unknown"}',
        '{"kind": "Progress"}',
        '{"kind": "Progress", "fraction": 0.5, "doing": "", "more": 1}',
        '{"kind": ["Progress"]}',
    ],
)
def test_anything_else_is_not_a_message(line: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json's own words differ
        decode(line)


def test_figures_that_json_does_not_know_become_null() -> None:
    line = encode(
        Done(asset="a", facts={"rms_px": float("nan"), "more": [float("inf")]})
    )
    facts = json.loads(line, parse_constant=pytest.fail)["facts"]
    assert facts == {"rms_px": None, "more": [None]}


def test_progress_of_a_part_is_a_stretch_of_the_whole() -> None:
    heard: list[Progress | Advice] = []
    say = part_of(part_of(heard.append, 0.5, 1.0), 0.2, 0.4)
    for fraction in (0.0, 0.5, 1.0):
        say(Progress(fraction=fraction, doing="x"))
    say(Advice(text="y"))
    fractions = [item.fraction for item in heard if isinstance(item, Progress)]
    assert fractions == pytest.approx([0.6, 0.65, 0.7])
    assert heard[-1] == Advice(text="y")


def test_every_job_and_message_can_be_decoded() -> None:
    kinds = {type(message) for message in EXAMPLES}
    assert kinds == {*messages.Job.__args__, *messages.Message.__args__}
