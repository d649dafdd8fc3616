"""Skins at random, as the example's painter takes them.

A network that is to look at photos must not learn how one painter paints, so everything
is spread wider than people are.
"""

import numpy as np
import torch
from canvas import Canvas
from jaxtyping import Float
from numpy.typing import NDArray
from paint import paint_skin
from people import Colour, Person
from torch import Tensor

from core.colours import linear_from_srgb
from core.head_model import HeadModel
from core.texture.texels import Texels

TEXTURE_PX = 512
"""Side of the skins."""
_DARK, _PALE = np.array([0.24, 0.15, 0.11]), np.array([0.95, 0.79, 0.71])
_HAIR = np.array(
    [[0.05, 0.04, 0.04], [0.25, 0.15, 0.09], [0.62, 0.48, 0.30], [0.75, 0.74, 0.73]]
)
_IRIS = np.array([[0.20, 0.12, 0.07], [0.35, 0.45, 0.55], [0.35, 0.40, 0.25]])


def random_skin(
    model: HeadModel, texels: Texels, seed: int
) -> Float[Tensor, "size size 3"]:
    """Linear colours of somebody who does not exist, row 0 at the top."""
    random = np.random.default_rng(seed)
    spread = random.uniform(0.7, 1.2)
    identity = torch.from_numpy(
        spread * random.normal(0, 1, model.identity_count)
    ).float()
    painted = paint_skin(_person(random, seed), _canvas(model, identity, texels))
    return linear_from_srgb(torch.from_numpy(painted)).float()


def _person(random: np.random.Generator, seed: int) -> Person:
    tone = random.beta(1.6, 1.2)
    skin = _DARK + tone * (_PALE - _DARK)
    skin = skin * random.normal(1, [0.04, 0.03, 0.04])
    flush = skin * [1.0, random.uniform(0.68, 0.95), random.uniform(0.66, 0.95)]
    red, shade = random.uniform(0.55, 0.95), random.uniform(0.75, 1.0)
    lips = shade * skin * [1.0, red, red * random.uniform(0.95, 1.05)]
    hair = random.dirichlet([1.2, 1.2, 0.6, 0.5]) @ _HAIR
    old = random.random() < 0.4
    return Person(
        name="",
        seed=seed,
        spread=1.0,
        skin=_colour(skin),
        flush=_colour(flush),
        lips=_colour(lips),
        iris=_colour(random.dirichlet([1, 0.6, 0.4]) @ _IRIS),
        hair=_colour(hair * random.uniform(0.5, 1.1)),
        hair_length_m=0.0,
        hairs=0,
        brow_strokes=int(random.integers(40, 400)),
        brow_ink=float(random.uniform(0.25, 1.0)),
        freckles=int(random.integers(1, 300)),
        stubble=float(max(0.0, random.uniform(-0.8, 0.95))),
        age_spots=int(random.integers(0, 60)) if old else 0,
        blotches=float(random.uniform(0, 0.5)),
        wrinkles_m=float(random.uniform(0, 0.001)) if old else 0.0,
        shirt=(0.5, 0.5, 0.5),
        backdrop=((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    )


def _colour(rgb: NDArray[np.float64]) -> Colour:
    red, green, blue = (float(value) for value in np.clip(rgb, 0.01, 0.99))
    return red, green, blue


def _canvas(model: HeadModel, identity: Tensor, texels: Texels) -> Canvas:
    still = torch.zeros(len(model.expression_basis))

    def plane(values: Tensor) -> NDArray[np.float32]:
        image = texels.to_image(texels.from_vertices(values))
        return image.movedim(0, -1).numpy().astype(np.float32)

    masks = plane(model.region_masks.T)
    return Canvas(
        positions=plane(model.vertices(identity, still)),
        covered=texels.covered.numpy(),
        masks={name: masks[..., i] for i, name in enumerate(model.region_names)},
        landmarks=model.landmarks(identity, still).numpy(),
    )
