"""The finished textures at full size, a band of rows at a time.

Each band enlarges the skin's layers and adds what the layers are too coarse for: the
photo's finest detail where it was seen, on this side or the other, the same in the
manner of the seen skin elsewhere (`quilt`), and strands of hair. What a band is made
of is freed before the next, so memory hardly grows with the texture.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float, UInt8
from numpy.typing import NDArray

from ..enlarging import enlarged
from .complete import without_haze
from .grain import hair_grain, skin_grain
from .layers import SkinLayers
from .quilt import plain_patch, spread_patch
from .relief import bump_map, roughness_map
from .skin import DARKEST

_BAND_TEXELS = 500_000
"""Texels of a band: about 100 MB."""

_BANDS_AT_ONCE = 3
"""More would hardly be faster: they wait for memory, not for a processor."""

_LOUDEST = 1.0
"""The finest detail is no more than this, as a logarithm."""


@dataclass(frozen=True, kw_only=True)
class SkinPictures:
    """The skin's textures."""

    albedo: UInt8[np.ndarray, "height width 3"]
    """Colour (sRGB), light taken out."""
    coverage: UInt8[np.ndarray, "height width"]
    """How much of each texel the photo showed."""
    bump: UInt8[np.ndarray, "height width"]
    """Height, as `bump_map` gives it."""
    roughness: UInt8[np.ndarray, "height width"]
    """Roughness, as `roughness_map` gives it."""
    hair: UInt8[np.ndarray, "height width"]
    """Where hair is painted: on the scalp, and the brows."""


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Where the finest detail comes from."""

    photo: Float[np.ndarray, "rows columns 3"]
    """Logarithm of the photo's linear colour, sharp."""
    patch: Float[np.ndarray, "side side 3"] | None
    """Detail of plain skin at the texture's full size; None if no skin was plain."""
    hair: Float[np.ndarray, "3"]
    """Logarithm of the hair's colour."""


def finish_skin(layers: SkinLayers, sources: Sources, size_px: int) -> SkinPictures:
    """Paint the textures, that wide; a multiple of the layers' width."""
    pictures = SkinPictures(
        albedo=np.empty((size_px, size_px, 3), np.uint8),
        coverage=np.empty((size_px, size_px), np.uint8),
        bump=np.empty((size_px, size_px), np.uint8),
        roughness=np.empty((size_px, size_px), np.uint8),
        hair=np.empty((size_px, size_px), np.uint8),
    )
    width = len(layers.bare)
    factor = size_px // width

    def finish(rows: slice) -> None:
        part = layers.enlarged(rows, slice(0, width), factor)
        full = slice(rows.start * factor, rows.stop * factor)
        _finish_band(part, sources, full, pictures)

    with ThreadPoolExecutor(_BANDS_AT_ONCE) as pool:
        list(pool.map(finish, _bands(width, factor)))
    return pictures


def sharp_patch(
    layers: SkinLayers,
    detail: Float[np.ndarray, "side side 3"],
    where: tuple[slice, slice],
    photo: Float[np.ndarray, "rows columns 3"],
    factor: int,
) -> Float[np.ndarray, "large large 3"]:
    """A square of seen, plain skin at full size; `detail` is the layers' there."""
    part = layers.enlarged(*where, factor)
    whole = (slice(0, len(detail)), slice(0, detail.shape[1]))
    return plain_patch(enlarged(detail, *whole, factor) + _own(part, photo))


def _bands(width: int, factor: int) -> Iterator[slice]:
    """Yield rows of the layers for one band after the other."""
    step = max(1, _BAND_TEXELS // (width * factor * factor))
    for first in range(0, width, step):
        yield slice(first, min(first + step, width))


def _finish_band(
    part: SkinLayers, sources: Sources, rows: slice, pictures: SkinPictures
) -> None:
    """Paint these rows of the pictures; `part` are their layers."""
    own = _own(part, sources.photo)
    made = _made(part, sources, rows)
    fine = part.own * own + part.opposite * _opposite(part, sources.photo) + made
    skin = part.bare + fine
    hair = _put_hair(skin, part, own, sources.hair)
    relief = part.relief + fine.mean(axis=2, keepdims=True)
    bump = bump_map(relief, part.plain)
    pictures.albedo[rows] = _bytes(_srgb_from_log(skin))
    pictures.coverage[rows] = _bytes(part.coverage)[..., 0]
    pictures.bump[rows] = _bytes(bump)[..., 0]
    pictures.roughness[rows] = _bytes(roughness_map(part.roughness, bump))[..., 0]
    pictures.hair[rows] = _bytes(np.maximum(hair, part.brows))[..., 0]


def _own(part: SkinLayers, photo: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the photo tells of these texels over what the layers have of it."""
    return _sharper(photo, part.points_px, part.told, part.sure)


def _opposite(part: SkinLayers, photo: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same of their mirror images."""
    return _sharper(photo, part.opposite_px, part.opposite_told, part.sure)


def _sharper(
    photo: NDArray[np.float32],
    points_px: NDArray[np.float32],
    told: NDArray[np.float32],
    sure: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Detail that the photo has at the points and `told` lacks."""
    x, y = np.moveaxis(points_px - np.float32(0.5), 2, 0)  # OpenCV counts from centres
    edge = cv2.BORDER_REPLICATE
    there = cv2.remap(photo, x, y, cv2.INTER_CUBIC, borderMode=edge)
    there = np.maximum(there, np.float32(np.log(DARKEST)))
    return without_haze((there - told).clip(-_LOUDEST, _LOUDEST), sure)


def _made(part: SkinLayers, sources: Sources, rows: slice) -> NDArray[np.float32]:
    """Detail in the manner of the person's skin, where nothing was seen."""
    share = (1 - part.own - part.opposite).clip(0, 1)
    if sources.patch is not None:
        return share * spread_patch(sources.patch, part.bare.shape[1], rows)
    grain = skin_grain(part.positions.reshape(-1, 3)).reshape(share.shape)
    return np.repeat(share * grain, 3, axis=2)


def _put_hair(
    skin: NDArray[np.float32],
    part: SkinLayers,
    own: NDArray[np.float32],
    colour: NDArray[np.floating],
) -> Float[np.ndarray, "height width 1"]:
    """Paint the hair over the skin (logarithmic colours), thinning out into it.

    Gives back how far each texel is hair now.
    """
    where = np.zeros_like(part.hair)
    covered = part.hair[..., 0] > 0.1
    if not covered.any():
        return where
    grain = hair_grain(part.positions[covered])
    seen = part.hair_seen[covered][:, 0]
    told = (part.strands[covered][:, 0] + own[covered].mean(axis=1)).clip(-1, 1)
    strands = (seen * told + (1 - seen) * grain)[:, None]
    painted = colour.astype(np.float32) + strands
    border = ((part.hair[covered][:, 0] + 0.6 * grain - 0.42) / 0.45).clip(0, 1)
    share = (border * border * (3 - 2 * border))[:, None]
    skin[covered] = skin[covered] * (1 - share) + painted * share
    where[covered] = share
    return where


def _srgb_from_log(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """SRGB values 0 to 1 of logarithms of linear colours no darker than `DARKEST`."""
    values = np.maximum(values, np.float32(np.log(DARKEST)))
    return 1.055 * np.exp(values * np.float32(1 / 2.4)) - 0.055


def _bytes(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Values 0 to 1 in eight bits."""
    return (values.clip(0, 1) * 255 + 0.5).astype(np.uint8)
