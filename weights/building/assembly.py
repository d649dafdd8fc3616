"""The head put together: which base vertices it takes, and what is made from them.

An `Assembly` is laid out once on the average person (see `laying_out`); then `people`
turns any base mesh (an array of its vertices) into our vertices and joints. Skin,
tongue and joints are base vertices themselves; eyes, teeth and lashes are carried by
base vertices. The only step that is not linear keeps the lids outside the eyeballs.
"""

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from .eyeballs import eye_spheres
from .eyelids import LidLoops, clear_of_eye


@dataclass(frozen=True, kw_only=True)
class Eye:
    """One eye: its helper, its lids, and where its parts lie in our vertices."""

    helper: NDArray[np.int64]
    """Vertices of the helper eye in the base mesh."""
    loops: LidLoops
    """Lid loops as indices into our skin."""
    cleared: NDArray[np.int64]
    """Skin vertices that are kept outside the eyeball, and ..."""
    clearance: NDArray[np.float64]
    """... how far."""
    ball: slice
    """The eyeball's vertices."""
    lashes: tuple[tuple[slice, NDArray[np.int64]], ...]
    """For upper and lower lashes: their vertices and the rim vertices below them."""


@dataclass(frozen=True, kw_only=True)
class Assembly:
    """How our head is made from the base mesh."""

    skin: NDArray[np.int64]
    """Base vertices that are our skin, in our order."""
    smoothing: sp.csr_matrix
    """Evens the skin's rim."""
    rim: NDArray[np.int64]
    """Our vertices on the rim, in order."""
    lip_offsets: NDArray[np.float64]
    """Brings the lips of the skin [skin vertices, 3] together."""
    unit_eye: NDArray[np.float32]
    """An eyeball of radius one."""
    eyes: tuple[Eye, Eye]
    """Left and right."""
    bound: tuple[tuple[slice, NDArray[np.int64], NDArray[np.float64]], ...]
    """Upper and lower teeth and gums: our vertices, their anchors in the base mesh, and
    the weights."""
    bound_rest: NDArray[np.float64]
    """Those vertices on the average person, less their anchors' weighted mean."""
    tongue: tuple[slice, NDArray[np.int64]]
    """Our vertices of the tongue and the base vertices they are."""
    lash_offsets: dict[int, NDArray[np.float64]]
    """By the first vertex of each strip: its rows' offsets from the rim."""
    joint_anchors: tuple[NDArray[np.int64], ...]
    """Base vertices whose mean is each joint."""
    faces: NDArray[np.int32]
    uvs: NDArray[np.float32] = field(repr=False)
    face_uvs: NDArray[np.int32]
    face_parts: NDArray[np.int8]
    vertex_parts: NDArray[np.int8]
    """Which part each vertex belongs to."""
    lower_jaw: NDArray[np.bool_]
    """Vertices of the lower teeth and gums."""

    @property
    def vertex_count(self) -> int:
        """How many vertices our head has."""
        return len(self.vertex_parts)

    def joints(self, base: NDArray[np.floating]) -> NDArray[np.floating]:
        """Joint positions [people, joints, 3] in the base mesh's space."""
        return np.stack(
            [base[:, anchors].mean(axis=1) for anchors in self.joint_anchors], axis=1
        )

    def people(self, base: NDArray[np.floating]) -> NDArray[np.floating]:
        """Our vertices [people, vertices, 3] of people [people, base vertices, 3]."""
        count = len(base)
        heads = np.zeros((count, self.vertex_count, 3), np.float64)
        skin_count = len(self.skin)
        flat = base[:, self.skin].transpose(1, 0, 2).reshape(skin_count, -1)
        smooth = (self.smoothing @ flat).reshape(skin_count, count, 3)
        heads[:, :skin_count] = smooth.transpose(1, 0, 2) + self.lip_offsets
        for vertices, anchors, weights in self.bound:
            heads[:, vertices] = np.einsum("va,pai->pvi", weights, base[:, anchors])
        start = self.bound[0][0].start
        heads[:, start : start + len(self.bound_rest)] += self.bound_rest
        heads[:, self.tongue[0]] = base[:, self.tongue[1]]
        for eye in self.eyes:
            self._place_eye(heads, base, eye)
        return heads

    def _place_eye(
        self, heads: NDArray[np.floating], base: NDArray[np.floating], eye: Eye
    ) -> None:
        centre, radius = eye_spheres(base, eye.helper)
        heads[:, eye.ball] = centre[:, None] + radius[:, None, None] * self.unit_eye
        heads[:, eye.cleared] = clear_of_eye(
            heads[:, eye.cleared], centre, radius, eye.clearance
        )
        for strip, rim in eye.lashes:
            rows = heads[:, None, rim] + np.concatenate(
                [np.zeros((1, len(rim), 3)), self.lash_offsets[strip.start]]
            )
            heads[:, strip] = rows.reshape(len(heads), -1, 3)
