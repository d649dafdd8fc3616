"""A reader of expressions from films of heads whose weights are known.

A convolutional network looks at the skin, and two layers join what it sees with all
that the first solve has left. They learn to be near the weights and near the places of
the landmarks that those weights move. A film counts twice, once in the mirror, and is
looked at whole and in a short piece, so that what is usual in it can be trusted as far
as it should.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.expressions import EXPRESSION_NAMES
from core.head_model import HeadModel
from core.landmarks.skin import HINTS, FaceChart, SkinNetwork
from core.track.reader import ExpressionReader

from .motion import marked_motion
from .rehearsal import Rehearsal

_HINTS = slice(-2 * len(EXPRESSION_NAMES) - HINTS, -2 * len(EXPRESSION_NAMES))
"""Columns of the clues that hold what the skin shows."""


@dataclass(frozen=True, kw_only=True)
class Lessons:
    """How it is learned; tuned on films of other heads."""

    patterns: int = 150
    """Principal components of the landmarks."""
    units: int = 256
    """Of the first layer."""
    rounds: int = 30
    """Through all films."""
    batch: int = 8
    """Films of a step."""
    rate: float = 2e-3
    """Most of the step's size; it falls like a cosine."""
    decay: float = 1e-2
    """Of the weights."""
    dropped: float = 0.2
    """Share of clues and units that are left out of a step."""
    noise: float = 0.15
    """Added to the clues, of their own spread."""
    blind: float = 0.15
    """Share of films whose skin is not looked at."""
    tint: float = 0.2
    """Spread of a film's colours."""
    grain: float = 0.1
    """Most noise of its pixels."""
    forgiving: float = 0.1
    """Error of a weight from where it counts linearly."""
    millimetres: float = 0.005
    """What a millimetre of the landmarks counts beside the weights' mean error. More
    makes large movements hide small ones: at 0.02 weights err by a sixteenth more, and
    skin by no less."""


class _Network(nn.Module):
    """Charts and clues in, weights out; how clues are spread is divided out."""

    def __init__(self, clues: Tensor, lessons: Lessons) -> None:
        super().__init__()
        self.skin = SkinNetwork()
        self.middle, self.spread = clues.mean(dim=0), clues.std(dim=0) + 1e-3
        self.middle[_HINTS], self.spread[_HINTS] = 0, 1
        self.hidden = nn.Linear(clues.shape[1], lessons.units)
        self.output = nn.Linear(lessons.units, len(EXPRESSION_NAMES))
        self.drop = nn.Dropout(lessons.dropped)
        self.noise = lessons.noise

    def forward(self, clues: Tensor, hints: Tensor) -> Tensor:
        """The weights, in training of clues that are blurred."""
        given = (clues - self.middle) / self.spread
        given = given + self.noise * torch.randn_like(given)
        given[:, _HINTS] = hints
        return self.output(self.drop(self.hidden(self.drop(given)).relu()))

    def reader(self, patterns: Tensor, motion: Tensor) -> ExpressionReader:
        """What it has learned."""
        hidden = self.hidden.weight.detach() / self.spread
        return ExpressionReader(
            patterns=patterns,
            hidden=hidden,
            hidden_offset=self.hidden.bias.detach() - hidden @ self.middle,
            output=self.output.weight.detach(),
            output_offset=self.output.bias.detach(),
            motion=motion,
        )


def learn_reader(
    films: Sequence[Rehearsal],
    model: HeadModel,
    chart: FaceChart,
    lessons: Lessons,
) -> tuple[ExpressionReader, SkinNetwork]:
    """The reader and what looks at skin for it; `films` hold the mirrored ones too."""
    landmark_motion = model.landmark_expression_basis
    patterns = _patterns(films, lessons.patterns)
    shown = [*films, *map(_piece, films)]
    clues = [film.seen.clues(patterns) for film in shown]
    ways = 1000 * landmark_motion.flatten(1)
    root = torch.linalg.cholesky(
        ways @ ways.mT / landmark_motion.shape[1] + 1e-3 * torch.eye(len(ways))
    )
    network = _Network(torch.cat(clues), lessons)
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=lessons.rate, weight_decay=lessons.decay
    )
    steps = lessons.rounds * (len(shown) // lessons.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, lessons.rate, total_steps=steps, pct_start=0.05
    )
    started = time.monotonic()
    for round_ in range(lessons.rounds):
        order = torch.randperm(len(shown))[: steps // lessons.rounds * lessons.batch]
        sum_ = 0.0
        for chosen in order.view(-1, lessons.batch).tolist():
            hints = [_hints(network.skin, shown[n], chart, lessons) for n in chosen]
            acted = torch.cat([shown[n].acted for n in chosen])
            seen = torch.cat([clues[n] for n in chosen])
            wrong = _clamped(network(seen, torch.cat(hints))) - acted
            moved = ((wrong @ root).square().sum(dim=1) + 1e-4).sqrt().mean()
            near = nn.functional.smooth_l1_loss(
                wrong, torch.zeros_like(wrong), beta=lessons.forgiving
            )
            energy = near + lessons.millimetres * moved
            optimizer.zero_grad()
            energy.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimizer.step()
            schedule.step()
            sum_ += float(energy.detach())
        spent = time.monotonic() - started
        print(f"{round_ + 1}: {sum_ * lessons.rounds / steps:.4f}, {spent:.0f} s")
    return network.reader(patterns, marked_motion(films, model)), network.skin.eval()


def _hints(
    skin: SkinNetwork, film: Rehearsal, chart: FaceChart, lessons: Lessons
) -> Float[Tensor, "frames hints"]:
    """What a film's skin shows beside what is usual; none if it is not looked at."""
    count = len(film.acted)
    if count == 1 or float(torch.rand(1)) < lessons.blind:
        return torch.zeros(count, HINTS)
    pixels = chart.network_input(film.charts)
    pixels = pixels * (1 + lessons.tint * (torch.rand(1, 3, 1, 1) - 0.5))
    pixels = pixels + lessons.grain * torch.rand(1) * torch.randn_like(pixels)
    seen = skin(pixels)
    return seen - seen.mean(dim=0)


def _patterns(films: Sequence[Rehearsal], count: int) -> Tensor:
    """Principal components, the first one's spread three."""
    off = torch.cat([film.seen.off_neutral_mm for film in films])
    _, spread, ways = torch.linalg.svd(
        (off - off.mean(dim=0)).flatten(1), full_matrices=False
    )
    scale = 3 * len(off) ** 0.5 / spread[0]
    return (scale * ways[:count]).unflatten(1, off.shape[1:])


def _piece(film: Rehearsal) -> Rehearsal:
    """Some of the frames, from one of them to nearly all."""
    length = max(1, round(float(torch.rand(1)) ** 2 * len(film.acted)))
    return film.at(torch.randperm(len(film.acted))[:length])


def _clamped(weights: Tensor) -> Tensor:
    """Into 0 to 1, but for a slope that leads back."""
    low = nn.functional.leaky_relu(weights, 0.02)
    return 1 - nn.functional.leaky_relu(1 - low, 0.02)
