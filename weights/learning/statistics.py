"""How identity coefficients are spread, from heads that the model was fitted to.

Every scan-made head shows the face in our correspondence; its identity coefficients are
normal given those places, with the present mean and covariance as their prior
(expectation), and what all posteriors say together is the next mean and covariance
(maximisation), as in factor analysis. Directions that the scans do not show keep the
spread of the head model's own prior. Left and right are treated alike, so the average
stays symmetric, while asymmetric coefficients keep a variance of their own.

At last the directions themselves are learned, because sliders do not make every face:
most of the new coefficients are the principal directions of the heads, those of both
sides alike and those of asymmetries apart. Each takes along what the sliders that
belong to it do to the rest of the head. The last few are what sliders do to ears, neck
and skull when nothing of the face changes.

Source: Dempster, Laird and Rubin (1977); Pearson (1901) for principal directions.
"""

from dataclasses import dataclass
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from .alignment import align

_FLIP = np.array([-1.0, 1.0, 1.0])


@dataclass(frozen=True, kw_only=True)
class Learning:
    """How the statistics are learned."""

    noise_m: float = 0.003
    """What separates a vertex from the model, neighbours' likeness counted in."""
    rounds: int = 15
    """Expectation and maximisation."""
    of_face: int = 80
    """Coefficients that the heads show. With 80 of 96 an unseen head's face is told to
    0.3 mm, with slider directions to 0.5 mm."""
    old_share: float = 0.05
    """How many heads' worth the old prior is, as a share of the heads."""


@dataclass(frozen=True, kw_only=True)
class Sides:
    """What is left and right, and what the heads do not show, of the head model."""

    signs: NDArray[np.float64]
    """[identities] how each coefficient changes when a head is mirrored: 1 or -1."""
    partner: NDArray[np.int64]
    """[observed] the vertex on the other side of the face."""
    elsewhere: NDArray[np.float64]
    """[identities, others, 3] the basis at vertices that heads do not show."""


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """A normal distribution of identity coefficients, and what no coefficient says."""

    mean: NDArray[np.float64]
    """[identities]."""
    covariance: NDArray[np.float64]
    """[identities, identities]."""
    offsets: NDArray[np.float64]
    """[observed vertices, 3] by which the average head differs beside the mean."""
    signs: NDArray[np.float64]
    """[identities] 1 for the directions that move both sides alike, -1 for others."""
    root: NDArray[np.float64]
    """[identities, identities]: its product with the basis is the basis of people."""
    loadings: NDArray[np.float64]
    """[identities, observed vertices, 3] to be added to that."""


def learn_statistics(
    template: NDArray[np.float64],
    basis: NDArray[np.float64],
    heads: NDArray[np.float64],
    worth: NDArray[np.float64],
    sides: Sides,
    *,
    learning: Learning,
) -> Statistics:
    """Statistics from heads [people, observed, 3] at vertices of the given worth.

    `template` and `basis` are the head model at the same vertices.
    """
    count, signs = len(basis), sides.signs
    frame = _Frame(template, basis, worth, learning.noise_m)
    mean = frame.posterior(
        align_all(heads, template, worth).mean(axis=0)[None] - template,
        np.zeros(count),
        np.eye(count),
    )[0][0]
    mean = np.where(signs > 0, mean, 0)
    average = template + np.tensordot(mean, basis, 1)
    offsets = np.zeros_like(template)
    covariance, own = np.eye(count), np.eye(count)
    people = np.tile(mean, (len(heads), 1))
    alike = signs[:, None] == signs
    for _ in range(learning.rounds):
        model = average + offsets + np.tensordot(people - mean, basis, 1)
        heads = align_all(heads, model, worth)
        people, own = frame.posterior(heads - template - offsets, mean, covariance)
        offsets = offsets + (
            heads - template - offsets - np.tensordot(people, basis, 1)
        ).mean(axis=0)
        spread = (people - mean).T @ (people - mean) / len(people) + own
        share = learning.old_share
        covariance = (spread + share * np.eye(count)) / (1 + share) * alike
    shown = _shown_directions(
        heads - average - offsets, people - mean, worth, sides, learning.of_face
    )
    hidden = _hidden_directions(own, sides, count - learning.of_face)
    root = np.concatenate([shown[1], hidden[1]])
    face = np.concatenate([shown[2], np.zeros((len(hidden[0]), *template.shape))])
    return Statistics(
        mean=mean,
        covariance=covariance,
        offsets=offsets,
        signs=np.concatenate([shown[0], hidden[0]]),
        root=root,
        loadings=face - np.tensordot(root, basis, 1),
    )


def _shown_directions(
    offsets: NDArray[np.float64],
    people: NDArray[np.float64],
    worth: NDArray[np.float64],
    sides: Sides,
    count: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """The directions of most variance, one standard deviation of each.

    Their signs, what they are in coefficients, and their offsets [count, observed, 3],
    from the offsets and coefficients of people, which have no mean.
    """
    weights, found = np.sqrt(worth)[:, None], []
    mirrored = offsets[:, sides.partner] * _FLIP
    for sign in (1.0, -1.0):
        half = 0.5 * (offsets + sign * mirrored)
        own = people * (sides.signs == sign)
        u, s, _ = np.linalg.svd((weights * half).reshape(len(half), -1), False)
        share = u.T[:count] / np.sqrt(len(half))
        found += zip(
            s, repeat(sign), share @ own, np.tensordot(share, half, 1), strict=False
        )
    found.sort(key=lambda one: -one[0])
    _, signs, coefficients, ways = zip(*found[:count], strict=True)
    return np.array(signs), np.stack(coefficients), np.stack(ways)


def _hidden_directions(
    own: NDArray[np.float64], sides: Sides, count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Signs and coefficients of what moves the rest of the head most, the face known.

    `own` is the covariance that people's coefficients have when their faces are known.
    """
    found = []
    for sign in (1.0, -1.0):
        those = np.flatnonzero(sides.signs == sign)
        if not len(those):
            continue
        factor = np.linalg.cholesky(own[np.ix_(those, those)])
        far = np.tensordot(factor.T, sides.elsewhere[those], 1)
        u, s, _ = np.linalg.svd(far.reshape(len(far), -1), full_matrices=False)
        rows = np.zeros((len(s), len(own)))
        rows[:, those] = u.T @ factor.T
        found += zip(s, repeat(sign), rows, strict=False)
    found.sort(key=lambda one: -one[0])
    if not count:
        return np.zeros(0), np.zeros((0, len(own)))
    _, signs, coefficients = zip(*found[:count], strict=True)
    return np.array(signs), np.stack(coefficients)


def coefficients(
    average: NDArray[np.float64],
    basis: NDArray[np.float64],
    heads: NDArray[np.float64],
    worth: NDArray[np.float64],
    learning: Learning,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Heads moved onto the model, their coefficients, and how unsure these are.

    [people, observed, 3], [people, identities] standard normal over people, and
    [identities, identities], the covariance that all have in common.
    """
    frame = _Frame(average, basis, worth, learning.noise_m)
    count = len(basis)
    people, own = np.zeros((len(heads), count)), np.eye(count)
    for _ in range(3):
        model = average + np.tensordot(people, basis, 1)
        heads = align_all(heads, model, worth)
        people, own = frame.posterior(heads - average, np.zeros(count), np.eye(count))
    return heads, people, own


def align_all(
    heads: NDArray[np.float64], onto: NDArray[np.float64], worth: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Heads [people, observed, 3] turned and moved, not scaled, onto one or as many."""
    goals = np.broadcast_to(onto, heads.shape)
    return np.stack(
        [_moved(head, goal, worth) for head, goal in zip(heads, goals, strict=True)]
    )


class _Frame:
    """The head model at the observed vertices, free to turn and move."""

    def __init__(
        self,
        template: NDArray[np.float64],
        basis: NDArray[np.float64],
        worth: NDArray[np.float64],
        noise_m: float,
    ) -> None:
        self.root = np.sqrt(worth)[:, None] / noise_m
        arm = template - template.mean(axis=0)
        moves = [np.tile(axis, (len(arm), 1)) for axis in np.eye(3)]
        moves += [np.cross(axis, arm) for axis in np.eye(3)]
        self.moves, _ = np.linalg.qr(self.flat(np.stack(moves)).T)
        self.rows = self.unmoved(self.flat(basis))

    def flat(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        return (points * self.root).reshape(len(points), -1)

    def unmoved(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rows without what a rigid motion would explain."""
        return rows - (rows @ self.moves) @ self.moves.T

    def posterior(
        self,
        offsets: NDArray[np.float64],
        mean: NDArray[np.float64],
        covariance: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean [people, identities] and the covariance that all people share."""
        prior = np.linalg.inv(covariance)
        own = np.linalg.inv(prior + self.rows @ self.rows.T)
        right = prior @ mean + self.unmoved(self.flat(offsets)) @ self.rows.T
        return right @ own, own


def _moved(
    head: NDArray[np.float64], onto: NDArray[np.float64], worth: NDArray[np.float64]
) -> NDArray[np.float64]:
    _, rotation, offset = align(head, onto, worth, scaled=False)
    return head @ rotation.T + offset
