"""Eyes are as closed as they look, as far as they can be seen."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.expressions import EXPRESSION_INDEX as INDEX
from core.landmarks.topology import (
    EYE_CORNERS_LEFT,
    EYE_CORNERS_RIGHT,
    LID_PAIRS_LEFT,
    LID_PAIRS_RIGHT,
)
from core.residuals.prediction import HeadUnknowns, LandmarkBases
from core.residuals.start import start_unknowns
from core.track import track_head
from core.track.lids_shown import ShownLids, ShownRange, with_shown_lids
from tests.synthetic import (
    IMAGE_SIZE_PX,
    Person,
    clip_of,
    expression,
    head_model,
    landmarks_of,
    pose,
    some_identity,
)

BLINKS = [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]
RANGE = ShownRange(ordinary=torch.tensor([0.9, 0.9]), shut=torch.tensor([0.1, 0.1]))


def shown(left: list[float], right: list[float], error: float = 0.03) -> ShownLids:
    openings = torch.tensor([left, right]).T.contiguous()
    return ShownLids(
        openings=openings,
        errors=torch.full_like(openings, error),
        sights=torch.ones_like(openings),
    )


def applied(
    read: torch.Tensor, seen: ShownLids, range_: ShownRange, evident: float = 1.0
) -> torch.Tensor:
    """Weights with the shown lids, as evident as said."""
    return with_shown_lids(read, seen, range_, torch.full_like(seen.openings, evident))


def scores(seen: ShownLids, score: float = 0.0) -> torch.Tensor:
    return torch.full_like(seen.openings, score)


def blinking(awake: float, shut: float) -> list[float]:
    """An eye through a hundred frames, shut in three, wide in ten."""
    return [awake] * 60 + [shut] * 3 + [awake] * 27 + [1.3 * awake] * 10


@pytest.mark.parametrize("awake", [0.6, 1.1])
@pytest.mark.parametrize("shut", [0.0, 0.25])
def test_the_range_is_the_drivers_own(awake: float, shut: float) -> None:
    seen = shown(blinking(awake, shut * awake), blinking(awake, 0.1 * awake))
    found = seen.range(scores(seen))
    assert found.ordinary.tolist() == pytest.approx([awake, awake])
    assert found.shut.tolist() == pytest.approx([shut, 0.1], abs=1e-6)


def test_an_eye_that_is_never_shut_is_measured_by_the_other() -> None:
    seen = shown(blinking(1.0, 0.2), blinking(1.0, 0.7))
    assert seen.range(scores(seen)).shut.tolist() == pytest.approx([0.2, 0.2])
    awake = shown(blinking(1.0, 0.8), blinking(1.0, 0.7))
    assert (awake.range(scores(awake, 0.9)).shut < 0.1).all()


def test_a_line_of_lashes_is_no_gap_if_the_detector_sees_a_blink() -> None:
    seen = shown(blinking(0.7, 0.35), blinking(0.7, 0.35))
    assert seen.range(scores(seen, 0.6)).shut.tolist() == pytest.approx([0.5, 0.5])
    assert (seen.range(scores(seen, 0.3)).shut < 0.1).all()


def test_the_ordinary_eye_of_somebody_who_stares_is_not_half_closed() -> None:
    seen = shown([1.4] * 80 + [1.0] * 20, [1.4] * 80 + [1.0] * 20)
    found = applied(torch.zeros(100, 52), seen, seen.range(scores(seen)))
    assert found[:, BLINKS].max() < 0.1


def test_what_can_hardly_be_seen_is_not_the_range() -> None:
    seen = shown(blinking(1.0, 0.2), blinking(1.0, 0.2))
    seen.openings[10], seen.errors[10] = -0.2, 1.0
    assert seen.range(scores(seen)).shut.tolist() == pytest.approx([0.2, 0.2])


def test_one_frame_is_enough() -> None:
    seen = shown([0.8], [0.9])
    found = seen.range(scores(seen))
    assert found.ordinary.tolist() == pytest.approx([0.8, 0.9])


def test_eyes_are_as_closed_as_they_look() -> None:
    seen = shown([0.9, 0.09, 0.45, 0.9], [0.9, 0.09, 0.9, 0.09])
    blink = applied(torch.zeros(4, 52), seen, RANGE)[:, BLINKS]
    assert (blink[0] == 0).all()
    assert (blink[1] > 0.8).all()
    assert 0.35 < blink[2, 0] < 0.65
    assert blink[2, 1] == 0
    assert blink[3, 0] == 0
    assert blink[3, 1] > 0.8


def test_the_less_can_be_seen_the_more_the_reader_is_believed() -> None:
    read = torch.zeros(1, 52)
    read[:, BLINKS] = 1.0
    closed = [
        float(applied(read, shown([0.9], [0.9], error), RANGE)[0, BLINKS[0]])
        for error in (0.02, 0.1, 0.3, 2.0)
    ]
    assert closed == sorted(closed)
    assert closed[0] < 0.2
    assert closed[-1] > 0.95


def test_an_eye_behind_the_nose_does_what_the_other_does() -> None:
    seen = shown([0.9, 0.09], [0.0, 0.0])
    seen.sights[:, 1] = 0.0
    blink = applied(torch.zeros(2, 52), seen, RANGE)[:, BLINKS]
    assert (blink[0] < 0.1).all()
    assert (blink[1] > 0.5).all()
    seen.sights[:] = torch.tensor([0.3, 0.0])
    turned = applied(torch.zeros(2, 52), seen, RANGE)[:, BLINKS]
    assert turned[0, 0] < 0.1, "the nearer eye does not follow the hidden one"
    assert seen.range(scores(seen)).shut.tolist() == pytest.approx([0.05, 0.05])


def test_an_eye_that_looks_shut_and_is_not_lies_behind_something() -> None:
    seen = shown([0.9, 0.45, 0.09], [-0.1, -0.1, -0.1])
    still = torch.zeros(3, 52)
    covered = applied(still, seen, RANGE, evident=0.2)[:, BLINKS]
    assert covered[0].max() < 0.1, "it does what the other does"
    assert covered[1].min() > 0.2
    assert covered[1].max() < 0.7
    winking = applied(still, seen, RANGE, evident=0.7)[:, BLINKS]
    assert winking[0, 0] == 0
    assert winking[0, 1] > 0.8


def test_the_far_eye_of_a_turned_head_is_hidden() -> None:
    model = head_model()
    bases = LandmarkBases.of(model, refined=True).to(torch.device("cpu"))
    people = [
        Person(
            identity=np.zeros(model.identity_count, np.float32),
            expression=expression(),
            T_camera_head=pose(yaw=yaw),
            focal_px=1500.0,
        )
        for yaw in (0, 30, 60, -60)
    ]
    observed = torch.from_numpy(np.stack([landmarks_of(model, p) for p in people]))
    observed = observed.to(bases.neutral)
    x, view = start_unknowns(
        bases,
        observed,
        torch.zeros(4, 52).to(observed),
        layout=HeadUnknowns(),
        focal_px=observed.new_tensor(1500.0),
        center_px=observed.new_tensor([IMAGE_SIZE_PX[0] / 2, IMAGE_SIZE_PX[1] / 2]),
    )
    eyes = torch.full((4, 2, 2), 0.2).to(observed)
    sights = ShownLids.of(bases, view, x, observed, eyes).sights
    assert (sights[:2] == 1).all()
    far, near = sights[2:].amin(dim=1), sights[2:].amax(dim=1)
    assert (far == 0).all()
    assert (near > 0.4).all()
    assert sights[2].argmin() != sights[3].argmin()


def test_a_squint_explains_a_part_and_nothing_else_is_touched() -> None:
    read = torch.zeros(1, 52)
    read[:, INDEX["mouthSmileLeft"]] = 0.5
    half = shown([0.45], [0.45])
    plain = applied(read, half, RANGE)
    read[:, [INDEX["eyeSquintLeft"], INDEX["eyeSquintRight"]]] = 1.0
    squinting = applied(read, half, RANGE)
    apart = plain[:, BLINKS] - squinting[:, BLINKS]
    assert torch.allclose(apart, torch.full((1, 2), 0.26), atol=0.03)
    others = [n for n in range(52) if n not in BLINKS]
    assert torch.equal(squinting[:, others], read[:, others])


def gaps_of(points_px: np.ndarray) -> np.ndarray:
    """[2, 2] how far both eyes are open, for sure."""
    told = []
    for (outer, inner), pairs in (
        (EYE_CORNERS_LEFT, LID_PAIRS_LEFT),
        (EYE_CORNERS_RIGHT, LID_PAIRS_RIGHT),
    ):
        upper, lower = np.array(pairs[1:-1]).T
        gap = (points_px[lower] - points_px[upper]).mean(axis=0)[1]
        width = np.linalg.norm(points_px[outer] - points_px[inner])
        told.append([max(gap / width, 0.0), 0.01])
    return np.array(told, np.float32)


def test_lids_whose_marks_hardly_move_close_as_their_pixels_say() -> None:
    model = head_model()
    closing = np.zeros(80)
    closing[20:24] = 1.0
    closing[40:50] = 0.5

    def acted(share: float) -> list[Person]:
        return [
            Person(
                identity=some_identity(model, seed=3),
                expression=expression(
                    jawOpen=0.3 * (frame % 7) / 7,
                    eyeBlinkLeft=share * weight,
                    eyeBlinkRight=share * weight,
                ),
                T_camera_head=pose(yaw=8 * np.sin(frame / 9)),
                focal_px=1500.0,
            )
            for frame, weight in enumerate(closing)
        ]

    clip = clip_of(model, acted(0.4), noise=0.003)
    eyes = np.stack([gaps_of(landmarks_of(model, each)) for each in acted(1.0)])
    found = track_head(model, replace(clip, eyes=eyes)).expressions[:, BLINKS]
    blind = track_head(model, clip).expressions[:, BLINKS]
    assert (found[21:23] > 0.9).all()
    assert (found[[*range(5, 15), *range(55, 75)]] < 0.1).all()
    assert np.abs(found[42:48] - 0.6).max() < 0.2
    assert np.abs(blind[42:48] - 0.6).min() > 0.2, "marks alone tell less"
