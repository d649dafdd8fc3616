"""How far eyes are open, as their pixels show it.

The marks of lids lean toward open eyes: a lid that is half closed is seen to close by a
seventh. A small network looks at each eye in a picture of its own and tells the gap
between its lids, and how sure it is. It learned from pictures of people who do not
exist (`weights/learn_open_eyes.py`).
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor, nn

from ..head_model.learned import read_learned
from ..layers import convolution
from .topology import EYE_CORNERS_LEFT, EYE_CORNERS_RIGHT
from .upright import UprightFace

FORMAT_VERSION = 1
OPEN_EYES_PATH = (
    Path(__file__).resolve().parents[2] / "weights" / "open_eyes.safetensors"
)
SIDE_PX = 48
"""Of the square picture of an eye."""
EYE_PX = 32.0
"""Distance of the eye's corners in it."""
GAP = 0.1
"""What counts as one in what the network tells: a tenth of the eye's width."""
_WIDTHS = (16, 32, 48, 64)
"""Channels at a half, a quarter and an eighth of the side, and of all together."""
_CORNERS = (EYE_CORNERS_LEFT[::-1], EYE_CORNERS_RIGHT)
"""Toward the person's right and left, of the left and of the right eye."""
_SURE, _UNSURE = -6.0, 2.0
"""Least and most of how sure the network may say it is."""


class EyeNetwork(nn.Module):
    """Pictures of left eyes in; the gap of their lids out, and how far it is off."""

    def __init__(self, *, dropped: float = 0.0) -> None:
        """`dropped` is the share of features that are left out while it learns."""
        super().__init__()
        first, second, third, last = _WIDTHS
        self.look = nn.Sequential(
            convolution(3, first, size=5, stride=2),
            convolution(first, second, stride=2),
            nn.Dropout2d(dropped / 2),
            convolution(second, third, stride=2),
            nn.Dropout2d(dropped / 2),
            nn.Flatten(),
            nn.Dropout(dropped),
            nn.Linear(third * (SIDE_PX // 8) ** 2, last),
            nn.ReLU(),
            nn.Linear(last, 2),
        )

    def forward(
        self, pixels: Float[Tensor, "eyes 3 side side"]
    ) -> tuple[Float[Tensor, "eyes"], Float[Tensor, "eyes"]]:
        """The gap over `GAP`, and the logarithm of its mean error over `GAP`."""
        gap, error = self.look(pixels).unbind(dim=1)
        return gap, error.clamp(_SURE, _UNSURE)


def network_input(
    pixels: Float[Tensor, "eyes 3 side side"],
) -> Float[Tensor, "eyes 3 side side"]:
    """Pixels, 0 to 1, as the network takes them: relative to each eye's own spread."""
    spread, middle = torch.std_mean(pixels, dim=(1, 2, 3), keepdim=True)
    return (pixels - middle) / (spread + 0.02)


def around_eye(
    right_px: Float[np.ndarray, "2"],
    left_px: Float[np.ndarray, "2"],
    *,
    side_px: int,
    eye_px: float,
) -> UprightFace:
    """Moves a picture's points into a square with the eye level and in its middle.

    The eye is as wide there as asked for; its corners are those toward the person's
    right and left.
    """
    along = complex(*(left_px - right_px).astype(np.float64))
    if abs(along) < 1:  # nothing of it is in view
        along = 1 + 0j
    middle = 0.5 * (right_px + left_px).astype(np.float64)
    return UprightFace.about(middle, np.full(2, side_px / 2), eye_px / along)


class OpenEyes:
    """The learned network; several threads may use it at once."""

    def __init__(self, network: EyeNetwork) -> None:
        self._network = network.eval().requires_grad_(False)

    @classmethod
    def load(cls, head_model_sha256: str, path: Path = OPEN_EYES_PATH) -> "OpenEyes":
        """That of a head model.

        Raises MissingWeightsError if the file cannot be read or was learned on another
        head model.
        """
        learned = read_learned(
            path,
            head_model_sha256,
            format_version=FORMAT_VERSION,
            what="The reader of eyes",
            maker="weights.learn_open_eyes",
        )
        network = EyeNetwork()
        # the counts of batches that batch norms have seen are left out
        network.load_state_dict(learned.tensors, strict=False)
        return cls(network)

    def at(
        self, faces: Sequence[tuple[NDArray[np.uint8], NDArray[np.float32]]]
    ) -> Float[np.ndarray, "faces 2 2"]:
        """How far eyes (left, right) are open, each face of a picture of its own.

        Each is `pixels_srgb` [height, width, 3] and `points_px` [landmarks, 2]. What is
        told is the mean gap between the lids over the distance of the eye's corners,
        and by how much that is probably off.
        """
        squares = [
            around_eye(points[right], points[left], side_px=SIDE_PX, eye_px=EYE_PX).cut(
                pixels, SIDE_PX
            )
            for pixels, points in faces
            for right, left in _CORNERS
        ]
        eyes = torch.from_numpy(np.stack(squares)).movedim(-1, 1)
        eyes[1::2] = eyes[1::2].flip(3)
        with torch.inference_mode():
            gap, error = self._network(network_input(eyes.float() / 255))
        told = GAP * torch.stack([gap, error.exp()], dim=1)
        return told.unflatten(0, (len(faces), 2)).numpy()


@cache
def load_open_eyes(head_model_sha256: str) -> OpenEyes:
    """The shipped one, read once; see `OpenEyes.load`."""
    return OpenEyes.load(head_model_sha256)
