"""A network that sees in a photo who it is: the shape of the head, from the pixels.

Landmarks tell where things are in the picture; how deep they are shows in shades,
shadows and outlines. The network looks at the upright face, as a whole and around each
landmark, and at the landmarks themselves. It learned from pictures of people who do
not exist (`weights/learn_shape_reader.py`).
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..expressions import EXPRESSION_NAMES
from ..landmarks.topology import LANDMARK_COUNT
from ..layers import Around, Residual, convolution

SIDE_PX = 192
"""Of the upright square that it looks at."""
SPREAD_PX = 4.5
"""What counts as one in what the network is told of the marks."""
VIEW_TERMS = 4
"""Perspective, the face's place across and down, and whether these are known."""
TOLD = len(EXPRESSION_NAMES) + 4 + 9
"""Expression, gaze and rotation, which nobody asks it for once it has learned."""
_WIDTHS = (32, 64, 96, 160, 224)
"""Channels at a half of the square's side, a quarter and so on."""
_SQUEEZED, _AROUND, _OF_MARKS, _FEATURES = 48, 6, 192, 384


@dataclass(frozen=True, kw_only=True)
class Told:
    """What faces tell."""

    identity: Float[Tensor, "faces identities"]
    """Coefficients of the head model."""
    marks: Float[Tensor, "faces landmarks 2"]
    """Better landmarks, in pixels of the square."""
    log_error: Float[Tensor, "faces"]
    """How far off the identity's face probably is: logarithm of millimetres."""
    others: Float[Tensor, "faces told"]
    """Expression, gaze (left and right, yaw and pitch) and rotation."""


class ShapeNetwork(nn.Module):
    """Pixels and marks in, the identity's coefficients out."""

    def __init__(self, identities: int) -> None:
        super().__init__()
        self.identities = identities
        a, b, c, d, e = _WIDTHS
        self.fine = nn.Sequential(convolution(3, a, size=5, stride=2), Residual(a))
        self.coarse = nn.Sequential(convolution(a, b, stride=2), *_residuals(b))
        self.whole = nn.Sequential(
            convolution(b, c, stride=2),
            *_residuals(c),
            convolution(c, d, stride=2),
            *_residuals(d),
            convolution(d, e, stride=2),
            *_residuals(e),
            nn.Conv2d(e, _SQUEEZED, 1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(_SQUEEZED * (SIDE_PX // 32) ** 2, _FEATURES),
            nn.ReLU(),
        )
        self.around = Around(
            channels=a + b, marks=LANDMARK_COUNT, filters=_AROUND, features=_FEATURES
        )
        self.marks = nn.Sequential(
            nn.Linear(2 * LANDMARK_COUNT + VIEW_TERMS, _OF_MARKS), nn.ReLU()
        )
        self.tell = nn.Sequential(
            nn.Linear(2 * _FEATURES + _OF_MARKS, _FEATURES),
            nn.ReLU(),
            nn.Linear(_FEATURES, identities + 2 * LANDMARK_COUNT + 1 + TOLD),
        )

    def forward(
        self,
        pixels: Float[Tensor, "faces 3 side side"],
        marks: Float[Tensor, "faces landmarks 2"],
        usual: Float[Tensor, "landmarks 2"],
        view: Float[Tensor, "faces views"],
    ) -> Told:
        """What faces tell; `marks` lie in the square, an average face's are `usual`."""
        fine = self.fine(pixels)
        coarse = self.coarse(fine)
        moved = ((marks - usual) / SPREAD_PX).flatten(1)
        around, own = self.around(fine, coarse, marks / SIDE_PX)
        known = self.marks(torch.cat([moved, view], dim=1)).float()
        features = torch.cat([self.whole(coarse).float(), around, known], dim=1)
        identity, offsets, log_error, others = (
            self.tell(features)
            .float()
            .split([self.identities, 2 * LANDMARK_COUNT, 1, TOLD], dim=1)
        )
        return Told(
            identity=identity,
            marks=marks + SPREAD_PX * (offsets.unflatten(1, (-1, 2)) + own),
            log_error=log_error[:, 0],
            others=others,
        )


def _residuals(channels: int) -> list[Residual]:
    return [Residual(channels), Residual(channels)]
