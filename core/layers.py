"""Pieces of the networks that look at faces."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import grid_sample


class Around(nn.Module):
    """What is to be seen at each mark of a square picture, by filters of its own."""

    def __init__(
        self, *, channels: int, marks: int, filters: int, features: int
    ) -> None:
        """`channels` of the maps together, `filters` of each mark."""
        super().__init__()
        self.filters = nn.Parameter(
            torch.randn(marks, channels, filters) * channels**-0.5
        )
        self.offset = nn.Parameter(torch.zeros(marks, filters))
        self.step = nn.Parameter(torch.zeros(marks, filters, 2))
        self.join = nn.Sequential(nn.Linear(marks * filters, features), nn.ReLU())

    def forward(
        self, fine: Tensor, coarse: Tensor, marks: Float[Tensor, "faces marks 2"]
    ) -> tuple[Float[Tensor, "faces features"], Float[Tensor, "faces marks 2"]]:
        """Features of all marks together, and where each wants to go by itself.

        `marks` are shares of the picture's side.
        """
        grid = (2 * marks - 1)[:, None]
        seen = torch.cat(
            [
                grid_sample(each, grid.to(each.dtype), align_corners=False)[:, :, 0]
                for each in (fine, coarse)
            ],
            dim=1,
        ).float()
        found = (torch.einsum("ncl,lcf->nlf", seen, self.filters) + self.offset).relu()
        return (
            self.join(found.flatten(1)).float(),
            torch.einsum("nlf,lfd->nld", found, self.step),
        )


class Residual(nn.Module):
    """Two convolutions beside the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.change = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Changed a little."""
        return (x + self.change(x)).relu()


def convolution(
    inward: int, outward: int, *, size: int = 3, stride: int = 1
) -> nn.Sequential:
    """A convolution with what it takes to learn it."""
    return nn.Sequential(
        nn.Conv2d(inward, outward, size, stride=stride, padding=size // 2, bias=False),
        nn.BatchNorm2d(outward),
        nn.ReLU(),
    )
