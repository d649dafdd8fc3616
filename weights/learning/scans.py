"""Heads made from scans: ICT-FaceKit's linear model, in our space and units.

ICT-FaceKit (MIT licence, (c) 2020 USC Institute for Creative Technologies) is a mesh
with 100 identity modes, one standard deviation each, and expressions, all learned from
scans of people. Every head of it has the same vertices, so a vertex is the same place
of the face on all of them.

Convention: metres, Z up, looking along -Y, left is +X; the origin is ICT's own.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SKIN_VERTICES = slice(0, 11248)
"""Face, head and neck; what follows is sockets, mouth, teeth and eyes."""
UPPER_TEETH, LOWER_TEETH = slice(17039, 19247), slice(19247, 21451)
EYEBALLS = (slice(21451, 23021), slice(23021, 24591))
"""Left and right."""
SHOWN_VERTICES = (slice(0, 17039), slice(17039, 21451), *EYEBALLS)
"""Skin, sockets, gums and tongue; teeth; eyes. Not the films of tears and shade."""


@dataclass(frozen=True, kw_only=True)
class Scans:
    """The linear model of scan-made heads."""

    neutral: NDArray[np.float64]
    """[vertices, 3] the average head."""
    identity: NDArray[np.float32]
    """[100, vertices, 3] one standard deviation of each mode."""
    expressions: dict[str, NDArray[np.float32]]
    """[vertices, 3] of each expression at weight one, by ICT's name (smile_L)."""
    faces: NDArray[np.int64]
    """Quads; -1 pads a triangle."""
    landmarks: NDArray[np.int64]
    """The vertices of the 68 landmarks of iBUG's scheme."""

    def head(
        self, coefficients: NDArray[np.floating], **weights: float
    ) -> NDArray[np.float64]:
        """[vertices, 3] of one person, with expressions by name."""
        head = self.neutral + np.tensordot(coefficients, self.identity, 1)
        for name, weight in weights.items():
            head = head + weight * self.expressions[name]
        return head

    def people(self, *, seed: int, count: int) -> NDArray[np.float64]:
        """[count, 100] coefficients of random people."""
        return np.random.default_rng(seed).standard_normal((count, len(self.identity)))


def read_scans(path: Path) -> Scans:
    """The model in ICT-FaceKit's numbers, packed as one npz of centimetres."""
    with np.load(path) as file:
        parts = json.loads(str(file["parts_json"]))
        expressions = zip(file["expression_names"], file["expression_cm"], strict=True)
        return Scans(
            neutral=_ours(file["neutral_cm"].astype(np.float64)),
            identity=_ours(file["identity_cm"].astype(np.float32)),
            expressions={
                str(name): _ours(offsets.astype(np.float32))
                for name, offsets in expressions
            },
            faces=file["faces"].astype(np.int64),
            landmarks=np.array(parts["idx_to_landmark_verts"]),
        )


def _ours(points_cm: NDArray[np.floating]) -> NDArray[np.floating]:
    """From Y up, looking along +Z, centimetres."""
    x, y, z = np.moveaxis(points_cm, -1, 0)
    return 0.01 * np.stack([x, -z, y], axis=-1)
