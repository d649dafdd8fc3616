"""A reader of expressions from films of heads whose weights are known.

Two layers of a few hundred units, as several small networks side by side: each saw the
films in another order, and their mean errs less. They learn to be near the weights and
near the places of the landmarks that those weights move. A film counts twice, once in
the mirror, and is looked at whole and in short pieces, so that what is usual in it can
be trusted as far as it should.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from core.expressions import MIRROR_ORDER
from core.track.reader import ExpressionReader, Impressions


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """One film: what was seen and what was acted."""

    seen: Impressions
    """After the first solve."""
    acted: Float[Tensor, "frames expressions"]
    """The true weights."""

    def mirrored(self, landmarks: Int[Tensor, "landmarks"]) -> "Rehearsal":
        """The same performance by the mirrored head; `landmarks` change places so."""
        sides = list(MIRROR_ORDER)
        flip = self.acted.new_tensor([-1.0, 1.0])
        seen = Impressions(
            solved=self.seen.solved[:, sides],
            scores=self.seen.scores[:, sides],
            off_neutral_mm=self.seen.off_neutral_mm[:, landmarks] * flip,
            toward=self.seen.toward * flip,
            openings=self.seen.openings.flip(1),
            gaze_rad=self.seen.gaze_rad.flip(1) * flip,
        )
        return Rehearsal(seen=seen, acted=self.acted[:, sides])

    def at(self, frames: Int[Tensor, "chosen"]) -> "Rehearsal":
        """Some of its frames, as a film of their own."""
        chosen = {name: value[frames] for name, value in vars(self.seen).items()}
        return Rehearsal(seen=Impressions(**chosen), acted=self.acted[frames])


@dataclass(frozen=True, kw_only=True)
class Lessons:
    """How it is learned; tuned on five films of other heads."""

    patterns: int = 150
    """Principal components of the landmarks."""
    networks: int = 4
    """Side by side."""
    units: int = 128
    """Of each."""
    rounds: int = 30
    """Through all frames."""
    batch: int = 128
    """Frames of a step."""
    rate: float = 2e-3
    """Most of the step's size."""
    decay: float = 1e-2
    """Of the weights."""
    dropped: float = 0.2
    """Share of clues and units that are left out of a step."""
    noise: float = 0.3
    """Added to the clues, of their own spread."""
    pieces: int = 1
    """Short pieces of every film beside the whole."""
    forgiving: float = 0.1
    """Error of a weight from where it counts linearly."""
    millimetres: float = 0.02
    """What a millimetre of the landmarks counts beside the weights' mean error."""


def learn_reader(
    films: Sequence[Rehearsal],
    landmark_motion: Float[Tensor, "expressions landmarks 3"],
    lessons: Lessons,
) -> ExpressionReader:
    """The reader; `films` hold the mirrored ones too."""
    patterns = _patterns(films, lessons.patterns)
    generator = torch.Generator().manual_seed(0)
    shown = [*films, *_pieces(films, lessons.pieces, generator)]
    clues = torch.cat([film.seen.clues(patterns) for film in shown])
    acted = torch.cat([film.acted for film in shown])
    middle, spread = clues.mean(dim=0), clues.std(dim=0) + 1e-3
    ways = 1000 * landmark_motion.flatten(1)
    root = torch.linalg.cholesky(
        ways @ ways.mT / landmark_motion.shape[1] + 1e-3 * torch.eye(len(ways))
    )
    networks = [
        _train((clues - middle) / spread, acted, root, lessons, seed)
        for seed in range(lessons.networks)
    ]
    first = torch.cat([_layer(network, 1).weight for network in networks]) / spread
    offset = torch.cat([_layer(network, 1).bias for network in networks])
    last = torch.cat([_layer(network, 4).weight for network in networks], dim=1)
    rest = torch.stack([_layer(network, 4).bias for network in networks])
    return ExpressionReader(
        patterns=patterns,
        hidden=first,
        hidden_offset=offset - first @ middle,
        output=last / len(networks),
        output_offset=rest.mean(dim=0),
    )


def _patterns(films: Sequence[Rehearsal], count: int) -> Tensor:
    """Principal components, the first one's spread three."""
    off = torch.cat([film.seen.off_neutral_mm for film in films])
    _, spread, ways = torch.linalg.svd(
        (off - off.mean(dim=0)).flatten(1), full_matrices=False
    )
    scale = 3 * len(off) ** 0.5 / spread[0]
    return (scale * ways[:count]).unflatten(1, off.shape[1:])


def _pieces(
    films: Sequence[Rehearsal], count: int, generator: torch.Generator
) -> list[Rehearsal]:
    """Some of the frames of every film, from one of them to nearly all."""
    pieces: list[Rehearsal] = []
    for film in [film for film in films for _ in range(count)]:
        share = float(torch.rand(1, generator=generator)) ** 2
        length = max(1, round(share * len(film.acted)))
        order = torch.randperm(len(film.acted), generator=generator)
        pieces.append(film.at(order[:length]))
    return pieces


def _train(
    clues: Tensor, acted: Tensor, root: Tensor, lessons: Lessons, seed: int
) -> nn.Sequential:
    torch.manual_seed(seed)
    network = nn.Sequential(
        nn.Dropout(lessons.dropped),
        nn.Linear(clues.shape[1], lessons.units),
        nn.ReLU(),
        nn.Dropout(lessons.dropped),
        nn.Linear(lessons.units, acted.shape[1]),
    )
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=lessons.rate, weight_decay=lessons.decay
    )
    steps = len(clues) // lessons.batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, lessons.rate, total_steps=lessons.rounds * steps
    )
    for _ in range(lessons.rounds):
        order = torch.randperm(len(clues))
        for chosen in order[: steps * lessons.batch].view(steps, lessons.batch):
            blurred = clues[chosen] + lessons.noise * torch.randn(
                lessons.batch, clues.shape[1]
            )
            wrong = _clamped(network(blurred)) - acted[chosen]
            moved = ((wrong @ root).square().sum(dim=1) + 1e-4).sqrt()
            near = nn.functional.smooth_l1_loss(
                wrong, torch.zeros_like(wrong), beta=lessons.forgiving
            )
            energy = near + lessons.millimetres * moved.mean()
            optimizer.zero_grad()
            energy.backward()
            optimizer.step()
            schedule.step()
    return network.eval().requires_grad_(False)


def _layer(network: nn.Sequential, index: int) -> nn.Linear:
    layer = network[index]
    assert isinstance(layer, nn.Linear)
    return layer


def _clamped(weights: Tensor) -> Tensor:
    """Into 0 to 1, but for a slope that leads back."""
    low = nn.functional.leaky_relu(weights, 0.02)
    return 1 - nn.functional.leaky_relu(1 - low, 0.02)
