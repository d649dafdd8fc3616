"""The texture layout of the whole head, from the sheet and MakeHuman's islands."""

import numpy as np
from numpy.typing import NDArray

from .assembly import Assembly
from .atlas import SHEET_BOTTOM, cut_open, lay_out

MOUTH_BOX = (0.38, 0.01, 0.62, SHEET_BOTTOM - 0.01)
SOCKET_BOXES = (
    (0.86, 0.01, 0.99, SHEET_BOTTOM - 0.01),
    (0.01, 0.01, 0.14, SHEET_BOTTOM - 0.01),
)
"""Left, bottom, right and top of the islands: mouth, left and right socket."""

DENSITY = {
    "face": 6.0,
    "forehead": -2.5,
    "eyelids": 4.0,
    "lips": 4.0,
    "nose": 2.0,
    "brows": 2.0,
}
"""What each region adds to the texture that an area gets, over one for plain skin."""

SPARING = {"scalp": 0.75, "shoulders": 0.75, "ears": 0.5, "neck": 0.3}
"""The share that is taken away from what matters less."""


def lay_out_head(
    assembly: Assembly,
    rest: NDArray[np.float64],
    mirror: NDArray[np.int64],
    regions: dict[str, NDArray[np.float64]],
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """UVs [uvs, 2] and face UVs [faces, 4] of all parts."""
    skin_faces = np.flatnonzero(assembly.face_parts == 0)
    faces = assembly.faces[skin_faces]
    count = len(assembly.skin)
    skin = rest[:count]
    islands = _islands(assembly.uvs[assembly.face_uvs[skin_faces]].mean(axis=1))
    outer = islands == 0
    sheet = cut_open(skin, faces[outer], mirror[:count], assembly.rim)
    density = _density(regions, faces, count)
    sheet_uv = lay_out(sheet, skin, density) * [1.0, 1.0 - SHEET_BOTTOM]
    sheet_uv[:, 1] += SHEET_BOTTOM

    uvs = assembly.uvs.astype(np.float64)
    boxes = (MOUTH_BOX, *SOCKET_BOXES)
    for island, box in enumerate(boxes, start=1):
        ids = np.unique(assembly.face_uvs[skin_faces[islands == island]])
        uvs[ids] = _into_box(uvs[ids], box)
    face_uvs = assembly.face_uvs.copy()
    face_uvs[skin_faces[outer]] = sheet.faces + len(uvs)
    uvs = np.concatenate([uvs, sheet_uv])
    used, inverse = np.unique(face_uvs, return_inverse=True)
    face_uvs = inverse.reshape(face_uvs.shape)
    if used[0] < 0:
        used, face_uvs = used[1:], face_uvs - 1
    return uvs[used].astype(np.float32), face_uvs.astype(np.int32)


def _islands(middle: NDArray[np.float64]) -> NDArray[np.int64]:
    """0 outer skin, 1 mouth, 2 left socket, 3 right socket, from MakeHuman's layout."""
    u, v = middle.T
    mouth = (u > 0.75) & (v < 0.14)
    left, right = (u < 0.16) & (u > 0.081), u < 0.081
    return mouth * 1 + left * 2 + right * 3


def _density(
    regions: dict[str, NDArray[np.float64]], faces: NDArray[np.int32], count: int
) -> NDArray[np.float64]:
    """Wanted texture per area at each skin vertex, soft at the regions' borders."""
    density = np.ones(count)
    for name, more in DENSITY.items():
        density += more * regions[name][:count]
    for name, less in SPARING.items():
        density *= 1.0 - less * regions[name][:count]
    edges = np.concatenate([faces[:, [i, (i + 1) % 4]] for i in range(4)])
    edges = np.concatenate([edges, edges[:, ::-1]])
    degree = np.bincount(edges[:, 0], minlength=count)
    for _ in range(8):
        around = np.bincount(edges[:, 0], density[edges[:, 1]], minlength=count)
        density = 0.5 * density + 0.5 * around / degree
    return density


def _into_box(
    points: NDArray[np.float64], box: tuple[float, float, float, float]
) -> NDArray[np.float64]:
    """Points scaled evenly into the middle of a box (left, bottom, right, top)."""
    low, high = np.array(box[:2]), np.array(box[2:])
    least, extent = points.min(axis=0), np.ptp(points, axis=0)
    scale = ((high - low) / extent).min()
    margin = 0.5 * (high - low - extent * scale)
    return low + margin + (points - least) * scale
