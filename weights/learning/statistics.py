"""How identity coefficients are spread, from heads that the model was fitted to.

Every scan-made head shows the face in our correspondence; its identity coefficients are
normal given those places, with the present mean and covariance as their prior
(expectation), and what all posteriors say together is the next mean and covariance
(maximisation), as in factor analysis. Directions that the scans do not show keep the
spread of the head model's own prior. Left and right are treated alike, so the average
stays symmetric, while asymmetric coefficients keep a variance of their own.

At last the basis itself learns: what heads of a coefficient have in common beside what
the model says of it is added to the model, so that shapes which no slider makes are
known too (the loadings of factor analysis).

Source: Dempster, Laird and Rubin (1977); Rubin and Thayer (1982) for factor analysis.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .alignment import align


@dataclass(frozen=True, kw_only=True)
class Learning:
    """How the statistics are learned."""

    noise_m: float = 0.003
    """What separates a vertex from the model, neighbours' likeness counted in."""
    rounds: int = 15
    """Expectation and maximisation."""
    loading_rounds: int = 6
    """The same for the basis."""
    old_share: float = 0.05
    """How many heads' worth the old prior is, as a share of the heads."""


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """A normal distribution of identity coefficients, and what no coefficient says."""

    mean: NDArray[np.float64]
    """[identities]."""
    covariance: NDArray[np.float64]
    """[identities, identities]."""
    offsets: NDArray[np.float64]
    """[observed vertices, 3] by which the average head differs beside the mean."""
    root: NDArray[np.float64]
    """[identities, identities]: its product with the basis is the basis of people."""
    loadings: NDArray[np.float64]
    """[identities, observed vertices, 3] to be added to that."""


def learn_statistics(
    template: NDArray[np.float64],
    basis: NDArray[np.float64],
    heads: NDArray[np.float64],
    worth: NDArray[np.float64],
    signs: NDArray[np.float64],
    *,
    learning: Learning,
) -> Statistics:
    """Statistics from heads [people, observed, 3] at vertices of the given worth.

    `template` and `basis` are the head model at the same vertices, and `signs` say how
    each coefficient changes when a head is mirrored: 1 or -1.
    """
    count = len(basis)
    frame = _Frame(template, basis, worth, learning.noise_m)
    mean = frame.posterior(
        align_all(heads, template, worth).mean(axis=0)[None] - template,
        np.zeros(count),
        np.eye(count),
    )[0][0]
    mean = np.where(signs > 0, mean, 0)
    average = template + np.tensordot(mean, basis, 1)
    offsets = np.zeros_like(template)
    covariance = np.eye(count)
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
    root = np.linalg.cholesky(covariance).T
    people_basis = np.tensordot(root, basis, 1)
    return Statistics(
        mean=mean,
        covariance=covariance,
        offsets=offsets,
        root=root,
        loadings=_learned_basis(average + offsets, people_basis, heads, worth, learning)
        - people_basis,
    )


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


def _learned_basis(
    average: NDArray[np.float64],
    basis: NDArray[np.float64],
    heads: NDArray[np.float64],
    worth: NDArray[np.float64],
    learning: Learning,
) -> NDArray[np.float64]:
    """The basis that explains the heads best, from the one that coefficients have."""
    for _ in range(learning.loading_rounds):
        heads, people, own = coefficients(average, basis, heads, worth, learning)
        square = people.T @ people + len(people) * own
        offsets = (heads - average).reshape(len(heads), -1)
        basis = np.linalg.solve(square, people.T @ offsets).reshape(basis.shape)
    return basis


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
