"""Whether two faces of one clip are the same person's, without any network for it.

The detector's mesh, turned and scaled onto an average one, keeps something of a face's
build where expressions do not move it; and people in one clip differ in the colours of
skin, hair and beard. Neither would recognise anybody in another clip. Within one, both
together tell whom to go on following after faces crossed, or after a cut.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8

from .detector import DetectedFace

_CORNERS = (33, 263)
"""Outer corners of the eyes, whose distance is the unit of length."""
_NOSE_BRIDGE, _FOREHEAD = 6, 10
_STILL = tuple(
    int(number)
    for number in (
        "10 338 297 332 284 251 389 356 454 127 162 21 54 103 67 109 234 6 168 8 9 151 "
        "108 337 69 299 104 333 68 298 197 195 5 4 1 45 275 51 281 3 248 122 351 193 "
        "417 33 263 133 362 116 345 117 346 123 352 227 447 143 372"
    ).split()
)
"""Points of forehead, temples, nose, eye corners and cheekbones."""

_PATCHES = ((151,), (50, 101), (280, 330), (199,), (4,))
"""Where skin is: forehead, both cheeks, chin, nose."""
_BEYOND = ((10, 168, 0.45), (10, 168, 0.8), (127, 356, 0.2), (356, 127, 0.2))
"""(from, away from, how far): hair above the forehead and beside the temples."""


SIGNS = 3 * (len(_STILL) + len(_PATCHES) + len(_BEYOND))
"""How many numbers a look has."""

_BUILD_VARIES, _COLOURS_VARY = 0.012, 0.08
"""By how much one person does: eye distances, and logarithms of colours. In five real
clips 95 of 100 frames lie within 2.2 and 2.6 of these, other people from 0.9 to 5
(build) and 1.4 to 7 (colours) away."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a face looks like."""

    build: Float[np.ndarray, "signs"]
    """Still points, in eye distances."""
    colours: Float[np.ndarray, "places 3"]
    """Logarithms of colours on and around the face."""

    @classmethod
    def of(
        cls, face: DetectedFace, pixels: UInt8[np.ndarray, "height width 3"]
    ) -> "Look":
        """That of a face in a picture."""
        mesh = _mesh(face, pixels)
        return cls(build=_build(mesh), colours=_colours(mesh[:, :2], pixels))

    def distance_to(self, other: "Look", *, same_light: bool) -> float:
        """About one for two looks at one person, two or more for two people.

        In another light all colours may have shifted together.
        """
        build = self.build - other.build
        colours = self.colours - other.colours
        if not same_light:
            colours = colours - colours.mean(axis=0)
        squares = [
            np.square(build / _BUILD_VARIES).mean(),
            np.square(colours / _COLOURS_VARY).mean(),
        ]
        return float(np.sqrt(np.mean(squares)))

    @classmethod
    def from_signs(cls, signs: Float[np.ndarray, "signs"]) -> "Look":
        """From what `signs` gave."""
        build = 3 * len(_STILL)
        return cls(build=signs[:build], colours=signs[build:].reshape(-1, 3))

    @property
    def signs(self) -> Float[np.ndarray, "signs"]:
        """All of it in a row, to be stored."""
        return np.concatenate([self.build, self.colours.ravel()])

    def toward(self, other: "Look", share: float) -> "Look":
        """The look so far on the way to another."""
        return Look(
            build=self.build + share * (other.build - self.build),
            colours=self.colours + share * (other.colours - self.colours),
        )


def _mesh(
    face: DetectedFace, pixels: UInt8[np.ndarray, "height width 3"]
) -> Float[np.ndarray, "landmarks 3"]:
    height, width = pixels.shape[:2]
    flat = face.points * np.array([width, height])
    return np.column_stack([flat, face.depth * width]).astype(np.float64)


def _build(mesh: Float[np.ndarray, "landmarks 3"]) -> Float[np.ndarray, "signs"]:
    """Still points as seen from the front, the eyes level."""
    left, right = mesh[_CORNERS[0]], mesh[_CORNERS[1]]
    unit = max(float(np.linalg.norm(right - left)), 1e-9)
    x = (right - left) / unit
    down = mesh[_NOSE_BRIDGE] - mesh[_FOREHEAD]
    y = down - (down @ x) * x
    y /= max(float(np.linalg.norm(y)), 1e-9)
    axes = np.stack([x, y, np.cross(x, y)], axis=1)
    turned = mesh[list(_STILL)] @ axes / unit
    return (turned - turned.mean(axis=0)).ravel()


def _colours(
    marks_px: Float[np.ndarray, "landmarks 2"],
    pixels: UInt8[np.ndarray, "height width 3"],
) -> Float[np.ndarray, "places 3"]:
    """Logarithms of the mean colours of some places on and around the face."""
    places = [marks_px[list(points)].mean(axis=0) for points in _PATCHES]
    places += [
        marks_px[end] + far * (marks_px[end] - marks_px[start])
        for end, start, far in _BEYOND
    ]
    reach = max(1, round(0.06 * float(np.ptp(marks_px[:, 0]))))
    height, width = pixels.shape[:2]
    colours = []
    for x, y in places:
        column = int(np.clip(x, 0, width - 1))
        row = int(np.clip(y, 0, height - 1))
        patch = pixels[
            max(row - reach, 0) : row + reach + 1,
            max(column - reach, 0) : column + reach + 1,
        ]
        colours.append(np.log(patch.reshape(-1, 3).mean(axis=0) + 8))
    return np.stack(colours)
