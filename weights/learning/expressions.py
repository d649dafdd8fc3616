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
from numpy.typing import NDArray

from core.assets import JOINT_NAMES
from core.expressions import EXPRESSION_INDEX, EXPRESSION_NAMES, mirrored_name
from core.head_model import HeadModel
from weights.building.expressions import rigid_motion
from weights.building.eyeballs import surface_radius
from weights.building.eyelashes import turn_with_rim
from weights.building.eyelids import clear_of_eye

from .alignment import align
from .bending import Bending
from .registration import Registration
from .scans import LOWER_TEETH, UPPER_TEETH, Scans

_KEPT = ("eyeBlink", "eyeLook", "eyeSquint", "eyeWide", "tongueOut")
"""Beginnings of the names of expressions that stay as artists made them."""

_LIPS_MEET = (
    *("cheekPuff", "cheekSquint", "jawForward", "mouthDimple"),
    *("mouthFrown", "mouthLeft"),
    *("mouthPress", "mouthPucker", "mouthRight", "mouthSmile", "mouthStretch"),
)
"""Beginnings of the names of those that leave the lips closed."""

_SCAN_LIPS, _OWN_LIPS = (62, 66), (13, 14)
"""Where the lips meet in the middle: iBUG's landmarks and MediaPipe's."""
_UPPER_LIP_STAYS = 1.0
"""Share of its way down with the jaw that is taken from the upper lip: the scans show
jaws that hang loose, behind whose lips no upper teeth are seen."""
_LIPS_SHUT = 0.93
"""Of mouthClose: with as much jawOpen the scans' lower lip goes 5 mm past the upper."""

_TEETH_FOLLOW = 0.9
"""Of the jaw's way: an open mouth's lower lip is drawn off the teeth a little."""
_TEETH_SEATED = 0.4
"""Of the way to where the scans' teeth are."""
_TEETH_LOWER_M = 0.0008
"""Upper teeth reach 2 to 3 mm below a lip at rest; in the scans, 1.8."""
_TONGUE_SINKS = 0.4
"""Share of the tongue's height that it loses as the jaw opens."""

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


def teeth_offset(
    model: HeadModel, scans: Scans, registration: Registration
) -> NDArray[np.float64]:
    """[3] what brings the incisors nearer behind the lips, where the scans have them.

    Our lips are thicker inside: teeth that came all the way would cut into them.
    """
    carried = _Carrying(model, scans, registration)
    scan = scans.neutral @ carried.rotation.T + carried.offset
    lips = scan[scans.landmarks[list(_SCAN_LIPS)], 1].mean()
    behind = scan[UPPER_TEETH, 1].min() - lips
    ours = carried.rest[_vertices(model, "teeth"), 1].min()
    own = ours - model.landmark_template[list(_OWN_LIPS), 1].double().mean()
    return np.array([0.0, _TEETH_SEATED * (behind - float(own)), -_TEETH_LOWER_M])


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
        self.bending = Bending(model, vertices)
        self.skin = self.bending.skin
        self.moving = 1.0 - model.region("shoulders").double().numpy()
        self.jaw_parts = _vertices(model, "teeth", "gums", "tongue")
        jaw = model.skin_weights[:, JOINT_NAMES.index("jaw")].numpy()
        self.jaw_parts = self.jaw_parts[jaw[self.jaw_parts] > 0.5]
        self.tongue = _vertices(model, "tongue")

    def unit(self, name: str) -> NDArray[np.float64]:
        """One expression's offsets, sides not yet exact mirrors."""
        scanned = sum(
            self.scans.expressions[source].astype(np.float64)
            for source in _sources(name, self.scans)
        )
        if name == "mouthClose":
            scanned = _LIPS_SHUT * scanned
        jaw = self.jaw_motion(scanned)
        offsets = self.jaw_share() * jaw
        vertices, places = self.registration.vertices, self.registration.places
        wanted = np.zeros_like(self.rest)
        wanted[vertices] = places.on(scanned) @ self.rotation.T
        if name == "jawOpen":
            held = _UPPER_LIP_STAYS * (1.0 - self.jaw_share()[:, 0])
            wanted[:, 2] -= held * wanted[:, 2].clip(max=0.0)
        offsets[self.skin] += self.bending.smooth((wanted - offsets)[self.skin])
        if name.startswith(_LIPS_MEET):
            heights = offsets[self.skin, 2]
            apart = self.bending.parting(heights).clip(min=0.0)
            offsets[self.skin, 2] = heights - self.bending.parted(apart)
        offsets *= self.moving[:, None]
        offsets[self.jaw_parts] = jaw[self.jaw_parts]
        if name == "jawOpen":
            offsets[self.tongue, 2] -= self.tongue_sinks()
        self._clear_eyes(offsets)
        return offsets

    def jaw_motion(self, scanned: NDArray[np.float64]) -> NDArray[np.float64]:
        """How every vertex would move if it were one with the lower teeth."""
        teeth = self.scans.neutral[LOWER_TEETH] @ self.rotation.T + self.offset
        moved = scanned[LOWER_TEETH] @ self.rotation.T
        if np.linalg.norm(moved, axis=1).max() < 1e-3:
            return np.zeros_like(self.rest)
        return rigid_motion(teeth, _TEETH_FOLLOW * moved, self.rest)

    def tongue_sinks(self) -> NDArray[np.float64]:
        """How far each vertex of the tongue lies down on the floor of an open mouth.

        In a closed one it fills the room under the palate.
        """
        points = self.rest[self.tongue]
        floor = np.quantile(points[:, 2], 0.2)
        return _TONGUE_SINKS * (points[:, 2] - floor).clip(min=0.0)

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
            ball = self.rest[_vertices(self.model, ("eye_left", "eye_right")[eye])]
            radius = np.median(np.linalg.norm(ball - centre, axis=1))
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


def _vertices(model: HeadModel, *parts: str) -> NDArray[np.int64]:
    """The vertices of some parts."""
    corners = np.unique(model.faces[model.part_faces(*parts)].numpy())
    return corners[corners >= 0]
