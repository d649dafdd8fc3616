"""Pictures of a crowd: hair, glasses, what is behind, lens and sensor; see `crowd`."""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn.functional import conv2d, interpolate, pad

from core.colours import srgb_from_linear
from core.expressions import MIRROR_ORDER
from core.fit.shape_network import SIDE_PX
from core.fit.shape_reader import view_terms_of
from core.landmarks.upright import mirrored

from .chance import Draw
from .crowd import MARGIN_PX, TILE_PX, Crowd, Seen, Studio, gather, see
from .crowd_light import shine

_STRANDS, _STEPS, _POINTS = 900, 10, 16
"""Of hair: strands, their pieces, and points of a piece."""
_KNOWN = 0.6
"""Share of cameras whose focal length is told."""
_HAIR = ((0.05, 0.04, 0.04), (0.25, 0.15, 0.09), (0.62, 0.48, 0.3), (0.75, 0.74, 0.73))
_BLUR_PX = 9


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """What the network is shown, and the truth."""

    squares: UInt8[Tensor, "people 3 side side"]
    """sRGB."""
    marks: Float[Tensor, "people landmarks 2"]
    """In pixels of the square."""
    places: Float[Tensor, "people landmarks 2"]
    """Where the landmarks are."""
    view: Float[Tensor, "people views"]
    """See `view_terms_of`."""
    identity: Float[Tensor, "people identities"]
    told: Float[Tensor, "people told"]
    """Expression, gaze and rotation."""

    def mirrored(self, opposite: Tensor, signs: Tensor) -> "Pictures":
        """The same in the mirror: `opposite` landmarks change places.

        `signs` say how the identity's coefficients change.
        """
        flip = self.view.new_tensor([1.0, -1.0, 1.0, 1.0])
        side = self.view.new_tensor([-1.0, 1.0, 1.0])
        weights, gaze, rotation = self.told.split([len(MIRROR_ORDER), 4, 9], dim=1)
        told = [
            weights[:, list(MIRROR_ORDER)],
            (gaze.unflatten(1, (2, 2)).flip(1) * side[:2]).flatten(1),
            (rotation.unflatten(1, (3, 3)) * side[:, None] * side).flatten(1),
        ]
        return Pictures(
            squares=self.squares.flip(3),
            marks=mirrored(self.marks, opposite, SIDE_PX),
            places=mirrored(self.places, opposite, SIDE_PX),
            view=self.view * flip,
            identity=self.identity * signs,
            told=torch.cat(told, dim=1),
        )


@torch.no_grad()
def take_pictures(studio: Studio, count: int, chance: torch.Generator) -> Pictures:
    """Pictures of so many people, with marks that are off as a refiner's are."""
    draw = Draw(chance, studio.device)
    crowd = gather(studio, count, draw)
    inner = slice(MARGIN_PX, -MARGIN_PX)
    return Pictures(
        squares=photograph(studio, crowd, draw)[:, :, inner, inner],
        marks=crowd.marks_px,
        places=crowd.places_px,
        view=view_terms_of(crowd.focal, crowd.middle, some_cameras(count, draw)),
        identity=crowd.identity,
        told=told_of(crowd),
    )


def some_cameras(count: int, draw: Draw) -> Float[Tensor, "people"]:
    """Of which cameras the focal length is known, as 0 and 1."""
    return draw.whether(count, chance=_KNOWN)


def told_of(crowd: Crowd) -> Float[Tensor, "people told"]:
    """What the network learns beside the shape."""
    parts = [crowd.weights, crowd.gaze_rad.flatten(1), crowd.rotation.flatten(1)]
    return torch.cat(parts, dim=1)


@torch.no_grad()
def photograph(
    studio: Studio, crowd: Crowd, draw: Draw
) -> UInt8[Tensor, "people 3 tile tile"]:
    """The tiles of a crowd, sRGB: its squares with a margin."""
    seen = see(crowd, studio.stage.solid)
    image = _exposed(shine(studio, crowd, seen, draw), seen, draw)
    hair = _Hair(studio, crowd, seen, draw)
    behind = hair.over(_backdrop(len(image), draw), hair.behind)
    image = torch.where(seen.covered[..., None], image, behind)
    image = hair.over(image, hair.before)
    image = _covered(_glasses(image, crowd, draw), draw)
    return (255 * _develop(image.movedim(-1, 1), draw)).byte()


def compressed(
    tile: UInt8[np.ndarray, "tile tile 3"], quality: int
) -> UInt8[np.ndarray, "tile tile 3"]:
    """One tile as JPEG leaves it."""
    choice = [cv2.IMWRITE_JPEG_QUALITY, quality]
    coded = cv2.imencode(".jpg", np.ascontiguousarray(tile[..., ::-1]), choice)[1]
    shown = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(shown[..., ::-1])


def _exposed(lit: Tensor, seen: Seen, draw: Draw) -> Tensor:
    """As a photographer would, more or less: sRGB, 0 to 1."""
    skin = lit.mean(dim=-1) * seen.covered
    mean = skin.sum(dim=(1, 2)) / seen.covered.sum(dim=(1, 2)).clamp(min=1)
    wanted = 10 ** draw.uniform(len(lit), low=-1.3, high=-0.3)
    share = draw.uniform(len(lit), low=0.3, high=1.0)
    gain = (wanted / mean.clamp(min=1e-3)) ** share
    return srgb_from_linear((lit * gain.view(-1, 1, 1, 1)).clamp(0, 1))


class _Hair:
    """Strands as points, some before the face and some behind."""

    def __init__(self, studio: Studio, crowd: Crowd, seen: Seen, draw: Draw) -> None:
        people = len(crowd.identity)
        self._draw = draw
        roots = studio.scalp[draw.integers(people, _STRANDS, below=len(studio.scalp))]
        who = torch.arange(people, device=roots.device)[:, None]
        start = crowd.points_px[who, roots] + MARGIN_PX
        depth = crowd.vertices_camera[who, roots][..., 2]
        place = start.long().clamp(0, TILE_PX - 1)
        front = seen.depth[who, place[..., 1], place[..., 0]] > depth - 0.006
        points = self._grown(start, crowd, draw)
        there = draw.whether(people, 1, chance=0.7) > 0
        few = draw.uniform(people, 1) > draw.uniform(people, _STRANDS)
        tones = torch.tensor(_HAIR).to(start)
        mixture = draw.uniform(people, len(tones)) ** 3
        tone = mixture / mixture.sum(dim=1, keepdim=True) @ tones
        shade = draw.uniform(people, _STRANDS, 1, low=0.6, high=1.5)
        self._colours = (tone[:, None] * shade).clamp(0, 1)
        self._points = points
        self.before = there & few & front
        self.behind = there & few & ~front

    @staticmethod
    def _grown(start: Tensor, crowd: Crowd, draw: Draw) -> Tensor:
        """Paths [people, strands, points, 2]: out of the face, mostly."""
        people = len(start)
        marks = crowd.marks_px + MARGIN_PX
        size = (marks.amax(dim=1) - marks.amin(dim=1)).mean(dim=1).view(-1, 1, 1)
        middle = marks.mean(dim=1, keepdim=True)
        lengths = torch.tensor([0.05, 0.12, 0.5, 1.0]).to(start)
        length = lengths[draw.integers(people, below=4)].view(-1, 1, 1) * size
        length = length * draw.uniform(people, 1, 1, low=0.6, high=1.5)
        reach = size * draw.uniform(people, 1, 1, low=0.48, high=0.62)
        fringed = draw.whether(people, 1, 1, chance=0.3)
        fringe = 0.01 + fringed * draw.uniform(people, 1, 1)
        curl = draw.uniform(people, 1, 1, low=0, high=0.35)
        parting = middle[..., :1] + 0.2 * size * draw.normal(people, 1, 1)
        way = start - middle
        way = way / way.norm(dim=-1, keepdim=True).clamp(min=1e-6)
        way = 0.5 * way + 0.15 * draw.normal(*way.shape)
        fall = 0.5 * (start[..., :1] - parting).sign() + 0.3 * draw.normal(people, 1, 1)
        fall = torch.cat([fall, torch.full_like(fall, 0.9)], dim=-1)
        loose = draw.uniform(people, _STRANDS, 1) < fringe
        tall = torch.tensor([1.0, 1.25]).to(start)
        path = [start]
        for _ in range(_STEPS):
            way = 0.75 * way + 0.25 * fall + curl * draw.normal(*way.shape)
            there = path[-1] + way * length / _STEPS
            off = there - middle
            far = (off / tall).norm(dim=-1, keepdim=True).clamp(min=1e-6)
            pushed = middle + off * (reach / far).clamp(min=1)
            path.append(torch.where(loose, there, pushed))
        steps = torch.arange(_POINTS, device=start.device) / _POINTS
        pieces = [
            torch.lerp(a[:, :, None], b[:, :, None], steps[:, None])
            for a, b in pairwise(path)
        ]
        return torch.cat(pieces, dim=2)

    def over(self, image: Tensor, chosen: Tensor) -> Tensor:
        """The picture with the chosen strands before it."""
        people = len(image)
        pixel = self._points.long()
        inside = ((pixel >= 0) & (pixel < TILE_PX)).all(dim=-1) & chosen[..., None]
        who = torch.arange(people, device=image.device)[:, None, None]
        place = (who * TILE_PX + pixel[..., 1]) * TILE_PX + pixel[..., 0]
        drawn = torch.zeros_like(image).flatten(0, 2)
        cover = drawn[:, :1].clone()
        colours = self._colours[:, :, None].expand(*place.shape, 3)
        drawn[place[inside]] = colours[inside]
        cover[place[inside]] = 1
        drawn, cover = drawn.view_as(image), cover.view(*image.shape[:3], 1)
        thick = self._draw.uniform(people, 1, 1, 1, low=0.4, high=2.0)
        both = torch.cat([drawn * cover, cover], dim=-1).movedim(-1, 1)
        around = pad(both, (1, 1, 1, 1))
        spread = sum(
            around[:, :, y : y + TILE_PX, x : x + TILE_PX]
            for y in range(3)
            for x in range(3)
        )
        spread = torch.as_tensor(spread).movedim(1, -1)
        tone = spread[..., :3] / spread[..., 3:].clamp(min=1)
        share = (spread[..., 3:] * thick / 3).clamp(0, 1)
        return torch.lerp(image, tone, share)


def _backdrop(people: int, draw: Draw) -> Float[Tensor, "people tile tile 3"]:
    """Anything at all, sRGB 0 to 1."""
    image = torch.zeros(people, 3, TILE_PX, TILE_PX, device=draw.device)
    dim = draw.uniform(people, 1, 1, 1, low=0.3, high=1)
    pale = draw.uniform(people, 1, 1, 1)
    kind = draw.integers(people, below=6)
    sizes = ((1, "nearest"), (2, "bilinear"), (4, "bicubic"), (9, "nearest"))
    for index, (size, mode) in enumerate((*sizes, (9, "bicubic"), (30, "bicubic"))):
        tiles = draw.uniform(people, 3, size, size) * dim
        grey = tiles.mean(dim=1, keepdim=True)
        tiles = grey + pale * (tiles - grey)
        big = interpolate(tiles, size=TILE_PX, mode=mode)
        image = torch.where((kind == index).view(-1, 1, 1, 1), big, image)
    return image.clamp(0, 1).movedim(1, -1)


def _glasses(image: Tensor, crowd: Crowd, draw: Draw) -> Tensor:
    """Some wear frames around both eyes."""
    people = len(image)
    eyes = crowd.marks_px[:, [468, 473]] + MARGIN_PX
    across = eyes[:, 1] - eyes[:, 0]
    apart = across.norm(dim=1).view(-1, 1, 1)
    angle = torch.atan2(across[:, 1], across[:, 0]).view(-1, 1, 1)
    width = apart * draw.uniform(people, 1, 1, low=0.02, high=0.08)
    half = apart * draw.uniform(people, 1, 1, low=0.33, high=0.44)
    tall = apart * draw.uniform(people, 1, 1, low=0.24, high=0.4)
    steps = torch.arange(TILE_PX, device=image.device) + 0.5
    y, x = torch.meshgrid(steps, steps, indexing="ij")
    frame = torch.zeros_like(image[..., 0])
    for eye in eyes.unbind(dim=1):
        right = x - eye[:, 0].view(-1, 1, 1)
        down = y - eye[:, 1].view(-1, 1, 1) - 0.06 * apart
        along = right * angle.cos() + down * angle.sin()
        beside = down * angle.cos() - right * angle.sin()
        far = ((along / half).square() + (beside / tall).square()).sqrt()
        frame += (1 - ((far - 1).abs() * tall - width / 2)).clamp(0, 1)
    worn = draw.whether(people, 1, 1, chance=0.12)
    tone = draw.uniform(people, 1, 1, 3, high=0.6)
    return torch.lerp(image, tone, (frame.clamp(max=1) * worn)[..., None])


def _covered(image: Tensor, draw: Draw) -> Tensor:
    """Something stands before some of them: a hand, a microphone, a hat."""
    people = len(image)
    steps = torch.arange(TILE_PX, device=image.device) / TILE_PX - 0.5
    y, x = torch.meshgrid(steps, steps, indexing="ij")
    angle = draw.uniform(people, 1, 1, high=6.3)
    away = draw.uniform(people, 1, 1, low=0.25, high=0.6)
    right, down = x - away * angle.cos(), y - away * angle.sin()
    tilt = draw.uniform(people, 1, 1, high=6.3)
    along = right * tilt.cos() + down * tilt.sin()
    beside = down * tilt.cos() - right * tilt.sin()
    long, wide = draw.uniform(people, 2, 1, 1, low=0.05, high=0.3).unbind(dim=1)
    there = ((along / long).square() + (beside / wide).square()) < 1
    there = there & (draw.whether(people, 1, 1, chance=0.15) > 0)
    return torch.where(there[..., None], _backdrop(people, draw), image)


def _develop(
    image: Float[Tensor, "people 3 tile tile"], draw: Draw
) -> Float[Tensor, "people 3 tile tile"]:
    """What lens, sensor and artist make of it."""
    people = len(image)
    one = (people, 1, 1, 1)
    image = image * (1 - _ramp(people, draw))
    image = image * (1 + 0.06 * draw.normal(people, 3, 1, 1))
    image = (image * draw.uniform(*one, low=0.75, high=1.2)).clamp(1e-4, 1)
    image = image ** draw.uniform(*one, low=0.75, high=1.35)
    grey = image.mean(dim=1, keepdim=True).expand_as(image)
    image = torch.lerp(image, grey, draw.whether(*one, chance=0.15))
    image = blurred(image, 10 ** draw.uniform(people, low=-0.5, high=0.35))
    small = _coarse(image, draw)
    image = torch.where(draw.whether(*one, chance=0.3) > 0, small, image)
    grain = draw.uniform(*one, low=0, high=0.03) * draw.afresh(*image.shape)
    soft = 2.5 * blurred(grain, torch.full((people,), 0.8).to(image))
    grain = torch.where(draw.whether(*one, chance=0.5) > 0, soft, grain)
    return (image + grain).clamp(0, 1)


def _ramp(people: int, draw: Draw) -> Tensor:
    """Half of some pictures in some other light."""
    one = (people, 1, 1)
    steps = torch.arange(TILE_PX, device=draw.device) / TILE_PX
    y, x = torch.meshgrid(steps, steps, indexing="ij")
    x = x - draw.uniform(*one, low=0.3, high=0.7)
    y = y - draw.uniform(*one, low=0.3, high=0.7)
    way = draw.normal(*one) * x + draw.normal(*one) * y
    ramp = torch.sigmoid(way * draw.uniform(*one, low=2, high=60))
    much = draw.whether(*one, chance=0.3) * draw.uniform(*one, low=0, high=0.7)
    return (much * ramp)[:, None]


def blurred(image: Tensor, sigma_px: Float[Tensor, "people"]) -> Tensor:
    """Each picture by its own Gaussian."""
    people = len(image)
    steps = torch.arange(_BLUR_PX, device=image.device) - _BLUR_PX // 2
    kernel = (-0.5 * (steps / sigma_px[:, None]).square()).exp()
    kernel = (kernel / kernel.sum(dim=1, keepdim=True)).repeat_interleave(3, dim=0)
    flat = pad(image, [_BLUR_PX // 2] * 4, mode="replicate").flatten(0, 1)[None]
    flat = conv2d(flat, kernel[:, None, :, None], groups=3 * people)
    flat = conv2d(flat, kernel[:, None, None], groups=3 * people)
    return flat[0].unflatten(0, (people, 3))


def _coarse(image: Tensor, draw: Draw) -> Tensor:
    """As from a picture in which the face is small."""
    side = int(TILE_PX / (1.2 + 1.8 * draw.uniform(len(image))[0].item()))
    small = interpolate(image, size=side, mode="area")
    return interpolate(small, size=TILE_PX, mode="bicubic").clamp(0, 1)
