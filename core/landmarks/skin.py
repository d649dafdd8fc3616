"""What a face shows between its landmarks: folds, shut lids, teeth, a tongue.

The landmarks lay the face flat on a chart, on which every part of it is at the same
place, however head and mouth move. A small convolutional network makes a few numbers
of that picture, and `core/track/reader.py` compares them with what is usual in the
clip. Both were learned together (`weights/learn_expression_reader.py`).
"""

from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor, nn
from torch.nn.functional import grid_sample

from ..head_model.learned import Learned, read_learned
from .upright import SIDE_PX

FORMAT_VERSION = 3
EXPRESSION_READER_PATH = (
    Path(__file__).resolve().parents[2] / "weights" / "expression_reader.safetensors"
)
CHART_PX = 64
"""Side of the chart."""
HINTS = 96
"""Numbers that a face is boiled down to."""
_WIDTHS = (16, 32, 48, 48)
"""Channels at a half, a quarter, an eighth and again an eighth of the chart's side."""


@dataclass(frozen=True, kw_only=True)
class FaceChart:
    """Where every part of a face is on the chart."""

    places: Int[Tensor, "texels"]
    """Pixels of the chart, row by row, that show something of a face."""
    corners: Int[Tensor, "texels 3"]
    """Between which landmarks each of them lies."""
    shares: Float[Tensor, "texels 3"]
    """Its barycentric coordinates there."""

    def flat(
        self,
        squares_srgb: UInt8[Tensor, "faces 3 side side"],
        marks: Float[Tensor, "faces landmarks 2"],
    ) -> UInt8[Tensor, "faces 3 chart chart"]:
        """Upright faces laid flat; zero where there is no face."""
        at = torch.einsum("fpck,pc->fpk", marks[:, self.corners], self.shares)
        grid = (at / (SIDE_PX / 2) - 1)[:, None]
        seen = grid_sample(squares_srgb.float(), grid, align_corners=False)[:, :, 0]
        chart = squares_srgb.new_zeros(len(marks), 3, CHART_PX**2)
        chart[:, :, self.places] = seen.to(torch.uint8)
        return chart.unflatten(2, (CHART_PX, CHART_PX))

    def network_input(
        self, charts: UInt8[Tensor, "faces 3 chart chart"]
    ) -> Float[Tensor, "faces 3 chart chart"]:
        """Charts as the network takes them: relative to the face's mean brightness."""
        seen = charts.flatten(2)[:, :, self.places].float() / 255
        level = seen.mean(dim=(1, 2), keepdim=True) + 0.05
        given = torch.zeros(charts.shape).flatten(2)
        given[:, :, self.places] = seen / level - 1
        return given.view(charts.shape)


class SkinNetwork(nn.Sequential):
    """A chart in, hints out."""

    def __init__(self) -> None:
        channels = (3, *_WIDTHS)
        sizes, strides = (5, 3, 3, 3), (2, 2, 2, 1)
        layers = [
            nn.Sequential(
                nn.Conv2d(inward, outward, size, stride, size // 2, bias=False),
                nn.BatchNorm2d(outward),
                nn.ReLU(),
            )
            for inward, outward, size, stride in zip(
                channels[:-1], channels[1:], sizes, strides, strict=True
            )
        ]
        last = nn.Linear(_WIDTHS[-1] * (CHART_PX // 8) ** 2, HINTS)
        super().__init__(*layers, nn.Flatten(), last)


class SkinEye:
    """The learned network and its chart; several threads may use it at once."""

    def __init__(self, network: SkinNetwork, chart: FaceChart) -> None:
        self._network = network.eval().requires_grad_(False)
        self.chart = chart

    @classmethod
    def load(
        cls, head_model_sha256: str, path: Path = EXPRESSION_READER_PATH
    ) -> "SkinEye":
        """That of a head model.

        Raises MissingWeightsError if the file cannot be read or was learned on another
        head model.
        """
        tensors = read_reader_file(head_model_sha256, path).tensors
        network = SkinNetwork()
        # the counts of batches that batch norms have seen are left out
        network.load_state_dict(_within("skin.", tensors), strict=False)
        chart = _within("chart.", tensors)
        return cls(
            network,
            FaceChart(
                places=chart["places"].long(),
                corners=chart["corners"].long(),
                shares=chart["shares"],
            ),
        )

    def hints(
        self,
        squares_srgb: UInt8[Tensor, "faces 3 side side"],
        marks: Float[Tensor, "faces landmarks 2"],
    ) -> Float[Tensor, "faces hints"]:
        """What upright faces show, whose landmarks are at `marks`."""
        return self.of_charts(self.chart.flat(squares_srgb, marks))

    def of_charts(
        self, charts: UInt8[Tensor, "faces 3 chart chart"]
    ) -> Float[Tensor, "faces hints"]:
        """What faces show that lie flat."""
        with torch.inference_mode():
            return self._network(self.chart.network_input(charts))


@cache
def load_skin_eye(head_model_sha256: str) -> SkinEye:
    """The shipped one, read once; see `SkinEye.load`."""
    return SkinEye.load(head_model_sha256)


def read_reader_file(head_model_sha256: str, path: Path) -> Learned:
    """The file that holds this and the reader.

    Raises MissingWeightsError if it cannot be read or was learned on another head
    model.
    """
    return read_learned(
        path,
        head_model_sha256,
        format_version=FORMAT_VERSION,
        what="The reader of expressions",
        maker="weights.learn_expression_reader",
    )


def skin_tensors(network: SkinNetwork, chart: FaceChart) -> dict[str, Tensor]:
    """What the file holds of both."""
    state = {
        f"skin.{name}": value
        for name, value in network.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    return state | {
        f"chart.{each.name}": getattr(chart, each.name) for each in fields(FaceChart)
    }


def _within(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): value
        for name, value in tensors.items()
        if name.startswith(prefix)
    }
