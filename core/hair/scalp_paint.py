"""The skin under hair: painted hair without a hard rim and without gloss.

The texture stage paints hair on the scalp, up to a line. Real hair thins out: towards
that line the paint gives way to the colour of the skin beside it. Under strands this
happens over a finger's breadth, so that what is seen between them is scalp in shade.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float, UInt8
from numpy.typing import NDArray

from ..enlarging import enlarged
from ..head_model import HeadModel, where_hair_grows

RIM, RIM_UNDER_STRANDS = 1 / 220, 1 / 80
"""Width over which paint gives way, over the texture's: 2 mm and 7 mm."""

MATTE = 0.92
"""Roughness of painted hair."""

_SHADE = 0.7
"""Brightness of the scalp between strands behind the rim, over that of the skin
beside; at the hair line it is skin."""

_WORK_PX = 512
_BAND = 64
"""Rows of the maps that are painted at once: at full size they are hundreds of MB."""


@dataclass(frozen=True, kw_only=True)
class ScalpPaint:
    """Textures of the skin, changed where hair is painted on the scalp."""

    albedo: UInt8[np.ndarray, "height width 3"]
    hair: UInt8[np.ndarray, "height width"]
    roughness: UInt8[np.ndarray, "height width"]


def soften_scalp(
    model: HeadModel,
    albedo: UInt8[np.ndarray, "height width 3"],
    hair: UInt8[np.ndarray, "height width"],
    roughness: UInt8[np.ndarray, "height width"],
    *,
    strands: bool,
) -> ScalpPaint:
    """Let painted hair thin out towards its line, and take its gloss."""
    scalp = _scalp_map(model)
    small = cv2.resize(hair, (_WORK_PX, _WORK_PX), interpolation=cv2.INTER_AREA)
    painted = (small / 255.0 * (scalp > 0)).astype(np.float32)
    whole = (painted > 0.5).astype(np.uint8)
    inside = np.asarray(cv2.distanceTransform(whole, cv2.DIST_L2, 5)) / _WORK_PX
    width = RIM_UNDER_STRANDS if strands else RIM
    gives_way = np.clip(1 - inside / width, 0, 1).astype(np.float32)
    gives_way *= np.clip(10 * painted, 0, 1) * _away_from_cuts(model)
    beside = _skin_beside(albedo, small / 255.0)
    if strands:
        beside *= 1 - (1 - _SHADE) * np.clip(inside / width, 0, 1)[..., None]
    maps = np.dstack([gives_way, painted, beside]).astype(np.float32)
    paint = ScalpPaint(
        albedo=albedo.copy(), hair=hair.copy(), roughness=roughness.copy()
    )
    factor = len(hair) // _WORK_PX
    for first in range(0, _WORK_PX, _BAND):
        band = slice(first, first + _BAND)
        large = enlarged(maps, band, slice(0, _WORK_PX), factor)
        _paint_band(paint, large, slice(first * factor, (first + _BAND) * factor))
    return paint


def _paint_band(
    paint: ScalpPaint,
    maps: Float[np.ndarray, "rows width 5"],
    rows: slice,
) -> None:
    """Change these rows: `maps` are the share of the rim, the paint, and the skin."""
    share, on_scalp = maps[..., 0], maps[..., 1]
    skin = paint.albedo[rows].astype(np.float32)
    paint.albedo[rows] = _bytes(skin + share[..., None] * (maps[..., 2:] - skin))
    paint.hair[rows] = _bytes(paint.hair[rows] * (1 - share))
    rough = paint.roughness[rows].astype(np.float32)
    paint.roughness[rows] = _bytes(rough + on_scalp * (255 * MATTE - rough))


def _bytes(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    return (values + 0.5).clip(0, 255).astype(np.uint8)


def _uv_px(model: HeadModel) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Corners of the skin's quads in the texture, and their vertices."""
    skin = (model.face_parts == 0).numpy()
    faces, corners = model.faces[skin].numpy(), model.face_uvs[skin].numpy()
    quads = faces[:, 3] >= 0
    uv = model.uvs.numpy()[corners[quads]]
    pixels = np.stack([uv[..., 0], 1 - uv[..., 1]], axis=-1) * _WORK_PX
    return np.round(pixels).astype(np.int32), faces[quads].astype(np.int64)


def _scalp_map(model: HeadModel) -> Float[np.ndarray, "height width"]:
    """How far each texel is scalp, a face at a time."""
    corners, faces = _uv_px(model)
    share = where_hair_grows(model).numpy()[faces].max(axis=1)
    image = np.zeros((_WORK_PX, _WORK_PX), np.float32)
    for quad, value in zip(corners[share > 0], share[share > 0], strict=True):
        cv2.fillConvexPoly(image, quad, (float(value),))
    return image


def _away_from_cuts(model: HeadModel) -> Float[np.ndarray, "height width"]:
    """0 beside the texture's cuts, where the hair's edge is none."""
    corners, _ = _uv_px(model)
    covered = np.zeros((_WORK_PX, _WORK_PX), np.uint8)
    for quad in corners:
        cv2.fillConvexPoly(covered, quad, (1,))
    covered = cv2.morphologyEx(covered, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    inside = np.asarray(cv2.distanceTransform(covered, cv2.DIST_L2, 5)) / _WORK_PX
    return np.clip(inside / RIM_UNDER_STRANDS - 1, 0, 1).astype(np.float32)


def _skin_beside(
    albedo: UInt8[np.ndarray, "height width 3"],
    hair: Float[np.ndarray, "rows columns"],
) -> Float[np.ndarray, "rows columns 3"]:
    """The colour of the nearest bare skin, evened over a finger's breadth."""
    small = cv2.resize(albedo, (_WORK_PX, _WORK_PX), interpolation=cv2.INTER_AREA)
    bare = (hair < 0.02).astype(np.float32)
    reach = _WORK_PX / 60
    total = cv2.GaussianBlur(small * bare[..., None], (0, 0), reach)
    share = cv2.GaussianBlur(bare, (0, 0), reach)
    return np.asarray(total / np.maximum(share, 1e-3)[..., None], np.float32)
