"""Landmarks moved from where a detector expects them to where the picture shows them.

MediaPipe's face mesh is a regression: it marks a person's landmarks between where they
are and where an average person has them. A small convolutional network looks at the
face once more, upright in a square of 128 pixels. It moves the marks by what it sees of
the whole face and around each mark, then looks around the moved marks and moves them
again. It learned that from pictures of people who do not exist, whose landmarks are
known (`weights/learn_landmark_refiner.py`).
"""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from numpy.typing import NDArray
from torch import Tensor, nn

from ..head_model import HeadModel
from ..head_model.prior import read_learned_of_people
from ..layers import Around, Residual, convolution
from .topology import LANDMARK_COUNT
from .types import Landmarks
from .upright import SIDE_PX, UprightFace, mirrored, opposite_landmarks

FORMAT_VERSION = 1
LANDMARK_REFINER_PATH = (
    Path(__file__).resolve().parents[2] / "weights" / "landmark_refiner.safetensors"
)
SPREAD_PX = 3.0
"""What counts as one in offsets and in what the network is told of the marks."""
STEPS = 2
_WIDTHS = (16, 32, 64, 96)
"""Channels at a half, a quarter, an eighth and a sixteenth of the square's side."""
_SQUEEZED, _AROUND, _OF_MARKS, _FEATURES = 48, 8, 128, 256
"""Features: of each place of the coarsest grid, around each mark, of all marks, and of
everything that is looked at."""


@dataclass(frozen=True, kw_only=True)
class MarkErrors:
    """How refined marks are still off the surface points of the landmarks."""

    leaning: Float[Tensor, "landmarks 3"]
    """Toward an average face, on the average person: metres of head space."""
    leaning_per_identity: Float[Tensor, "identities landmarks 3"]
    """For one standard deviation of each identity coefficient."""
    leaning_per_view: Float[Tensor, "views landmarks 3"]
    """For each of `view_terms`."""
    patterns: Float[Tensor, "patterns landmarks 3"]
    """In which marks err together, each by one standard deviation: neighbours see the
    same pixels."""
    covariance: Float[Tensor, "landmarks 3 3"]
    """Of what is left, square metres."""


class RefinerNetwork(nn.Module):
    """Pixels and marks in, better marks out."""

    def __init__(self, told: int = 0) -> None:
        """`told` further numbers come out beside the marks, while it learns."""
        super().__init__()
        first, second, third, fourth = _WIDTHS
        self.fine = nn.Sequential(
            convolution(3, first, size=5, stride=2), convolution(first, first)
        )
        self.coarse = nn.Sequential(
            convolution(first, second, stride=2), Residual(second)
        )
        self.whole = nn.Sequential(
            convolution(second, third, stride=2),
            Residual(third),
            convolution(third, fourth, stride=2),
            Residual(fourth),
            nn.Conv2d(fourth, _SQUEEZED, 1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Dropout(0.1),
            nn.Linear(_SQUEEZED * (SIDE_PX // 16) ** 2, _FEATURES),
            nn.ReLU(),
        )
        self.marks = nn.Sequential(nn.Linear(2 * LANDMARK_COUNT, _OF_MARKS), nn.ReLU())
        self.around = nn.ModuleList(
            Around(
                channels=first + second,
                marks=LANDMARK_COUNT,
                filters=_AROUND,
                features=_FEATURES,
            )
            for _ in range(STEPS)
        )
        self.move = nn.ModuleList(
            nn.Sequential(
                nn.Dropout(0.1),
                nn.Linear(2 * _FEATURES + _OF_MARKS, _FEATURES),
                nn.ReLU(),
                nn.Linear(_FEATURES, 2 * LANDMARK_COUNT + further),
            )
            for further in (told, *(STEPS - 1) * [0])
        )

    def forward(
        self,
        pixels: Float[Tensor, "faces 3 side side"],
        marks: Float[Tensor, "faces landmarks 2"],
        usual: Float[Tensor, "landmarks 2"],
    ) -> tuple[list[Float[Tensor, "faces landmarks 2"]], Float[Tensor, "faces told"]]:
        """The marks after each step, and what else is told; `usual` are mean marks."""
        fine = self.fine(pixels)
        coarse = self.coarse(fine)
        whole = self.whole(coarse).float()
        moved, others = [], marks.new_zeros(len(marks), 0)
        for around, move in zip(self.around, self.move, strict=True):
            marks = marks.detach()  # each step learns to mend what it is given
            seen, own = around(fine, coarse, marks / SIDE_PX)
            known = self.marks(((marks - usual) / SPREAD_PX).flatten(1)).float()
            told = move(torch.cat([whole, seen, known], dim=1)).float()
            offsets = told[:, : 2 * LANDMARK_COUNT].unflatten(1, (-1, 2))
            marks = marks + SPREAD_PX * (offsets + own)
            if not moved:
                others = told[:, 2 * LANDMARK_COUNT :]
            moved.append(marks)
        return moved, others


@dataclass(frozen=True, kw_only=True)
class UprightFaces:
    """Faces cut out of their pictures; together they are looked at in half the time."""

    points_px: list[NDArray[np.float32]]
    """Landmarks of each in its picture."""
    uprights: list[UprightFace]
    """How each was cut."""
    squares_srgb: UInt8[Tensor, "faces 3 side side"]
    """What was cut out."""
    marks: Float[Tensor, "faces landmarks 2"]
    """Landmarks in the squares."""

    def outward(
        self, offsets: Float[Tensor, "faces landmarks 2"]
    ) -> list[Float[np.ndarray, "landmarks 2"]]:
        """Landmarks of each in its picture, moved by so much in the squares."""
        return [
            (points + upright.outward(offset)).astype(np.float32)
            for points, upright, offset in zip(
                self.points_px, self.uprights, offsets.double().numpy(), strict=True
            )
        ]


def network_input(
    squares_srgb: UInt8[Tensor, "faces 3 side side"],
) -> Float[Tensor, "faces 3 side side"]:
    """Pixels as the network takes them."""
    return (squares_srgb.float() / 255 - 0.5) * 4


class LandmarkRefiner:
    """The learned network; several threads may use it at once."""

    def __init__(
        self,
        network: RefinerNetwork,
        *,
        template: Float[np.ndarray, "landmarks 2"],
        usual: Float[Tensor, "landmarks 2"],
        errors: MarkErrors | None = None,
    ) -> None:
        """`template` places an average face in the square, `usual` are mean marks."""
        self._network = network.eval().requires_grad_(False)
        self.template = template
        self._usual = usual
        self.opposite = opposite_landmarks(template)
        """Which landmark lies where each is mirrored."""
        self.errors = errors

    @classmethod
    def load(
        cls, head_model_sha256: str, path: Path = LANDMARK_REFINER_PATH
    ) -> "LandmarkRefiner":
        """That of a head model and of the statistics of people that are installed.

        Raises MissingWeightsError if the file cannot be read or was learned on others.
        """
        learned = read_learned_of_people(
            path,
            head_model_sha256,
            format_version=FORMAT_VERSION,
            what="The refiner of landmarks",
            maker="weights.learn_landmark_refiner",
        )
        tensors = dict(learned.tensors)
        template, usual = tensors.pop("template").numpy(), tensors.pop("usual")
        errors = MarkErrors(
            **{each.name: tensors.pop(each.name) for each in fields(MarkErrors)}
        )
        network = RefinerNetwork()
        # the counts of batches that batch norms have seen are left out
        network.load_state_dict(tensors, strict=False)
        return cls(network, template=template, usual=usual, errors=errors)

    def to(self, device: torch.device) -> "LandmarkRefiner":
        """The same on another device; only `offsets` works there."""
        return LandmarkRefiner(
            deepcopy(self._network).to(device),
            template=self.template,
            usual=self._usual.to(device),
            errors=self.errors,
        )

    def refine(
        self,
        pixels_srgb: UInt8[np.ndarray, "height width 3"],
        points_px: Float[np.ndarray, "landmarks 2"],
    ) -> Float[np.ndarray, "landmarks 2"]:
        """The landmarks of one face of a picture, moved to what it shows."""
        return self.refine_each([(pixels_srgb, points_px)])[0]

    def refine_each(
        self, faces: Sequence[tuple[NDArray[np.uint8], NDArray[np.float32]]]
    ) -> list[Float[np.ndarray, "landmarks 2"]]:
        """The same of several faces, each of a picture of its own.

        Each is `pixels_srgb` [height, width, 3] and `points_px` [landmarks, 2].
        """
        cut = self.upright(faces)
        return cut.outward(self.offsets(cut.squares_srgb, cut.marks))

    def upright(
        self, faces: Sequence[tuple[NDArray[np.uint8], NDArray[np.float32]]]
    ) -> "UprightFaces":
        """Faces cut out, each of a picture of its own.

        Each is `pixels_srgb` [height, width, 3] and `points_px` [landmarks, 2].
        """
        uprights = [UprightFace.of(points, self.template) for _, points in faces]
        squares, marks = [], []
        for upright, (pixels, points) in zip(uprights, faces, strict=True):
            squares.append(torch.from_numpy(upright.cut(pixels)).movedim(-1, 0))
            marks.append(torch.from_numpy(upright.inward(points)).float())
        return UprightFaces(
            points_px=[points for _, points in faces],
            uprights=uprights,
            squares_srgb=torch.stack(squares),
            marks=torch.stack(marks),
        )

    def offsets(
        self,
        squares_srgb: UInt8[Tensor, "faces 3 side side"],
        marks: Float[Tensor, "faces landmarks 2"],
        *,
        once: bool = False,
    ) -> Float[Tensor, "faces landmarks 2"]:
        """How far marks in upright squares are off.

        Each face is looked at in the mirror as well, since the mean of both errs less,
        unless `once` is enough.
        """
        with torch.inference_mode():
            here = self._moved(squares_srgb, marks)
            if once:
                return here - marks
            turned = mirrored(marks, self.opposite)
            there = self._moved(squares_srgb.flip(3), turned)
            return 0.5 * (here + mirrored(there, self.opposite)) - marks

    def _moved(self, squares_srgb: Tensor, marks: Tensor) -> Tensor:
        pixels = network_input(squares_srgb)
        pixels = pixels.contiguous(memory_format=torch.channels_last)  # a fifth faster
        moved, _ = self._network(pixels, marks, self._usual)
        return moved[-1]


@cache
def load_refiner(head_model_sha256: str) -> LandmarkRefiner:
    """The shipped one, read once; see `LandmarkRefiner.load`."""
    return LandmarkRefiner.load(head_model_sha256)


def refine_landmarks(
    model: HeadModel,
    pixels_srgb: UInt8[np.ndarray, "height width 3"],
    landmarks: Landmarks,
) -> Landmarks:
    """A photo's landmarks, moved to what it shows: the mean of all looks, refined.

    Raises MissingWeightsError if the refiner is not that of the head model.
    """
    refiner = load_refiner(model.version_sha256)
    looks = [landmarks.points_px, *landmarks.more_looks_px]
    refined = refiner.refine_each([(pixels_srgb, points_px) for points_px in looks])
    points_px = np.mean(refined, axis=0, dtype=np.float32)
    return replace(landmarks, points_px=points_px, refined=True)
