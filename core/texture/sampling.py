"""Pictures read between their pixels."""

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import avg_pool2d, grid_sample


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
    result = image[None]
    for _ in range(3):
        for down, across in ((reach, 0), (0, reach)):
            result = avg_pool2d(
                result,
                (2 * down + 1, 2 * across + 1),
                stride=1,
                padding=(down, across),
                count_include_pad=False,
            )
    return result[0]
