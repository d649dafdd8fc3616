"""Which vertex belongs to which region of the head.

Lips, ears, face and the mouth's inside come from MakeHuman's texture masks,
the others from the average person's proportions. Masks are 0 to 1 with soft borders.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .lips import lower_share
from .source import Source

REGION_NAMES = (
    "face lips lip_upper lip_lower eyelids brows nose ears neck scalp shoulders "
    "mouth_inside cheeks forehead chin eyes"
).split()


EYE_HEIGHT_M = 0.0414
"""Of the average person over the head joint."""

HAIR_LINE = (
    (0, 0.108),
    (18, 0.108),
    (32, 0.098),
    (42, 0.082),
    (52, 0.070),
    (62, 0.058),
    (70, 0.030),
    (76, 0.012),
    (84, 0.015),
    (95, 0.040),
    (112, 0.030),
    (125, -0.005),
    (140, -0.030),
    (180, -0.042),
)
"""Degrees from the front, and the height where hair begins on the average person."""


def texture_region(
    source: Source, name: str, vertices: NDArray[np.int64]
) -> NDArray[np.float64]:
    """A texture mask read at base vertices."""
    image = np.asarray(Image.open(source.texture_mask(name)).convert("L")) / 255.0
    mesh = source.mesh
    body = mesh.faces_of("body")
    uv_of_vertex = np.zeros(len(mesh.vertices), np.int64)
    uv_of_vertex[mesh.faces[body].ravel()] = mesh.face_uvs[body].ravel()
    uv = mesh.uvs[uv_of_vertex[vertices]]
    column = (uv[:, 0] * image.shape[1]).astype(int).clip(0, image.shape[1] - 1)
    row = ((1 - uv[:, 1]) * image.shape[0]).astype(int).clip(0, image.shape[0] - 1)
    return image[row, column]


def ramp(value: NDArray[np.float64], start: float, end: float) -> NDArray[np.float64]:
    """0 at `start`, 1 at `end`, smooth between."""
    t = np.clip((value - start) / (end - start), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def region_masks(
    source: Source,
    *,
    skin: NDArray[np.int64],
    rest: NDArray[np.float64],
    parts: NDArray[np.int8],
    lids: NDArray[np.int64],
    sockets: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Masks [regions, vertices] in the order of REGION_NAMES.

    `rest` is the average head with its head joint at the origin; `lids` and `sockets`
    are vertices of the lids' loops and of the sockets behind them.
    """
    count = len(skin)
    points = rest[:count]
    texture = {
        name: texture_region(source, name, skin)
        for name in ("lips", "inside-mouth", "ears", "face")
    }
    inside = (texture["inside-mouth"] > 0.5).astype(float)
    outside = 1.0 - inside
    outside[sockets] = 0.0
    lips, ears, face = (texture[name] * outside for name in ("lips", "ears", "face"))
    lower = lower_share(points, lips, source.face_unit("jawOpen")[skin])
    eyelids = np.zeros(count)
    eyelids[lids] = 1.0
    values = {
        "face": face,
        "lips": lips,
        "lip_upper": lips * (1.0 - lower),
        "lip_lower": lips * lower,
        "eyelids": eyelids,
        "ears": ears,
        "mouth_inside": inside,
        "scalp": _hair(*points.T) * (1.0 - ears) * outside,
    }
    values |= _by_proportion(points, face, lips, outside)
    masks = np.zeros((len(REGION_NAMES), len(rest)))
    for name, value in values.items():
        masks[REGION_NAMES.index(name), :count] = value
    masks[REGION_NAMES.index("eyes")] = np.isin(parts, (1, 2))
    return masks.clip(0.0, 1.0)


def _by_proportion(
    points: NDArray[np.float64],
    face: NDArray[np.float64],
    lips: NDArray[np.float64],
    outside: NDArray[np.float64],
) -> dict[str, NDArray[np.float64]]:
    """Regions that are drawn by coordinates on the average head."""
    x, y, z = points.T
    side = np.abs(x)
    arch = np.clip(1.0 - ((side - 0.034) / 0.022) ** 2, -1.0, 1.0)
    brows = (
        ramp(-np.abs(z - EYE_HEIGHT_M - 0.0195 - 0.003 * arch), -0.0062, -0.0028)
        * ramp(side, 0.009, 0.014)
        * ramp(-side, -0.056, -0.048)
        * ramp(-y, 0.055, 0.075)
        * outside
    )
    nose = (
        ramp(-((side / 0.021) ** 2) - ((z - 0.008) / 0.032) ** 2, -1.25, -0.75)
        * ramp(-y, 0.088, 0.098)
        * ramp(z, -0.0145, -0.0095)
        * outside
    )
    throat = ramp(-z, 0.050, 0.075) * (1.0 - ramp(-y, 0.06, 0.08))
    neck = np.maximum(throat, ramp(-z, 0.080, 0.085)) * ramp(z, -0.135, -0.115)
    around_cheek = ((side - 0.046) / 0.026) ** 2 + ((z + 0.010) / 0.034) ** 2
    return {
        "brows": brows,
        "nose": nose,
        "neck": neck * outside,
        "shoulders": ramp(-z, 0.115, 0.135),
        "forehead": face * ramp(z, EYE_HEIGHT_M + 0.020, EYE_HEIGHT_M + 0.032),
        "chin": face * ramp(-z, 0.046, 0.054) * ramp(-side, -0.034, -0.024),
        "cheeks": face * ramp(-around_cheek, -1.3, -0.6) * (1.0 - nose) * (1.0 - lips),
    }


def _hair(
    x: NDArray[np.float64], y: NDArray[np.float64], z: NDArray[np.float64]
) -> NDArray[np.float64]:
    """1 where hair grows: behind a line from the forehead over temple and ear to nape.

    The line is given as the height over which hair grows, by the angle around the
    vertical axis through the head joint (0 in front).
    """
    angle = np.degrees(np.arctan2(np.abs(x), -y - 0.01))
    turn, height = np.array(HAIR_LINE).T
    return ramp(z - np.interp(angle, turn, height), -0.004, 0.005)
