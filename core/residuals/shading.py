"""What the skin's shading says of the shape below it (shape from shading).

A slope that faces the light is bright. Landmarks tell little of the depth of cheeks,
forehead and chin, but their shading does: the logarithm of the brightness of even skin
is that of the light on its normals, give or take the skin's own patches. The light,
second-order harmonics in head space, is sought with the shape and then eliminated
(variable projection), so that only what no light explains asks for another shape.

Source: Horn (1970); Ramamoorthi and Hanrahan (2001) for the light; Golub and Pereyra
(1973) for the elimination.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ..harmonics import harmonics, harmonics_per_normal


@dataclass(frozen=True, kw_only=True)
class ShadingSettings:
    """What else changes the logarithm of skin's brightness; standard deviations."""

    patches: float = 0.04
    """Of colour that neighbours have in common: redness, tan, a beard's shadow."""
    patch_size_m: float = 0.015
    """Reach of such a patch."""
    grain: float = 0.04
    """Of each place by itself."""
    light: float = 0.3
    """Of each harmonic's coefficient, over the mean light."""
    odd: float = 1.5
    """Length of an error, in deviations, beyond which a place is less believed: hair,
    gloss, cast shadows."""
    rounds: int = 3
    """In which light and belief are found in turn."""


DEFAULT_SHADING = ShadingSettings()


@dataclass(frozen=True, kw_only=True)
class ShadingEvidence:
    """Errors of the shading in standard deviations, linear around a start."""

    value: Float[Tensor, "rows"]
    """At the start."""
    per_coefficient: Float[Tensor, "rows columns"]
    """How they change with identity and expression."""


def shading_evidence(
    brightness: Float[Tensor, "places"],
    normals: Float[Tensor, "places 3"],
    normals_per_coefficient: Float[Tensor, "columns places 3"],
    places: Float[Tensor, "places 3"],
    *,
    settings: ShadingSettings = DEFAULT_SHADING,
) -> ShadingEvidence:
    """What is left of the brightness (a logarithm) when the likeliest light is taken.

    `places` tell which of them are neighbours.
    """
    s, basis = settings, harmonics(normals)
    distance = torch.cdist(places, places) / s.patch_size_m
    patches = s.patches**2 * torch.exp(-0.5 * distance.square())
    grain = torch.full_like(brightness, s.grain**2)
    light = _even_light(brightness)
    for _ in range(s.rounds):
        white = torch.linalg.inv(torch.linalg.cholesky(patches + torch.diag(grain)))
        light = _likeliest_light(basis, brightness, white, light, deviation=s.light)
        error = _shade(basis, light).log() - brightness
        grain = s.grain**2 + _disbelief(error, s)
    shade = _shade(basis, light)
    per_normal = torch.einsum("phc,h->pc", harmonics_per_normal(normals), light)
    moved = torch.einsum("kpc,pc->pk", normals_per_coefficient, per_normal)
    expected = _expected(light, s.light)
    q, _ = torch.linalg.qr(torch.cat([white @ (basis / shade[:, None]), expected]))
    value = torch.cat([white @ error, expected @ light])
    rows = torch.cat(
        [white @ (moved / shade[:, None]), moved.new_zeros(len(light), moved.shape[1])]
    )
    return ShadingEvidence(
        value=value - q @ (q.T @ value), per_coefficient=rows - q @ (q.T @ rows)
    )


def _even_light(brightness: Tensor) -> Float[Tensor, "9"]:
    light = brightness.new_zeros(9)
    light[0] = brightness.median().exp()
    return light


def _likeliest_light(
    basis: Float[Tensor, "places 9"],
    brightness: Float[Tensor, "places"],
    white: Float[Tensor, "places places"],
    light: Float[Tensor, "9"],
    *,
    deviation: float,
) -> Float[Tensor, "9"]:
    """The light that explains the brightness best, from a first guess."""
    for _ in range(8):
        shade = _shade(basis, light)
        expected = _expected(light, deviation)
        rows = torch.cat([white @ (basis / shade[:, None]), expected])
        left = torch.cat([white @ (brightness - shade.log()), -expected @ light])
        light = light + torch.linalg.solve(rows.T @ rows, rows.T @ left)
    return light


def _expected(light: Float[Tensor, "9"], deviation: float) -> Float[Tensor, "9 9"]:
    """Rows that hold every harmonic but the mean light near none."""
    size = 1 / (deviation * light[0].abs())
    rows = torch.eye(9, dtype=light.dtype, device=light.device) * size
    rows[0] = 0
    return rows


def _shade(
    basis: Float[Tensor, "places 9"], light: Float[Tensor, "9"]
) -> Float[Tensor, "places"]:
    """Brightness of the normals; no shadow is black."""
    return (basis @ light).clamp(min=0.05 * float(light[0].abs()))


def _disbelief(
    error: Float[Tensor, "places"], s: ShadingSettings
) -> Float[Tensor, "places"]:
    """Variance that odd places are given beside their own."""
    deviation = math.hypot(s.patches, s.grain)
    beyond = (error.abs() / deviation - s.odd).clamp(min=0)
    return (s.odd * deviation * beyond).square()


def seen_from(
    normals: Float[Tensor, "places 3"],
    points_camera: Float[Tensor, "places 3"],
    *,
    least_cosine: float,
) -> Bool[Tensor, "places"]:
    """Which places face the camera; all is in camera space."""
    toward = -torch.nn.functional.normalize(points_camera, dim=-1)
    return (normals * toward).sum(dim=-1) > least_cosine
