"""Skin, light and shadows of a crowd; see `crowd`."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import grid_sample, interpolate, normalize

from core.harmonics import harmonics
from core.mesh import vertex_normals

from .chance import Draw
from .crowd import Crowd, Seen, Studio, draw_crowd, draw_tiles

_SHADOW_PX = 144
_TAPS = 6
_IRISES = ((0.033, 0.014, 0.006), (0.10, 0.17, 0.26), (0.10, 0.13, 0.05))
_INSIDE = (
    ("teeth", (0.62, 0.56, 0.45)),
    ("gums", (0.32, 0.11, 0.1)),
    ("tongue", (0.36, 0.13, 0.12)),
)


def shine(
    studio: Studio, crowd: Crowd, seen: Seen, draw: Draw
) -> Float[Tensor, "people tile tile 3"]:
    """Linear colours of every pixel."""
    people, stage = len(crowd.identity), studio.stage
    one = (people, 1, 1, 1)
    part = stage.part[seen.triangle]
    eye = ((part == 1) | (part == 2))[..., None]
    uv = (stage.corners[seen.triangle] * seen.barycentric[..., None]).sum(dim=-2)
    colour = _albedo(studio, seen, uv, part, draw)
    triangles = stage.solid + (
        torch.arange(people, device=studio.device) * crowd.points_px.shape[1]
    ).view(-1, 1, 1)
    normals = vertex_normals(
        crowd.vertices_camera.flatten(0, 1), triangles.flatten(0, 1)
    ).view_as(crowd.vertices_camera)
    normal = normalize(seen.interpolate(normals) + _bumps(uv, draw), dim=-1)
    sky = seen.interpolate(stage.open_sky.expand(people, -1)[..., None])
    sky = torch.where(part[..., None] == 0, sky, sky.clamp(0.3, 0.7))
    # cloudy skies, ring lights and painters throw no shadows
    shadows = draw.whether(*one, chance=0.7)
    occlusion = sky ** (shadows * draw.uniform(*one, low=0.6, high=1.6))
    light = _around(normal, draw) * occlusion
    light = light * draw.uniform(*one, low=0.2, high=1.0)
    to_eye = normalize(-seen.interpolate(crowd.vertices_camera), dim=-1)
    shiny = torch.zeros_like(light)
    gloss = 0.3 * draw.uniform(*one) ** 1.5
    blunt = draw.uniform(*one, low=8, high=50)
    for lamp in range(2):
        toward = draw.normal(people, 3) * torch.tensor([1, 0.7, 0.3]).to(light)
        toward = normalize(toward + torch.tensor([0, -0.5, -1.0]).to(light), dim=1)
        strength = draw.uniform(*one, low=0.1, high=0.9) * _tint(draw, one, 0.07)
        if lamp:
            strength = strength * draw.whether(*one, chance=0.5)
        free = 1 - shadows * (1 - _free(studio, crowd, seen, toward, draw))
        wrap = draw.uniform(*one, low=0, high=0.4)
        flat = toward[:, None, None]
        facing = (normal * flat).sum(dim=-1, keepdim=True)
        light = light + ((facing + wrap) / (1 + wrap)).clamp(min=0) * free * strength
        half = normalize(to_eye + flat, dim=-1)
        sharp = torch.where(eye, 400.0, blunt)
        share = torch.where(eye, 1.5, gloss)
        glint = (normal * half).sum(dim=-1, keepdim=True).clamp(min=0) ** sharp
        shiny = shiny + share * glint * free * strength
    lit = colour * light + shiny
    lashes = _lashes(studio, crowd, seen) * draw.whether(*one, chance=0.7)
    dark = (0.01 + 0.18 * colour.mean(dim=-1, keepdim=True)) * light
    lit = torch.lerp(lit, dark, lashes * draw.uniform(*one, low=0.3, high=0.95))
    return lit * draw.uniform(*one, low=0.7, high=1.5)


def _tint(draw: Draw, one: tuple[int, ...], spread: float) -> Tensor:
    return (1 + spread * draw.normal(*one[:-1], 3)).clamp(0.7, 1.3)


def _around(normal: Tensor, draw: Draw) -> Tensor:
    """Light from all sides."""
    people = len(normal)
    sky = torch.cat(
        [
            torch.full((people, 1), 0.75, device=normal.device),
            draw.uniform(people, 1, low=0.05, high=0.3) * draw.normal(people, 3),
            0.03 * draw.normal(people, 5),
        ],
        dim=1,
    )
    light = torch.einsum("nhwk,nk->nhw", harmonics(normal), sky).clamp(min=0.05)
    return light[..., None] * _tint(draw, (people, 1, 1, 1), 0.06)


def _bumps(uv: Tensor, draw: Draw) -> Tensor:
    """What no head model knows of a skin: it turns the normals a little."""
    people = len(uv)
    rough = draw.normal(people, 3, 160, 160)
    smooth = draw.normal(people, 3, 40, 40)
    amounts = 0.15 * draw.uniform(people, 2, 1, 1, 1).square()
    return sum(
        amount * grid_sample(relief, _grid(uv), align_corners=False).movedim(1, -1)
        for amount, relief in zip(amounts.unbind(dim=1), (rough, smooth), strict=True)
    )


def _grid(uv: Tensor) -> Tensor:
    """Texture coordinates as `grid_sample` takes them."""
    return torch.stack([2 * uv[..., 0] - 1, 1 - 2 * uv[..., 1]], dim=-1)


def _albedo(studio: Studio, seen: Seen, uv: Tensor, part: Tensor, draw: Draw) -> Tensor:
    """Linear colours without light."""
    people = len(part)
    one = (people, 1, 1, 1)
    grid = _grid(uv)
    chosen = draw.integers(people, below=len(studio.albedos))
    skin = studio.albedos[chosen].float()
    colour = grid_sample(skin, grid, align_corners=False).movedim(1, -1)
    bright = colour.mean(dim=(1, 2), keepdim=True)
    colour = bright * (colour / bright.clamp(min=1e-3)).clamp(min=0) ** draw.uniform(
        *one, low=0.7, high=1.2
    )
    colour = colour * _tint(draw, one, 0.08) * draw.uniform(*one, low=0.7, high=1.25)
    blotches = interpolate(
        draw.normal(people, 1, 24, 24), size=96, mode="bicubic", align_corners=False
    )
    blotches = grid_sample(blotches, grid, align_corners=False).movedim(1, -1)
    amount = draw.uniform(*one, low=0, high=0.16) * draw.whether(*one, chance=0.7)
    colour = colour * (1 + amount * blotches).clamp(0.4, 1.6)
    spots = seen.interpolate(draw.normal(people, len(studio.model.template), 1))
    amount = draw.uniform(*one, low=0, high=0.06) * draw.whether(*one, chance=0.5)
    colour = colour * (1 + amount * spots).clamp(0.7, 1.3)
    colour = _eyes(colour, (uv - 0.5).norm(dim=-1), (part == 1) | (part == 2), draw)
    cloth = seen.interpolate(
        studio.model.region("shoulders").expand(people, -1)[..., None]
    )
    dressed = (3 * cloth).clamp(0, 1) * draw.whether(*one, chance=0.8)
    colour = torch.lerp(colour, draw.uniform(people, 1, 1, 3, high=0.6), dressed)
    for name, tone in _INSIDE:
        inside = (part == studio.model.part_names.index(name))[..., None]
        shade = draw.uniform(*one, low=0.3, high=1.0) * torch.tensor(tone).to(colour)
        colour = torch.where(inside, shade, colour)
    return colour


def _eyes(colour: Tensor, away: Tensor, eye: Tensor, draw: Draw) -> Tensor:
    """With whites, irises and pupils; `away` from the middle of the eye's texture."""
    one = (len(colour), 1, 1, 1)
    away, eye = away[..., None], eye[..., None]
    white = draw.uniform(*one, low=0.35, high=0.75) * _tint(draw, one, 0.03)
    tones = torch.tensor(_IRISES).to(colour)
    mixture = draw.uniform(len(colour), 3) ** 2
    mixture = mixture / mixture.sum(dim=1, keepdim=True)
    iris = (mixture @ tones).view(-1, 1, 1, 3) * draw.uniform(*one, low=0.6, high=1.5)
    rim = draw.uniform(*one, low=0.235, high=0.26)
    pupil = draw.uniform(*one, low=0.06, high=0.13)
    painted = torch.where(away < rim, 0.6 * iris, white)
    painted = torch.where(away < rim - 0.03, iris, painted)
    painted = torch.where(away < pupil, torch.full_like(iris, 0.004), painted)
    return torch.where(eye, painted, colour)


def _lashes(studio: Studio, crowd: Crowd, seen: Seen) -> Tensor:
    """Where lashes hang before everything else."""
    hairs = studio.stage.every[len(studio.stage.solid) :]
    fragments, _ = draw_crowd(crowd, hairs)
    depth = fragments.depth.view_as(seen.depth)
    return (depth < seen.depth).float()[..., None]


def _free(
    studio: Studio, crowd: Crowd, seen: Seen, toward: Tensor, draw: Draw
) -> Tensor:
    """Whether a lamp's light reaches each pixel, soft at the shadow's rim."""
    people = len(toward)
    up = torch.tensor([0.1, 1.0, 0.2]).to(toward).expand_as(toward)
    side = normalize(torch.linalg.cross(toward, up), dim=1)
    axes = torch.stack([side, torch.linalg.cross(toward, side), -toward], dim=1)
    turned = crowd.vertices_camera @ axes.mT
    low, high = turned.amin(dim=1, keepdim=True), turned.amax(dim=1, keepdim=True)
    scale = (_SHADOW_PX - 4) / (high - low)[..., :2].amax(dim=2, keepdim=True)
    flat = (turned[..., :2] - low[..., :2]) * scale + 2
    deep = turned[..., 2] - low[..., 2] + 0.1
    fragments, _ = draw_tiles(flat, deep, studio.stage.solid, _SHADOW_PX)
    depth = fragments.depth.view(people, -1).nan_to_num(posinf=9.0)
    points = seen.interpolate(torch.cat([flat, deep[..., None]], dim=2))
    radius = draw.uniform(people, 1, 1, 1, low=0.5, high=4.0)
    free = torch.zeros_like(points[..., 0])
    for _ in range(_TAPS):
        pixel = points[..., :2] + radius * draw.normal(people, 1, 1, 2)
        pixel = pixel.long().clamp(0, _SHADOW_PX - 1)
        place = (pixel[..., 1] * _SHADOW_PX + pixel[..., 0]).view(people, -1)
        behind = points[..., 2] - depth.gather(1, place).view_as(free)
        free += (1 - (behind - 0.004) / 0.004).clamp(0, 1)
    return free[..., None] / _TAPS
