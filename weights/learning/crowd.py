"""Crowds: many people who do not exist, before as many cameras, all at once.

A network that is to see shapes needs more people than a processor can paint in a day.
Here a whole batch is one mesh in one tall picture, each person in a tile of it, so that
a graphics processor draws hundreds of people a second with the same operations that
draw one. `crowd_light` lights them, `crowd_camera` takes the pictures.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import normalize

from core.camera import rotation_from_vector
from core.fit.shape_network import SIDE_PX
from core.head_model import HeadModel, view_terms
from core.landmarks.refiner import MarkErrors
from core.landmarks.topology import FACE_COUNT
from core.rasterise import Fragments, rasterise

from .acting import random_faces
from .chance import Draw
from .stage import Stage

MARGIN_PX = 12
"""Around each tile. Triangles that reach beyond it are left out."""
TILE_PX = SIDE_PX + 2 * MARGIN_PX
FACE_HEIGHT_M = 0.24
_RESTING = 0.4
"""Share of people without an expression."""
_FACES = 20_000
"""Expressions to choose from."""


@dataclass(frozen=True, kw_only=True)
class Studio:
    """What all crowds have in common, on one device."""

    model: HeadModel
    stage: Stage
    errors: MarkErrors | None
    """How the marks are off that a network will be given, if they are not marked."""
    template: Float[Tensor, "landmarks 2"]
    """An average face in the square."""
    albedos: Float[Tensor, "skins 3 size size"]
    """Skins to choose from, linear."""
    faces: Float[Tensor, "faces expressions"]
    """Expressions to choose from."""

    @property
    def device(self) -> torch.device:
        """Where the pictures are made."""
        return self.template.device

    @cached_property
    def eyes(self) -> tuple[Int[Tensor, "vertices"], ...]:
        """Vertices of the left and of the right eye."""
        faces, found = self.model.faces.long(), []
        for name in ("eye_left", "eye_right"):
            vertices = torch.unique(faces[self.model.part_faces(name)])
            found.append(vertices[vertices >= 0])
        return tuple(found)

    @cached_property
    def scalp(self) -> Int[Tensor, "vertices"]:
        """Vertices that hair grows on."""
        return (self.model.region("scalp") > 0.6).nonzero()[:, 0]


def some_faces(random: np.random.Generator) -> Float[Tensor, "faces expressions"]:
    """Expressions for a studio."""
    return torch.from_numpy(random_faces(_FACES, _RESTING, random)).float()


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """Some people before their cameras, in upright squares."""

    identity: Float[Tensor, "people identities"]
    weights: Float[Tensor, "people expressions"]
    gaze_rad: Float[Tensor, "people 2 2"]
    """Left and right eye, yaw and pitch."""
    rotation: Float[Tensor, "people 3 3"]
    """From head space to camera space."""
    vertices_camera: Float[Tensor, "people vertices 3"]
    points_px: Float[Tensor, "people vertices 2"]
    """In the squares."""
    marks_px: Float[Tensor, "people landmarks 2"]
    """Landmarks in the squares as a refiner would put them."""
    places_px: Float[Tensor, "people landmarks 2"]
    """Where they are."""
    turn: Float[Tensor, "people 2 2"]
    """From what the cameras see into the squares: a rotation times a scale."""
    offset: Float[Tensor, "people 2"]
    """In pixels of the squares."""
    middle: Float[Tensor, "people 2"]
    """Of the face, as seen from the camera: slopes right and down."""

    @property
    def focal(self) -> Float[Tensor, "people"]:
        """Focal length in pixels of the square."""
        return torch.linalg.det(self.turn).sqrt()

    def slopes(
        self, points_px: Float[Tensor, "people points 2"]
    ) -> Float[Tensor, "people points 2"]:
        """Points of the squares as the cameras see them: slopes right and down."""
        return torch.linalg.solve(self.turn, (points_px - self.offset[:, None]).mT).mT


@dataclass(frozen=True, kw_only=True)
class Cast:
    """Who stands before which camera, and does what."""

    identity: Float[Tensor, "people identities"]
    weights: Float[Tensor, "people expressions"]
    gaze_rad: Float[Tensor, "people 2 2"]
    """Left and right eye, yaw and pitch."""
    rotation: Float[Tensor, "people 3 3"]
    """From head space to camera space."""
    artistic: Float[Tensor, "people"]
    """Share of the artist's expressions in theirs; the rest is scanned people's."""
    distance_m: Float[Tensor, "people"]
    middle: Float[Tensor, "people 2"]
    """Of the face, as seen from the camera: slopes right and down."""


def gather(studio: Studio, count: int, draw: Draw) -> Crowd:
    """Draw so many people, how they look and where they stand."""
    identity = some_identities(studio, count, draw)
    chosen = draw.integers(count, below=len(studio.faces))
    gaze = 0.2 * draw.normal(count, 1, 2) + 0.04 * draw.normal(count, 2, 2)
    rotation = rotations(*_turns(draw, count))
    artistic = some_artistry(count, draw)
    distance = some_distances(count, draw)
    cast = Cast(
        identity=identity,
        weights=studio.faces[chosen],
        gaze_rad=gaze,
        rotation=rotation,
        artistic=artistic,
        distance_m=distance,
        middle=0.07 * draw.normal(count, 2),
    )
    return stand(studio, cast, draw)


def some_identities(
    studio: Studio, count: int, draw: Draw
) -> Float[Tensor, "people identities"]:
    """Heads nearer to the average and further from it than people are."""
    spread = draw.uniform(count, 1, low=0.7, high=1.2)
    return spread * draw.normal(count, studio.model.identity_count)


def some_artistry(count: int, draw: Draw) -> Float[Tensor, "people"]:
    """A share of the artist's expressions, often none and often all."""
    return draw.uniform(count, low=-0.5, high=1.5).clamp(0, 1)


def some_distances(count: int, draw: Draw) -> Float[Tensor, "people"]:
    """In metres: of any lens, from which a face fills the picture at least by half."""
    distance = draw.uniform(count, low=1.2, high=5)
    return distance * FACE_HEIGHT_M / draw.uniform(count, low=0.5, high=1.0)


def stand(studio: Studio, cast: Cast, draw: Draw) -> Crowd:
    """A cast before its cameras."""
    model, stage = studio.model, studio.stage
    identity, weights = cast.identity, cast.weights
    rotation, artistic = cast.rotation, cast.artistic
    neutral = model.vertices(identity, torch.zeros_like(weights))
    head = neutral + torch.einsum(
        "ne,evc->nvc", (1 - artistic)[:, None] * weights, model.expression_basis
    )
    head += torch.einsum("ne,evc->nvc", artistic[:, None] * weights, stage.artistic)
    joints = model.joints(identity)
    for side, vertices in enumerate(studio.eyes):
        yaw, pitch = cast.gaze_rad[:, side].unbind(dim=1)
        turn = _turned(yaw, pitch, torch.zeros_like(yaw))
        middle = joints[:, 4 + side, None]
        head[:, vertices] = (neutral[:, vertices] - middle) @ turn.mT + middle
    ahead = torch.cat([cast.middle, torch.ones_like(cast.middle[:, :1])], dim=1)
    corners = model.landmark_vertices.long()
    share = model.landmark_barycentric
    landmarks = torch.einsum("nlkc,lk->nlc", head[:, corners], share)
    face = landmarks.mean(dim=1, keepdim=True)
    place = cast.distance_m[:, None] * ahead

    def seen(points: Tensor) -> Tensor:
        return (points - face) @ rotation.mT + place[:, None]

    toward = normalize(-torch.einsum("nji,nj->ni", rotation, place), dim=1)
    marks = seen(landmarks)
    if studio.errors is not None:
        marks = seen(landmarks + _mistakes(studio.errors, identity, toward, draw))
    camera = seen(head)
    turn, offset = upright(_flat(marks), studio.template)

    def inward(points: Tensor) -> Tensor:
        return moved(_flat(points), turn, offset)

    return Crowd(
        identity=identity,
        weights=weights,
        gaze_rad=cast.gaze_rad,
        rotation=rotation,
        vertices_camera=camera,
        points_px=inward(camera),
        marks_px=inward(marks),
        places_px=inward(seen(landmarks)),
        turn=turn,
        offset=offset,
        middle=cast.middle,
    )


def _flat(points: Tensor) -> Tensor:
    return points[..., :2] / points[..., 2:]


def upright(
    points: Float[Tensor, "people landmarks 2"],
    template: Float[Tensor, "landmarks 2"],
) -> tuple[Float[Tensor, "people 2 2"], Float[Tensor, "people 2"]]:
    """The best rotation with a scale, and the offset, that bring faces onto one."""
    face, target = points[:, :FACE_COUNT], template[:FACE_COUNT]
    middle, center = face.mean(dim=1), target.mean(dim=0)
    a = torch.view_as_complex((face - middle[:, None]).contiguous())
    b = torch.view_as_complex((target - center).contiguous())
    factor = (a.conj() * b).sum(dim=1) / a.abs().square().sum(dim=1)
    real, imaginary = factor.real, factor.imag
    turn = torch.stack([real, -imaginary, imaginary, real], dim=1).unflatten(1, (2, 2))
    return turn, center - torch.einsum("nij,nj->ni", turn, middle)


def moved(
    points: Float[Tensor, "people points 2"],
    turn: Float[Tensor, "people 2 2"],
    offset: Float[Tensor, "people 2"],
) -> Float[Tensor, "people points 2"]:
    """Each person's points as `upright` turns, scales and moves them."""
    return points @ turn.mT + offset[:, None]


def _mistakes(
    errors: MarkErrors, identity: Tensor, toward: Tensor, draw: Draw
) -> Float[Tensor, "people landmarks 3"]:
    """How a refiner's marks are off, in head space."""
    count = len(identity)
    off = errors.leaning + torch.einsum(
        "ni,ilc->nlc", identity, errors.leaning_per_identity
    )
    off = off + torch.einsum("nv,vlc->nlc", view_terms(toward), errors.leaning_per_view)
    sure = draw.uniform(count, 1, 1, low=0.4, high=1.3)
    patterns = draw.normal(count, len(errors.patterns))
    off = off + sure * torch.einsum("np,plc->nlc", patterns, errors.patterns)
    root = torch.linalg.cholesky(errors.covariance)
    rest = draw.normal(count, len(root), 3)
    return off + sure * torch.einsum("lij,nlj->nli", root, rest)


def draw_crowd(
    crowd: Crowd, triangles: Int[Tensor, "triangles 3"]
) -> tuple[Fragments, Int[Tensor, "kept"]]:
    """Some triangles of all people in one tall picture of tiles.

    Indices in the fragments count kept triangles of all people; gives back which
    of `triangles` each of them is, plus `len(triangles)` for each person before.
    """
    points = crowd.points_px + MARGIN_PX
    return draw_tiles(points, crowd.vertices_camera[..., 2], triangles, TILE_PX)


def draw_tiles(
    points_px: Float[Tensor, "people vertices 2"],
    depth: Float[Tensor, "people vertices"],
    triangles: Int[Tensor, "triangles 3"],
    side_px: int,
) -> tuple[Fragments, Int[Tensor, "kept"]]:
    """The same for any points, in tiles of one size."""
    people, vertices = points_px.shape[:2]
    inside = ((points_px > 0) & (points_px < side_px)).all(dim=2) & (depth > 0.05)
    kept = inside[:, triangles].all(dim=2).flatten().nonzero()[:, 0]
    person = torch.div(kept, len(triangles), rounding_mode="floor")
    every = triangles[kept % len(triangles)] + (person * vertices)[:, None]
    first = torch.arange(people, device=depth.device) * side_px
    below = torch.stack([torch.zeros_like(first), first], dim=1)
    fragments = rasterise(
        (points_px + below[:, None]).flatten(0, 1),
        depth.flatten().contiguous(),
        every,
        width_px=side_px,
        height_px=people * side_px,
    )
    return fragments, kept


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What each pixel of each tile shows."""

    covered: Bool[Tensor, "people tile tile"]
    triangle: Int[Tensor, "people tile tile"]
    """Of the stage."""
    vertex: Int[Tensor, "people tile tile 3"]
    """The triangle's corners, counted through all people."""
    barycentric: Float[Tensor, "people tile tile 3"]
    depth: Float[Tensor, "people tile tile"]

    def interpolate(
        self, values: Float[Tensor, "people vertices channels"]
    ) -> Float[Tensor, "people tile tile channels"]:
        """What the vertices have, at every pixel."""
        corners = values.flatten(0, 1)[self.vertex]
        return (self.barycentric[..., None] * corners).sum(dim=-2)


def see(crowd: Crowd, triangles: Int[Tensor, "triangles 3"]) -> Seen:
    """Draw all people without what is transparent."""
    fragments, kept = draw_crowd(crowd, triangles)
    people, vertices = crowd.points_px.shape[:2]
    tiles = (people, TILE_PX, TILE_PX)
    which = kept[fragments.triangle_index.clamp(min=0)]
    person = torch.div(which, len(triangles), rounding_mode="floor")
    triangle = which % len(triangles)
    vertex = triangles[triangle] + (person * vertices)[..., None]
    return Seen(
        covered=fragments.covered.view(tiles),
        triangle=triangle.view(tiles),
        vertex=vertex.view(*tiles, 3),
        barycentric=fragments.barycentric.view(*tiles, 3),
        depth=fragments.depth.view(tiles),
    )


def _turns(draw: Draw, count: int) -> Float[Tensor, "3 people"]:
    """Heads mostly from somewhere in front: yaw, pitch and roll in degrees."""
    wide = draw.whether(count, chance=0.4)
    yaw = (draw.normal(count) * (12 + 18 * wide)).clamp(-60, 60)
    return torch.stack([yaw, 9 * draw.normal(count), 8 * draw.normal(count)])


def rotations(
    yaw_deg: Float[Tensor, "people"],
    pitch_deg: Float[Tensor, "people"],
    roll_deg: Float[Tensor, "people"],
) -> Float[Tensor, "people 3 3"]:
    """From head space to camera space, of heads that turn from facing the camera."""
    angles = torch.stack([yaw_deg, pitch_deg, roll_deg]) * (math.pi / 180)
    x, y, z = _turned(*angles).unbind(dim=1)
    return torch.stack([x, -z, y], dim=1)


def _turned(yaw: Tensor, pitch: Tensor, roll: Tensor) -> Float[Tensor, "people 3 3"]:
    """Roll about -Y, then upward, then to its left: radians, in head space."""
    no = torch.zeros_like(yaw)
    first, then, last = (
        rotation_from_vector(torch.stack(vector, dim=1))
        for vector in ((no, no, yaw), (-pitch, no, no), (no, -roll, no))
    )
    return first @ then @ last
