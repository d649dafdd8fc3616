"""What of the differences over a face is skin, and what is light that nobody modelled.

Nine harmonics of distant light leave behind what they cannot express: the shadow that a
nose casts, the dark beside it, gloss, a second lamp's hue. All of these change over a
few millimetres or more, as skin's own brightness hardly does; what is finer is kept
whole. Three things are known of skin that are not true of light:

- brows, lips and a beard are dark for good: by their place, or because no shadow on lit
  skin is that dark;
- its hue does not depend on how much light falls on it. In photos it does (shadows are
  redder, highlights paler, by the scene, the camera's curve or the painter's palette),
  so hue is explained by brightness first, and only the rest, like red cheeks, is skin;
- it is much the same on both sides.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy.typing import NDArray

from .field import Field, smoothed

_BROAD_EDGES = 7.0
"""Edges of the mesh (about 4 mm each) over which a difference counts as broad."""

_FINE_EDGES = 0.7
"""Edges below which a difference is a fold, a spot or a mole."""

_BRIGHTNESS_KEPT = (0.2, 0.5)
"""Share of the differences in brightness that stays, broad ones and others: tuned on
four paintings and photos; less looks evener and explains the photo worse."""

_HUE_KEPT = (0.5, 0.6)
"""The same for differences in hue that brightness does not explain."""

_HUE_REACH = 0.15
"""How far plain skin's hue goes from the common one, as a logarithm: twice a blush.
What goes beyond is a lamp's that nobody modelled, or thrown from the skin opposite."""

_BESIDE_EDGES, _LEAST_BESIDE = 4.0, 0.1
"""Reach of the skin that tells the light on what lies beside it, and the least of it
that is wholly believed."""

_BLACK = (-1.2, -1.8)
"""Logarithm of brightness over the tone's from which skin may be, and surely is, hair:
measured on moustaches (-2 and less) and on shadows in paintings (down to -1.3)."""

_DARK = 0.6
"""Brightness over the tone's below which a photo's hue is a haze."""

_HUE_SCALE = 0.15
"""Difference in hue, as a logarithm, from which it is an outlier of the common rule."""


@dataclass(frozen=True, kw_only=True)
class Differences:
    """The skin over its plain colours, at every vertex, as logarithms."""

    colour: Float[np.ndarray, "vertices 3"]
    """Colour without the modelled light, over the plain colour."""
    shade: Float[np.ndarray, "vertices 1"]
    """The modelled light, over its mean."""
    confidence: Float[np.ndarray, "vertices"]
    """How well it was seen, 0 to 1."""
    features: Float[np.ndarray, "vertices 1"]
    """How far it belongs to brows or lips, 0 to 1."""
    hairless: Float[np.ndarray, "vertices 1"]
    """How far it is where no beard grows, as in the deepest shadow: on lids, in ears,
    below the chin, or where hair hangs over a forehead."""


def sureness(
    differences: Differences, edges: Int[np.ndarray, "edges 2"]
) -> Float[np.ndarray, "vertices 1"]:
    """How far hues tell something: in the dark they do not."""
    broad = smoothed(_brightness(differences.colour), edges, _BROAD_EDGES)
    exposure = np.exp(broad + differences.shade)
    return ((exposure / _DARK).clip(0, 1) ** 2).astype(np.float32)


def lasting_colour(
    differences: Differences, edges: Int[np.ndarray, "edges 2"]
) -> Float[np.ndarray, "vertices 1"]:
    """How far a vertex is dark for good: in brows and lips, or blacker than shadow."""
    hair = (1 - differences.hairless) * _hair(differences, edges)
    return np.maximum(differences.features, hair)


def without_light(
    differences: Differences,
    sure: Float[np.ndarray, "vertices 1"],
    lasting: Float[np.ndarray, "vertices 1"],
    edges: Int[np.ndarray, "edges 2"],
    mirror: Int[np.ndarray, "vertices"],
) -> Float[np.ndarray, "vertices 3"]:
    """The differences that are the skin's own."""
    brightness = _brightness(differences.colour)
    hue = differences.colour - brightness
    skin = 1 - lasting
    plain = differences.confidence[:, None] * skin
    common = _hue_by_light(hue, brightness + differences.shade, plain)
    hue = hue - skin * common
    coarse, fine = _kept(brightness, skin, edges, mirror, _BRIGHTNESS_KEPT)
    hues = _within(np.add(*_kept(hue, skin, edges, None, _HUE_KEPT)), _HUE_REACH)
    plain_kept = sure * (coarse + hues) + fine
    beside = sure**2 * (1 - 2 * lasting).clip(0, 1)
    light = _spread(differences.colour - plain_kept, beside, edges)
    own = differences.colour - differences.features * light
    return lasting * own + skin * plain_kept


def _within(hue: NDArray[np.floating], reach: float) -> NDArray[np.floating]:
    """The hue, bent so that it never gets farther than that from the common one."""
    size = np.linalg.norm(hue, axis=1, keepdims=True).clip(1e-6, None)
    return hue * (reach * np.tanh(size / reach) / size)


def _spread(
    light: NDArray[np.floating],
    plain: NDArray[np.floating],
    edges: Int[np.ndarray, "edges 2"],
) -> NDArray[np.floating]:
    """Light on brows and lips: it goes on smoothly from the plain skin beside them."""
    told = (smoothed(plain, edges, _BESIDE_EDGES) / _LEAST_BESIDE).clip(0, 1)
    return told * Field(plain[:, 0], edges).fill(light, np.zeros_like(light))


def _mean_of(
    values: NDArray[np.floating],
    weight: NDArray[np.floating],
    edges: Int[np.ndarray, "edges 2"],
    reach_edges: float,
) -> NDArray[np.floating]:
    """Weighted means around every vertex; its own value where nothing has weight."""
    weight = np.maximum(weight, 1e-3)
    both = smoothed(
        np.concatenate([values * weight, weight], axis=1), edges, reach_edges
    )
    return both[:, :-1] / both[:, -1:]


def _brightness(colour: NDArray[np.floating]) -> NDArray[np.floating]:
    return colour.mean(axis=1, keepdims=True)


def _hair(
    differences: Differences, edges: Int[np.ndarray, "edges 2"]
) -> NDArray[np.floating]:
    """How far each vertex is too dark for skin in shadow, or beside such a one."""
    start, end = _BLACK
    brightness = _brightness(differences.colour)[:, 0]
    black = ((brightness - start) / (end - start)).clip(0, 1)
    beside = black.copy()  # or their soft borders would be taken for shadow
    np.maximum.at(beside, edges[:, 0], black[edges[:, 1]])
    np.maximum.at(beside, edges[:, 1], black[edges[:, 0]])
    return beside[:, None]


def _hue_by_light(
    hue: NDArray[np.floating],
    exposure: NDArray[np.floating],
    weight: NDArray[np.floating],
) -> NDArray[np.floating]:
    """The hue that all skin in as much light has (a parabola, Cauchy-weighted)."""
    seen = weight[:, 0] > 0.5
    if seen.sum() < 50:
        return np.zeros_like(hue)
    low, high = np.quantile(exposure[seen], [0.02, 0.98])
    light = exposure.clip(low, high)
    basis = np.concatenate([np.ones_like(light), light, light**2], axis=1)
    robust = weight.copy()
    rule = np.zeros((3, hue.shape[1]))
    for _ in range(6):
        squares = basis.T @ (robust * basis) + 1e-3 * weight.sum() * np.eye(3)
        rule = np.linalg.solve(squares, basis.T @ (robust * hue))
        error = np.linalg.norm(hue - basis @ rule, axis=1, keepdims=True) / _HUE_SCALE
        robust = weight / (1 + error * error)
    return basis @ rule


def _kept(
    values: NDArray[np.floating],
    skin: NDArray[np.floating],
    edges: Int[np.ndarray, "edges 2"],
    mirror: Int[np.ndarray, "vertices"] | None,
    kept: tuple[float, float],
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Shares of what is broad and what is not, and all that is fine.

    With `mirror`, what is broad or nearly so is made the same on both sides. Only
    `skin` tells what is broad: dark lips would leave a light rim around them.
    """
    soft = _mean_of(values, skin, edges, _FINE_EDGES)
    even = soft if mirror is None else 0.5 * (soft + soft[mirror])
    broad = _mean_of(even, skin, edges, _BROAD_EDGES)
    return kept[0] * broad + kept[1] * (even - broad), values - soft
