"""What the pixels of a photo tell of the person's shape, before anything is fitted.

A fit that knows only landmarks and people in general expects an average person. With a
network's impression of this person in place of that, it starts from somebody who looks
like them, and is as sure of it as the network was right on heads it had never seen.
"""

from functools import cache
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from ..head_model.prior import read_learned_of_people
from ..landmarks.refiner import network_input
from ..landmarks.topology import FACE_COUNT
from ..landmarks.types import Landmarks
from ..landmarks.upright import UprightFace, mirrored, opposite_landmarks
from ..residuals.person import ShapeImpression
from .shape_network import SIDE_PX, ShapeNetwork

FORMAT_VERSION = 1
SHAPE_READER_PATH = (
    Path(__file__).resolve().parents[2] / "weights" / "shape_reader.safetensors"
)
_USUAL_SCALE = 600.0
"""Focal length over a pixel of the square, of an ordinary portrait."""
_DOUBT = 1.1
"""Over how far it was off on unseen heads: real photos are not painted. Without it the
re-rendered photos are a little less like themselves (SSIM 0.919, else 0.921)."""
_DOUBT_OF_CLIPS = 1.5
"""The same of clips, beside that. With 1, five real clips are explained up to five in
100 worse than without it, with 2.5 up to six better, but heads of nine painted films
turn wrongly again."""
_ASIDE = 5.0
"""What the face's place in the view counts more than its slopes."""


def view_terms_of(
    focal_px: Float[Tensor, "faces"],
    middle: Float[Tensor, "faces 2"],
    known: Float[Tensor, "faces"],
) -> Float[Tensor, "faces views"]:
    """What the network is told of cameras, if anything is `known` of them.

    `focal_px` is the focal length in pixels of the square, `middle` are the slopes,
    right and down, at which the face is seen.
    """
    terms = [(focal_px / _USUAL_SCALE).log()[:, None], _ASIDE * middle]
    return torch.cat([*terms, torch.ones_like(middle[:, :1])], dim=1) * known[:, None]


class ShapeReader:
    """The learned network and what is known of its errors."""

    def __init__(
        self,
        network: ShapeNetwork,
        *,
        template: Float[np.ndarray, "landmarks 2"],
        usual: Float[Tensor, "landmarks 2"],
        signs: Float[Tensor, "identities"],
        slope: Float[Tensor, "identities identities"],
        offset: Float[Tensor, "identities"],
        whitening: Float[Tensor, "identities identities"],
    ) -> None:
        """`template` places an average face in the square, `usual` are mean marks.

        `signs` say how coefficients change when a person is mirrored. What the network
        tells of unseen heads is nearest to them times `slope` plus `offset`;
        `whitening` turns what is left into standard deviations.
        """
        self._network = network.eval().requires_grad_(False)
        self._template, self._usual, self._signs = template, usual, signs
        self._opposite = opposite_landmarks(template, SIDE_PX)
        self._slope, self._offset = slope.double(), offset.double()
        self._whitening = whitening.double()

    @classmethod
    def load(
        cls, head_model_sha256: str, path: Path = SHAPE_READER_PATH
    ) -> "ShapeReader":
        """That of a head model and of the statistics of people that are installed.

        Raises MissingWeightsError if the file cannot be read or was learned on others.
        """
        learned = read_learned_of_people(
            path,
            head_model_sha256,
            format_version=FORMAT_VERSION,
            what="The reader of shapes",
            maker="weights.learn_shape_reader",
        )
        tensors = dict(learned.tensors)
        names = ("usual", "signs", "slope", "offset", "whitening")
        known = {name: tensors.pop(name) for name in names}
        template = tensors.pop("template").double().numpy()
        network = ShapeNetwork(len(known["offset"]))
        # the counts of batches that batch norms have seen are left out
        network.load_state_dict(tensors, strict=False)
        return cls(network, template=template, **known)

    def told(
        self,
        pixels_srgb: UInt8[np.ndarray, "height width 3"],
        points_px: Float[np.ndarray, "landmarks 2"],
        focal_px: float | None,
        *,
        once: bool = False,
    ) -> Float[Tensor, "identities"]:
        """Coefficients as the network tells them.

        Unless `once` is enough, the face is looked at in the mirror as well: the mean
        of both errs less.
        """
        upright = UprightFace.of(points_px, self._template)
        square = torch.from_numpy(upright.cut(pixels_srgb, SIDE_PX)).movedim(-1, 0)
        marks = torch.from_numpy(upright.inward(points_px)).float()
        height, width = pixels_srgb.shape[:2]
        focal = focal_px or _USUAL_SCALE / upright.scale
        aside = points_px[:FACE_COUNT].mean(axis=0) - [width / 2, height / 2]
        middle = torch.from_numpy(aside / focal).float()
        views = 1 if once else 2
        squares = torch.stack([square, square.flip(2)])
        both = torch.stack([marks, mirrored(marks, self._opposite, SIDE_PX)])
        middles = torch.stack([middle, middle * torch.tensor([-1.0, 1.0])])
        with torch.inference_mode():
            told = self._network(
                network_input(squares[:views]),
                both[:views],
                self._usual,
                view_terms_of(
                    torch.full((views,), focal * upright.scale),
                    middles[:views],
                    torch.full((views,), float(focal_px is not None)),
                ),
            )
        signs = torch.stack([torch.ones_like(self._signs), self._signs])
        return (signs[:views] * told.identity).mean(dim=0).double()

    def who_is(
        self,
        pixels_srgb: UInt8[np.ndarray, "height width 3"],
        points_px: Float[np.ndarray, "landmarks 2"],
    ) -> Float[np.ndarray, "identities"]:
        """The same of a clip's frame, whose lens nobody knows, in one look."""
        return self.told(pixels_srgb, points_px, None, once=True).numpy()

    def read(
        self,
        pixels_srgb: UInt8[np.ndarray, "height width 3"],
        landmarks: Landmarks,
        focal_px: float | None,
    ) -> ShapeImpression:
        """Who a photo seems to show; `landmarks` are refined ones.

        `focal_px` is the focal length if the photo tells it.
        """
        return self.impression(self.told(pixels_srgb, landmarks.points_px, focal_px))

    def of_clip(
        self, told: Float[np.ndarray, "coefficients"] | None
    ) -> ShapeImpression | None:
        """Whom a clip seems to show, given the mean of what its frames told."""
        if told is None:
            return None
        impression = self.impression(torch.from_numpy(told[: len(self._offset)]))
        doubted = impression.whitening / _DOUBT_OF_CLIPS
        return ShapeImpression(mean=impression.mean, whitening=doubted)

    def impression(self, told: Float[Tensor, "identities"]) -> ShapeImpression:
        """The person whom the network tells of, and how surely it is right."""
        mean = self._slope @ told + self._offset
        return ShapeImpression(mean=mean, whitening=self._whitening / _DOUBT)


@cache
def load_shape_reader(head_model_sha256: str) -> ShapeReader:
    """The shipped one, read once; see `ShapeReader.load`."""
    return ShapeReader.load(head_model_sha256)
