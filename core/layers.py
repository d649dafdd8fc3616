"""Pieces of the networks that look at faces."""

from torch import Tensor, nn


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
