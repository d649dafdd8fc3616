"""A studio for crowds: skins as files, and everything else on one device."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor

from core.colours import linear_from_srgb, srgb_from_linear
from core.fit.shape_network import SIDE_PX
from core.head_model import HeadModel, load_head_model
from core.head_model.data import HEAD_MODEL_PATH
from core.landmarks import upright
from core.landmarks.refiner import MarkErrors
from core.landmarks.topology import FACE_COUNT
from core.texture.texels import skin_texels

from .crowd import Studio, some_faces
from .skins import TEXTURE_PX, random_skin
from .stage import Stage, stage_of

SKINS, SEED = 780, 700_000
_JPEG_QUALITY = 90
_FILLS = 0.8
"""Share of an upright square that an average face takes."""


def face_template(model: HeadModel) -> np.ndarray:
    """The average face's landmarks [landmarks, 2] in the refiner's upright square."""
    flat = model.landmark_template.double().cpu().numpy()[:, [0, 2]] * [1, -1]
    low, high = flat[:FACE_COUNT].min(axis=0), flat[:FACE_COUNT].max(axis=0)
    scale = _FILLS * upright.SIDE_PX / (high - low).max()
    return (flat - (low + high) / 2) * scale + upright.SIDE_PX / 2


def larger_template(template: np.ndarray) -> Tensor:
    """The same in the square of the network that tells shapes."""
    return torch.from_numpy(template) * (SIDE_PX / upright.SIDE_PX)


def paint_skins(folder: Path, *, count: int = SKINS) -> None:
    """Write skins that are not there yet, as JPEG files."""
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor() as workers:
        list(workers.map(partial(_paint_skin, folder), range(count), chunksize=10))


def paint_parts(
    folder: Path, paint: Callable[[Path, Path, int], None], *, parts: int, skins: int
) -> Path:
    """Have each part painted, with so many skins, by all processors.

    `paint` is given the folder of the parts, that of the skins and a part's number.
    Gives back the folder of the parts.
    """
    painted, skin_folder = folder / "parts", folder / "skins"
    paint_skins(skin_folder, count=skins)
    painted.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor() as workers:
        list(workers.map(partial(paint, painted, skin_folder), range(parts)))
    return painted


def _paint_skin(folder: Path, index: int) -> None:
    path = folder / f"{index:04d}.jpg"
    if path.exists():
        return
    torch.set_num_threads(1)
    model = load_head_model()
    albedo = random_skin(model, skin_texels(model, TEXTURE_PX), SEED + index)
    pixels = 255 * srgb_from_linear(albedo.clamp(0, 1)) + 0.5
    quality = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
    cv2.imwrite(str(path), pixels.byte().numpy()[..., ::-1], quality)


def read_skins(folder: Path) -> UInt8[Tensor, "skins 3 size size"]:
    """Every skin of a folder, sRGB."""
    pictures = [cv2.imread(str(path)) for path in sorted(folder.glob("*.jpg"))]
    skins = np.stack([each[..., ::-1] for each in pictures if each is not None])
    return torch.from_numpy(skins).movedim(-1, 1)


def studio_of(skins: Path, errors: MarkErrors | None = None) -> Studio:
    """With the skins of a folder, painted first if need be, where it is quickest."""
    paint_skins(skins)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return studio_on(device, read_skins(skins), errors)


def studio_on(
    device: torch.device,
    skins: UInt8[Tensor, "skins 3 size size"],
    errors: MarkErrors | None = None,
) -> Studio:
    """What crowds need, on a device; `errors` of the marks they are given."""
    model = load_head_model()
    stage = stage_of(model, load_head_model(HEAD_MODEL_PATH))
    albedos = torch.cat(
        [linear_from_srgb(some.to(device) / 255.0).half() for some in skins.split(16)]
    )
    if errors is not None:
        errors = MarkErrors(
            **{name: each.to(device) for name, each in vars(errors).items()}
        )
    return Studio(
        model=model.to(device),
        stage=Stage(**{name: each.to(device) for name, each in vars(stage).items()}),
        errors=errors,
        template=larger_template(face_template(model)).float().to(device),
        albedos=albedos,
        faces=some_faces(np.random.default_rng(SEED)).to(device),
    )
