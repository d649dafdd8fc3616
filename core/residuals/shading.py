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
from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ..harmonics import harmonics, harmonics_per_normal


@dataclass(frozen=True, kw_only=True)
class ShadingSettings:
    """What else changes the logarithm of skin's brightness; standard deviations."""

    patches: float = 0.1
    """Of colour that neighbours have in common: redness, tan, a beard's shadow. Tuned
    with the grain on heads rendered with gloss, cast shadows and blotches; on plain
    painted ones half of it would do better, which no photo is."""
    patch_size_m: float = 0.015
    """Reach of such a patch."""
    grain: float = 0.08
    """Of each place by itself."""
    light: float = 0.6
    """Of each harmonic's coefficient, over the middle brightness."""
    odd: float = 1.5
    """Length of an error, in deviations, beyond which a place is less believed: hair,
    gloss, cast shadows."""
    least_doubt: float = 0.5
    """Times these deviations that errors are taken to spread, at least: plain skin in
    even light is believed more. Scan-made heads without gloss, 32 of them, come from
    1.08 mm to 1.04; rendered skin spreads 0.45 to 0.8, and 90 heads with gloss, cast
    shadows and blotches stay as they were."""
    rounds: int = 3
    """In which light and belief are found in turn."""
    most_doubt: float = 2.0
    """Times these deviations that errors may spread. Rendered skin and three painted
    portraits come to 1.7 at most, a smile under flash and fringe to 2.6, a hard old
    print with a beard to 4: what no light explains would be taken for shape."""


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
) -> ShadingEvidence | None:
    """What is left of the brightness (a logarithm) when the likeliest light is taken.

    `places` tell which of them are neighbours. None if no light explains the photo.
    """
    basis = harmonics(normals)
    distance = torch.cdist(places, places)
    light, white, error = _explained(basis, brightness, distance, settings)
    spread = 1.4826 * float(error.abs().median())
    doubt = spread / math.hypot(settings.patches, settings.grain)
    if doubt > settings.most_doubt:
        return None
    doubt = max(doubt, settings.least_doubt)
    doubted = replace(
        settings, patches=doubt * settings.patches, grain=doubt * settings.grain
    )
    light, white, error = _explained(basis, brightness, distance, doubted)
    shade = _shade(basis, light)
    per_normal = torch.einsum("phc,h->pc", harmonics_per_normal(normals), light)
    moved = torch.einsum("kpc,pc->pk", normals_per_coefficient, per_normal)
    expected = _expected(brightness, settings.light)
    q, _ = torch.linalg.qr(torch.cat([white @ (basis / shade[:, None]), expected]))
    value = torch.cat([white @ error, expected @ light])
    rows = torch.cat(
        [white @ (moved / shade[:, None]), moved.new_zeros(len(light), moved.shape[1])]
    )
    return ShadingEvidence(
        value=value - q @ (q.T @ value), per_coefficient=rows - q @ (q.T @ rows)
    )


def _explained(
    basis: Float[Tensor, "places 9"],
    brightness: Float[Tensor, "places"],
    distance: Float[Tensor, "places places"],
    s: ShadingSettings,
) -> tuple[Float[Tensor, "9"], Float[Tensor, "places places"], Float[Tensor, "places"]]:
    """The likeliest light, what makes errors independent, and the errors."""
    patches = s.patches**2 * torch.exp(-0.5 * (distance / s.patch_size_m).square())
    grain = torch.full_like(brightness, s.grain**2)
    light = brightness.new_zeros(9)
    light[0] = brightness.median().exp()
    white, error = torch.diag(grain), brightness
    for _ in range(s.rounds):
        white = torch.linalg.inv(torch.linalg.cholesky(patches + torch.diag(grain)))
        light = _likeliest_light(basis, brightness, white, light, deviation=s.light)
        error = _shade(basis, light).log() - brightness
        grain = s.grain**2 + _disbelief(error, s)
    return light, white, error


def _likeliest_light(
    basis: Float[Tensor, "places 9"],
    brightness: Float[Tensor, "places"],
    white: Float[Tensor, "places places"],
    light: Float[Tensor, "9"],
    *,
    deviation: float,
) -> Float[Tensor, "9"]:
    """The light that explains the brightness best, from a first guess."""
    expected = _expected(brightness, deviation)
    for _ in range(8):
        shade = _shade(basis, light)
        rows = torch.cat([white @ (basis / shade[:, None]), expected])
        left = torch.cat([white @ (brightness - shade.log()), -expected @ light])
        light = light + torch.linalg.solve(rows.T @ rows, rows.T @ left)
    return light


def _expected(
    brightness: Float[Tensor, "places"], deviation: float
) -> Float[Tensor, "9 9"]:
    """Rows that hold every harmonic but the mean light near none."""
    per_light = torch.full_like(brightness[:9], 1 / deviation)
    per_light[0] = 0
    return torch.diag(per_light / brightness.median().exp())


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
