"""Teeth, gums and how they are tied to MakeHuman's helper strips.

The helper has two plain strips of 48 faces. Here each arch gets fourteen teeth of
plausible widths (after Wheeler's Dental Anatomy, stretched to the arch) and a ridge
of gum. They are laid out on the average person and then follow the helper's vertices,
so that they move with identity and with the jaw.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

UPPER_WIDTHS_MM = (8.5, 6.6, 7.7, 7.0, 6.8, 10.2, 9.6)
UPPER_HEIGHTS_MM = (10.2, 8.8, 9.8, 8.4, 7.6, 7.2, 6.8)
UPPER_DEPTHS_MM = (6.5, 6.0, 7.8, 9.0, 9.0, 10.5, 10.5)
LOWER_WIDTHS_MM = (5.4, 5.9, 6.9, 7.0, 7.1, 10.8, 10.2)
LOWER_HEIGHTS_MM = (8.6, 8.8, 9.6, 8.4, 7.6, 7.0, 6.6)
LOWER_DEPTHS_MM = (5.8, 6.0, 7.4, 7.8, 8.0, 10.0, 10.0)

TOOTH_COLUMNS = 8
TOOTH_ROWS = 4
GUM_COLUMNS = 45

FORWARD_M, FORWARD_WIDTH_M = 0.0028, 0.012
"""The incisors stand this much before the helper strip, which lies so far behind the
lips that no light falls on it; the canines stay where the cheek's wall is near."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A piece of mesh with its own UVs."""

    vertices: NDArray[np.float64]
    faces: NDArray[np.int32]
    uvs: NDArray[np.float64]
    face_uvs: NDArray[np.int32]


@dataclass(frozen=True, kw_only=True)
class Arch:
    """The line on which the front faces of one row of teeth stand."""

    points: NDArray[np.float64]
    """[points, 2] x and y from the right end over the middle to the left end."""
    lengths: NDArray[np.float64]
    """Distance along the arch of each point; 0 in the middle."""
    tip_z: float
    """Height of the incisors' edges."""
    upward: float
    """+1 if the roots point up (upper jaw), else -1."""
    slope: float
    """How much the arch rises per metre toward the back."""

    def at(
        self, length: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Position, direction along the arch, and direction inward, all [n, 2]."""

        def sample(where: NDArray[np.float64]) -> NDArray[np.float64]:
            x = np.interp(where, self.lengths, self.points[:, 0])
            y = np.interp(where, self.lengths, self.points[:, 1])
            return np.stack([x, y], axis=-1)

        along = sample(length + 1e-3) - sample(length - 1e-3)
        along /= np.linalg.norm(along, axis=-1, keepdims=True)
        inward = np.stack([-along[..., 1], along[..., 0]], axis=-1)
        return sample(length), along, inward


def fit_arch(
    strip: NDArray[np.float64], *, upper: bool, tip_z: float, back: float
) -> Arch:
    """An arch through the front faces of a helper strip, `back` metres behind them."""
    front = strip[np.abs(strip[:, 2] - np.median(strip[:, 2])) < 0.006]
    x = np.abs(front[:, 0])
    order = np.argsort(x)
    x, y = x[order], front[order, 1]
    bins = np.linspace(0.0, x.max(), 13)
    outer_y = np.array(
        [y[np.abs(x - b) < 0.004].min() for b in bins if (np.abs(x - b) < 0.004).any()]
    )
    outer_x = np.array([b for b in bins if (np.abs(x - b) < 0.004).any()])
    design = np.stack([np.ones_like(outer_x), outer_x**2, outer_x**4], axis=1)
    c = np.linalg.lstsq(design, outer_y, rcond=None)[0]
    half_x = np.linspace(0.0, x.max() - 0.0015, 200)
    half_y = c[0] + c[1] * half_x**2 + c[2] * half_x**4 + back
    half_y -= FORWARD_M * np.exp(-((half_x / FORWARD_WIDTH_M) ** 2))
    line = np.stack([half_x, half_y], axis=1)
    both = np.concatenate([line[:0:-1] * [-1, 1], line])
    steps = np.linalg.norm(np.diff(both, axis=0), axis=1)
    lengths = np.concatenate([[0.0], np.cumsum(steps)])
    middle = lengths[len(line) - 1]
    return Arch(
        points=both,
        lengths=lengths - middle,
        tip_z=tip_z,
        upward=1.0 if upper else -1.0,
        slope=0.06 if upper else 0.08,
    )


def teeth_on(arch: Arch, *, upper: bool) -> Piece:
    """Fourteen teeth, from the middle to the left and the same to the right."""
    widths = np.array(UPPER_WIDTHS_MM if upper else LOWER_WIDTHS_MM)
    heights = np.array(UPPER_HEIGHTS_MM if upper else LOWER_HEIGHTS_MM) * 1e-3
    depths = np.array(UPPER_DEPTHS_MM if upper else LOWER_DEPTHS_MM) * 1e-3
    widths = widths / widths.sum() * (arch.lengths[-1] - 0.0005)
    ends = np.cumsum(widths)
    pieces = []
    for side in (1, -1):
        for i, width in enumerate(widths):
            middle = side * (ends[i] - width / 2)
            pieces.append(
                _tooth(arch, middle, kind=i, size=(width, heights[i], depths[i]))
            )
    return join(pieces)


def _tooth(
    arch: Arch, middle: float, *, kind: int, size: tuple[float, float, float]
) -> Piece:
    """One crown: rings from below the gum to the edge, and a cap."""
    width, height, depth = size
    turn = 2 * np.pi * np.arange(TOOTH_COLUMNS) / TOOTH_COLUMNS + np.pi / TOOTH_COLUMNS
    square = np.maximum(np.abs(np.cos(turn)), np.abs(np.sin(turn))) ** 0.75
    across, deep = np.cos(turn) / square, np.sin(turn) / square
    cutting = {0: 0.30, 1: 0.30, 2: 0.36}.get(kind, 0.80)
    levels = np.array([-0.18, 0.25, 0.7, 0.96])
    wide = np.array([0.80, 0.93, 0.995, 0.93])
    thick = np.array([0.95, 1.0, 0.5 + 0.5 * cutting, cutting])
    pointed = 0.12 if kind == 2 else 0.0
    sinking = {0: 0.0, 1: 0.05, 2: -0.04}.get(kind, 0.06)
    position, along, inward = arch.at(np.array([middle]))
    axes = np.array([[*along[0], 0.0], [*inward[0], 0.0]])
    rows = []
    for level, w, t in zip(levels, wide, thick, strict=True):
        local_across = 0.5 * width * w * across
        local_deep = 0.5 * depth * t * (deep + 1.0) + (0.3e-3 if level < 0 else 0.0)
        drop = (1.0 - level) + sinking
        drop = drop + pointed * np.abs(across) * max(level, 0.0)
        flat = position[0] @ np.eye(2, 3) + np.outer(local_across, axes[0])
        flat = flat + np.outer(local_deep, axes[1])
        back = flat[:, 1] - arch.points[:, 1].min()
        flat[:, 2] = arch.tip_z + arch.upward * drop * height + arch.slope * back
        rows.append(flat)
    top = rows[-1].mean(axis=0) - [0.0, 0.0, arch.upward * (0.035 + pointed) * height]
    vertices = np.concatenate([*rows, top[None]])
    faces = _tube_faces(TOOTH_ROWS, TOOTH_COLUMNS, cap=True, flip=arch.upward > 0)
    u = np.arange(TOOTH_COLUMNS) / TOOTH_COLUMNS
    uvs = np.stack(
        [
            np.concatenate([np.tile(u, TOOTH_ROWS), [0.5]]),
            np.concatenate([np.repeat((levels + 0.2) / 1.3, TOOTH_COLUMNS), [0.98]]),
        ],
        axis=1,
    )
    # The front of the crown is unrolled without a seam; the seam is at the back.
    uvs[:, 0] = 0.5 + 0.5 * np.concatenate([np.tile(np.cos(turn), TOOTH_ROWS), [0.0]])
    return Piece(vertices=vertices, faces=faces, uvs=uvs, face_uvs=faces.copy())


def gum_on(arch: Arch, *, upper: bool) -> Piece:
    """A ridge over the tooth necks, scalloped, from the lip's side to the tongue's."""
    heights = np.array(UPPER_HEIGHTS_MM if upper else LOWER_HEIGHTS_MM) * 1e-3
    widths = np.array(UPPER_WIDTHS_MM if upper else LOWER_WIDTHS_MM)
    widths = widths / widths.sum() * arch.lengths[-1]
    ends = np.concatenate([[0.0], np.cumsum(widths)])
    length = np.linspace(arch.lengths[0], arch.lengths[-1], GUM_COLUMNS)
    position, _, inward = arch.at(length)
    tooth = np.clip(np.searchsorted(ends, np.abs(length)) - 1, 0, 6)
    phase = (np.abs(length) - ends[tooth]) / widths[tooth]
    neck = np.interp(np.abs(length), (ends[1:] + ends[:-1]) / 2, heights)
    scallop = 1.2e-3 * np.abs(np.cos(np.pi * phase))
    depth = np.interp(np.abs(length), ends[:-1], np.array(UPPER_DEPTHS_MM) * 1e-3)
    back = position[:, 1] - arch.points[:, 1].min()
    # (inward shift, height over the neck line) of each row across the ridge
    rows = [
        (0.4e-3, 9.0e-3, 0.0),
        (-0.9e-3, 5.0e-3, 0.0),
        (-0.8e-3, 1.6e-3, 0.5),
        (0.1e-3, -0.6e-3, 1.0),
        (1.2e-3, -0.2e-3, 1.0),
        (depth * 0.9, -0.2e-3, 1.0),
        (depth + 0.6e-3, 1.6e-3, 0.5),
        (depth + 2.4e-3, 7.0e-3, 0.0),
    ]
    grid = []
    for shift, rise, scalloped in rows:
        flat = position + inward * np.broadcast_to(shift, length.shape)[:, None]
        z = arch.tip_z + arch.slope * back
        z = z + arch.upward * (neck + rise - scalloped * scallop)
        grid.append(np.column_stack([flat, z]))
    vertices = np.stack(grid).reshape(-1, 3)
    faces = _grid_faces(len(rows), GUM_COLUMNS, flip=arch.upward > 0)
    u = np.tile(np.linspace(0.0, 1.0, GUM_COLUMNS), len(rows))
    v = np.repeat(np.linspace(0.0, 1.0, len(rows)), GUM_COLUMNS)
    uvs = np.stack([u, v], axis=1)
    return Piece(vertices=vertices, faces=faces, uvs=uvs, face_uvs=faces.copy())


def join(pieces: list[Piece]) -> Piece:
    """All pieces as one, sharing nothing."""
    vertex_start = np.cumsum([0] + [len(piece.vertices) for piece in pieces])
    uv_start = np.cumsum([0] + [len(piece.uvs) for piece in pieces])
    return Piece(
        vertices=np.concatenate([piece.vertices for piece in pieces]),
        faces=np.concatenate(
            [_shifted(p.faces, s) for p, s in zip(pieces, vertex_start, strict=False)]
        ),
        uvs=np.concatenate([piece.uvs for piece in pieces]),
        face_uvs=np.concatenate(
            [_shifted(p.face_uvs, s) for p, s in zip(pieces, uv_start, strict=False)]
        ),
    )


def bind(
    points: NDArray[np.float64], anchors: NDArray[np.float64], *, nearest: int = 6
) -> NDArray[np.float64]:
    """Weights [points, anchors] with which points follow anchors; rows sum to one."""
    distance = np.linalg.norm(points[:, None] - anchors[None], axis=2)
    weights = np.zeros_like(distance)
    order = np.argsort(distance, axis=1)[:, :nearest]
    rows = np.arange(len(points))[:, None]
    weights[rows, order] = 1.0 / (distance[rows, order] ** 2 + 0.004**2)
    return weights / weights.sum(axis=1, keepdims=True)


def _shifted(faces: NDArray[np.int32], start: int) -> NDArray[np.int32]:
    return np.where(faces < 0, -1, faces + start).astype(np.int32)


def _grid_faces(rows: int, columns: int, *, flip: bool) -> NDArray[np.int32]:
    row, column = np.meshgrid(
        np.arange(rows - 1), np.arange(columns - 1), indexing="ij"
    )
    corner = (row * columns + column).ravel()
    faces = np.stack(
        [corner, corner + 1, corner + columns + 1, corner + columns], axis=1
    )
    return (faces[:, ::-1] if flip else faces).astype(np.int32)


def _tube_faces(rows: int, columns: int, *, cap: bool, flip: bool) -> NDArray[np.int32]:
    faces = []
    for row in range(rows - 1):
        for column in range(columns):
            after = (column + 1) % columns
            near, far = row * columns, (row + 1) * columns
            faces.append([near + column, near + after, far + after, far + column])
    if cap:
        last, top = (rows - 1) * columns, rows * columns
        faces += [
            [last + column, last + (column + 1) % columns, top, -1]
            for column in range(columns)
        ]
    result = np.array(faces, np.int32)
    if not flip:
        return result
    flipped = result.copy()
    flipped[:, :3] = result[:, [2, 1, 0]]
    quads = result[:, 3] >= 0
    flipped[quads] = result[quads][:, ::-1]
    return flipped
