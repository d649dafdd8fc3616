"""Folds that a photo's expression put into the skin, set aside from the skin at rest.

A smile presses the skin of cheeks and lids together, and it folds: beside the nose and
the mouth, at the outer corners of the eyes, under them. On a face at rest these dark
lines would be age. The fitted expression tells where skin is pressed together and which
way (`strain`); there, what is a line across that way, darker or brighter than the skin
beside it, is the expression's. Moles and freckles are no lines, and lines elsewhere or
along the other way are the person's own; all these stay. What is set aside comes back
with the expression ("wrinkle maps").
"""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ..head_model import HeadModel
from ..strain import at_vertices, strain, triangles_of
from .sampling import box_mean, eroded, opened
from .texels import Texels

_WIDEST = 50
"""The texture is this many times as wide as the broadest fold: 10 mm on the face."""

_SHORTEST = 85
"""The texture is this many times as wide as the shortest fold is long: 6 mm; moles and
freckles are shorter."""

_DIRECTIONS = 12
"""Directions in which lines are looked for."""

_FOLDS, _SURELY_FOLDS = 0.11, 0.16
"""Shortening of the skin from which it may fold, and does: faces at rest are fitted
with up to 0.08 in single places, a hearty smile with 0.15 to 0.4 where it folds."""

_AGREES, _SURELY_AGREES = 0.0, 0.4
"""Cosine of twice the angle between a line and the way of folds from which the line
counts, and wholly: 45 and 33 degrees."""

_ROUND_IT = 4
"""Texels around a line that belong to it as far as they are no darker than it leaves
them: lines bend, and an opening keeps what is straight."""

_REACH = 200
"""The texture is this many times as wide as the blur of what is pressed together;
folds may lie three times as far beside it: the mesh is coarser than a fold."""

_FAINT, _CLEAR = 0.02, 0.06
"""A line that differs so much from its surroundings (a logarithm) begins to count, and
counts wholly; fainter ones are pores."""

_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))

_STRONG = 0.7
"""An expression that nowhere folds the skin so surely leaves it as it is."""

_SPOT = 170
"""The texture is twice as many times as wide as what is pressed together at least where
skin folds (6 mm): a few odd triangles do not tell an expression."""

_OTHERS = ("brows", "lips", "nose", "mouth_inside", "scalp", "ears", "eyes")
"""Regions whose lines are no folds."""


@dataclass(frozen=True, kw_only=True)
class Pressed:
    """How the expression presses the skin together, per texel."""

    share: Float[Tensor, " texels"]
    """How far skin folds there, 0 to 1."""
    along: Float[Tensor, "texels 2"]
    """Which way its folds run in the texture, as the cosine and sine of twice the
    angle (x right, y down); shorter where that is uncertain."""


def press(
    model: HeadModel,
    texels: Texels,
    rest: Float[np.ndarray, "vertices 3"],
    moved: Float[np.ndarray, "vertices 3"],
) -> Pressed:
    """What moving the head from `rest` does to its skin."""
    skin = (model.face_parts == 0).numpy()
    triangles = triangles_of(model.faces.numpy()[skin])
    found = strain(rest, moved, triangles)
    way = _in_texture(model, skin, rest, triangles, found.direction)
    doubled = np.stack(
        [way[:, 0] ** 2 - way[:, 1] ** 2, 2 * way[:, 0] * way[:, 1]], axis=1
    )
    amount = found.shortening[:, None]
    known = np.concatenate([amount, amount * doubled], axis=1)
    at = torch.from_numpy(at_vertices(known, triangles, len(rest)).astype(np.float32))
    every = torch.ones(len(texels.vertices))
    soft = texels.local_mean(
        texels.from_vertices(at), every, reach_px=texels.size_px // _REACH, least=1e-3
    )
    begins = ((soft[:, 0] - _FOLDS) / (_SURELY_FOLDS - _FOLDS)).clamp(0, 1)
    share = _spread(texels, begins)
    others = torch.stack([model.region(name) for name in _OTHERS], dim=1)
    plain = (2 - 2 * texels.from_vertices(others).sum(dim=1)).clamp(0, 1)
    return Pressed(share=share * plain, along=soft[:, 1:] / soft[:, :1].clamp(min=1e-6))


def folds_of_expression(
    texels: Texels,
    colour: Float[Tensor, "texels 3"],
    seen: Float[Tensor, " texels"],
    pressed: Pressed,
) -> Float[Tensor, "texels 3"]:
    """What the folds do to the skin's colour, as a logarithm.

    `colour` is logarithmic, and counts as far as it was `seen`. Skin that is not
    pressed together has exactly zero, and so has all skin under a faint expression.
    """
    folding = pressed.share * seen
    if not bool((folding > _STRONG).any()):
        return torch.zeros_like(colour)
    width = texels.size_px // _WIDEST // 2 * 2 + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    picture = texels.to_image(colour).movedim(0, 2).numpy()
    soft = np.asarray(cv2.GaussianBlur(picture, (0, 0), texels.size_px / 1024))
    along = texels.to_image(pressed.along).numpy()
    off = np.zeros_like(soft)
    for sign, fill in ((-1.0, cv2.MORPH_CLOSE), (1.0, cv2.MORPH_OPEN)):
        even = np.asarray(cv2.morphologyEx(soft, fill, disc))
        even = np.asarray(cv2.GaussianBlur(even, (0, 0), width / 6))
        strength = np.maximum(sign * (soft - even).mean(axis=2), 0)
        line = _lines(strength, along, texels.size_px // _SHORTEST)
        clear = ((line - _FAINT) / (_CLEAR - _FAINT)).clip(0, 1)
        share = clear * line / np.maximum(strength, 1e-6)
        off += (picture - even) * share[..., None]
    folds = torch.from_numpy(off).movedim(2, 0)[:, texels.covered].T
    return folds * folding[:, None]


def _spread(
    texels: Texels, share: Float[Tensor, " texels"]
) -> Float[Tensor, " texels"]:
    """The highest share near each texel, with soft borders, but for small spots."""
    reach = texels.size_px // _REACH
    broad = opened(texels.to_image(share[:, None]), texels.size_px // _SPOT)
    wide = -eroded(-broad, 3 * reach)
    return box_mean(wide, 2 * reach + 1)[0][texels.covered]


def _in_texture(
    model: HeadModel,
    skin: NDArray[np.bool_],
    rest: NDArray[np.floating],
    triangles: NDArray[np.intp],
    direction: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The way across `direction` on each triangle, as a unit vector in the texture."""
    corners = triangles_of(model.face_uvs.numpy()[skin])
    uvs = model.uvs.double().numpy()[corners] * [1.0, -1.0]  # V points up
    a, b, c = rest.astype(np.float64)[triangles].transpose(1, 0, 2)
    edges = np.stack([b - a, c - a], axis=2)
    across = np.cross(np.cross(b - a, c - a), direction)
    parts = np.linalg.pinv(edges) @ across[:, :, None]
    uv_edges = np.stack([uvs[:, 1] - uvs[:, 0], uvs[:, 2] - uvs[:, 0]], axis=2)
    way = (uv_edges @ parts)[:, :, 0]
    return way / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-12)


def _lines(
    strength: Float[np.ndarray, "height width"],
    along: Float[np.ndarray, "2 height width"],
    length: int,
) -> Float[np.ndarray, "height width"]:
    """The part of `strength` that belongs to lines, so long at least, that run `along`.

    An opening by a line keeps what the line fits into (Soille, "Morphological image
    analysis", 2003).
    """
    found = np.zeros_like(strength)
    for angle in np.arange(_DIRECTIONS) * np.pi / _DIRECTIONS:
        element = _line(angle, length)
        opened = np.asarray(cv2.morphologyEx(strength, cv2.MORPH_OPEN, element))
        agrees = along[0] * np.cos(2 * angle) + along[1] * np.sin(2 * angle)
        counts = ((agrees - _AGREES) / (_SURELY_AGREES - _AGREES)).clip(0, 1)
        np.maximum(found, opened * counts, out=found)
    for _ in range(_ROUND_IT):
        found = np.minimum(np.asarray(cv2.dilate(found, _CROSS)), strength)
    return found


def _line(angle: float, length: int) -> NDArray[np.uint8]:
    """A line of that many texels through the middle of a square."""
    half = length // 2
    element = np.zeros((2 * half + 1, 2 * half + 1), np.uint8)
    x, y = half * np.cos(angle), half * np.sin(angle)
    ends = (round(half - x), round(half - y)), (round(half + x), round(half + y))
    cv2.line(element, ends[0], ends[1], (1,))
    return element
