"""The brightness of a photo where places of the head fall."""

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from ..colours import LUMINANCE

SEEN_M = 0.0017
"""What one place shows: finer detail is pores, and says nothing of the shape."""
GAMMA = 2.2
"""An sRGB value is nearly the light to the power of one over this."""
DARKEST = 0.06
"""As an sRGB value: below it a logarithm is noise."""


def log_brightness(
    pixels_srgb: UInt8[np.ndarray, "height width 3"],
    points_px: Float[Tensor, "points 2"],
    *,
    px_per_m: float,
) -> tuple[Float[Tensor, "points"], Bool[Tensor, "points"]]:
    """The logarithm of the light at some points, and which lie in the photo."""
    height, width = pixels_srgb.shape[:2]
    share = min(1.0, 1 / (SEEN_M * px_per_m))
    size = (max(1, round(width * share)), max(1, round(height * share)))
    small = cv2.resize(pixels_srgb, size, interpolation=cv2.INTER_AREA)
    scale = points_px.new_tensor([size[0] / width, size[1] / height])
    at = (points_px * scale - 0.5).float().numpy()
    value = cv2.remap(
        (small.astype(np.float32) / 255) @ np.array(LUMINANCE, np.float32),
        at[:, :1].copy(),
        at[:, 1:].copy(),
        interpolation=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    inside = (points_px > 0) & (points_px < points_px.new_tensor([width, height]))
    brightness = torch.from_numpy(value[:, 0]).to(points_px).clamp(min=DARKEST)
    return GAMMA * brightness.log(), inside.all(dim=1)
