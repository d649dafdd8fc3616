"""Where hair is in a photo, told by its place and its colour.

There is no network for hair. The person's outline is known (`person_mask`), the face is
known by its landmarks, and what lies between both, above the face and beside it, and
has not the skin's colour, is hair, or a hat. Graph cuts (Rother et al., "GrabCut",
2004) find its border. Colours and texture then say whether it can be hair at all.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from numpy.typing import NDArray

from ..colours import LUMINANCE, linear_from_srgb, srgb_from_linear
from ..images.grey import brightness_around, is_colourless
from ..images.polygons import filled_polygon
from ..landmarks.glasses import frame_of_glasses
from ..landmarks.person_mask import person_mask
from ..landmarks.topology import FACE_OVAL
from ..landmarks.types import Landmarks

SIDE_PX = 320
"""Of the square that is looked at."""

FINER = 2
"""So many times as many pixels are looked at for the lines in the hair."""

_SIDE_OVER_FACE = 3.3
"""Its side, over the height of the face from chin to forehead."""

_ABOVE_MIDDLE = 0.1
"""How far its middle lies above that of the face, over the face's height."""

_FAR_FROM_SKIN, _NEAR_SKIN = 3.2, 2.0
"""Distances from the face's colour, in spreads: surely another, and surely the same."""

_LEAST_SPREAD, _GREY_SPREAD = (3.5, 4.5), 14.0
_DARKER, _BRIGHTER = 20.0, 40.0
"""Spreads of the face's colours (eight bits of Lab): the least of its hues, that of its
brightness beside what is compared without colours, and with them to either side, since
skin shines. Measured over a whole face, light brown hair lay within the brightness of
one in hard light, and with dark brows, a beard and grain even black hair did."""

_DIM, _PLAIN = (0.04, 0.06), 0.35
"""A face's luminance: below the first it is made as light as the last, above the second
it stays. People with dark skin in good light are above it."""

_BELOW_CHIN = 0.75
"""Face heights under the chin below which hair is not told from clothes."""

_SPECK = 0.05
"""Parts smaller than this, over the largest one, are none."""

_GAP = 0.12
"""So far apart, over the face's height, are parts that an ear parts."""

_ROUNDS = 4


@dataclass(frozen=True, kw_only=True)
class HairPicture:
    """A square of the photo around the head, and where hair is in it."""

    pixels_srgb: UInt8[np.ndarray, "side side 3"]
    """The square; beyond the photo's edges they go on."""
    sharp_srgb: UInt8[np.ndarray, "large large 3"]
    """The same, `FINER`."""
    to_square: Float[np.ndarray, "2 3"]
    """Takes points of the photo into the square, where the head stands upright."""
    hair: Bool[np.ndarray, "side side"]
    """Where hair is."""
    person: Bool[np.ndarray, "side side"]
    """Where the person is, hair included."""
    in_photo: Bool[np.ndarray, "side side"]
    """What of the square the photo holds."""
    face_px: float
    """Height of the face in the square, chin to forehead."""

    @property
    def face_middle_px(self) -> tuple[float, float]:
        """Column and row of the face's middle in the square."""
        return SIDE_PX / 2, SIDE_PX / 2 + _ABOVE_MIDDLE * self.face_px

    def inward(
        self, points_px: Float[np.ndarray, "*any 2"]
    ) -> Float[np.ndarray, "*any 2"]:
        """Points of the photo in pixels of the square."""
        return points_px @ self.to_square[:, :2].T + self.to_square[:, 2]

    def outward(
        self, points_px: Float[np.ndarray, "*any 2"]
    ) -> Float[np.ndarray, "*any 2"]:
        """Points of the square in pixels of the photo."""
        turned = np.linalg.inv(self.to_square[:, :2])
        return (points_px - self.to_square[:, 2]) @ turned.T


def find_hair(
    photo_srgb: UInt8[np.ndarray, "height width 3"],
    landmarks: Landmarks,
    *,
    roll_rad: float = 0.0,
) -> HairPicture:
    """Look for hair around the face of these landmarks.

    `roll_rad` is how far the head leans to the right of the photo: a quarter turn in
    one that lies on its side. The square is turned with it.
    """
    to_square, oval = _upright(landmarks, roll_rad)
    pixels = _moved(photo_srgb, to_square, SIDE_PX)
    in_photo = _moved(np.ones_like(photo_srgb[..., 0]), to_square, SIDE_PX, beyond=0)
    face = filled_polygon(oval, pixels.shape)
    light = _lightened(pixels, face)
    person = (person_mask(light) > 0.5) & (in_photo > 0)
    points_px = landmarks.points_px @ to_square[:, :2].T + to_square[:, 2]
    hair = _cut_out(light, person, face, points_px)
    return HairPicture(
        pixels_srgb=pixels,
        sharp_srgb=_moved(photo_srgb, FINER * to_square, FINER * SIDE_PX),
        to_square=to_square,
        hair=hair,
        person=person | hair,
        in_photo=in_photo > 0,
        face_px=SIDE_PX / _SIDE_OVER_FACE,
    )


def _upright(
    landmarks: Landmarks, roll_rad: float
) -> tuple[Float[np.ndarray, "2 3"], Float[np.ndarray, "corners 2"]]:
    """The way from the photo into the square, and the face's outline in it."""
    cosine, sine = np.cos(roll_rad), np.sin(roll_rad)
    turn = np.array([[cosine, sine], [-sine, cosine]])
    oval = landmarks.points_px[list(FACE_OVAL)].astype(np.float64) @ turn.T
    low, high = oval.min(axis=0), oval.max(axis=0)
    face = float(high[1] - low[1])
    middle = 0.5 * (low + high) - [0, _ABOVE_MIDDLE * face]
    corner = middle - 0.5 * _SIDE_OVER_FACE * face
    scale = SIDE_PX / (_SIDE_OVER_FACE * face)
    to_square = scale * np.column_stack([turn, -corner])
    return to_square, (oval - corner) * scale


def _moved(
    photo_srgb: NDArray[np.uint8],
    to_square: NDArray[np.float64],
    side: int,
    *,
    beyond: int | None = None,
) -> NDArray[np.uint8]:
    """The square of the photo, evened first where it is made smaller.

    Past the photo's edges stands `beyond`, or what stands at the edge.
    """
    shrink = max(1, round(1 / float(np.hypot(*to_square[:, 0]))))
    if shrink > 1:
        photo_srgb = np.asarray(cv2.blur(photo_srgb, (shrink, shrink)), np.uint8)
    shift = to_square.copy()  # OpenCV counts from the first pixel's centre
    shift[:, 2] += 0.5 * to_square[:, :2].sum(axis=1) - 0.5
    border = cv2.BORDER_REPLICATE if beyond is None else cv2.BORDER_CONSTANT
    moved = cv2.warpAffine(photo_srgb, shift, (side, side), borderMode=border)
    return np.asarray(moved, np.uint8)


def _cut_out(
    pixels: NDArray[np.uint8],
    person: NDArray[np.bool_],
    oval: NDArray[np.uint8],
    points_px: NDArray[np.floating],
) -> NDArray[np.bool_]:
    """Hair, by graph cuts between what surely is hair and what surely is not."""
    face = SIDE_PX / _SIDE_OVER_FACE
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)
    rows = np.nonzero(oval.any(axis=1))[0]
    top, chin = int(rows[0]), int(rows[-1])
    height = np.arange(SIDE_PX)[:, None]
    from_oval = np.asarray(cv2.distanceTransform(1 - oval, cv2.DIST_L2, 5)) / face
    depth = np.asarray(cv2.distanceTransform(oval, cv2.DIST_L2, 5)) / face
    within = (
        np.asarray(cv2.distanceTransform(person.astype(np.uint8), cv2.DIST_L2, 5))
        / face
    )
    upper = height < 0.5 * (top + chin)
    room = person & upper & (from_oval > 0.04) & (within > 0.02)
    lightness = lab[..., 0].astype(np.float32) * np.float32(100 / 255)
    glasses = frame_of_glasses(lightness, points_px) > 0.5
    skin = skin_distance(lab.astype(np.float32), oval, glasses)
    labels = np.full(oval.shape, cv2.GC_PR_BGD, np.uint8)
    other = (skin > _FAR_FROM_SKIN) & person
    labels[other & (from_oval < 0.5) & (height < chin)] = cv2.GC_PR_FGD
    labels[other & room] = cv2.GC_FGD
    low = height > chin + _BELOW_CHIN * face
    labels[~person | (depth > 0.06) | low | (skin < _NEAR_SKIN)] = cv2.GC_BGD
    if not (labels == cv2.GC_FGD).any():
        return np.zeros(oval.shape, np.bool_)
    sure = labels == cv2.GC_FGD
    unused, models = (0, 0, 1, 1), (np.zeros((1, 65)), np.zeros((1, 65)))
    cv2.grabCut(lab, labels, unused, *models, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    hair = (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)
    return _connected(hair, sure)


def _lightened(pixels: NDArray[np.uint8], oval: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The square, lighter if its face is so dark that skin and hair are nearly one."""
    table = linear_from_srgb(torch.arange(256) / 255).numpy()
    level = float(np.median(table[pixels[oval > 0]] @ LUMINANCE))
    gain = float(np.interp(level, _DIM, (_PLAIN, _DIM[1]))) / max(level, 1e-4)
    if gain <= 1.0:
        return pixels
    lighter = srgb_from_linear(torch.from_numpy((gain * table).clip(0, 1)))
    return (255 * lighter + 0.5).to(torch.uint8).numpy()[pixels]


def skin_distance(
    lab: Float[np.ndarray, "side side 3"],
    oval: UInt8[np.ndarray, "side side"],
    glasses: Bool[np.ndarray, "side side"],
) -> NDArray[np.float32]:
    """How far each colour is from the middle of the face's, in robust spreads.

    Its brightness is compared with that of the face beside it, where no glasses are.
    """
    depth = np.asarray(cv2.distanceTransform(oval, cv2.DIST_L2, 5))
    inner = (depth > 0.3 * depth.max()) & ~glasses
    soft = cv2.blur(lab, (3, 3))
    size_px = SIDE_PX / _SIDE_OVER_FACE
    around = brightness_around(lab[..., 0], inner, size_px=size_px)
    brighter = soft[..., 0] - around
    if is_colourless(lab):
        return np.abs(brighter) / _GREY_SPREAD
    hues = lab[inner][:, 1:]
    middle = np.median(hues, axis=0)
    spread = 1.4826 * np.median(np.abs(hues - middle), axis=0)
    away = (soft[..., 1:] - middle) / np.maximum(spread, _LEAST_SPREAD)
    brighter = brighter / np.where(brighter < 0, _DARKER, _BRIGHTER)
    return np.sqrt(brighter**2 + (away**2).sum(axis=2)).astype(np.float32)


def _connected(hair: NDArray[np.bool_], sure: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What hangs together with sure hair, without specks and small holes.

    What goes on beyond an ear that parts it does so too.
    """
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    tidy = cv2.morphologyEx(hair.astype(np.uint8), cv2.MORPH_OPEN, disc)
    tidy = cv2.morphologyEx(tidy, cv2.MORPH_CLOSE, disc)
    _, parts = cv2.connectedComponents(tidy)
    sizes = np.bincount(parts[sure & (tidy > 0)], minlength=int(parts.max()) + 2)
    sizes[0] = 0
    kept = sizes > max(_SPECK * sizes.max(), 1)
    away = cv2.distanceTransform((~kept[parts]).astype(np.uint8), cv2.DIST_L2, 5)
    beyond = np.bincount(parts[away < _GAP * SIDE_PX / _SIDE_OVER_FACE])
    large = np.bincount(parts.ravel()) > _SPECK * sizes.max()
    kept[: len(beyond)] |= (beyond > 0) & large[: len(beyond)]
    kept[0] = False
    return kept[parts]
