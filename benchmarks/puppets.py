"""Heads that act: what of them moves with which weight is known to the vertex.

Two kinds: our own model's heads, whose units the tracker knows, and ICT-FaceKit's
scan-made heads, whose identities and units it does not. Both are painted, lit and shown
to a camera that writes a film.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import torch
from jaxtyping import Float, Int
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from benchmarks import portraits
from benchmarks.acting import RATE_FPS, Performance
from core.camera import rotation_from_vector
from core.expressions import EXPRESSION_NAMES
from core.head_model import HeadModel, load_head_model
from core.landmarks.topology import (
    LID_PAIRS_LEFT,
    LID_PAIRS_RIGHT,
    LIP_PAIRS,
    LIPS_INNER,
    LIPS_OUTER,
)
from weights.learn_identity_prior import REGISTRATION
from weights.learning.marking import masks_on_scans
from weights.learning.portraits import Sitting, take
from weights.learning.registration import read_registration
from weights.learning.scans import EYEBALLS, SKIN_VERTICES, Scans, read_scans

_MOVES_M = 0.0005
"""Skin that some expression moves by so much is where errors are looked at."""

_INNER_LIPS = ((61, 67), (62, 66), (63, 65))
_LIPS = range(48, 68)
_LIDS = (((43, 47), (44, 46)), ((37, 41), (38, 40)))
"""In iBUG's scheme of 68 landmarks."""

Show = Callable[
    [NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]], NDArray[np.uint8]
]


@dataclass(frozen=True, kw_only=True)
class Puppet:
    """One person, and how to see them."""

    name: str
    """What kind of head, and which."""
    neutral: Float[np.ndarray, "vertices 3"]
    """The head at rest."""
    units: Float[np.ndarray, "expressions vertices 3"]
    """What each of the 52 expressions adds; nothing where the head lacks it."""
    moving: Int[np.ndarray, "moving"]
    """Skin that expressions move."""
    lips: Int[np.ndarray, "lips"]
    """Vertices of the lips."""
    lip_pairs: Int[np.ndarray, "pairs 2"]
    """Vertices of the upper and of the lower lip that meet."""
    lid_pairs: tuple[Int[np.ndarray, "pairs 2"], ...]
    """Vertices of the upper and of the lower lid that meet, of the left and of the
    right eye."""
    eyes: tuple[tuple[NDArray[np.intp], NDArray[np.float64]], ...]
    """Vertices and middle of the left and of the right eyeball."""
    show: Show
    """The picture of vertices, turned by angles in degrees and moved by metres."""
    rolls: bool = True
    """Whether its studio rolls and moves heads; else it leaves roll and place out."""

    def closing(
        self, weights: Float[np.ndarray, "frames expressions"]
    ) -> Float[np.ndarray, "frames 2"]:
        """How far each eye (left, right) is closed: from 0 at rest to 1, lids meet."""
        closing = []
        for pairs in self.lid_pairs:
            upper, lower = pairs.T
            rest = (self.neutral[upper] - self.neutral[lower])[:, 2]
            units = (self.units[:, upper] - self.units[:, lower])[..., 2]
            closing.append(-(weights @ units).mean(axis=1) / rest.mean())
        return np.stack(closing, axis=1)

    def frames(self, performance: Performance) -> Iterator[NDArray[np.uint8]]:
        """Yield the pictures of a performance."""
        for weights, gaze, turn, offset in zip(
            performance.weights,
            performance.gaze_rad,
            performance.turn_deg,
            performance.offset_m,
            strict=True,
        ):
            head = self.neutral + np.tensordot(weights, self.units, 1)
            for (vertices, middle), (yaw, pitch) in zip(self.eyes, gaze, strict=True):
                rotation = turned(np.degrees(yaw), np.degrees(pitch), 0.0)
                head[vertices] = (self.neutral[vertices] - middle) @ rotation.T + middle
            yield self.show(head, turn, offset)


def turned(yaw_deg: float, pitch_deg: float, roll_deg: float) -> NDArray[np.float64]:
    """The rotation of a head: roll about -Y, then upward, then to its left."""
    turns = (
        [0, 0, np.radians(yaw_deg)],
        [-np.radians(pitch_deg), 0, 0],
        [0, -np.radians(roll_deg), 0],
    )
    yaw, pitch, roll = (
        rotation_from_vector(torch.tensor(turn, dtype=torch.float64)).numpy()
        for turn in turns
    )
    return yaw @ pitch @ roll


def own_puppet(seed: int) -> Puppet:
    """A random head of our own model."""
    model = load_head_model()
    generator = torch.Generator().manual_seed(seed)
    identity = torch.randn(model.identity_count, generator=generator)
    neutral = model.vertices(identity, torch.zeros(len(EXPRESSION_NAMES)))
    marks = model.landmarks(identity, torch.zeros(len(EXPRESSION_NAMES))).numpy()
    nearest = cKDTree(neutral.numpy()).query(marks)[1]
    units = model.expression_basis.numpy().astype(np.float64)
    skin = np.unique(model.part_faces("skin").numpy())
    joints = model.joints(identity).numpy().astype(np.float64)
    parts = (model.part_faces("eye_left"), model.part_faces("eye_right"))
    return Puppet(
        name=f"own {seed}",
        neutral=neutral.numpy().astype(np.float64),
        units=units,
        moving=_moving(units, skin[skin >= 0]),
        lips=np.unique(nearest[[*LIPS_INNER, *LIPS_OUTER]]),
        lip_pairs=nearest[np.array(LIP_PAIRS)],
        lid_pairs=tuple(
            nearest[np.array(pairs[1:-1])]
            for pairs in (LID_PAIRS_LEFT, LID_PAIRS_RIGHT)
        ),
        eyes=tuple(
            (np.setdiff1d(np.unique(part.numpy()), [-1]), joint)
            for part, joint in zip(parts, joints[4:6], strict=True)
        ),
        show=_shown(model, seed),
    )


def _shown(model: HeadModel, seed: int) -> Show:
    random = np.random.default_rng(seed)
    colours = portraits.paint(model, seed)
    shone = portraits.light(random.uniform(-60, 60), random.uniform(0, 40), 0.35)

    def show(
        head: NDArray[np.float64],
        turn_deg: NDArray[np.float64],
        offset_m: NDArray[np.float64],
    ) -> NDArray[np.uint8]:
        return portraits.take_turned(
            model,
            torch.from_numpy(head).float(),
            colours,
            shone,
            turn=torch.from_numpy(turned(*turn_deg)).float(),
            offset_m=torch.from_numpy(offset_m).float(),
        )

    return show


def scanned_puppets(scans_file: Path, *, seed: int, count: int) -> Iterator[Puppet]:
    """Yield random scan-made heads."""
    scans = read_scans(scans_file)
    masks = masks_on_scans(
        load_head_model(statistics=False), scans, read_registration(REGISTRATION)
    )
    units = np.stack([_unit_of(scans, name) for name in EXPRESSION_NAMES])
    skin = np.arange(SKIN_VERTICES.start, SKIN_VERTICES.stop)
    moving = _moving(units, skin)
    for index, person in enumerate(scans.people(seed=seed, count=count)):
        head = scans.head(person)
        eyes = [np.arange(eye.start, eye.stop) for eye in EYEBALLS]
        yield Puppet(
            name=f"scanned {index}",
            neutral=head,
            units=units,
            moving=moving,
            lips=scans.landmarks[list(_LIPS)],
            lip_pairs=scans.landmarks[np.array(_INNER_LIPS)],
            lid_pairs=tuple(scans.landmarks[np.array(pairs)] for pairs in _LIDS),
            eyes=tuple((eye, head[eye].mean(axis=0)) for eye in eyes),
            show=_shown_scan(scans, masks, seed + index),
            rolls=False,
        )


def _unit_of(scans: Scans, name: str) -> NDArray[np.float64]:
    """ICT-FaceKit's offsets for an expression by ARKit's name; it has no tongue."""
    theirs = name.replace("Left", "_L").replace("Right", "_R")
    wanted = (name, f"{name}_L", f"{name}_R", theirs)
    found = {each for each in wanted if each in scans.expressions}
    return sum(
        (scans.expressions[each].astype(np.float64) for each in found),
        np.zeros_like(scans.neutral),
    )


def _shown_scan(scans: Scans, masks: dict[str, NDArray[np.float64]], seed: int) -> Show:
    def show(
        head: NDArray[np.float64],
        turn_deg: NDArray[np.float64],
        offset_m: NDArray[np.float64],
    ) -> NDArray[np.uint8]:
        yaw, pitch, _ = turn_deg  # the studio of the scans knows no roll and no place
        sitting = Sitting(yaw_deg=yaw, pitch_deg=pitch, seed=seed)
        return take(scans, head, masks, sitting).pixels_srgb

    return show


def _moving(units: NDArray[np.float64], skin: NDArray[np.intp]) -> NDArray[np.intp]:
    most = np.linalg.norm(units[:, skin], axis=2).max(axis=0)
    return skin[most > _MOVES_M]


def film(
    frames: Iterator[NDArray[np.uint8]], path: Path, *, size_px: int, quality: int
) -> None:
    """Write pictures as H.264, softened as a lens does; quality is x264's crf."""
    with av.open(str(path), "w") as container:
        options = {"crf": str(quality), "preset": "veryfast"}
        video = container.add_stream("libx264", rate=int(RATE_FPS), options=options)
        video.width = video.height = size_px
        video.pix_fmt = "yuv420p"
        for index, pixels in enumerate(frames):
            small = cv2.resize(pixels, (size_px, size_px), interpolation=cv2.INTER_AREA)
            soft = np.asarray(cv2.GaussianBlur(small, (0, 0), 0.7), np.uint8)
            image = av.VideoFrame.from_ndarray(soft, format="rgb24")
            image.pts, image.time_base = index, Fraction(1, int(RATE_FPS))
            container.mux(video.encode(image))
        container.mux(video.encode(None))
