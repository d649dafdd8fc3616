"""The hair of the head: strands where and as the photo shows them.

A photo shows the front and the outline; everything behind is a guess that goes on from
there. Where it shows no hair, or what cannot be hair (a scarf, a hat), none grows.
"""

from dataclasses import replace

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8

from ..assets import Hair
from ..colours import can_be_hair
from ..fit import HeadFit
from ..head_model import HeadModel
from ..landmarks.types import Landmarks
from .flow import read_flow
from .fringe import grow_fringe
from .hair_mask import SIDE_PX, HairPicture, find_hair
from .resting import body_of, rested
from .roots import plant, strew_roots
from .ruffle import ruffle
from .shape import Fall, HairShape, hair_shape
from .sight import Sight
from .strand_colours import strand_colours
from .strands import Growth, gather, grow, high_layer, pushed_out, wave, without_strays

LEAST_AREA = 0.12
"""Less hair than this, over the square of the face's height, is too little to tell."""

_UNSEEN_M = 0.011
"""Thickness of the hair that is thought to be under a hat or scarf."""

_OTHER_COLOUR = 0.25
"""More of it in colours that hair has not, of all or of what is over the head, and it
is a scarf or a hat. Of eight pictures with hair none has more than 0.02; a blue turban
with a white end that hangs has 0.23 of all, and 0.46 over the head."""

_OVER_HEAD = 0.9
"""What is so near the face's middle, in its heights, and above it, is over the head."""

STRANDS_SHORT, STRANDS_LONG = 20_000, 9_000
MOST_STRANDS = 22_000
"""With those of a fringe."""
POINTS_SHORT, POINTS_LONG = 8, 12
RADIUS_SHORT_M, RADIUS_LONG_M = 0.00016, 0.00028
"""Two to three real hairs each: strands of one hair's width would need many more."""

_LOCK, _TIGHTNESS = 40, 0.7
"""Strands of a lock, and how far they come together at their tips."""

_APART, _APART_M, _UNEVEN = 0.15, 0.005, (0.35, 0.25, 0.06)
"""How far locks part, over the thickness of the hair and at most, and by `Fall` the
part of their length that some of them lack."""

_CROPPED_M, _CROPPED_OVER_THICKNESS, _CROPPED_LOCKS = (0.0108, 0.0125), 1.6, 0.2
"""Hair that stays up and is thinner than the first is cropped: it stands, and makes no
locks. From the second on it is not; between them it is a little of both, as outlines
are not seen to the millimetre."""

_FEWEST = 0.12
"""Share of the roots that must be in hair, or the head is as good as bald."""

_WAVE_M, _FRIZZ_M, _FRIZZ_OF_WAVES_M = 0.004, 0.0008, 0.002
"""How far strands swing and stray: the first and the last where the photo's lines are
wholly unclear."""

_LENGTH_OVER_THICKNESS = 4.5
"""Hair stands off the head by a quarter of its length or so."""

_BOB_M = 0.17
"""From the parting to the lobes."""

LONGEST_M = 0.5
_LONG_M = 0.2
"""Strands of more have more points, and are fewer."""


def look_for_hair(
    photo_srgb: UInt8[np.ndarray, "height width 3"],
    landmarks: Landmarks,
    fit: HeadFit,
) -> HairPicture:
    """Where a photo shows hair around the head that was fitted to it."""
    up = fit.T_camera_head[:3, 2]
    roll = float(np.arctan2(up[0], -up[1]))
    return find_hair(photo_srgb, landmarks, roll_rad=roll)


def hair_pixels(picture: HairPicture) -> UInt8[np.ndarray, "pixels 3"]:
    """The colours (sRGB) of the hair that is seen; none if it is none."""
    seen = picture.pixels_srgb[picture.hair]
    return seen if shows_hair(picture) else seen[:0]


def grow_hair(
    model: HeadModel,
    neutral: Float[np.ndarray, "vertices 3"],
    fit: HeadFit,
    picture: HairPicture,
    *,
    hair_map: UInt8[np.ndarray, "rows columns"],
    colour_srgb: tuple[float, float, float],
) -> Hair | None:
    """The hair that the picture shows; plain hair where it shows none that can be told.

    That is cropped, or under a hat or scarf combed back. None if the head is bald.

    `hair_map` is the texture that says where hair is painted on the skin.
    """
    neutral = neutral.astype(np.float64)
    hat = covered_area(picture) >= LEAST_AREA
    seen = shows_hair(picture)
    if not seen:
        nothing = np.zeros_like(picture.hair)
        picture = replace(picture, hair=nothing, in_photo=nothing)
    shape = hair_shape(model, neutral, fit, picture)
    if hat and not seen:
        thicker = _UNSEEN_M / high_layer(shape)
        shape = replace(shape, layer=(thicker * shape.layer).astype(np.float32))
    return grow_strands(
        model,
        neutral,
        shape,
        Sight(model, neutral, fit, picture),
        hair_map=hair_map,
        colour_srgb=colour_srgb,
    )


def grow_strands(
    model: HeadModel,
    neutral: Float[np.ndarray, "vertices 3"],
    shape: HairShape,
    sight: Sight,
    *,
    hair_map: UInt8[np.ndarray, "rows columns"],
    colour_srgb: tuple[float, float, float],
) -> Hair | None:
    """Strands that fill the room; None if hardly any roots are in hair."""
    random = np.random.default_rng(5)
    flow = read_flow(shape, sight)
    growth = _growth(shape, flow.coherence)
    strewn = strew_roots(model, neutral, hair_map, growth.count, random)
    roots = plant(strewn, growth.count, random)
    if len(roots.points) < _FEWEST * growth.count:
        return None
    paths = grow(roots, flow, sight, growth, random)
    if shape.falls != Fall.HANGS:
        fringe = grow_fringe(model, neutral, strewn, flow, sight, growth.points, random)
        paths = np.concatenate([paths, fringe])[-MOST_STRANDS:]
    else:
        paths = without_strays(paths)
    paths, locks = gather(
        paths, locks=len(paths) // _LOCK, tightness=growth.locks, random=random
    )
    paths = ruffle(
        paths,
        locks,
        shape.chart,
        apart_m=growth.apart_m,
        shorter=growth.uneven,
        random=random,
    )
    paths = wave(
        paths,
        amount_m=_WAVE_M * growth.waves,
        frizz_m=_FRIZZ_M + _FRIZZ_OF_WAVES_M * growth.waves,
        random=random,
    )
    if shape.falls == Fall.HANGS:
        paths = rested(body_of(model, neutral), paths, random)
    else:
        paths = pushed_out(model, neutral, paths)
    long = growth.points == POINTS_LONG
    return Hair(
        points=paths.astype(np.float32),
        colours_srgb=strand_colours(paths, locks, sight, colour_srgb, random),
        radius_m=RADIUS_LONG_M if long else RADIUS_SHORT_M,
    )


def covered_area(picture: HairPicture) -> float:
    """How much is seen of what may be hair, over the square of the face's height."""
    return float(picture.hair.sum() / picture.face_px**2)


def shows_hair(picture: HairPicture) -> bool:
    """Whether enough is seen, in colours that hair has."""
    if covered_area(picture) < LEAST_AREA:
        return False
    soft = cv2.medianBlur(picture.pixels_srgb, 5)
    lab = cv2.cvtColor(np.asarray(soft, np.float32) / 255, cv2.COLOR_RGB2LAB)
    other = ~can_be_hair(lab)
    near = picture.hair & _over_head(picture)
    shares = [other[part].mean() for part in (picture.hair, near) if part.any()]
    return bool(max(shares) < _OTHER_COLOUR)


def _over_head(picture: HairPicture) -> Bool[np.ndarray, "side side"]:
    """What of the square lies around the upper half of the face and above it."""
    column, row = picture.face_middle_px
    x, y = np.arange(SIDE_PX) - column, np.arange(SIDE_PX)[:, None] - row
    return (np.hypot(x, y) < _OVER_HEAD * picture.face_px) & (y < 0)


def _growth(shape: HairShape, coherence: float) -> Growth:
    """How long and how many strands fill that room."""
    thick = high_layer(shape)
    combed = 1.0
    if shape.falls == Fall.STAYS_UP:
        combed = float(np.interp(thick, _CROPPED_M, (0.0, 1.0)))
    over = np.interp(combed, (0, 1), (_CROPPED_OVER_THICKNESS, _LENGTH_OVER_THICKNESS))
    length = float(np.clip(over * thick, 0.008, 0.15))
    if shape.falls == Fall.HANGS:
        length = LONGEST_M
    elif shape.falls == Fall.COVERS_EARS:
        length = max(length, _BOB_M)
    long = length > _LONG_M
    return Growth(
        count=STRANDS_LONG if long else STRANDS_SHORT,
        points=POINTS_LONG if long else POINTS_SHORT,
        length_m=length,
        waves=float(np.clip(0.9 - 2 * coherence, 0.1, 1.0)),
        locks=float(np.interp(combed, (0, 1), (_CROPPED_LOCKS, _TIGHTNESS))),
        apart_m=combed * min(_APART_M, _APART * thick),
        uneven=combed * _UNEVEN[shape.falls],
    )
