"""Photos without colour: skin is told from hair by brightness alone, place by place.

In a colour photo a face in half shadow still has one hue. Without hues only brightness
is left, and that changes more over a lit face than from its shadow to dark hair: so it
is compared with that of the face nearby.
"""

import cv2
import numpy as np
from jaxtyping import Bool, Float

_HUELESS = 2.2
"""Spread of a* and b* below which a picture has no colours: measured on pictures, grey
copies have 0.03, the palest coloured one, a photograph coloured by hand, has 3.2."""

_SMALL_PX = 40
"""Size of the face at which brightness is spread."""

_REACHES = (0.12, 0.4, 1.5)
"""How far around a pixel skin is looked for, over the face's size."""

_ENOUGH = 0.02
"""Share of skin around it from which the nearest reach is believed."""


def is_colourless(lab: Float[np.ndarray, "height width 3"]) -> bool:
    """Whether brightness explains all hues of a picture (Lab): grey, or one tone."""
    step = max(1, round((len(lab) * lab.shape[1] / 40_000) ** 0.5))
    lightness, *hues = lab[::step, ::step].reshape(-1, 3).astype(np.float64).T
    basis = np.stack([lightness**0, lightness, lightness**2], axis=1)
    left = [hue - basis @ np.linalg.lstsq(basis, hue, rcond=None)[0] for hue in hues]
    return max(float(one.std()) for one in left) < _HUELESS


def brightness_around(
    lightness: Float[np.ndarray, "height width"],
    face: Bool[np.ndarray, "height width"],
    *,
    size_px: float,
) -> Float[np.ndarray, "height width"]:
    """How bright the face is nearest to every pixel; `face` must not be empty."""
    height, width = lightness.shape
    shrink = min(1.0, _SMALL_PX / size_px)
    small = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    share = face.astype(np.float32)
    both = np.dstack([lightness.astype(np.float32) * share, share])
    both = np.asarray(cv2.resize(both, small, interpolation=cv2.INTER_AREA))
    found = np.full(both.shape[:2], float(np.median(lightness[face])), np.float32)
    for reach in reversed(_REACHES):
        spread = reach * size_px * shrink
        total, near = np.moveaxis(cv2.GaussianBlur(both, (0, 0), spread), 2, 0)
        sure = np.clip(near / _ENOUGH, 0, 1)
        found = sure * total / np.maximum(near, 1e-6) + (1 - sure) * found
    return np.asarray(cv2.resize(found, (width, height)), np.float32)
