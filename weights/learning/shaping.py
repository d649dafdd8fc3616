"""A network that tells shapes, from crowds of people who do not exist.

Painting is the slow part, so that every picture is looked at some times, out of an
album that is painted over all the time.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import huber_loss, mse_loss

from core.fit.shape_network import SPREAD_PX, ShapeNetwork, Told
from core.head_model import HeadModel
from core.landmarks.refiner import network_input

from .album import Album
from .alignment import without_alignment
from .courses import course, falling
from .crowd import Studio
from .crowd_camera import Pictures, take_pictures

_FACE_POINTS, _HEAD_POINTS = 600, 300
"""Of the surface, that a shape is judged by."""


@dataclass(frozen=True, kw_only=True)
class Lessons:
    """How it is taught."""

    minutes: float = 9.0
    album: int = 300_000
    """Pictures that are kept."""
    painted: int = 192
    """At a time."""
    looks: int = 3
    """Steps until there are more."""
    batch: int = 320
    rate: float = 1.2e-3
    """Of learning, at its highest."""
    seed: int = 1


def learn_shapes(studio: Studio, lessons: Lessons) -> tuple[ShapeNetwork, Tensor]:
    """Paint and learn for so long; the network and the average marks."""
    device = studio.device
    chance = torch.Generator(device).manual_seed(lessons.seed)
    judge = Judge(studio.model)
    unseen = take_pictures(studio, lessons.painted, chance)
    usual = unseen.places.mean(dim=0)
    album = Album(unseen, lessons.album)
    network = ShapeNetwork(studio.model.identity_count).to(device)
    while album.count < min(lessons.album, 4 * lessons.batch):
        album.add(take_pictures(studio, lessons.painted, chance))
    teach(
        network,
        judge,
        lessons,
        album,
        more=lambda: album.add(take_pictures(studio, lessons.painted, chance)),
        unseen=unseen,
        usual=usual,
    )
    return network.float(), usual


def teach(
    network: ShapeNetwork,
    judge: "Judge",
    lessons: Lessons,
    album: Album[Pictures],
    *,
    more: Callable[[], None],
    mirror: Callable[[Pictures], Pictures] | None = None,
    unseen: Pictures,
    usual: Tensor,
) -> None:
    """Let it learn from an album for so long, in place.

    `more` fills the album now and then; every second step is taken in the mirror, if
    there is one.
    """
    network.to(memory_format=torch.channels_last).train()
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=lessons.rate, weight_decay=0.02
    )
    steps = 0

    def report() -> str:
        error = examine(network.eval(), judge, unseen, usual)
        network.train()
        return f"{album.added} people, {steps} steps, {error}"

    for spent in course(lessons.minutes, report):
        more()
        rate = falling(lessons.rate, spent, steps)
        for _ in range(lessons.looks):
            seen = album.some(lessons.batch)
            if mirror is not None and steps % 2:
                seen = mirror(seen)
            learn(network, optimiser, judge, seen, usual, rate)
            steps += 1
    network.eval()


class Judge:
    """How far shapes are off: millimetres of the face, at its best place and size."""

    def __init__(self, model: HeadModel) -> None:
        basis = model.identity_basis.float() * 1000
        face = (model.region("face") > 0.5).nonzero()[:, 0]
        face = face[torch.linspace(0, len(face) - 1, _FACE_POINTS).long()]
        head = torch.linspace(0, len(model.template) - 1, _HEAD_POINTS).long()
        self._face = without_alignment(model.template[face], basis[:, face])
        self._head = basis[:, head.to(basis.device)]

    def of_face(
        self, off: Float[Tensor, "faces identities"]
    ) -> Float[Tensor, "faces points"]:
        """Distances in millimetres for differences of coefficients."""
        return _lengths(torch.einsum("ni,ipc->npc", off, self._face))

    def of_head(
        self, off: Float[Tensor, "faces identities"]
    ) -> Float[Tensor, "faces points"]:
        """The same of the whole head, without moving it."""
        return _lengths(torch.einsum("ni,ipc->npc", off, self._head))


def _lengths(vectors: Tensor) -> Tensor:
    return (vectors.square().sum(dim=-1) + 0.01).sqrt()


def learn(
    network: ShapeNetwork,
    optimiser: torch.optim.Optimizer,
    judge: Judge,
    seen: Pictures,
    usual: Tensor,
    rate: float,
) -> None:
    """One step."""
    for group in optimiser.param_groups:
        group["lr"] = rate
    loss = _loss(_look(network, seen, usual), seen, judge)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()


def _look(network: ShapeNetwork, seen: Pictures, usual: Tensor) -> Told:
    pixels = network_input(seen.squares).to(memory_format=torch.channels_last)
    with torch.autocast(pixels.device.type, torch.bfloat16):
        return network(pixels, seen.marks, usual, seen.view)


def _loss(told: Told, seen: Pictures, judge: Judge) -> Tensor:
    off = told.identity - seen.identity
    face = judge.of_face(off).mean(dim=1)
    places = (told.marks - seen.places) / SPREAD_PX
    return (
        face.mean()
        + 0.1 * (told.log_error - face.detach().log()).square().mean()
        + 0.15 * judge.of_head(off).mean()
        + 0.02 * off.square().mean()
        + 1.0 * huber_loss(places, torch.zeros_like(places), delta=0.3)
        + 1.0 * mse_loss(told.others, seen.told)
    )


@torch.no_grad()
def examine(
    network: ShapeNetwork, judge: Judge, unseen: Pictures, usual: Tensor
) -> str:
    """How far off it is on people who were never learned from, in words."""
    told = _look(network, unseen, usual)
    off = told.identity - unseen.identity
    mean = judge.of_face(unseen.identity).mean()
    known = torch.corrcoef(
        torch.stack([told.log_error, judge.of_face(off).mean(dim=1).log()])
    )[0, 1]
    marks = (told.marks - unseen.places).norm(dim=-1).mean()
    given = (unseen.marks - unseen.places).norm(dim=-1).mean()
    return (
        f"face {judge.of_face(off).mean():.3f} mm (average face {mean:.3f}), "
        f"doubt {known:.2f}, marks {marks:.2f} px (given {given:.2f}), "
        f"others {mse_loss(told.others, unseen.told):.4f}"
    )
