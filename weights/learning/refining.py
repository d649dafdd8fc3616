"""A network that moves landmarks, from pictures of people who do not exist.

It learns the offsets, and beside them the expression and gaze, which nobody asks it for
later: what tells a smile apart tells where the lips are. Every picture counts as often
in the mirror.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor, nn

from core.expressions import EXPRESSION_NAMES, MIRROR_ORDER
from core.landmarks.refiner import RefinerNetwork, network_input
from core.landmarks.topology import LANDMARK_COUNT
from core.landmarks.upright import mirrored

from .album import Album
from .courses import course, falling
from .crowd import moved, upright
from .marked_crowds import MarkedCrowd, MarkedCrowds

TOLD = len(EXPRESSION_NAMES) + 4
"""Expressions, and yaw and pitch of both eyes."""


@dataclass(frozen=True, kw_only=True)
class Faces:
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

    def mirrored(self, landmarks: Int[Tensor, "landmarks"]) -> "Faces":
        """The mirrored faces; `landmarks` change places so."""
        return Faces(
            squares=self.squares.flip(3),
            marks=mirrored(self.marks, landmarks),
            places=mirrored(self.places, landmarks),
            weights=self.weights[:, list(MIRROR_ORDER)],
            gaze_rad=self.gaze_rad.flip(1) * self.gaze_rad.new_tensor([-1.0, 1.0]),
        )


def faces_of(marked: MarkedCrowd, template: Float[Tensor, "landmarks 2"]) -> Faces:
    """What is learned from a crowd; `template` is that of the squares."""
    way = upright(marked.marks_px, template)
    return Faces(
        squares=marked.squares,
        marks=moved(marked.marks_px, *way),
        places=moved(marked.crowd.places_px, *way),
        weights=marked.crowd.weights,
        gaze_rad=marked.crowd.gaze_rad,
    )


@dataclass(frozen=True, kw_only=True)
class Lessons:
    """How it is learned."""

    minutes: float = 4.0
    album: int = 250_000
    """Faces that are kept."""
    looks: int = 6
    """Steps until more are asked for."""
    batch: int = 512
    """Faces of a step."""
    rate: float = 2.5e-3
    """Most of the step's size; it falls like a cosine."""
    decay: float = 2e-2
    """Of the weights."""
    told: float = 3.0
    """What errors of expression and gaze count beside those of landmarks in pixels."""
    forgiving_px: float = 0.2
    """Error of a landmark from where it counts linearly."""
    shift_px: float = 0.5
    """By which all marks of a face are moved at random."""
    jitter_px: float = 0.15
    """By which each of them is."""


def learn_refiner(
    crowds: MarkedCrowds,
    template: Float[Tensor, "landmarks 2"],
    mirror: Int[Tensor, "landmarks"],
    lessons: Lessons,
) -> tuple[RefinerNetwork, Float[Tensor, "landmarks 2"]]:
    """The network, and the mean marks that it starts from."""
    unseen = faces_of(crowds.next(), template)
    device = unseen.marks.device
    album = Album(unseen, lessons.album)
    while album.count < min(lessons.album, 2 * lessons.batch):
        album.add(faces_of(crowds.next(), template))
    usual = album.some(2 * lessons.batch).marks.mean(dim=0)
    usual = 0.5 * (usual + mirrored(usual, mirror))
    network = RefinerNetwork(TOLD).to(device, memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=lessons.rate, weight_decay=lessons.decay
    )
    steps = 0

    def report() -> str:
        off = examine(network.eval(), unseen, usual)
        network.train()
        return f"{album.added} people, {steps} steps, {off}"

    for spent in course(lessons.minutes, report):
        for marked in crowds.ready():
            album.add(faces_of(marked, template))
        for group in optimizer.param_groups:
            group["lr"] = falling(lessons.rate, spent, steps)
        for _ in range(lessons.looks):
            faces = album.some(lessons.batch)
            if steps % 2:
                faces = faces.mirrored(mirror)
            off_px, others = _errors(network, faces, usual, lessons)
            optimizer.zero_grad(set_to_none=True)
            (off_px + lessons.told * others).backward()
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimizer.step()
            steps += 1
    return network.eval().float().cpu(), usual.cpu()


@torch.no_grad()
def examine(network: RefinerNetwork, unseen: Faces, usual: Tensor) -> str:
    """How far marks are off on people who were never learned from, in words."""
    steps, _ = network(network_input(unseen.squares), unseen.marks, usual)
    before, after = (
        (marks - unseen.places).norm(dim=-1).mean()
        for marks in (unseen.marks, steps[-1])
    )
    return f"marks {after:.3f} px off (the detector's {before:.3f})"


def _errors(
    network: RefinerNetwork, faces: Faces, usual: Tensor, lessons: Lessons
) -> tuple[Tensor, Tensor]:
    """Mean error of the landmarks in pixels, and of expression and gaze."""
    pixels = _varied(network_input(faces.squares))
    pixels = pixels.to(memory_format=torch.channels_last)
    shifts = lessons.shift_px * torch.randn_like(faces.marks[:, :1])
    shifts = shifts + lessons.jitter_px * torch.randn_like(faces.marks)
    with torch.autocast(pixels.device.type, torch.bfloat16):
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

    def random(*channels: int) -> Tensor:
        return torch.rand(len(pixels), *channels, 1, 1, device=pixels.device)

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
