"""The texture stage: a photo and the head fitted to it become the skin's texture.

The photo is brought onto the head's texels (`view`), judged for skin (`trust`), freed
of its light (`skin`) and completed (`complete`); the person's colours are read off it
on the way (`measure`).
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from ..assets import PinholeCamera
from ..camera import project_points
from ..colours import lab_from_linear, linear_from_srgb, srgb_from_linear
from ..expressions import EXPRESSION_NAMES
from ..fit import HeadFit
from ..head_model import HeadModel
from ..landmarks.glasses import hides_eyes
from ..landmarks.topology import FACE_COUNT
from ..landmarks.types import Landmarks
from ..messages import Progress, Say, silent
from . import measure
from .complete import WholeSkin, complete_skin
from .eyes import eye_picture, lash_picture
from .finish import Sources, finish_skin, sharp_patch
from .folds import press
from .gloss import with_gloss, without_gloss
from .hidden_brows import brows_are_hidden, hidden_brow_colour
from .join import join_skins
from .layers import LARGEST_PX, SkinLayers, lay
from .lids import lids_shown
from .lighting import fit_light
from .shade import factor_picture, photo_shade
from .shown_hair import ShownHair
from .skin import DARKEST, Skin, see_skin
from .texels import Texels, skin_texels
from .tone import natural_hair, natural_iris
from .trust import trust_photo
from .view import TexelView, view_texels
from .window import PhotoWindow, head_window

_SMALLEST_PX, _LARGEST_PX = 1024, 4096
_LIDS = ("eyeBlink", "eyeLook", "eyeWide")
"""What the names of the lids' own expressions begin with."""

_COMPRESSION = 2
"""Of the PNG files: a quarter larger than at the default 6, in a fifth of the time."""

_TEXTURE_OVER_FACE = 3.2
"""Texels across the texture for each photo pixel across the face."""


_LIGHT_SAMPLES = 100_000
"""Texels that the light is fitted to."""


@dataclass(frozen=True, kw_only=True)
class HeadTextures:
    """What the texture stage gives back."""

    albedo: UInt8[np.ndarray, "height width 3"]
    """The skin's colour (sRGB), light taken out."""
    coverage: UInt8[np.ndarray, "height width"]
    """How much of each texel the photo showed, 0 to 255."""
    bump: UInt8[np.ndarray, "height width"]
    """Height over 1 mm, 128 is the surface."""
    roughness: UInt8[np.ndarray, "height width"]
    """Roughness of the surface, 0 to 255 for 0 to 1."""
    hair: UInt8[np.ndarray, "height width"]
    """Where hair is painted on the skin, 0 to 255 for 0 to 1."""
    eye: UInt8[np.ndarray, "size size 3"]
    """Iris, pupil and white (sRGB)."""
    eyelashes: UInt8[np.ndarray, "rows columns 4"]
    """Strands with alpha."""
    colours_srgb: Mapping[str, tuple[float, float, float]]
    """`skin`, `lips`, `iris`, `hair` and `brows`, 0 to 1."""
    light: Float[np.ndarray, "9 3"]
    """The photo's light, as `Double.photo_light`."""
    shade: UInt8[np.ndarray, "side side 3"]
    """What of that light falls on the seen skin besides, as `photo_shade` gives it."""
    folds: UInt8[np.ndarray, "rows columns 3"] | None
    """What the folds of the photo's expression do to the skin, as `factor_picture`
    gives it; None if it has none."""
    facts: Mapping[str, Any]
    """Figures: texture size, share of the skin seen."""

    def as_png(self) -> dict[str, bytes]:
        """The pictures as PNG files, by the names that a Double knows them by."""
        folds = {} if self.folds is None else {"folds": _png(self.folds)}
        return folds | {
            "albedo": _png(self.albedo),
            "coverage": _png(self.coverage),
            "bump": _png(self.bump),
            "roughness": _png(self.roughness),
            "hair": _png(self.hair),
            "shade": _png(self.shade),
            "eye": _png(self.eye),
            "eyelashes": _png(self.eyelashes),
        }


@dataclass(frozen=True, kw_only=True)
class Shot:
    """A photo of the person, and how the head was in it."""

    pixels_srgb: UInt8[np.ndarray, "height width 3"]
    """The photo."""
    landmarks: Landmarks
    """Its landmarks."""
    fit: HeadFit
    """The head; shots that belong together were fitted together."""
    hair: ShownHair
    """The hair around it."""


def paint_texture(
    model: HeadModel, shot: Shot, *others: Shot, say: Say = silent
) -> HeadTextures:
    """Paint the person's skin and measure the person's colours.

    The first shot decides colours, eyes and the finest detail; the others tell what it
    does not show.
    """
    say(Progress(fraction=0.0, doing="Laying out the skin"))
    size_px = texture_size(shot.landmarks)
    texels = skin_texels(model, min(size_px, LARGEST_PX))
    say(Progress(fraction=0.3, doing="Finding the skin in the photo"))
    first = _look(model, texels, shot, size_px)
    more = (_look(model, texels, other, size_px) for other in others)
    skin = join_skins([first.skin, *(look.skin for look in more)])
    say(Progress(fraction=0.5, doing="Completing the skin"))
    colours = _measure(model, first, shot.hair.colours_srgb)
    whole = complete_skin(model, skin, colours)
    sharper = first.sharp.scale / first.window.scale
    layers = lay(model, first.photo, first.view, skin, whole, sharper=sharper)
    say(Progress(fraction=0.7, doing="Finishing the texture"))
    sources = _sources(first.sharp, layers, whole, texels, colours, size_px)
    pictures = finish_skin(layers, sources, size_px)
    colours_srgb = {name: _srgb(colour) for name, colour in colours.items()}
    seen = torch.maximum(skin.face, skin.hair_seen)
    rotation = torch.from_numpy(shot.fit.T_camera_head[:3, :3]).float()
    acting = whole.bare + whole.folds
    light = _light(first.skin, acting.exp(), rotation)
    return HeadTextures(
        albedo=pictures.albedo,
        coverage=pictures.coverage,
        bump=pictures.bump,
        roughness=pictures.roughness,
        hair=pictures.hair,
        eye=eye_picture(colours_srgb["iris"]),
        eyelashes=lash_picture(_lashes(first)),
        colours_srgb=colours_srgb,
        light=light.numpy(),
        shade=photo_shade(first.skin, acting, light, rotation),
        folds=_folds(texels, whole),
        facts={
            "texture_px": size_px,
            "skin_seen_percent": round(100 * float(seen.mean()), 1),
        },
    )


@dataclass(frozen=True, kw_only=True)
class _Look:
    """What one shot shows."""

    sharp: PhotoWindow
    window: PhotoWindow
    photo: Float[Tensor, "height width 3"]
    points_px: Float[np.ndarray, "landmarks 2"]
    view: TexelView
    skin: Skin


def _look(model: HeadModel, texels: Texels, shot: Shot, size_px: int) -> _Look:
    """The skin as one shot shows it, in a texture that will be so wide."""
    landmarks, fit = shot.landmarks, shot.fit
    acting = _acting(model, fit)
    posed = _posed(acting, fit)
    sharp = _head_window(shot.pixels_srgb, landmarks, fit.camera, posed, size_px)
    window = sharp.shrunk(
        face_width_px(sharp.inward(landmarks.points_px)), texels.size_px
    )
    points_px = window.inward(landmarks.points_px)
    view = view_texels(model, texels, posed, window.camera(fit.camera))
    shown = lids_shown(model, texels, fit.vertices_neutral, fit.expression)
    view = replace(view, seen=view.seen * shown)
    photo = window.linear()
    lab = lab_from_linear(photo).numpy()
    trust = trust_photo(lab, points_px, shot.hair.within(window))
    pressed = press(model, texels, fit.vertices_neutral, _folding(model, fit))
    return _Look(
        sharp=sharp,
        window=window,
        photo=photo,
        points_px=points_px,
        view=view,
        skin=see_skin(model, texels, view, photo, trust, pressed),
    )


def face_width_px(points_px: Float[np.ndarray, "landmarks 2"]) -> float:
    """The longer side of the box around the face's landmarks."""
    face = points_px[:FACE_COUNT]
    return float((face.max(axis=0) - face.min(axis=0)).max())


def texture_size(landmarks: Landmarks) -> int:
    """The power of two that holds the sharpness of the face in the photo."""
    wanted = _TEXTURE_OVER_FACE * face_width_px(landmarks.points_px)
    size = 2 ** int(np.ceil(np.log2(max(wanted, 1))))
    return int(np.clip(size, _SMALLEST_PX, _LARGEST_PX))


def _acting(model: HeadModel, fit: HeadFit) -> Tensor:
    """The head with the photo's expression, in head space."""
    neutral = torch.from_numpy(np.asarray(fit.vertices_neutral, np.float32))
    expression = torch.from_numpy(np.asarray(fit.expression, np.float32))
    acting = torch.tensordot(expression, model.expression_basis, dims=1)
    return neutral + acting + torch.from_numpy(fit.acting_offsets)


def _folding(model: HeadModel, fit: HeadFit) -> NDArray[np.float32]:
    """The same without what lids do to look and blink: their skin rolls up."""
    folds = [not name.startswith(_LIDS) for name in EXPRESSION_NAMES]
    expression = np.asarray(fit.expression, np.float32) * folds
    basis = model.expression_basis.numpy()
    return fit.vertices_neutral + np.tensordot(expression, basis, axes=1)


def _posed(vertices: Tensor, fit: HeadFit) -> Tensor:
    """The head as it was in the photo, in camera space."""
    pose = torch.from_numpy(np.asarray(fit.T_camera_head, np.float32))
    return vertices @ pose[:3, :3].T + pose[:3, 3]


def _head_window(
    photo_pixels_srgb: NDArray[np.uint8],
    landmarks: Landmarks,
    camera: PinholeCamera,
    posed: Tensor,
    size_px: int,
) -> PhotoWindow:
    """What the photo shows of the head, as sharp as the texture can be."""
    center = posed.new_tensor([camera.center_x_px, camera.center_y_px])
    head = project_points(
        posed, focal_px=posed.new_tensor(camera.focal_px), center_px=center
    )
    points = np.concatenate([head.numpy(), landmarks.points_px])
    window = head_window(photo_pixels_srgb, points)
    return window.shrunk(face_width_px(landmarks.points_px), size_px)


def _sources(
    sharp: PhotoWindow,
    layers: SkinLayers,
    whole: WholeSkin,
    texels: Texels,
    colours: Mapping[str, NDArray[np.float64]],
    size_px: int,
) -> Sources:
    """What the finest detail is made from."""
    photo = sharp.linear().clamp(min=DARKEST).log().numpy()
    patch = None
    if whole.patch is not None:
        rows, columns = whole.patch
        detail = texels.to_image(whole.detail)[:, rows, columns].movedim(0, 2)
        factor = size_px // texels.size_px
        patch = sharp_patch(layers, detail.numpy(), whole.patch, photo, factor)
    hair = np.log(np.maximum(colours["hair"], DARKEST))
    return Sources(photo=photo, patch=patch, hair=hair)


def _folds(texels: Texels, whole: WholeSkin) -> NDArray[np.uint8] | None:
    """The folds as a picture, if there are any."""
    if not bool(whole.folds.any()):
        return None
    return factor_picture(texels, whole.folds.exp(), size_px=texels.size_px)


def _light(
    skin: Skin, albedo: Float[Tensor, "texels 3"], rotation: Float[Tensor, "3 3"]
) -> Float[Tensor, "9 3"]:
    """The light on the finished skin, by normals in head space."""
    some = slice(None, None, max(1, len(albedo) // _LIGHT_SAMPLES))
    return fit_light(
        skin.normals[some] @ rotation,
        skin.photo[some],
        with_gloss(albedo[some], skin.tone),
        skin.face[some],
    )


def _measure(
    model: HeadModel, look: _Look, hair_srgb: UInt8[np.ndarray, "pixels 3"]
) -> dict[str, NDArray[np.float64]]:
    """The person's colours in linear light, as they are in plain daylight."""
    skin, points_px = look.skin, look.points_px
    image = (look.photo / look.photo.new_tensor(skin.light)).numpy()
    brows = measure.brow_colour(image, points_px)
    hairy = skin.hair_seen > 0.3
    seen = skin.photo[hairy] / skin.shade[hairy].exp()[:, None]
    seen = (seen / seen.new_tensor(skin.light)).clamp(DARKEST, 1).numpy()
    around = linear_from_srgb(torch.from_numpy(hair_srgb / 255.0)).numpy() / skin.light
    hair = measure.hair_colour(around, seen, brows, skin.tone)
    if brows_are_hidden(model, skin):
        brows = hidden_brow_colour(hair, skin.tone)
    iris = natural_iris(measure.iris_colour(image, points_px))
    if hides_eyes(look.window.pixels_srgb, points_px):
        iris = np.array(measure.USUAL_IRIS)
    return {
        "skin": skin.tone,
        "lips": without_gloss(
            measure.lip_colour(image, points_px), with_gloss(skin.tone, skin.tone)
        ),
        "iris": iris,
        "hair": natural_hair(hair),
        "brows": natural_hair(brows),
    }


def _lashes(look: _Look) -> float:
    """How full they are."""
    return measure.lash_fullness(look.photo.numpy(), look.points_px)


def _srgb(linear: NDArray[np.floating]) -> tuple[float, float, float]:
    red, green, blue = srgb_from_linear(torch.from_numpy(linear)).clamp(0, 1).tolist()
    return red, green, blue


def _png(pixels: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=_COMPRESSION)
    return buffer.getvalue()
