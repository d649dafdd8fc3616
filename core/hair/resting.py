"""Long hair rests on the body: it lies on neck, shoulders and chest, not in them.

A strand is led again from its root, step by step, with the steps that it had. Where one
would end in the body it is led along the skin instead, to the chest or to the back,
as hair slides off a shoulder, and the less far the flatter the skin is there.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from scipy.spatial import KDTree

from ..head_model import HeadModel
from ..mesh import strew, triangulate, vertex_normals

_SAMPLES = 60_000
"""Points strewn over the skin: two millimetres from each other."""

_CLEAR_M, _RESTING_M = 0.0006, (0.002, 0.008)
"""How far strands keep off the head's skin, and where they rest below it: hair that
rests lies in layers, too."""

_RESTS_BELOW_M, _FULLY_M = -0.02, 0.04
"""In head space: from the lobes down hair rests, and so far below them fully."""

_ASIDE_M, _ASIDE = 0.004, 0.5
"""A place is over or under the skin if no more than this, or than this of its distance,
leads along it: others are beyond the rim where the bust ends."""

_HELD = 0.85
"""How much shorter a step becomes that goes straight into the skin: hair that falls on
a shoulder ends there, on the steeper chest it slides on."""

_TO_FRONT = 0.5
"""How much of what a strand loses by being stopped leads it to the chest or the back,
on the ridge of a shoulder, which falls off neither way."""

_BESIDE_NECK_M, _LEVEL = 0.06, 0.12
"""The ridge of the shoulders is so far from the middle, and slopes no more than that
to the front or the back."""


@dataclass(frozen=True, kw_only=True)
class Body:
    """The skin that hair rests on, as points."""

    points: Float[np.ndarray, "points 3"]
    """Strewn over it evenly."""
    normals: Float[np.ndarray, "points 3"]
    """Outward, of length one."""
    tree: KDTree
    """Of the points."""
    ridge_m: float
    """How far behind (+Y) the ridge of the shoulders is."""

    def over(
        self, places: Float[np.ndarray, "strands 3"]
    ) -> tuple[Float[np.ndarray, "strands"], Float[np.ndarray, "strands 3"]]:
        """How far places are outside of the skin, and which way is out there.

        What is neither over nor under it is infinitely far.
        """
        far, nearest = self.tree.query(places, workers=2)
        normals = self.normals[nearest]
        height = ((places - self.points[nearest]) * normals).sum(axis=1)
        aside = np.sqrt(np.maximum(np.asarray(far) ** 2 - height**2, 0))
        beyond = aside > np.maximum(_ASIDE_M, _ASIDE * np.asarray(far))
        return np.where(beyond, np.inf, height), normals


def body_of(model: HeadModel, neutral: Float[np.ndarray, "vertices 3"]) -> Body:
    """The skin of a head and bust; the mouth's inside is not part of it."""
    triangles = triangulate(model.faces[model.part_faces("skin")])
    normals = vertex_normals(torch.from_numpy(neutral), triangles).numpy()
    inside = model.region("mouth_inside").numpy()
    outer = triangles.numpy()[inside[triangles.numpy()].max(axis=1) < 0.1]
    chosen, weights = strew(neutral[outer], _SAMPLES, np.random.default_rng(7))
    points = np.einsum("pk,pki->pi", weights, neutral[outer[chosen]])
    normal = np.einsum("pk,pki->pi", weights, normals[outer[chosen]])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    lowest = neutral[model.region("chin").numpy() > 0.5, 2].min()
    beside = (points[:, 2] < lowest) & (np.abs(points[:, 0]) > _BESIDE_NECK_M)
    ridge = beside & (np.abs(normal[:, 1]) < _LEVEL) & (normal[:, 2] > 0)
    return Body(
        points=points,
        normals=normal,
        tree=KDTree(points),
        ridge_m=float(np.median(points[ridge, 1])),
    )


def rested(
    body: Body,
    paths: Float[np.ndarray, "strands points 3"],
    random: np.random.Generator,
) -> Float[np.ndarray, "strands points 3"]:
    """The strands where they rest on the body."""
    resting = random.uniform(*_RESTING_M, len(paths))
    heading = _off_the_ridge(body, paths)
    place = paths[:, 0]
    led = [place]
    for step in np.diff(paths, axis=1).swapaxes(0, 1):
        clear = _clear(place + step, resting)
        height, normal = body.over(place + step)
        met = height < clear
        going = step.copy()
        going[met] = _along_skin(step[met], normal[met], heading[met])
        new = place + going
        place = _lifted(body, new, _clear(new, resting))
        led.append(place)
    return np.stack(led, axis=1)


def _clear(
    places: Float[np.ndarray, "strands 3"], resting: Float[np.ndarray, "strands"]
) -> NDArray[np.floating]:
    """How far places must be off the skin, if that is what strands keep at rest."""
    low = np.clip((_RESTS_BELOW_M - places[:, 2]) / _FULLY_M, 0, 1)
    return _CLEAR_M + low * (resting - _CLEAR_M)


def _off_the_ridge(
    body: Body, paths: Float[np.ndarray, "strands points 3"]
) -> Float[np.ndarray, "strands 3"]:
    """To the chest for strands before the shoulders' ridge, to the back for others."""
    before = paths[:, -1, 1] < body.ridge_m
    return np.where(before, -1.0, 1.0)[:, None] * np.array([0.0, 1.0, 0.0])


def _along_skin(
    step: NDArray[np.floating],
    normal: NDArray[np.floating],
    heading: NDArray[np.floating],
) -> NDArray[np.floating]:
    """Steps that do not go into the skin, the shorter the more they would."""
    into = np.maximum(-(step * normal).sum(axis=1, keepdims=True), 0)
    length = np.linalg.norm(step, axis=1, keepdims=True)
    flat = (1 - np.abs(normal[:, 1:2])) ** 2
    going = step + into * normal + _TO_FRONT * flat * into * heading
    going -= (going * normal).sum(axis=1, keepdims=True) * normal
    going /= np.maximum(np.linalg.norm(going, axis=1, keepdims=True), 1e-9)
    return (length - _HELD * into) * going


def _lifted(
    body: Body, places: Float[np.ndarray, "strands 3"], clear: NDArray[np.floating]
) -> Float[np.ndarray, "strands 3"]:
    """Places out of the skin."""
    height, normal = body.over(places)
    return places + np.maximum(clear - height, 0)[:, None] * normal
