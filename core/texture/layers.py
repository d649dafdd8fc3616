"""The skin in layers: smooth maps of moderate size, from which textures are finished.

Light, tone, trust and what completes the skin change slowly over it, so they are worked
out at `LARGEST_PX` at most and enlarged when they are needed; only what the photo tells
of pores and hairs is read at the texture's full size (`finish`). The maps go on beyond
the skin's borders, or enlarging them would mix the skin with nothing.
"""

from dataclasses import dataclass, fields
from typing import cast

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from torch import Tensor

from ..enlarging import enlarged
from ..head_model import HeadModel
from .complete import WholeSkin
from .relief import believed_relief, fine_relief, plain_skin, smooth_roughness
from .sampling import sample
from .skin import DARKEST, Skin
from .texels import Texels
from .view import TexelView

LARGEST_PX = 1024
"""Size of the layers' texture: half a millimetre a texel on the face."""

_CREASED = 0.1
"""Where folds change the skin by so much (a logarithm), the photo's finest detail is
that of the fold."""

_REACH = 6
"""Texels beyond the skin's borders for which the maps go on."""


@dataclass(frozen=True, kw_only=True)
class SkinLayers:
    """What a texture is finished from; every map has its channels last."""

    bare: Float[np.ndarray, "height width 3"]
    """Logarithm of the bare skin's linear colour, but for its finest detail."""
    relief: Float[np.ndarray, "height width 1"]
    """The fine part of its detail's brightness, as a logarithm."""
    points_px: Float[np.ndarray, "height width 2"]
    """Where in the photo's window the texel is, in pixels of the sharp one."""
    opposite_px: Float[np.ndarray, "height width 2"]
    """Where its mirror image is."""
    told: Float[np.ndarray, "height width 3"]
    """Logarithm of the photo's colour at `points_px` that `bare` was made from."""
    opposite_told: Float[np.ndarray, "height width 3"]
    """The same at `opposite_px`."""
    own: Float[np.ndarray, "height width 1"]
    """Share of the detail that is the photo's there."""
    opposite: Float[np.ndarray, "height width 1"]
    """Share that is the photo's on the other side; the rest is made up."""
    sure: Float[np.ndarray, "height width 1"]
    """How far hues tell something: less in the dark."""
    hair: Float[np.ndarray, "height width 1"]
    """How far hair covers it."""
    hair_seen: Float[np.ndarray, "height width 1"]
    """How far that hair is the photo's."""
    strands: Float[np.ndarray, "height width 1"]
    """Brightness of the seen hair over its middle, as a logarithm."""
    brows: Float[np.ndarray, "height width 1"]
    """How far brows are painted there."""
    positions: Float[np.ndarray, "height width 3"]
    """Where it is on the neutral head, in metres."""
    plain: Float[np.ndarray, "height width 1"]
    """How far dark is deep: 0 on brows, lips and scalp."""
    roughness: Float[np.ndarray, "height width 1"]
    """Roughness but for pores."""
    coverage: Float[np.ndarray, "height width 1"]
    """How far the photo showed it."""

    def enlarged(self, rows: slice, columns: slice, factor: int) -> "SkinLayers":
        """A part of the maps, so many times as large."""
        return SkinLayers(
            **{
                field.name: enlarged(getattr(self, field.name), rows, columns, factor)
                for field in fields(self)
            }
        )


def lay(
    model: HeadModel,
    photo: Float[Tensor, "rows columns 3"],
    view: TexelView,
    skin: Skin,
    whole: WholeSkin,
    *,
    sharper: Float[np.ndarray, "2"],
) -> SkinLayers:
    """The layers of the whole skin, seen in `photo`.

    The sharp window has `sharper` times as many pixels, in x and y.
    """
    texels = skin.texels
    larger = view.points_px.new_tensor(sharper)
    borders = Borders(texels)
    opposite = sample(photo, view.opposite_px, smooth=True).clamp(DARKEST, 1)
    fine_there = texels.mirrored(skin.fine[:, None])[:, 0]
    plain = 1 - (whole.folds.mean(dim=1).abs() / _CREASED).clamp(0, 1)
    single = {
        "own": whole.own * skin.fine * plain,
        "opposite": whole.opposite * fine_there * plain,
        "sure": whole.sure,
        "hair": whole.hair.cover,
        "hair_seen": whole.hair.seen,
        "strands": whole.hair.strands,
        "brows": whole.brows,
        "coverage": torch.maximum(skin.face, skin.hair_seen),
    }
    relief, plain = fine_relief(texels, whole.detail), plain_skin(model, texels)
    plain = plain * believed_relief(relief, plain * skin.face[:, None])
    return SkinLayers(
        bare=borders.picture(whole.bare),
        relief=borders.picture(relief),
        points_px=borders.picture(view.points_px * larger),
        opposite_px=borders.picture(view.opposite_px * larger),
        told=borders.picture(skin.photo.log()),
        opposite_told=borders.picture(opposite.log()),
        positions=borders.picture(texels.from_vertices(model.template)),
        plain=borders.picture(plain),
        roughness=borders.picture(smooth_roughness(model, texels)),
        **{name: borders.picture(values[:, None]) for name, values in single.items()},
    )


class Borders:
    """Draws values of texels as pictures that go on beyond the skin's borders."""

    def __init__(self, texels: Texels) -> None:
        self._covered = texels.covered.numpy()
        distance, nearest = cast(
            tuple[NDArray[np.float64], NDArray[np.int32]],
            distance_transform_edt(~self._covered, return_indices=True),
        )
        outside = np.stack(np.nonzero(~self._covered))
        self._outside = outside[:, distance[*outside] <= _REACH]
        self._edge = nearest[:, *self._outside]
        beyond = (2 * self._edge - self._outside).clip(0, texels.size_px - 1)
        inside = self._covered[*beyond]
        self._beyond = np.where(inside, beyond, self._edge)

    def picture(
        self, values: Float[Tensor, "texels channels"]
    ) -> Float[np.ndarray, "height width channels"]:
        """The values, straight on beyond the borders, and their mean far from it."""
        image = np.empty((*self._covered.shape, values.shape[1]), np.float32)
        image[:] = values.mean(dim=0).numpy()
        image[self._covered] = values.numpy()
        image[*self._outside] = 2 * image[*self._edge] - image[*self._beyond]
        return image
