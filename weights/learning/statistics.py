"""Mean and covariance of identity coefficients, from heads that were fitted.

Every scan-made head shows the face in our correspondence; its identity coefficients are
normal given those places, with the present mean and covariance as their prior
(expectation), and what all posteriors say together is the next mean and covariance
(maximisation), as in factor analysis. Directions that the scans do not show keep the
spread of the head model's own prior. Left and right are treated alike, so the average
stays symmetric, while asymmetric coefficients keep a variance of their own.

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
    old_share: float = 0.05
    """How many heads' worth the old prior is, as a share of the heads."""


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """A normal distribution of identity coefficients."""

    mean: NDArray[np.float64]
    """[identities]."""
    covariance: NDArray[np.float64]
    """[identities, identities]."""


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
    offsets = np.zeros_like(template)  # of the average, which no coefficient says
    covariance = np.eye(count)
    people = np.tile(mean, (len(heads), 1))
    alike = signs[:, None] == signs
    for _ in range(learning.rounds):
        model = average + offsets + np.tensordot(people - mean, basis, 1)
        heads = np.stack(
            [_moved(head, own, worth) for head, own in zip(heads, model, strict=True)]
        )
        people, own = frame.posterior(heads - template - offsets, mean, covariance)
        offsets = offsets + (
            heads - template - offsets - np.tensordot(people, basis, 1)
        ).mean(axis=0)
        spread = (people - mean).T @ (people - mean) / len(people) + own
        share = learning.old_share
        covariance = (spread + share * np.eye(count)) / (1 + share) * alike
    return Statistics(mean=mean, covariance=covariance)


def align_all(
    heads: NDArray[np.float64], onto: NDArray[np.float64], worth: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Heads [people, observed, 3] turned and moved, not scaled, onto one."""
    return np.stack([_moved(head, onto, worth) for head in heads])


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
