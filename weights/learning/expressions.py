"""Expressions of scanned people on our own head.

ICT-FaceKit's expressions are offsets of its average head's vertices. Where our skin is
registered to that head they are read off and turned into head space; lips that part are
apart in our mesh too, so a smooth bending carries them on into the mouth, to the neck
and to the ears, where nothing moves. Teeth, gums and tongue of the lower jaw follow
the scans' own lower teeth as one rigid body; lids stay outside of our larger eyeballs,
and lashes turn with them. Eyes blink, squint and look as before: those units were made
for these lids.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from core.assets import JOINT_NAMES
from core.expressions import EXPRESSION_INDEX, EXPRESSION_NAMES, mirrored_name
from core.head_model import HeadModel
from core.mesh import edges
from weights.building.expressions import rigid_motion
from weights.building.eyeballs import surface_radius
from weights.building.eyelashes import turn_with_rim
from weights.building.eyelids import clear_of_eye

from .alignment import align
from .registration import Registration, skin_laplacian
from .scans import LOWER_TEETH, Scans

_KEPT = ("eyeBlink", "eyeLook", "eyeSquint", "eyeWide", "tongueOut")
"""Beginnings of the names of expressions that stay as artists made them."""

_STIFFNESS = 0.05
"""Evens the registration's noise; more would iron the folds out."""
_FAR = 2e-4
"""Pulls what the scans do not show to no offset."""
_STILL_M = 2e-5
"""Less than this is no motion."""
_FLIP = np.array([-1.0, 1.0, 1.0])


def scanned_names() -> tuple[str, ...]:
    """The expressions that are taken from scans."""
    return tuple(name for name in EXPRESSION_NAMES if not name.startswith(_KEPT))


def scanned_expressions(
    model: HeadModel, scans: Scans, registration: Registration
) -> NDArray[np.float64]:
    """Offsets [expressions, vertices, 3] of `scanned_names`; sides mirror exactly."""
    carried = _Carrying(model, scans, registration)
    names = scanned_names()
    units = np.stack([carried.unit(name) for name in names])
    other = [names.index(mirrored_name(name)) for name in names]
    reflected = units[other][:, model.mirror.numpy()] * _FLIP
    units = 0.5 * (units + reflected)
    units[np.linalg.norm(units, axis=2) < _STILL_M] = 0.0
    return units


class _Carrying:
    """What is the same for all expressions that are carried over."""

    def __init__(
        self, model: HeadModel, scans: Scans, registration: Registration
    ) -> None:
        self.model, self.scans, self.registration = model, scans, registration
        self.rest = model.template.double().numpy()
        vertices, places = registration.vertices, registration.places
        worth = 0.15 + 0.85 * model.region("face").double().numpy()[vertices]
        _, self.rotation, self.offset = align(
            places.on(scans.neutral), self.rest[vertices], worth, scaled=False
        )
        faces = model.faces[model.part_faces("skin")]
        self.skin = np.unique(faces[faces >= 0].numpy())
        laplacian = skin_laplacian(edges(faces).numpy(), self.skin)
        self.known = np.zeros(len(self.rest))
        self.known[vertices] = 1.0
        self.bending = splu(
            (
                sparse.diags(self.known[self.skin])
                + _STIFFNESS * laplacian.T @ laplacian
                + _FAR * sparse.identity(len(self.skin))
            ).tocsc()
        )
        self.moving = 1.0 - model.region("shoulders").double().numpy()
        self.jaw_parts = _lower_jaw(model)

    def unit(self, name: str) -> NDArray[np.float64]:
        """One expression's offsets, sides not yet exact mirrors."""
        scanned = sum(
            self.scans.expressions[source].astype(np.float64)
            for source in _sources(name, self.scans)
        )
        jaw = self.jaw_motion(scanned)
        offsets = self.jaw_share() * jaw
        wanted = np.zeros_like(self.rest)
        vertices, places = self.registration.vertices, self.registration.places
        wanted[vertices] = places.on(scanned) @ self.rotation.T - offsets[vertices]
        right = self.known[self.skin, None] * wanted[self.skin]
        offsets[self.skin] += self.bending.solve(right)
        offsets *= self.moving[:, None]
        offsets[self.jaw_parts] = jaw[self.jaw_parts]
        self._clear_eyes(offsets)
        return offsets

    def jaw_motion(self, scanned: NDArray[np.float64]) -> NDArray[np.float64]:
        """How every vertex would move if it were one with the lower teeth."""
        teeth = self.scans.neutral[LOWER_TEETH] @ self.rotation.T + self.offset
        moved = scanned[LOWER_TEETH] @ self.rotation.T
        if np.linalg.norm(moved, axis=1).max() < 1e-3:
            return np.zeros_like(self.rest)
        return rigid_motion(teeth, moved, self.rest)

    def jaw_share(self) -> NDArray[np.float64]:
        """[vertices, 1] how much the skin belongs to the jaw, as an artist drew it."""
        opened = self.scans.expressions["jawOpen"].astype(np.float64)
        jaw = self.jaw_motion(opened)
        drawn = self.model.expression_basis[EXPRESSION_INDEX["jawOpen"]].double()
        share = (jaw * drawn.numpy()).sum(axis=1) / (jaw**2).sum(axis=1).clip(1e-9)
        skin = np.zeros((len(jaw), 1))
        skin[self.skin, 0] = share[self.skin].clip(0.0, 1.0)
        return skin

    def _clear_eyes(self, offsets: NDArray[np.float64]) -> None:
        """Move lids outward where they would cut the eye, and lashes with the lids."""
        roots = self.model.lash_roots.numpy()
        for eye in range(2):
            joint = JOINT_NAMES.index(("eye.L", "eye.R")[eye])
            centre = self.model.joint_template[joint].double().numpy()
            ball = self.model.part_faces(("eye_left", "eye_right")[eye])
            corners = np.unique(self.model.faces[ball].numpy())
            away = np.linalg.norm(self.rest[corners[corners >= 0]] - centre, axis=1)
            radius = np.median(away)
            lids = np.unique(self.model.lid_loops[eye].numpy())
            at_rest = self.rest[lids] - centre
            far = np.linalg.norm(at_rest, axis=1)
            clearance = far / radius - surface_radius(-at_rest[:, 1] / far)
            moved = clear_of_eye(
                self.rest[lids] + offsets[lids], centre, radius, clearance
            )
            offsets[lids] = moved - self.rest[lids]
            lashes = np.flatnonzero(np.isin(roots, lids))
            root = roots[lashes]
            hairs = self.rest[lashes] - self.rest[root]
            turned = turn_with_rim(
                hairs[None], self.rest[root], self.rest[root] + offsets[root], centre
            )[0]
            offsets[lashes] = turned - hairs + offsets[root]


def _sources(name: str, scans: Scans) -> list[str]:
    """ICT-FaceKit's names of an expression: one, or one for each side."""
    if name in scans.expressions:
        return [name]
    for side in ("Left", "Right"):
        if name.endswith(side):
            return [f"{name.removesuffix(side)}_{side[0]}"]
    return [f"{name}_L", f"{name}_R"]


def _lower_jaw(model: HeadModel) -> NDArray[np.int64]:
    """Vertices of the parts that are rigid to the jaw: teeth, gums, tongue."""
    faces = model.faces[model.part_faces("teeth", "gums", "tongue")]
    parts = torch.unique(faces[faces >= 0])
    jaw = model.skin_weights[parts, JOINT_NAMES.index("jaw")] > 0.5
    return parts[jaw].numpy()
