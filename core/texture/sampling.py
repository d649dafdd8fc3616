"""Pictures read between their pixels."""

from collections.abc import Callable

import cv2
import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import grid_sample


def sample(
    image: Float[Tensor, "height width channels"],
    points_px: Float[Tensor, "points 2"],
    *,
    smooth: bool = False,
) -> Float[Tensor, "points channels"]:
    """Values at pixels counted from the corner; the border goes on for ever.

    Straight between pixel centres, or by cubics where `smooth` is asked for.
    """
    height, width = image.shape[:2]
    grid = points_px / points_px.new_tensor([width, height]) * 2 - 1
    found = grid_sample(
        image.movedim(2, 0)[None],
        grid[None, None],
        mode="bicubic" if smooth else "bilinear",
        padding_mode="border",
        align_corners=False,
    )
    return found[0, :, 0].T


def blurred(
    image: Float[Tensor, "channels height width"], reach: int
) -> Float[Tensor, "channels height width"]:
    """Nearly a Gaussian of that standard deviation: three box filters in a row."""
    for _ in range(3):
        image = box_mean(image, 2 * reach + 1)
    return image


def box_mean(
    image: Float[Tensor, "channels height width"], size: int
) -> Float[Tensor, "channels height width"]:
    """The mean of the square of that side around each pixel; the border goes on."""
    return _filtered(
        image, lambda plane: cv2.blur(plane, (size, size), borderType=_BORDER)
    )


def eroded(
    image: Float[Tensor, "channels height width"], reach: int
) -> Float[Tensor, "channels height width"]:
    """The lowest value within `reach` pixels, in x and y."""
    square = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    return _filtered(image, lambda plane: cv2.erode(plane, square, borderType=_BORDER))


def opened(
    image: Float[Tensor, "channels height width"], reach: int
) -> Float[Tensor, "channels height width"]:
    """Without what is narrower than twice the reach (a morphological opening)."""
    return -eroded(-eroded(image, reach), reach)


_BORDER = cv2.BORDER_REPLICATE


def _filtered(
    image: Tensor, act: Callable[[NDArray[np.float32]], cv2.typing.MatLike]
) -> Tensor:
    """OpenCV's filters: torch's pooling takes time by the square of the side."""
    planes = [act(np.ascontiguousarray(plane)) for plane in image.numpy()]
    return torch.from_numpy(np.stack(planes))
