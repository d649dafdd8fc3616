"""How well a double's skin and its estimate of the light explain its photo.

The re-rendering is the simplest there is: the double's albedo times what the double
knows of the photo's light, on the fitted head, compared with the photo where the photo
showed the face's skin. That light is nine harmonics, which say what falls on a convex
head, and the soft picture of cast shadows and gloss that were taken off the skin; once
it is left out, to tell how far the harmonics alone go.
"""

import io
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import uniform_filter

from benchmarks import portraits
from benchmarks.drawing import draw
from core.assets import PART_NAMES, Double
from core.colours import linear_from_srgb, srgb_from_linear
from core.harmonics import harmonics
from core.head_model import HeadModel, load_head_model, where_hair_grows
from core.images.photo import read_photo
from core.messages import BuildDouble, silent
from core.pipelines.build_double import build_double
from core.texture.gloss import with_gloss
from core.texture.sampling import sample
from core.texture.shade import BRIGHTEST
from core.texture.texels import Texels, skin_texels

_SEEN = 0.6
"""Coverage from which a pixel belongs to what is compared."""
_SCALP = 0.02
"""How far hair may grow there at most: strands stand in front of the scalp."""


@dataclass(frozen=True, kw_only=True)
class Rerendered:
    """A photo and the double in its place, sRGB 0 to 1."""

    photo: Float[np.ndarray, "height width 3"]
    """The photo."""
    double: Float[np.ndarray, "height width 3"]
    """The double under the photo's light; the photo where it is not."""
    mask: Bool[np.ndarray, "height width"]
    """Where the photo showed the face's skin."""


def rerender(
    model: HeadModel, photo: Path, double: Double, *, shadows: bool = True
) -> Rerendered:
    """Put the double where it was in its photo, under the light it was seen in.

    Without `shadows` that light is the harmonics alone.
    """
    pixels = read_photo(photo).pixels_srgb.astype(np.float32) / 255
    moved = torch.einsum(
        "e,evc->vc",
        torch.from_numpy(double.photo_expression),
        torch.from_numpy(double.blendshapes),
    )
    head = torch.from_numpy(double.vertices) + moved
    pose = torch.from_numpy(double.T_camera_head).float()
    seen = head @ pose[:3, :3].T + pose[:3, 3]
    drawing = draw(model, seen, head, double.camera)
    on_skin = drawing.covered & (drawing.part == PART_NAMES.index("skin"))
    uv = drawing.uv[on_skin]
    albedo = linear_from_srgb(_texture(double, "albedo", uv))
    if "folds" in double.textures:
        albedo = albedo * BRIGHTEST * linear_from_srgb(_texture(double, "folds", uv))
    light = harmonics(drawing.normals[on_skin]) @ torch.from_numpy(double.photo_light)
    if shadows:
        light = light * BRIGHTEST * linear_from_srgb(_texture(double, "shade", uv))
    tone = linear_from_srgb(torch.tensor(double.colours_srgb["skin"])).double()
    seen = with_gloss(albedo, tone.numpy())
    result = torch.from_numpy(pixels.copy())
    result[on_skin] = srgb_from_linear((seen * light).clamp(0, 1))
    mask = torch.zeros(on_skin.shape, dtype=torch.bool)
    mask[on_skin] = _texture(double, "coverage", uv)[:, 0] > _SEEN
    mask[on_skin] &= _hairless(model, uv)
    return Rerendered(photo=pixels, double=result.numpy(), mask=mask.numpy())


def psnr_db(pair: Rerendered) -> float:
    """Peak signal to noise over the mask."""
    error = (pair.photo - pair.double)[pair.mask]
    return float(-10 * np.log10(np.square(error).mean()))


def ssim(pair: Rerendered, *, window_px: int = 7) -> float:
    """Structural similarity of the luma (Wang et al. 2004), over the mask."""
    a, b = (image @ [0.299, 0.587, 0.114] for image in (pair.photo, pair.double))
    mean_a, mean_b = uniform_filter(a, window_px), uniform_filter(b, window_px)
    var_a = uniform_filter(a * a, window_px) - mean_a**2
    var_b = uniform_filter(b * b, window_px) - mean_b**2
    both = uniform_filter(a * b, window_px) - mean_a * mean_b
    c1, c2 = 0.01**2, 0.03**2
    value = (2 * mean_a * mean_b + c1) * (2 * both + c2)
    value /= (mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2)
    return float(value[pair.mask].mean())


def _texture(double: Double, name: str, uv: torch.Tensor) -> torch.Tensor:
    """A texture's values, 0 to 1, at texture coordinates."""
    with Image.open(io.BytesIO(double.textures[name])) as file:
        picture: NDArray[np.uint8] = np.atleast_3d(np.array(file))
    size = picture.shape[0]
    points = torch.stack([uv[:, 0], 1 - uv[:, 1]], dim=1) * size
    return sample(torch.from_numpy(picture.astype(np.float32) / 255), points)


def _hairless(
    model: HeadModel, uv: Float[torch.Tensor, "pixels 2"]
) -> Bool[torch.Tensor, "pixels"]:
    """Whether no hair grows at texture coordinates."""
    texels = skin_texels(model, 512)
    grows = texels.from_vertices(where_hair_grows(model)[:, None])
    picture = texels.to_image(grows).movedim(0, 2)
    points = torch.stack([uv[:, 0], 1 - uv[:, 1]], dim=1) * texels.size_px
    return sample(picture, points)[:, 0] < _SCALP


PHOTOS = (
    "mona_lisa.jpg",
    "girl_with_a_pearl_earring.jpg",
    "sargent_portrait.jpg",
    "einstein.jpg",
)
"""Real pictures to explain, where they are there."""

_LIGHTS = ((0, 20, 0.3), (55, 20, 0.4), (-55, 35, 0.4))
"""Azimuth, elevation and strength of the lights that one head is seen under."""


def on_photos(photos: list[Path]) -> dict[str, float]:
    """Landmark error, and how well the doubles explain their photos; means."""
    model = load_head_model()
    found: list[tuple[float, ...]] = []
    for photo in photos:
        double = _built(photo)
        pair = rerender(model, photo, double)
        error = float(double.facts["landmark_error_percent"])
        bare = rerender(model, photo, double, shadows=False)
        found.append((error, psnr_db(pair), ssim(pair), psnr_db(bare), ssim(bare)))
    error, noise, similarity, bare_noise, bare_similarity = np.mean(found, axis=0)
    return {
        "photos": len(photos),
        "landmark_error_percent": round(float(error), 3),
        "psnr_db": round(float(noise), 2),
        "ssim": round(float(similarity), 3),
        "harmonics_psnr_db": round(float(bare_noise), 2),
        "harmonics_ssim": round(float(bare_similarity), 3),
    }


def on_known_skin() -> dict[str, float]:
    """What light and a green wall leave on the skin of heads whose skin is known."""
    model = load_head_model()
    texels = skin_texels(model, 1024)
    face = texels.from_vertices(model.region("face")[:, None])[:, 0] > 0.9
    identity = torch.randn(
        model.identity_count, generator=torch.Generator().manual_seed(5)
    )
    head = model.vertices(identity, torch.zeros(52))
    colours = portraits.paint(model, 5)
    albedos, green = [], []
    with tempfile.TemporaryDirectory() as folder:
        for index, lamp in enumerate(_LIGHTS):
            yaw = (0.0, 25.0, -25.0)[index]
            shown = portraits.take(
                model, head, colours, portraits.light(*lamp), yaw_deg=yaw
            )
            path = Path(folder) / f"{index}.png"
            Image.fromarray(shown).save(path)
            double = _built(path)
            albedo = _texels_of(double, texels)
            red, leaf = albedo[:, 0], albedo[:, 1]
            green.append(float((leaf > red + 0.02).float().mean()))
            albedos.append(albedo[face])
    middle = torch.stack(albedos).mean(dim=0)
    difference = torch.stack([(a - middle).abs().mean() for a in albedos]).mean()
    return {
        "albedo_difference": round(float(difference), 4),
        "non_skin_percent": round(100 * float(np.mean(green)), 3),
    }


def _built(photo: Path) -> Double:
    with tempfile.TemporaryDirectory() as folder:
        asset = Path(folder) / "photo.double"
        build_double(BuildDouble(photo=str(photo), asset=str(asset)), silent)
        return Double.load(asset)


def _texels_of(double: Double, texels: Texels) -> Float[torch.Tensor, "texels 3"]:
    """The albedo, sRGB, at the texels of a layout."""
    points = texels.pixels() / texels.size_px
    uv = torch.stack([points[:, 0], 1 - points[:, 1]], dim=1)
    return _texture(double, "albedo", uv)
