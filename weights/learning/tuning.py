"""A network that tells shapes learns how marks are really off.

While it learned from crowds, marks were off at random, as a refiner's are on average.
Now the detector marks further crowds and the refiner mends the marks, as those of a
photo would be, and the network goes on with those.
"""

import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn.functional import grid_sample

from core.fit.shape_network import SIDE_PX, ShapeNetwork
from core.fit.shape_reader import view_terms_of
from core.head_model import HeadModel
from core.landmarks.refiner import LandmarkRefiner
from core.landmarks.upright import opposite_landmarks

from .album import Album, some_of
from .chance import Draw
from .crowd import MARGIN_PX, TILE_PX, Studio, moved, upright
from .crowd_camera import Pictures, some_cameras, told_of
from .marked_crowds import MarkedCrowd, MarkedCrowds
from .shaping import Judge, Lessons, examine, teach

_TRUSTED_PX = 3.5
"""Of marks that are further off, in the mean, nothing is to be learned."""


def mirror_signs(model: HeadModel) -> Tensor:
    """How each coefficient [identities] changes when a head is mirrored: 1 or -1."""
    basis = model.identity_basis
    turned = basis[:, model.mirror.long()] * basis.new_tensor([-1.0, 1.0, 1.0])
    return (basis * turned).sum(dim=(1, 2)).sign()


PRACTICES = (
    Lessons(minutes=5.2, rate=7e-4, seed=11),
    Lessons(minutes=4.0, rate=7e-4, seed=21),
)
"""How it goes on, one after the other; crowds are as large as they are marked."""


def pictures_of(
    studio: Studio, marked: MarkedCrowd, refiner: LandmarkRefiner, draw: Draw
) -> Pictures:
    """What the network is shown of a crowd, with marks as the refiner mends them."""
    small = studio.template * (marked.squares.shape[-1] / SIDE_PX)
    turn, offset = upright(marked.marks_px, small)
    offsets = refiner.offsets(marked.squares, moved(marked.marks_px, turn, offset))
    points = marked.marks_px + offsets @ torch.linalg.inv(turn).mT
    off = (points - marked.crowd.places_px).norm(dim=-1).mean(dim=1)
    trusted = off < _TRUSTED_PX
    crowd, points = some_of(marked.crowd, trusted), points[trusted]
    turn, offset = upright(points, studio.template)
    scale = torch.linalg.det(turn).sqrt()
    known = some_cameras(len(points), draw)
    return Pictures(
        squares=cut(marked.tiles[trusted], turn, offset),
        marks=moved(points, turn, offset),
        places=moved(crowd.places_px, turn, offset),
        view=view_terms_of(scale * crowd.focal, crowd.middle, known),
        identity=crowd.identity,
        told=told_of(crowd),
    )


def cut(
    tiles: UInt8[Tensor, "people 3 tile tile"],
    turn: Float[Tensor, "people 2 2"],
    offset: Float[Tensor, "people 2"],
) -> UInt8[Tensor, "people 3 side side"]:
    """Squares out of tiles, as `UprightFace.cut` cuts those that are hardly smaller."""
    steps = torch.arange(SIDE_PX, device=tiles.device) + 0.5
    places = torch.cartesian_prod(steps, steps).flip(1)
    back = (places - offset[:, None]) @ torch.linalg.inv(turn).mT + MARGIN_PX
    grid = (2 / TILE_PX * back - 1).view(-1, SIDE_PX, SIDE_PX, 2)
    found = grid_sample(tiles.float(), grid, padding_mode="border", align_corners=False)
    return (found + 0.5).byte()


def practise(
    network: ShapeNetwork,
    usual: Tensor,
    studio: Studio,
    crowds: MarkedCrowds,
    refiner: LandmarkRefiner,
    practice: Lessons,
) -> ShapeNetwork:
    """Go on with marked crowds; the first one is kept to see what it is worth."""
    device = studio.device
    judge, signs = Judge(studio.model), mirror_signs(studio.model)
    opposite = opposite_landmarks(studio.template.double().cpu().numpy(), SIDE_PX)
    draw = Draw(torch.Generator(device).manual_seed(practice.seed), device)
    unseen = pictures_of(studio, crowds.next(), refiner, draw)
    album = Album(unseen, practice.album)
    while album.count < min(practice.album, 4 * practice.batch):
        album.add(pictures_of(studio, crowds.next(), refiner, draw))
    print(f"before: {examine(network.eval(), judge, unseen, usual)}")

    def more() -> None:
        for marked in crowds.ready():
            album.add(pictures_of(studio, marked, refiner, draw))

    teach(
        network,
        judge,
        practice,
        album,
        more=more,
        mirror=lambda pictures: pictures.mirrored(opposite, signs),
        unseen=unseen,
        usual=usual,
    )
    return network
