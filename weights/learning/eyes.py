"""Eyes of people who do not exist, level and all left, and how far they are open.

They are those of crowds (`crowd`), whose lids are anywhere between shut and wide. Some
wear make-up, since shut lids of real people end in a line of lashes, which is no gap.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from jaxtyping import Float, UInt8
from numpy.typing import NDArray
from torch import Tensor

from core.expressions import EXPRESSION_INDEX
from core.head_model import load_head_model
from core.landmarks.open_eyes import around_eye
from core.landmarks.refiner import load_refiner
from core.landmarks.topology import (
    EYE_CORNERS_LEFT,
    EYE_CORNERS_RIGHT,
    LID_PAIRS_LEFT,
    LID_PAIRS_RIGHT,
)

from .chance import Draw
from .crowd import MARGIN_PX, Crowd, Studio, gather, some_faces
from .crowd_camera import compressed, photograph
from .studios import read_skins, studio_on

SIDE_PX, EYE_PX = 72, 36.0
"""Of the pictures that are kept, and of the eyes in them: larger than what the network
looks at, for it is to see them aslant and aside."""
_NARROWEST_PX = 10
"""Eyes turned away so far that they are narrower are left out."""
_WIDEST_GAP = 0.7
"""Over the eye's width; what is wider comes of marks that are far off."""
_LEAST_GAP = -0.02
"""Lids that overlap look as if they met."""
_AT_ONCE, _CROWDS = 16, 16
"""People of a crowd, and crowds of a part."""
_SUPERSAMPLED = 4
_SHUT_PX, _LIDS_WIDE = 1.0, 16
"""Gap of shut eyes in the pictures, and the width of a line there, in quarters of a
pixel."""


@dataclass(frozen=True, kw_only=True)
class Eyes:
    """Left eyes, and right ones in the mirror."""

    pictures: UInt8[Tensor, "eyes 3 side side"]
    """sRGB."""
    gaps: Float[Tensor, "eyes"]
    """Between the lids, over the distance of the eye's corners as they are marked."""


def paint_part(folder: Path, skins: Path, part: int) -> None:
    """Write one part, unless it is there: the eyes of 256 people."""
    path = folder / f"{part:04d}.npz"
    if path.exists():
        return
    torch.set_num_threads(1)
    cpu = torch.device("cpu")
    errors = load_refiner(load_head_model().version_sha256).errors
    studio = studio_on(cpu, read_skins(skins), errors)
    random = np.random.default_rng(part)
    draw = Draw(torch.Generator().manual_seed(900 + part), cpu)
    studio.faces[:] = faces_with_lids(len(studio.faces), random)
    found = [_eyes_of(studio, draw, random) for _ in range(_CROWDS)]
    pictures, gaps = (np.concatenate(each) for each in zip(*found, strict=True))
    np.savez(path, pictures=pictures, gaps=gaps)


def read_parts(folder: Path) -> Eyes:
    """All that were written."""
    parts = [np.load(path) for path in sorted(folder.glob("*.npz"))]
    pictures = np.concatenate([part["pictures"] for part in parts])
    gaps = np.concatenate([part["gaps"] for part in parts]).astype(np.float32)
    return Eyes(
        pictures=torch.from_numpy(pictures).movedim(-1, 1).contiguous(),
        gaps=torch.from_numpy(gaps),
    )


def faces_with_lids(
    count: int, random: np.random.Generator
) -> Float[Tensor, "faces expressions"]:
    """Faces made at random, with lids that close as far as they like."""
    weights = some_faces(random)[:count].numpy().copy()

    def closing(share: float) -> NDArray[np.float64]:
        shut = random.uniform(0, 1.08, count).clip(0, 1)
        return shut * (random.random(count) < share)

    left = closing(0.8)
    alike = (left + random.normal(0, 0.05, count)).clip(0, 1)
    right = np.where(random.random(count) < 0.25, closing(0.7), alike)
    weights[:, EXPRESSION_INDEX["eyeBlinkLeft"]] = left
    weights[:, EXPRESSION_INDEX["eyeBlinkRight"]] = right
    for name in ("eyeSquint", "eyeWide", "eyeLookDown"):
        both = (random.random(count) < 0.3) * random.random(count)
        for side in ("Left", "Right"):
            own = (both * random.uniform(0.8, 1.1, count)).clip(0, 1)
            weights[:, EXPRESSION_INDEX[name + side]] = own
    return torch.from_numpy(weights).float()


def _eyes_of(
    studio: Studio, draw: Draw, random: np.random.Generator
) -> tuple[UInt8[np.ndarray, "eyes side side 3"], Float[np.ndarray, "eyes"]]:
    """Eyes of one crowd, and their gaps."""
    crowd = gather(studio, _AT_ONCE, draw)
    tiles = photograph(studio, crowd, draw).movedim(1, -1).numpy()
    pictures, gaps = [], []
    for person, tile in enumerate(tiles):
        quality = int(random.integers(15, 95))
        shown = compressed(tile, quality) if random.random() < 0.6 else tile
        for left in (True, False):
            eye = _cut(shown, crowd, person, left=left)
            if eye is None:
                continue
            picture, lids = eye
            upper, lower = lids[:, 1:-1]
            gap = float((lower - upper)[:, 1].mean()) / EYE_PX
            if abs(gap) < _WIDEST_GAP:
                pictures.append(_made_up(picture, lids, random))
                gaps.append(max(gap, _LEAST_GAP))
    return np.stack(pictures), np.array(gaps)


def _cut(
    tile: UInt8[np.ndarray, "tile tile 3"], crowd: Crowd, person: int, *, left: bool
) -> tuple[UInt8[np.ndarray, "side side 3"], Float[np.ndarray, "2 points 2"]] | None:
    """An eye's picture, and its lids there: upper and lower one, from the inside."""
    marks = crowd.marks_px[person].numpy() + MARGIN_PX
    places = crowd.places_px[person].numpy() + MARGIN_PX
    corners = EYE_CORNERS_LEFT[::-1] if left else EYE_CORNERS_RIGHT
    pairs = np.array(LID_PAIRS_LEFT if left else LID_PAIRS_RIGHT)[::-1].T
    right_px, left_px = marks[list(corners)]
    if np.linalg.norm(left_px - right_px) < _NARROWEST_PX:
        return None
    place = around_eye(right_px, left_px, side_px=SIDE_PX, eye_px=EYE_PX)
    picture, lids = place.cut(tile, SIDE_PX), place.inward(places[pairs])
    if not left:
        picture, lids = picture[:, ::-1], [SIDE_PX, 0] + lids * [-1, 1]
    return picture, lids


def _made_up(
    picture: UInt8[np.ndarray, "side side 3"],
    lids: Float[np.ndarray, "2 points 2"],
    random: np.random.Generator,
) -> UInt8[np.ndarray, "side side 3"]:
    """Half of them with lines along the lids, a fifth with shadow above them.

    Of a third of those that are shut no line is left at all.
    """
    upper, lower = lids
    if (lower - upper)[:, 1].mean() < _SHUT_PX and random.random() < 0.35:
        line = np.maximum(_line(upper, _LIDS_WIDE), _line(lower, _LIDS_WIDE))
        between = np.asarray(cv2.dilate(line, np.ones((3, 3), np.uint8)) > 0, np.uint8)
        picture = np.asarray(
            cv2.inpaint(np.ascontiguousarray(picture), between, 3, cv2.INPAINT_TELEA),
            np.uint8,
        )
    shown = picture.astype(np.float64)
    if random.random() < 0.5:
        cover = _line(upper, int(random.integers(2, 14)))
        if random.random() < 0.4:
            cover = np.maximum(cover, _line(lower, int(random.integers(1, 8))))
        blurred = cv2.GaussianBlur(cover, (0, 0), random.uniform(0.4, 1.2))
        share = np.asarray(blurred, float)[..., None] / 255 * random.uniform(0.2, 0.9)
        shown = shown * (1 - share) + share * random.uniform(0, 60)
    if random.random() < 0.2:
        above = upper[::-1] - [0, random.uniform(3, 12)]
        cover = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
        cv2.fillPoly(cover, [np.concatenate([upper, above]).astype(np.int32)], (255,))
        blurred = cv2.GaussianBlur(cover, (0, 0), random.uniform(1, 3))
        share = np.asarray(blurred, float)[..., None] / 255 * random.uniform(0.2, 0.8)
        shown = shown * (1 - share * (1 - random.uniform(0.3, 1.1, 3)))
    return shown.clip(0, 255).astype(np.uint8)


def _line(points: Float[np.ndarray, "points 2"], width: int) -> NDArray[np.uint8]:
    """A line, its width in quarters of a pixel."""
    side = SIDE_PX * _SUPERSAMPLED
    large = np.zeros((side, side), np.uint8)
    path = (_SUPERSAMPLED * points).astype(np.int32)
    cv2.polylines(large, [path], False, (255,), width, cv2.LINE_AA)
    return np.asarray(
        cv2.resize(large, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA), np.uint8
    )
