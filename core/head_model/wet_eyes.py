"""What lies between lids and eyeball: tears, the lids' shade, and the caruncle.

Where a lid's rim meets the eye stands a film of tears whose hollow surface shows as a
thin bright line. The lids and their lashes darken the white beside them; a sheet that
hovers over the eye does so whatever the light is, and gives a lid its thickness. The
inner corner is filled by the caruncle, a pink mound that lies against the eyeball; when
the lids close it sinks behind them. All three are drawn from the rims of the lids, so
they follow them in every expression.

Convention: columns run from the inner to the outer corner of an eye, heights are
metres over the eyeball's sphere.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from ..assets import JOINT_NAMES
from .model import HeadModel
from .parts import Draw, Part, drawn_part, sheet_faces

COLUMNS = 43
"""Of each strip along a lid: three for each vertex of the rim."""

TEARS = ((-0.00015, 0.9), (0.00012, 0.45), (0.00035, 0.15), (0.0006, 0.0))
"""Rows of the film: metres from the rim into the opening, share of the rim's height."""

_TEARS_END_M = -0.00004
"""The film's last row lies in the eyeball, so that no gap can open."""

SHADE_M = {"upper": 0.0042, "lower": 0.0016}
"""How far the shade of each lid reaches over the eye."""

_SHADE_ROWS = 6
_SHADE_HEIGHT_M = 0.0006
"""Over the cornea, wherever the eye looks."""

_SHADE_COLUMNS = (2.5, 13.8)
"""Where along the rim's pairs the shade begins and ends."""

CARUNCLE_COLUMNS = 3.4
"""How many of the rim's pairs from the corner the caruncle reaches."""

_CARUNCLE_GRID = (9, 9)
_MOUND_M = 0.0007
"""How far the caruncle's middle stands out of an open eye."""

_TUCK_M = 0.0004
"""How far its border reaches under the lids."""

_SUNK_M = 0.0001
"""How deep it lies in the eyeball behind closed lids, and at its free edge."""

_OPEN_M = 0.0025
"""Height of the opening from which on the caruncle stands at its full height."""


@dataclass(frozen=True, kw_only=True)
class _Eye:
    """One eye of a person."""

    upper: Int[np.ndarray, "pairs"]
    """Vertices of the upper lid's rim."""
    lower: Int[np.ndarray, "pairs"]
    """Those of the lower lid that they meet in a blink."""
    center: Float[np.ndarray, "3"]
    """The eyeball's centre."""
    radius: float
    """The eyeball's, beside the cornea."""
    side: float
    """1 for the left eye, -1 for the right one."""


def wet_eyes(
    model: HeadModel,
    neutral: Float[np.ndarray, "vertices 3"],
    blendshapes: Float[np.ndarray, "expressions vertices 3"],
    joints: Float[np.ndarray, "joints 3"],
) -> list[Part]:
    """Tears, shade and caruncle of both eyes of a person."""
    parts: list[Part] = []
    weights = model.skin_weights.numpy()
    for index in range(2):
        eye = _eye(model, neutral, joints, index)
        for name, draw, rows, columns, sheets in _pieces(eye):
            flip = (eye.side > 0) == (name == "caruncles")
            count = rows * columns * sheets
            parts.append(
                drawn_part(
                    name,
                    draw,
                    neutral,
                    blendshapes,
                    faces=_outward(rows, columns, sheets, flip=flip),
                    uvs=_uvs(rows, columns, sheets),
                    skin_weights=np.tile(weights[eye.upper[0]], (count, 1)),
                )
            )
    return parts


def _eye(
    model: HeadModel,
    neutral: Float[np.ndarray, "vertices 3"],
    joints: Float[np.ndarray, "joints 3"],
    index: int,
) -> _Eye:
    pairs = model.lid_pairs[index].numpy()
    center = joints[JOINT_NAMES.index(("eye.L", "eye.R")[index])].astype(np.float64)
    ball = neutral[model.part_vertices(("eye_left", "eye_right")[index]).numpy()]
    return _Eye(
        upper=pairs[:, 0],
        lower=pairs[:, 1],
        center=center,
        radius=float(np.median(np.linalg.norm(ball - center, axis=1))),
        side=1.0 - 2.0 * index,
    )


def _pieces(eye: _Eye) -> list[tuple[str, Draw, int, int, int]]:
    """Name, rule, rows, columns and number of sheets of each part."""
    return [
        ("tears", lambda heads: _tears(eye, heads), len(TEARS), COLUMNS, 2),
        ("lid_shade", lambda heads: _shade(eye, heads), _SHADE_ROWS, COLUMNS, 2),
        ("caruncles", lambda heads: _caruncle(eye, heads), *_CARUNCLE_GRID, 1),
    ]


def _outward(
    rows: int, columns: int, sheets: int, *, flip: bool
) -> Int[np.ndarray, "faces 4"]:
    """Faces of a lower sheet, and of an upper one, whose rows run the other way."""
    first = sheet_faces(rows, columns, flip=flip)
    if sheets == 1:
        return first
    second = sheet_faces(rows, columns, flip=not flip) + rows * columns
    return np.concatenate([first, second])


def _uvs(rows: int, columns: int, sheets: int) -> Float[np.ndarray, "points 2"]:
    """U along the lid from the inner corner, V away from its rim."""
    v, u = np.mgrid[0 : 1 : rows * 1j, 0 : 1 : columns * 1j]
    return np.tile(np.stack([u.ravel(), v.ravel()], axis=1), (sheets, 1))


def _tears(
    eye: _Eye, heads: Float[np.ndarray, "heads vertices 3"]
) -> Float[np.ndarray, "heads points 3"]:
    places = np.linspace(0, len(eye.upper) - 1, COLUMNS)
    opening = _opening(eye, heads, places)
    sheets = []
    for lid, up in ((eye.lower, 1.0), (eye.upper, -1.0)):
        rim = _along(heads[:, lid], places)
        height = np.linalg.norm(rim - eye.center, axis=-1) - eye.radius
        inward = up * _into_opening(eye, rim)
        for into_m, share in TEARS:
            step = np.minimum(into_m, 0.4 * opening)
            over = share * height + (1 - share) * _TEARS_END_M
            sheets.append(_at_height(eye, rim + step[..., None] * inward, over))
    return np.concatenate(sheets, axis=1)


def _shade(
    eye: _Eye, heads: Float[np.ndarray, "heads vertices 3"]
) -> Float[np.ndarray, "heads points 3"]:
    places = np.linspace(*_SHADE_COLUMNS, COLUMNS)
    opening = _opening(eye, heads, places)
    sheets = []
    for lid, up, reach in (
        (eye.lower, 1.0, SHADE_M["lower"]),
        (eye.upper, -1.0, SHADE_M["upper"]),
    ):
        rim = _along(heads[:, lid], places)
        height = np.linalg.norm(rim - eye.center, axis=-1) - eye.radius
        inward = up * _into_opening(eye, rim)
        for share in np.linspace(0, 1, _SHADE_ROWS):
            step = share * np.minimum(reach, 0.5 * opening) - (1 - share) * _TUCK_M
            rise = min(1.0, 2.0 * share)
            over = (1 - rise) * 0.8 * height + rise * _SHADE_HEIGHT_M
            over = np.minimum(over, 0.8 * height + opening)
            sheets.append(_at_height(eye, rim + step[..., None] * inward, over))
    return np.concatenate(sheets, axis=1)


def _caruncle(
    eye: _Eye, heads: Float[np.ndarray, "heads vertices 3"]
) -> Float[np.ndarray, "heads points 3"]:
    """A sheet between the rims: rows go outward from the corner, columns go up."""
    rows, columns = _CARUNCLE_GRID
    out, up = np.mgrid[0 : 1 : rows * 1j, 0 : 1 : columns * 1j]
    # Along the lids it ends later than in the middle, where the eye's fold hangs.
    place = out * (CARUNCLE_COLUMNS + 0.6 * (2 * up - 1) ** 2)
    out, up, place = out.ravel(), up.ravel(), place.ravel()
    lower = _along(heads[:, eye.lower], place)
    upper = _along(heads[:, eye.upper], place)
    points = lower + up[:, None] * (upper - lower)
    points[..., 2] += _TUCK_M * (2 * up - 1)
    points[..., 0] -= eye.side * _TUCK_M * (1 - out) ** 4
    opening = np.linalg.norm(upper - lower, axis=-1).max(axis=1, keepdims=True)
    stands = np.clip(opening / _OPEN_M, 0.0, 1.0)
    rim = np.linalg.norm(points - eye.center, axis=-1) - eye.radius
    mound = _MOUND_M * (1 - (2 * up - 1) ** 2) * np.sin(np.pi * out**0.7)
    base = np.clip(rim, 0.0, None) * (1 - out**3) * 0.9
    return _at_height(eye, points, stands * (base + mound) - _SUNK_M)


def _along(
    rim: Float[np.ndarray, "heads pairs 3"], places: Float[np.ndarray, "places"]
) -> Float[np.ndarray, "heads places 3"]:
    """Points of the rim at places counted in its vertices, linear between them."""
    before = np.floor(places).astype(int).clip(0, rim.shape[1] - 2)
    share = (places - before)[:, None]
    return (1 - share) * rim[:, before] + share * rim[:, before + 1]


def _opening(
    eye: _Eye,
    heads: Float[np.ndarray, "heads vertices 3"],
    places: Float[np.ndarray, "places"],
) -> Float[np.ndarray, "heads places"]:
    """How far the lids are apart at each place."""
    gap = _along(heads[:, eye.upper], places) - _along(heads[:, eye.lower], places)
    return np.linalg.norm(gap, axis=-1)


def _into_opening(
    eye: _Eye, rim: Float[np.ndarray, "heads places 3"]
) -> Float[np.ndarray, "heads places 3"]:
    """Unit vectors along the eyeball, across the rim, from the lower lid up."""
    along = np.gradient(rim, axis=1)
    across = eye.side * np.cross(rim - eye.center, along)
    return across / np.linalg.norm(across, axis=-1, keepdims=True).clip(1e-9)


def _at_height(
    eye: _Eye,
    points: Float[np.ndarray, "heads places 3"],
    height: Float[np.ndarray, "heads places"],
) -> Float[np.ndarray, "heads places 3"]:
    """The points moved along the eye's radius to that height over its sphere."""
    away = points - eye.center
    away = away / np.linalg.norm(away, axis=-1, keepdims=True)
    return eye.center + (eye.radius + height)[..., None] * away
