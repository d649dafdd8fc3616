"""Where glasses lie on the face: their frame is no skin, and neither are dark lenses.

A frame is told by its bridge, since no skin has a thin line from side to side over the
nose: on 19 pictures it stands out by 24 to 26 L* with glasses, and by less than 4
without them (less than 6 where it is light). Where there is a bridge, lines as thin as
it around the eyes are rims.
"""

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8
from numpy.typing import NDArray

from ..images.polygons import filled_hull
from .topology import (
    BROW_LEFT,
    BROW_RIGHT,
    IRIS_LEFT,
    IRIS_RIGHT,
    LIDS_LEFT,
    LIDS_RIGHT,
)

_EYES_PX = 100
"""Distance of the eyes in the picture that is looked at."""
_LEAST_PX = 12.0
"""Eyes that are nearer to each other in the photo show no frame."""
_ASIDE, _ABOVE, _BELOW = 1.3, 0.6, 0.9
"""How far that reaches from the middle of the eyes, in distances of the eyes."""

_THIN = 0.15
"""Nothing thicker is a line, in distances of the eyes: 9 mm."""

_BRIDGE_ASIDE, _BRIDGE_ABOVE, _BRIDGE_BELOW = 0.1, 0.3, 0.35
"""Where a bridge lies."""
_STANDS_OUT, _UNBROKEN = 9.0, 5.0
"""By how much (L*) its row stands out on average, and each part of it at least."""
_LINE = 3.0
"""By how much its other parts do."""
_THICKER = 1.8
"""How many times as thick as the bridge they may be."""
_FEATURES = 0.03
"""So near to brows and eyes, in distances of the eyes, lines are hairs."""

_RIM_ASIDE, _RIM_ABOVE, _ARM = 0.66, 0.5, 0.2
"""How far rims lie from the eyes' middles, and arms from the line through both."""
_SHORTEST = 0.12
"""Nothing shorter is part of a frame: a mole is not."""
_PADS = 0.3
"""Below the eyes by so much, lines beside the nose are the nose's."""
_MARGIN = 0.035
"""How far around the lines nothing is believed: there is their shadow."""

_LENS_ASIDE, _LENS_DOWN, _LENS_BELOW = 0.32, 0.24, 0.1
"""Half the width and height of what any dark lens hides, and how far below the eyes
that is told, clear of brows and sockets."""
_CHEEK_ASIDE, _CHEEK = 0.22, (0.55, 0.8)
"""Where cheeks are: aside from below the eye, and how far below."""
_DARK = 25.0
"""By how much (L*) lenses are darker than the cheeks at least. On 21 pictures of faces
the lighter of both eyes' surroundings is by 16 at most, Einstein's; lenses are by
52."""
_GLINTS = 0.12
"""Reflections no wider than this are part of a lens."""


def frame_of_glasses(
    lightness: Float[np.ndarray, "height width"],
    points_px: Float[np.ndarray, "landmarks 2"],
) -> Float[np.ndarray, "height width"]:
    """How far each pixel of a photo (L*) shows a frame or dark lenses, 0 to 1.

    All 0 without glasses. `points_px` are the landmarks of the face.
    """
    height, width = lightness.shape
    eyes = points_px[IRIS_LEFT[0]] - points_px[IRIS_RIGHT[0]]
    if np.linalg.norm(eyes) < _LEAST_PX:
        return np.zeros((height, width), np.float32)
    from_picture = _from_picture(points_px)
    seen, brows, others = _looked_at(lightness, points_px, from_picture)
    frame = _lenses(seen, brows | others)
    if not frame.any():
        frame = _frame(seen, brows, others)
    found = cv2.warpAffine(frame.astype(np.float32), from_picture, (width, height))
    return np.asarray(found, np.float32)


def hides_eyes(
    pixels_srgb: UInt8[np.ndarray, "height width 3"],
    points_px: Float[np.ndarray, "landmarks 2"],
) -> bool:
    """Whether the face of a photo with these landmarks is behind dark lenses."""
    lab = cv2.cvtColor(pixels_srgb, cv2.COLOR_RGB2LAB)
    lightness = lab[..., 0].astype(np.float32) * np.float32(100 / 255)
    seen, brows, others = _looked_at(lightness, points_px, _from_picture(points_px))
    return bool(_lenses(seen, brows | others).any())


def _looked_at(
    lightness: NDArray[np.floating],
    points_px: NDArray[np.floating],
    from_picture: Float[np.ndarray, "2 3"],
) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_]]:
    """The picture that is looked at, its brows, and what else is no frame."""
    seen = _seen(lightness, from_picture)
    return seen, *_features(points_px, from_picture, seen.shape)


def _frame(
    seen: NDArray[np.float32],
    brows: Bool[np.ndarray, "rows columns"],
    others: Bool[np.ndarray, "rows columns"],
) -> UInt8[np.ndarray, "rows columns"]:
    """1 on rims, bridge and arms, if there is a bridge."""
    thick = _thickness(np.maximum(*_lines(seen, _THIN)))
    if thick is None:
        return np.zeros(seen.shape, np.uint8)
    darker, lighter = _lines(seen, min(_THIN, _THICKER * thick + 0.02))
    shown = ((darker > _LINE) & ~brows) | (lighter > _LINE)
    return _long(shown & _around_eyes(seen.shape) & ~others)


def _lenses(
    seen: NDArray[np.float32], features: Bool[np.ndarray, "rows columns"]
) -> UInt8[np.ndarray, "rows columns"]:
    """1 on dark lenses and what hangs together with them, if both eyes have them."""
    y, x = _places(seen.shape)
    lens = np.zeros(seen.shape, bool)
    levels = []
    for aside in (np.abs(x - 0.5), np.abs(x + 0.5)):
        own = np.hypot(aside / _LENS_ASIDE, y / _LENS_DOWN) < 1
        low, high = _CHEEK
        cheek = (aside < _CHEEK_ASIDE) & (y > low) & (y < high)
        told = own & (y > _LENS_BELOW) & ~features
        levels.append((np.median(seen[cheek]), np.median(seen[told])))
        lens |= own
    cheeks, shown = np.array(levels).T
    if (cheeks - shown).min() < _DARK:
        return np.zeros(seen.shape, np.uint8)
    dark = (seen < 0.5 * (cheeks + shown).mean()) & _around_eyes(seen.shape)
    closed = cv2.morphologyEx(dark.astype(np.uint8), cv2.MORPH_CLOSE, _disc(_GLINTS))
    _, parts = cv2.connectedComponents(np.asarray(closed, np.uint8))
    kept = np.unique(parts[lens & (parts > 0)])
    wide = cv2.dilate(np.isin(parts, kept).astype(np.uint8), _disc(2 * _MARGIN))
    return np.asarray(wide, np.uint8)


def _from_picture(points_px: NDArray[np.floating]) -> Float[np.ndarray, "2 3"]:
    """The way from the picture that is looked at to the photo, in whole pixels."""
    left, right = (
        points_px[ring[0]].astype(np.float64) for ring in (IRIS_LEFT, IRIS_RIGHT)
    )
    across = (left - right) / _EYES_PX
    down = np.array([-across[1], across[0]])
    corner = 0.5 * (left + right) - _EYES_PX * (_ASIDE * across + _ABOVE * down)
    return np.column_stack([across, down, corner - 0.5])


def _seen(
    lightness: NDArray[np.floating], from_picture: Float[np.ndarray, "2 3"]
) -> NDArray[np.float32]:
    """The picture that is looked at, evened where it is made smaller."""
    size = (round(2 * _ASIDE * _EYES_PX), round((_ABOVE + _BELOW) * _EYES_PX))
    shrink = max(1, round(float(np.linalg.norm(from_picture[:, 0]))))
    seen = cv2.warpAffine(
        np.asarray(cv2.blur(lightness.astype(np.float32), (shrink, shrink))),
        from_picture,
        size,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(cv2.GaussianBlur(seen, (0, 0), 1.0), np.float32)


def _lines(
    seen: NDArray[np.float32], thick: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How far each place is darker, and lighter, than what is beside it (L*).

    That is, beside a line no thicker than `thick`, in distances of the eyes.
    """
    disc = _disc(thick)
    darker = cv2.morphologyEx(seen, cv2.MORPH_BLACKHAT, disc)
    lighter = cv2.morphologyEx(seen, cv2.MORPH_TOPHAT, disc)
    return np.asarray(darker, np.float32), np.asarray(lighter, np.float32)


def _thickness(lines: Float[np.ndarray, "rows columns"]) -> float | None:
    """How thick the bridge over the nose is, in distances of the eyes; None without."""
    middle, eyes = round(_ASIDE * _EYES_PX), round(_ABOVE * _EYES_PX)
    aside = round(_BRIDGE_ASIDE * _EYES_PX)
    first = eyes - round(_BRIDGE_ABOVE * _EYES_PX)
    last = eyes + round(_BRIDGE_BELOW * _EYES_PX)
    part = lines[first:last, middle - aside : middle + aside]
    profile = part.mean(axis=1)
    row = int(profile.argmax())
    near = part[max(0, row - 4) : row + 5]
    if profile[row] < _STANDS_OUT or near.max(axis=0).min() < _UNBROKEN:
        return None
    thick = int((profile > 0.5 * profile[row]).sum())
    return thick / _EYES_PX


def _features(
    points_px: NDArray[np.floating],
    from_picture: Float[np.ndarray, "2 3"],
    shape: tuple[int, ...],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Brows; and eyes, and what is below a frame's pads beside the nose."""
    back = np.linalg.inv(from_picture[:, :2])
    places = (points_px - from_picture[:, 2]) @ back.T + 0.5
    brows, others = (
        np.maximum(*(filled_hull(places[list(ring)], shape) for ring in rings))
        for rings in ((BROW_LEFT, BROW_RIGHT), (LIDS_LEFT, LIDS_RIGHT))
    )
    beside = _disc(2 * _FEATURES)
    brows, others = (np.asarray(cv2.dilate(p, beside)) > 0 for p in (brows, others))
    below, middle = round((_ABOVE + _PADS) * _EYES_PX), round(_ASIDE * _EYES_PX)
    aside = round(_PADS * _EYES_PX)
    others[below:, middle - aside : middle + aside] = True
    return brows, others


def _around_eyes(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Where rims, bridge and arms of a frame can be."""
    y, x = _places(shape)
    rim = np.hypot((np.abs(x) - 0.5) / _RIM_ASIDE, y / _RIM_ABOVE) < 1
    return rim | (np.abs(y) < _ARM)


def _places(shape: tuple[int, ...]) -> Float[np.ndarray, "2 rows columns"]:
    """How far each pixel is below the eyes and aside of their middle: eye distances."""
    middle = np.array([_ABOVE, _ASIDE])[:, None, None]
    return (np.indices(shape) + 0.5) / _EYES_PX - middle


def _long(shown: Bool[np.ndarray, "rows columns"]) -> NDArray[np.uint8]:
    """1 on lines that are long enough, and beside them."""
    _, parts, facts, _ = cv2.connectedComponentsWithStats(shown.astype(np.uint8))
    sides = facts[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    kept = sides.max(axis=1) > _SHORTEST * _EYES_PX
    kept[0] = False
    wide = cv2.dilate(kept[parts].astype(np.uint8), _disc(2 * _MARGIN))
    return np.asarray(wide, np.uint8)


def _disc(width: float) -> UInt8[np.ndarray, "side side"]:
    """A disc so wide, in distances of the eyes."""
    side = 2 * round(0.5 * width * _EYES_PX) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return np.asarray(disc, np.uint8)
