"""A network that tells shapes learns how marks are really off.

While it learned from crowds, marks were off at random, as a refiner's are on average.
A detector's and a refiner's errors come from the pixels, and whoever knows pixels can
see them coming: pictures of further crowds are marked as a photo would be, and the
network goes on with those.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.fit.shape_network import SIDE_PX, ShapeNetwork
from core.fit.shape_reader import view_terms_of
from core.head_model import HeadModel
from core.landmarks.detector import FaceDetector
from core.landmarks.refiner import LandmarkRefiner
from core.landmarks.upright import UprightFace, opposite_landmarks

from .crowd import MARGIN_PX, TILE_PX, Crowd, Draw, Studio, gather
from .crowd_camera import Pictures, photograph, some_cameras, told_of
from .shaping import Judge, examine, learn

_AT_ONCE = 16
_LOST_PX = 12.0
"""Marks that are further off in the mean are of something else than the face."""
_TRUSTED_PX = 3.5
"""Of marks that are further off, in the mean, nothing is to be learned."""


def mirror_signs(model: HeadModel) -> Tensor:
    """How each coefficient [identities] changes when a head is mirrored: 1 or -1."""
    basis = model.identity_basis
    turned = basis[:, model.mirror.long()] * basis.new_tensor([-1.0, 1.0, 1.0])
    return (basis * turned).sum(dim=(1, 2)).sign()


@dataclass(frozen=True, kw_only=True)
class Practice:
    """How long it goes on."""

    people: int = 9_000
    minutes: float = 50.0
    batch: int = 32
    rate: float = 3e-4
    seed: int = 11


def marked_pictures(
    studio: Studio,
    detector: FaceDetector,
    refiner: LandmarkRefiner,
    practice: Practice,
) -> Pictures:
    """Crowds whose marks come from the face detector and from the refiner."""
    chance = torch.Generator(studio.device).manual_seed(practice.seed)
    draw = Draw(chance, studio.device)
    found: list[Pictures] = []
    for _ in range(practice.people // _AT_ONCE):
        crowd = gather(studio, _AT_ONCE, draw)
        tiles = photograph(studio, crowd, draw).movedim(1, -1).cpu().numpy()
        known = some_cameras(_AT_ONCE, draw)
        found += _marked(studio, crowd, tiles, known, detector, refiner)
    return joined(found)


def joined(pictures: list[Pictures]) -> Pictures:
    """All of several."""
    names = vars(pictures[0])
    return Pictures(
        **{name: torch.cat([getattr(one, name) for one in pictures]) for name in names}
    )


def _marked(
    studio: Studio,
    crowd: Crowd,
    tiles: np.ndarray,
    known: Tensor,
    detector: FaceDetector,
    refiner: LandmarkRefiner,
) -> Iterator[Pictures]:
    """Those that are found where they are."""
    template, told = studio.template.double().cpu().numpy(), told_of(crowd)
    for index, tile in enumerate(np.ascontiguousarray(tiles)):
        places = (crowd.places_px[index] + MARGIN_PX).cpu().numpy()
        for face in detector.find(tile)[:1]:
            points = (face.points * TILE_PX).astype(np.float32)
            if np.abs(points - places).mean() > _LOST_PX:
                continue
            points = refiner.refine(tile, points)
            if np.linalg.norm(points - places, axis=1).mean() > _TRUSTED_PX:
                continue
            upright = UprightFace.of(points, template)
            square = torch.from_numpy(upright.cut(tile, SIDE_PX)).movedim(-1, 0)
            one = slice(index, index + 1)
            yield Pictures(
                squares=square[None],
                marks=torch.from_numpy(upright.inward(points)).float()[None],
                places=torch.from_numpy(upright.inward(places)).float()[None],
                view=view_terms_of(
                    upright.scale * crowd.focal[one], crowd.middle[one], known[one]
                ).cpu(),
                identity=crowd.identity[one].cpu(),
                told=told[one].cpu(),
            )


def practise(
    network: ShapeNetwork,
    usual: Tensor,
    studio: Studio,
    pictures: Pictures,
    practice: Practice,
) -> ShapeNetwork:
    """Go on with marked pictures; every twentieth is kept to see what it is worth."""
    device = studio.device
    judge, signs = Judge(studio.model), mirror_signs(studio.model)
    opposite = opposite_landmarks(studio.template.double().cpu().numpy(), SIDE_PX)
    index = torch.arange(len(pictures.marks))
    unseen = pictures.at(index[index % 20 == 0]).to(device)
    seen = pictures.at(index[index % 20 != 0])
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=practice.rate, weight_decay=0.02
    )
    network.eval()  # batches are too small for statistics of their own
    start, steps, order = time.monotonic(), 0, index[:0]
    while (spent := (time.monotonic() - start) / 60 / practice.minutes) < 1:
        if len(order) < practice.batch:
            order = torch.randperm(len(seen.marks))
            print(
                f"{spent:.0%}: {steps} steps, {examine(network, judge, unseen, usual)}"
            )
        chosen, order = order[: practice.batch], order[practice.batch :]
        warm = min(1.0, (steps + 1) / 60)
        rate = practice.rate * warm * 0.5 * (1 + math.cos(math.pi * spent))
        lesson = seen.at(chosen).to(device)
        if steps % 2:
            lesson = lesson.mirrored(opposite, signs)
        learn(network, optimiser, judge, lesson, usual, rate)
        steps += 1
    return network
