"""The skin that a brow may grow on: points strewn over it, and what the photo shows.

A point is three vertices and three weights, so that it can be found again on the head
in any expression. The texture says how much hair there is: where it is darker than the
bare skin around. Convention: one side of the face at a time; heights over the brow's
middle line and places along it (0 beside the nose, 1 at the temple) are in front view.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from jaxtyping import Float, Int, UInt8

from ..head_model import HeadModel
from ..mesh import strew, triangulate, vertex_normals

POINTS = 12000
"""Strewn over one brow and its surroundings: a third of a millimetre apart."""

SURROUNDINGS_M = 0.008
"""How far from the brow hairs may reach."""

_BLUR = 1 / 400
"""Size of the window that evens single hairs out, over the texture's width."""


@dataclass(frozen=True, kw_only=True)
class BrowSkin:
    """Points on and around one brow."""

    vertices: Int[np.ndarray, "points 3"]
    """The triangle that each lies in."""
    weights: Float[np.ndarray, "points 3"]
    """And where in it."""
    positions: Float[np.ndarray, "points 3"]
    """On the neutral head."""
    normals: Float[np.ndarray, "points 3"]
    """Of the smooth skin there, outward."""
    pixels: Float[np.ndarray, "points 2"]
    """In the skin's texture: x and y from the top-left corner."""
    hair: Float[np.ndarray, "points"]
    """How much hair the texture shows there, 0 to 1."""
    along: Float[np.ndarray, "points"]
    """Place along the brow."""
    above: Float[np.ndarray, "points"]
    """Height over its middle line, over its half width."""
    slope: Float[np.ndarray, "points"]
    """Of the middle line, up over outward."""
    contrast: float
    """How much darker the brow's hair is than bare skin, in sRGB, 0 to 1."""
    bare_srgb: Float[np.ndarray, "3"]
    """Colour of the skin around, 0 to 255."""
    area_m2: float
    """Of the skin that the points lie on."""


def strew_points(
    model: HeadModel,
    neutral: Float[np.ndarray, "vertices 3"],
    albedo_srgb: UInt8[np.ndarray, "height width 3"],
    *,
    side: float,
    random: np.random.Generator,
) -> BrowSkin:
    """Points for the left (`side` 1) or right (-1) brow."""
    triangles, corners_uv = _triangles(model, neutral, side)
    chosen, weights = strew(neutral[triangles], POINTS, random)
    positions = np.einsum("pk,pki->pi", weights, neutral[triangles[chosen]])
    normals = _normals(model, neutral)[triangles[chosen]]
    normals = np.einsum("pk,pki->pi", weights, normals)
    uv = np.einsum("pk,pki->pi", weights, corners_uv[chosen])
    pixels = np.stack([uv[:, 0], 1 - uv[:, 1]], axis=1) * len(albedo_srgb)
    mask = model.region("brows").numpy()[triangles[chosen]]
    mask = np.einsum("pk,pk->p", weights, mask)
    colours = _colours_at(albedo_srgb, pixels)
    hair, contrast, bare = _hair_of(colours, mask)
    out, up = side * positions[:, 0], positions[:, 2]
    along, above, slope = _brow_axes(out, up, hair)
    return BrowSkin(
        vertices=triangles[chosen],
        weights=weights,
        positions=positions,
        normals=normals / np.linalg.norm(normals, axis=1, keepdims=True),
        pixels=pixels,
        hair=_tidy(hair, along, above),
        along=along,
        above=above,
        slope=slope,
        contrast=contrast,
        bare_srgb=bare,
        area_m2=_area(neutral[triangles]),
    )


def _area(corners: Float[np.ndarray, "triangles 3 3"]) -> float:
    a, b, c = corners.swapaxes(0, 1)
    return float(0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1).sum())


def _triangles(
    model: HeadModel, neutral: Float[np.ndarray, "vertices 3"], side: float
) -> tuple[Int[np.ndarray, "triangles 3"], Float[np.ndarray, "triangles 3 2"]]:
    """Triangles of the skin around a brow, and their corners' texture coordinates."""
    skin = model.part_faces("skin")
    triangles = triangulate(model.faces[skin]).numpy()
    uvs = model.uvs[triangulate(model.face_uvs[skin])].numpy()
    brow = neutral[(model.region("brows").numpy() > 0.3) & (side * neutral[:, 0] > 0)]
    middle = neutral[triangles].mean(axis=1)
    distance = np.linalg.norm(middle[:, None] - brow, axis=2).min(axis=1)
    socket = model.region("eyelids").numpy()[triangles].max(axis=1) > 0
    near = (distance < SURROUNDINGS_M) & ~socket & (side * middle[:, 0] > 0)
    return triangles[near], uvs[near]


def _normals(
    model: HeadModel, neutral: Float[np.ndarray, "vertices 3"]
) -> Float[np.ndarray, "vertices 3"]:
    triangles = triangulate(model.faces[model.part_faces("skin")])
    return vertex_normals(torch.from_numpy(neutral), triangles).numpy()


def window_around(
    pixels: Float[np.ndarray, "points 2"], size_px: int
) -> tuple[slice, slice]:
    """Rows and columns of a texture of that size that hold the points, and a margin."""
    margin = size_px // 100
    low = np.floor(pixels.min(axis=0)).astype(int) - margin
    high = np.ceil(pixels.max(axis=0)).astype(int) + margin
    left, top = low.clip(0, size_px - 1).tolist()
    right, bottom = high.clip(1, size_px).tolist()
    return slice(top, bottom), slice(left, right)


def _colours_at(
    albedo_srgb: UInt8[np.ndarray, "height width 3"],
    pixels: Float[np.ndarray, "points 2"],
) -> Float[np.ndarray, "points 3"]:
    rows, columns = window_around(pixels, len(albedo_srgb))
    width = max(3, round(_BLUR * len(albedo_srgb)))
    even = cv2.blur(albedo_srgb[rows, columns], (width, width))
    column, row = pixels.astype(int).T
    column = (column - columns.start).clip(0, even.shape[1] - 1)
    row = (row - rows.start).clip(0, even.shape[0] - 1)
    return even[row, column].astype(np.float64)


def _hair_of(
    colours: Float[np.ndarray, "points 3"], mask: Float[np.ndarray, "points"]
) -> tuple[Float[np.ndarray, "points"], float, Float[np.ndarray, "3"]]:
    """How much hair each colour is, its contrast, and the bare skin's colour."""
    grey = colours.mean(axis=1)
    bright = np.quantile(grey[mask < 0.05], 0.6)
    dark = min(np.quantile(grey[mask > 0.5], 0.1), bright - 1.0)
    share = (bright - grey) / (bright - dark)
    bare = np.median(colours[(share < 0.5) & (mask < 0.05)], axis=0)
    hair = np.clip((share - 0.3) / 0.4, 0.0, 1.0) * np.clip(3 * mask, 0.0, 1.0)
    return hair, float((bright - dark) / max(bright, 1.0)), bare


def _tidy(
    hair: Float[np.ndarray, "points"],
    along: Float[np.ndarray, "points"],
    above: Float[np.ndarray, "points"],
) -> Float[np.ndarray, "points"]:
    """Without what stands apart from the brow: shadows beside the nose, mostly."""
    inside = (along > 0.0) & (along < 1.0)
    return hair * inside * np.clip(2.5 - 1.5 * np.abs(above), 0.0, 1.0)


def _brow_axes(
    out: Float[np.ndarray, "points"],
    up: Float[np.ndarray, "points"],
    hair: Float[np.ndarray, "points"],
) -> tuple[Float[np.ndarray, "points"], ...]:
    """Place along the brow, height over its middle and slope of the middle."""
    hair = hair + 1e-6  # a face without brows has axes too
    curve = np.polynomial.Polynomial.fit(out, up, 3, w=np.sqrt(hair))
    order = np.argsort(out)
    grown = np.cumsum(hair[order]) / hair.sum()
    first, last = np.interp((0.02, 0.98), grown, out[order])
    along = np.clip((out - first) / (last - first), 0.0, 1.0)
    held = out.clip(first, last)
    above = up - curve(held)
    half_width = 2.0 * np.sqrt((hair * above**2).sum() / hair.sum())
    return along, above / half_width, curve.deriv()(held)
