"""Fine detail for what no photo shows: pores and blotches of skin, strands of hair.

The detail is a logarithm of brightness by texel, made from noise that lives in space
rather than in the texture, so that it has no seams where the texture has cuts.
"""

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

_SKIN_OCTAVES = ((0.0016, 0.012), (0.004, 0.014), (0.011, 0.014), (0.028, 0.012))
"""Wavelength in metres, and amplitude."""

_HAIR_OCTAVES = ((0.0011, 0.16), (0.0030, 0.12), (0.012, 0.10))
"""Wavelength across the strands in metres, and amplitude."""

_LATTICE = 32


def skin_grain(
    positions: Float[np.ndarray, "texels 3"], *, seed: int = 5
) -> NDArray[np.float32]:
    """Uneven skin at positions in metres, mean about zero."""
    noise = _Noise(seed)
    return sum(
        (
            amplitude * noise.at(positions / length)
            for length, amplitude in _SKIN_OCTAVES
        ),
        start=np.zeros(len(positions), np.float32),
    )


def hair_grain(
    positions: Float[np.ndarray, "texels 3"], *, seed: int = 9
) -> NDArray[np.float32]:
    """Short combed-back hair at positions in metres, mean about zero.

    Strands run from the forehead over the crown to the nape: the noise is drawn out
    along the head's profile, five times as long as wide.
    """
    noise = _Noise(seed)
    x, y, z = positions.T
    along = np.arctan2(z - 0.05, -y) * 0.1
    radius = np.hypot(y, z - 0.05)
    grain = np.zeros(len(positions), np.float32)
    for length, amplitude in _HAIR_OCTAVES:
        lattice = np.stack([x, along / 5.0, radius / 5.0], axis=1) / length
        grain += amplitude * noise.at(lattice)
    return grain


class _Noise:
    """Smooth periodic noise on a lattice, about -1 to 1 with unit wavelength."""

    def __init__(self, seed: int) -> None:
        generator = np.random.default_rng(seed)
        shape = (_LATTICE, _LATTICE, _LATTICE)
        self._values = generator.uniform(-1, 1, shape).astype(np.float32)

    def at(self, points: NDArray[np.floating]) -> NDArray[np.float32]:
        wrapped = (points % _LATTICE).T
        values = map_coordinates(self._values, wrapped, order=1, mode="grid-wrap")
        return np.asarray(values, np.float32)
