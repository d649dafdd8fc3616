"""A network that moves landmarks, from pictures of people who do not exist.

It learns the offsets, and beside them the expression and gaze, which nobody asks it for
later: what tells a smile apart tells where the lips are. Every picture counts as often
in the mirror.
"""

import time
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor, nn

from core.expressions import EXPRESSION_NAMES, MIRROR_ORDER
from core.landmarks.refiner import RefinerNetwork, network_input
from core.landmarks.topology import LANDMARK_COUNT
from core.landmarks.upright import mirrored

TOLD = len(EXPRESSION_NAMES) + 4
"""Expressions, and yaw and pitch of both eyes."""


@dataclass(frozen=True, kw_only=True)
class Album:
    """Faces cut upright out of their pictures."""

    squares: UInt8[Tensor, "faces 3 side side"]
    """sRGB."""
    marks: Float[Tensor, "faces landmarks 2"]
    """Where the detector put the landmarks, in pixels of the squares."""
    places: Float[Tensor, "faces landmarks 2"]
    """Where they are."""
    weights: Float[Tensor, "faces expressions"]
    """Of the expressions."""
    gaze_rad: Float[Tensor, "faces 2 2"]
    """Yaw and pitch of the left and the right eye."""

    def at(self, chosen: Int[Tensor, "chosen"]) -> "Album":
        """Some of the faces."""
        return Album(**{name: value[chosen] for name, value in vars(self).items()})

    def mirrored(self, landmarks: Int[Tensor, "landmarks"]) -> "Album":
        """The mirrored faces; `landmarks` change places so."""
        return Album(
            squares=self.squares.flip(3),
            marks=mirrored(self.marks, landmarks),
            places=mirrored(self.places, landmarks),
            weights=self.weights[:, list(MIRROR_ORDER)],
            gaze_rad=self.gaze_rad.flip(1) * self.gaze_rad.new_tensor([-1.0, 1.0]),
        )


def joined(albums: list[Album]) -> Album:
    """All faces of several albums."""
    names = vars(albums[0])
    return Album(
        **{name: torch.cat([vars(album)[name] for album in albums]) for name in names}
    )


@dataclass(frozen=True, kw_only=True)
class Lessons:
    """How it is learned."""

    rounds: int = 30
    """Through all faces."""
    batch: int = 64
    """Faces of a step."""
    rate: float = 1.5e-3
    """Most of the step's size; it falls like a cosine."""
    decay: float = 2e-2
    """Of the weights."""
    told: float = 3.0
    """What errors of expression and gaze count beside those of landmarks in pixels."""
    forgiving_px: float = 0.2
    """Error of a landmark from where it counts linearly."""
    shift_px: float = 0.7
    """By which all marks of a face are moved at random."""
    jitter_px: float = 0.25
    """By which each of them is."""


def learn_refiner(
    album: Album,
    mirror: Int[Tensor, "landmarks"],
    lessons: Lessons,
) -> tuple[RefinerNetwork, Float[Tensor, "landmarks 2"]]:
    """The network, and the mean marks that it starts from."""
    usual = album.marks.mean(dim=0)
    usual = 0.5 * (usual + mirrored(usual, mirror))
    network = RefinerNetwork(TOLD).to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=lessons.rate, weight_decay=lessons.decay
    )
    steps = len(album.marks) // lessons.batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, lessons.rate, total_steps=lessons.rounds * steps, pct_start=0.05
    )
    started = time.monotonic()
    for round_ in range(lessons.rounds):
        order = torch.randperm(len(album.marks))[: steps * lessons.batch]
        sum_px = 0.0
        for chosen in order.view(steps, lessons.batch):
            half = lessons.batch // 2
            faces = joined(
                [
                    album.at(chosen[:half]).mirrored(mirror),
                    album.at(chosen[half:]),
                ]
            )
            off_px, told = _errors(network, faces, usual, lessons)
            optimizer.zero_grad()
            (off_px + lessons.told * told).backward()
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimizer.step()
            schedule.step()
            sum_px += float(off_px.detach())
        spent = time.monotonic() - started
        print(f"{round_ + 1}: {sum_px / steps:.3f} px, {spent:.0f} s", flush=True)
    return network.eval(), usual


def _errors(
    network: RefinerNetwork, faces: Album, usual: Tensor, lessons: Lessons
) -> tuple[Tensor, Tensor]:
    """Mean error of the landmarks in pixels, and of expression and gaze."""
    pixels = _varied(network_input(faces.squares))
    pixels = pixels.to(memory_format=torch.channels_last)
    shifts = lessons.shift_px * torch.randn(len(pixels), 1, 2)
    shifts = shifts + lessons.jitter_px * torch.randn_like(faces.marks)
    with torch.autocast("cpu", torch.bfloat16):
        steps, told = network(pixels, faces.marks + shifts, usual)
    wrong = [
        ((step - faces.places).square().sum(dim=-1) + lessons.forgiving_px**2)
        .sqrt()
        .mean()
        for step in steps
    ]
    truth = torch.cat([faces.weights, 2 * faces.gaze_rad.flatten(1)], dim=1)
    others = nn.functional.smooth_l1_loss(told, truth, beta=0.1)
    return wrong[-1] + 0.5 * torch.stack(wrong[:-1]).sum(), others


def _varied(pixels: Tensor) -> Tensor:
    """Other exposures, colours and grain."""
    count = len(pixels)

    def random(*channels: int) -> Tensor:
        return torch.rand(count, *channels, 1, 1)

    gain = 1 + 0.3 * (random(1) - 0.5) + 0.15 * (random(3) - 0.5)
    grain = 0.12 * random(1).square() * torch.randn_like(pixels)
    return pixels * gain + 0.6 * (random(1) - 0.5) + grain


def tensors_of(
    network: RefinerNetwork, template: np.ndarray, usual: Tensor
) -> dict[str, np.ndarray]:
    """What the file holds of the network: nothing of expression and gaze."""
    state = {
        name: value
        for name, value in network.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    for name in ("move.0.3.weight", "move.0.3.bias"):
        state[name] = state[name][: 2 * LANDMARK_COUNT]
    return {
        **{name: value.half().numpy() for name, value in state.items()},
        "template": template.astype(np.float32),
        "usual": usual.numpy().astype(np.float32),
    }
