"""A network that tells how far eyes are open, from eyes that are known.

It also learns by how much it is off: what it says of a dark eye of ten pixels is worth
less than what it says of a large one.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import (
    affine_grid,
    avg_pool2d,
    grid_sample,
    interpolate,
)

from core.landmarks.open_eyes import (
    EYE_PX,
    GAP,
    SIDE_PX,
    EyeNetwork,
    network_input,
)

from . import eyes
from .courses import course, falling
from .crowd_camera import blurred
from .eyes import Eyes

_BLUR_PX = 1.6
"""Most of the blur."""


@dataclass(frozen=True, kw_only=True)
class Lessons:
    """How it is learned."""

    minutes: float = 12.0
    unseen: int = 2048
    """Eyes that nothing is learned from."""
    batch: int = 128
    """Eyes of a step."""
    rate: float = 3e-3
    """Most of the step's size; it falls like a cosine."""
    decay: float = 2e-2
    """Of the weights."""
    size: float = 0.08
    """Spread of the eyes' size, for corners are marked where they are not."""
    turn_rad: float = 0.07
    """Spread of how they are turned."""
    shift_px: float = 1.2
    """Spread of where they are."""
    dropped: float = 0.2
    """Share of features that are left out of a step."""


def learn_openings(known: Eyes, lessons: Lessons) -> EyeNetwork:
    """The network."""
    network = EyeNetwork(dropped=lessons.dropped)
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=lessons.rate, weight_decay=lessons.decay
    )
    unseen = torch.arange(lessons.unseen)
    steps = 0

    def report() -> str:
        off = examine(network.eval(), known, unseen)
        network.train()
        return f"{steps} steps, {off}"

    for spent in course(lessons.minutes, report):
        for group in optimizer.param_groups:
            group["lr"] = falling(lessons.rate, spent, steps, warm=100)
        chosen = torch.randint(len(unseen), len(known.gaps), (lessons.batch,))
        pixels, gaps = _shown(known, chosen, lessons)
        gap, error = network(network_input(_varied(pixels)))
        loss = ((gap - gaps / GAP).abs() * (-error).exp() + error).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        steps += 1
    print(report(), flush=True)
    return network.eval()


@torch.no_grad()
def examine(network: EyeNetwork, known: Eyes, chosen: Int[Tensor, "chosen"]) -> str:
    """How far off it is on eyes that it never learned from, in words."""
    off, told = [], []
    for part in chosen.split(256):
        pixels, gaps = _shown(known, part, None)
        gap, error = network(network_input(pixels))
        off.append((GAP * gap - gaps).abs())
        told.append(error)
    wrong = torch.cat(off)[torch.cat(told).argsort()]
    surest = wrong[: len(wrong) // 2]
    return f"off by {wrong.mean():.4f}, the surer half by {surest.mean():.4f}"


def _shown(
    known: Eyes, chosen: Int[Tensor, "chosen"], lessons: Lessons | None
) -> tuple[Float[Tensor, "chosen 3 side side"], Float[Tensor, "chosen"]]:
    """Eyes as the network sees them, and their gaps there.

    With lessons they are a little larger, aslant and aside, as corners are marked.
    """
    pictures = known.pictures[chosen].float() / 255
    gaps = known.gaps[chosen]
    count = len(gaps)
    size, turn, shift = torch.ones(count), torch.zeros(count), torch.zeros(count, 2)
    if lessons is not None:
        size = (lessons.size * torch.randn(count)).exp()
        turn = lessons.turn_rad * torch.randn(count)
        shift = lessons.shift_px * torch.randn(count, 2)
    across = SIDE_PX * eyes.EYE_PX / EYE_PX / eyes.SIDE_PX / size
    cosine, sine = across * turn.cos(), across * turn.sin()
    way = torch.stack(
        [
            torch.stack([cosine, -sine, 2 * shift[:, 0] / eyes.SIDE_PX], dim=1),
            torch.stack([sine, cosine, 2 * shift[:, 1] / eyes.SIDE_PX], dim=1),
        ],
        dim=1,
    )
    grid = affine_grid(way, [count, 3, SIDE_PX, SIDE_PX], align_corners=False)
    pixels = grid_sample(pictures, grid, padding_mode="border", align_corners=False)
    return pixels, gaps * size


def _varied(pixels: Tensor) -> Tensor:
    """Other lenses, lights, exposures, colours and grain; some without colours."""

    def random(*channels: int) -> Tensor:
        return torch.rand(len(pixels), *channels, 1, 1)

    def normal(*channels: int) -> Tensor:
        return torch.randn(len(pixels), *channels, 1, 1)

    soft = blurred(pixels, _BLUR_PX * random(1).flatten() + 0.05)
    shown = torch.where(random(1) < 0.5, soft, pixels)
    coarse = interpolate(avg_pool2d(shown, 2), scale_factor=2, mode="nearest")
    shown = torch.where(random(1) < 0.1, coarse, shown)
    across = torch.linspace(-1, 1, SIDE_PX)
    ramp = 1 + 0.3 * (normal(1) * across + normal(1) * across[:, None])
    bent = (shown * ramp.clamp(0.3, 2)).clamp(min=1e-3) ** (0.35 * normal(1)).exp()
    tinted = bent * (1 + 0.2 * normal(3))
    grainy = tinted + 0.08 * random(1).square() * torch.randn_like(pixels)
    grey = grainy.mean(dim=1, keepdim=True).expand_as(grainy)
    colours = torch.where(random(1) < 0.2, torch.zeros(1), 0.5 + random(1))
    return torch.lerp(grey, grainy, colours).clamp(0, 1.2)
