"""Crossed and narrowed eyes, which the reader has never seen."""

import numpy as np
import pytest
import torch

from core.expressions import EXPRESSION_INDEX as INDEX
from core.track import track_head
from core.track.eyes_shown import (
    steadied,
    with_crossing,
    with_narrowed_eyes,
    with_shut_eyes,
)
from core.track.lids import LidRange
from core.track.looks import gaze_of, look_weights
from tests.synthetic import (
    Person,
    clip_of,
    expression,
    head_model,
    pose,
    some_identity,
)

LIDS = LidRange(
    ordinary=torch.tensor([0.9, 0.9]),
    closed=torch.tensor([0.1, 0.1]),
    wide=torch.tensor([1.0, 1.0]),
)
BLINKS = [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]


def looking(yaw: float, pitch: float = 0.0) -> torch.Tensor:
    """Weights of both eyes that look at one thing, and of a smile."""
    weights = look_weights(torch.tensor([[[yaw, pitch], [yaw, pitch]]]))
    weights[:, INDEX["mouthSmileLeft"]] = 0.4
    return weights


@pytest.mark.parametrize(("yaw", "pitch"), [(0.0, 0.0), (0.2, -0.1)])
def test_crossed_eyes_cross_around_what_was_read(yaw: float, pitch: float) -> None:
    read = looking(yaw, pitch)
    crossed = with_crossing(read, torch.tensor([0.6]), torch.tensor([1.0]))
    left, right = gaze_of(crossed)[0]
    assert float(right[0] - left[0]) == pytest.approx(0.6, abs=1e-5)
    assert float(right[0] + left[0]) / 2 == pytest.approx(yaw, abs=1e-5)
    assert left[1] == right[1] == pytest.approx(pitch, abs=1e-5)
    assert crossed[0, INDEX["mouthSmileLeft"]] == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("crossing", "opening"),
    [(0.2, 1.0), (-0.6, 1.0), (0.6, 0.2)],
    ids=["too little", "apart", "closed"],
)
def test_what_the_irises_do_not_show_for_sure_is_left_as_read(
    crossing: float, opening: float
) -> None:
    read = looking(0.1)
    kept = with_crossing(read, torch.tensor([crossing]), torch.tensor([opening]))
    assert torch.equal(kept, read)


def test_a_single_frame_that_jumps_is_no_crossing() -> None:
    crossing = torch.full((20,), 0.1)
    crossing[7] = 0.9
    crossing[12:] = 0.6
    steady = steadied(crossing)
    assert (steady[:12] == 0.1).all()
    assert (steady[12:] == 0.6).all()
    assert steadied(torch.tensor([0.3])).tolist() == pytest.approx([0.3])


@pytest.mark.parametrize(
    ("opening", "score", "least", "most"),
    [
        (0.85, 0.05, 0.1, 0.3),  # awake
        (0.55, 0.15, 0.5, 0.75),  # narrowed
        (0.2, 0.05, 1.0, 1.0),  # closed, as the lids show
        (0.6, 0.6, 1.0, 1.0),  # closed, as the detector scores
    ],
)
def test_eyes_read_as_closed_are_so_if_lids_or_scores_say_so(
    opening: float, score: float, least: float, most: float
) -> None:
    read, scores = torch.zeros(1, 52), torch.zeros(1, 52)
    read[:, BLINKS], scores[:, BLINKS] = 1.0, score
    kept = with_narrowed_eyes(read, torch.full((1, 2), opening), LIDS, scores)
    assert (kept[:, BLINKS] >= least).all()
    assert (kept[:, BLINKS] <= most).all()
    assert kept.sum() == kept[:, BLINKS].sum()


def test_a_wink_is_left_to_the_reader() -> None:
    read = torch.zeros(1, 52)
    read[:, BLINKS] = torch.tensor([1.0, 0.2])
    openings = torch.full((1, 2), 0.8)
    kept = with_narrowed_eyes(read, openings, LIDS, torch.zeros(1, 52))
    assert torch.equal(kept, read)


def test_eyes_are_never_closed_further_than_read() -> None:
    read, scores = torch.zeros(1, 52), torch.ones(1, 52)
    read[:, BLINKS] = torch.tensor([0.0, 0.3])
    kept = with_narrowed_eyes(read, torch.zeros(1, 2), LIDS, scores)
    assert torch.equal(kept, read)


def test_the_ordinary_eye_of_somebody_who_stares_is_not_half_closed() -> None:
    staring = LidRange(
        ordinary=torch.tensor([1.3, 1.3]), closed=LIDS.closed, wide=LIDS.wide
    )
    read = torch.zeros(1, 52)
    read[:, BLINKS] = 1.0
    openings = torch.full((1, 2), 0.95)
    kept = with_narrowed_eyes(read, openings, staring, torch.zeros(1, 52))
    assert (kept[:, BLINKS] < 0.25).all()


def test_crossed_eyes_are_recovered_from_a_clip() -> None:
    model = head_model()
    crossed = range(20, 40)
    people = [
        Person(
            identity=some_identity(model, seed=3),
            expression=expression(jawOpen=0.3 * (frame % 7) / 7),
            T_camera_head=pose(yaw=8 * np.sin(frame / 9)),
            focal_px=1500.0,
            crossing_rad=0.7 if frame in crossed else 0.0,
        )
        for frame in range(60)
    ]
    tracked = track_head(model, clip_of(model, people, noise=0.0036))
    crossing = tracked.gaze_rad[:, 1, 0] - tracked.gaze_rad[:, 0, 0]
    assert (crossing[23:37] > 0.5).all()
    assert (np.abs(np.r_[crossing[:17], crossing[43:]]) < 0.15).all()
    inward = tracked.expressions[:, [INDEX["eyeLookInLeft"], INDEX["eyeLookInRight"]]]
    assert (inward[23:37] > 0.3).all()


@pytest.mark.parametrize(
    ("opening", "read", "blink"),
    [
        (0.15, 0.0, 1.0),  # shut, and taken for open
        (0.55, 0.1, 0.1),  # half open
        (0.85, 0.3, 0.3),  # open
        (0.5, 0.95, 0.95),  # as it was read
    ],
)
def test_eyes_that_are_seen_to_be_shut_are_shut(
    opening: float, read: float, blink: float
) -> None:
    weights = torch.zeros(1, len(INDEX))
    weights[0, BLINKS] = read
    weights[0, INDEX["jawOpen"]] = 0.3
    openings = torch.tensor([[opening, 0.9]])
    shown = with_shut_eyes(weights, openings, LIDS)
    assert float(shown[0, BLINKS[0]]) == pytest.approx(blink, abs=1e-5)
    assert float(shown[0, BLINKS[1]]) == pytest.approx(read)
    assert float(shown[0, INDEX["jawOpen"]]) == pytest.approx(0.3)
