"""Brows as hairs: narrow strips rooted where the photo shows the brow to be dense.

Hairs beside the nose stand up, then they lie down along the brow; those of its upper
edge point down and those of its lower edge up, so that they meet in the middle. Every
vertex hangs on the skin's triangle below it, in a frame that turns with the skin, so
the hairs follow each expression. Where they lie the painted brow is made paler.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float, Int, UInt8
from scipy.spatial import KDTree

from ..head_model import HeadModel, Part, drawn_part
from .brow_skin import BrowSkin, strew_points, window_around

LEAST_CONTRAST = 0.36
"""Fainter brows look better painted. Of five pictures those with a contrast of 0.40
and more look better with hairs; one of 0.30 has shadows for brows, one of 0.15 none."""

HAIRS_PER_M2 = 2.0e6
MOST_HAIRS = 900
"""On one brow: 9,000 triangles for both."""

LENGTH_M = ((0.0, 0.12, 0.5, 1.0), (0.0050, 0.0072, 0.0078, 0.0050))
RISE_DEGREES = ((0.0, 0.12, 0.3, 0.6, 1.0), (72.0, 48.0, 20.0, 4.0, -8.0))
"""By the place along the brow: length, and angle over its middle line."""

FAN_DEGREES = 18.0
"""How much the edges' hairs lean to the middle."""

WIDTH_M = 0.00014
"""Twice a real hair's: strips of one hair's width would need more of them."""

_SECTIONS = ((0.0, -0.00015, 1.0), (0.33, 0.0005, 1.0), (0.68, 0.0007, 0.8))
"""Share of the length, height over the skin, share of the width; then the tip."""

_TIP_HEIGHT_M = 0.0005
_PALER = 0.5
"""How much of the painted brow's darkness goes where hairs lie."""


@dataclass(frozen=True, kw_only=True)
class Brows:
    """Both brows."""

    part: Part
    """The hairs."""
    albedo_srgb: UInt8[np.ndarray, "height width 3"]
    """The skin's texture with the brows painted paler."""


@dataclass(frozen=True, kw_only=True)
class _Hairs:
    """Vertices of hairs on the neutral head: two a section and one tip."""

    positions: Float[np.ndarray, "hairs 7 3"]
    below: Int[np.ndarray, "hairs 7"]
    """Index of the skin's point that each vertex hangs on."""


def grow_brows(
    model: HeadModel,
    neutral: Float[np.ndarray, "vertices 3"],
    blendshapes: Float[np.ndarray, "expressions vertices 3"],
    albedo_srgb: UInt8[np.ndarray, "height width 3"],
) -> Brows | None:
    """The brows that the texture shows; None if it shows none worth growing."""
    random = np.random.default_rng(11)
    skins = {
        side: strew_points(model, neutral, albedo_srgb, side=side, random=random)
        for side in (1.0, -1.0)
    }
    if np.mean([skin.contrast for skin in skins.values()]) < LEAST_CONTRAST:
        return None
    sides, albedo = [], albedo_srgb
    for side, skin in skins.items():
        hairs = _comb(skin, side=side, random=random)
        albedo = _paler(albedo, skin, hairs)
        sides.append((skin, hairs))
    part = _as_part(model, neutral, blendshapes, sides, random)
    return Brows(part=part, albedo_srgb=albedo)


def _comb(skin: BrowSkin, *, side: float, random: np.random.Generator) -> _Hairs:
    """Hairs at random points, more where the texture shows more."""
    expected = HAIRS_PER_M2 * skin.area_m2 * skin.hair.mean()
    count = min(int(expected), MOST_HAIRS, int((skin.hair > 0).sum()))
    share = skin.hair / skin.hair.sum()
    roots = random.choice(len(share), count, replace=False, p=share)
    along, above = skin.along[roots], skin.above[roots].clip(-1, 1)
    length = np.interp(along, *LENGTH_M) * random.uniform(0.6, 1.1, count)
    rise = np.interp(along, *RISE_DEGREES) - FAN_DEGREES * above
    rise = np.radians(rise + random.normal(0, 7, count)) + np.arctan(skin.slope[roots])
    curl = np.radians(random.normal(-10, 8, count))
    tree = KDTree(skin.positions)
    rows, below = [], []
    for section, height, width in (*_SECTIONS, (1.0, _TIP_HEIGHT_M, 0.0)):
        turn = rise + curl * section
        ahead = np.stack([side * np.cos(turn), 0 * turn, np.sin(turn)], axis=1)
        found, points, normal = _over_skin(
            skin, tree, roots, ahead * (section * length)[:, None], height
        )
        across = np.cross(normal, ahead)
        across *= 0.5 * WIDTH_M * width / np.linalg.norm(across, axis=1, keepdims=True)
        rows += [points - side * across, points + side * across]
        below += [found, found]
    return _Hairs(
        positions=np.stack(rows[:-1], axis=1), below=np.stack(below[:-1], axis=1)
    )


def _over_skin(
    skin: BrowSkin,
    tree: KDTree,
    roots: Int[np.ndarray, "hairs"],
    step: Float[np.ndarray, "hairs 3"],
    height_m: float,
) -> tuple[
    Int[np.ndarray, "hairs"], Float[np.ndarray, "hairs 3"], Float[np.ndarray, "hairs 3"]
]:
    """The skin's point a step away from each root, and the place over it; normals."""
    normals = skin.normals[roots]
    step = step - normals * (step * normals).sum(axis=1, keepdims=True)
    goal = skin.positions[roots] + step
    found = np.asarray(tree.query(goal)[1])
    normal = skin.normals[found]
    gap = goal - skin.positions[found]
    gap -= normal * (gap * normal).sum(axis=1, keepdims=True)
    return found, skin.positions[found] + gap + height_m * normal, normal


def _as_part(
    model: HeadModel,
    neutral: Float[np.ndarray, "vertices 3"],
    blendshapes: Float[np.ndarray, "expressions vertices 3"],
    sides: list[tuple[BrowSkin, _Hairs]],
    random: np.random.Generator,
) -> Part:
    """The hairs of both sides, each vertex hung on the triangle below it."""
    below = [(skin, hairs.below.ravel()) for skin, hairs in sides]
    vertices = np.concatenate([skin.vertices[points] for skin, points in below])
    weights = np.concatenate([skin.weights[points] for skin, points in below])
    positions = np.concatenate([hairs.positions.reshape(-1, 3) for _, hairs in sides])
    base, frame = _frames(neutral[None], vertices, weights)
    local = np.einsum("pji,pj->pi", frame[0], positions - base[0])

    def draw(
        heads: Float[np.ndarray, "heads vertices 3"],
    ) -> Float[np.ndarray, "heads points 3"]:
        base, frame = _frames(heads, vertices, weights)
        return base + np.einsum("hpji,pi->hpj", frame, local)

    count = len(positions) // 7
    shade = random.uniform(0, 1, count).repeat(7)
    root_to_tip = np.tile([0.0, 0.0, 0.33, 0.33, 0.68, 0.68, 1.0], count)
    return drawn_part(
        "brows",
        draw,
        neutral,
        blendshapes,
        faces=np.concatenate(_faces(sides)),
        uvs=np.stack([shade, root_to_tip], axis=1),
        skin_weights=np.einsum(
            "pk,pkj->pj", weights, model.skin_weights.numpy()[vertices]
        ),
    )


def _faces(
    sides: list[tuple[BrowSkin, _Hairs]],
) -> list[Int[np.ndarray, "faces 4"]]:
    """Two quads and a triangle a hair, which look out of the head."""
    outward = np.array([[0, 2, 3, 1], [2, 4, 5, 3], [4, 6, 5, -1]])
    other = np.array([[0, 1, 3, 2], [2, 3, 5, 4], [4, 5, 6, -1]])
    faces, start = [], 0
    for _, hairs in sides:
        left = hairs.positions[0, 0, 0] > 0
        first = start + 7 * np.arange(len(hairs.positions))[:, None, None]
        hair = outward if left else other
        quads = np.where(hair < 0, -1, hair + first).reshape(-1, 4)
        faces.append(quads.astype(np.int32))
        start += hairs.positions[..., 0].size
    return faces


def _frames(
    heads: Float[np.ndarray, "heads vertices 3"],
    vertices: Int[np.ndarray, "points 3"],
    weights: Float[np.ndarray, "points 3"],
) -> tuple[Float[np.ndarray, "heads points 3"], Float[np.ndarray, "heads points 3 3"]]:
    """Where the points are, and axes (as columns) that turn with their triangles."""
    a, b, c = np.moveaxis(heads[:, vertices], 2, 0)
    first = b - a
    out = np.cross(first, c - a)
    first = first / np.linalg.norm(first, axis=-1, keepdims=True).clip(1e-9)
    out = out / np.linalg.norm(out, axis=-1, keepdims=True).clip(1e-12)
    base = np.einsum("pk,hpki->hpi", weights, heads[:, vertices])
    return base, np.stack([first, np.cross(out, first), out], axis=-1)


def _paler(
    albedo_srgb: UInt8[np.ndarray, "height width 3"], skin: BrowSkin, hairs: _Hairs
) -> UInt8[np.ndarray, "height width 3"]:
    """The texture drawn towards the bare skin's colour where hairs lie over it."""
    size = len(albedo_srgb)
    rows, columns = window_around(skin.pixels, size)
    painted = albedo_srgb[rows, columns].astype(np.float32)
    lines = skin.pixels[hairs.below[:, [0, 2, 4, 6]]] - [columns.start, rows.start]
    cover = np.zeros(painted.shape[:2], np.uint8)
    cv2.polylines(
        cover, list(lines.astype(np.int32)), isClosed=False, color=(255,), thickness=2
    )
    width = max(3, size // 250)
    share = cv2.blur(cover, (width, width)).astype(np.float32)[..., None] / 255
    painted += _PALER * share * np.maximum(skin.bare_srgb - painted, 0.0)
    paler = albedo_srgb.copy()
    paler[rows, columns] = (painted + 0.5).clip(0, 255).astype(np.uint8)
    return paler
