"""The 52 face units on our head: exact on the skin, tidy on the parts.

A unit is a table of offsets of the base mesh. Skin and tongue take it as it is, but the
lids stay clear of the eyeballs and close fully; lower teeth and gums follow the helper
strip as a rigid body, upper ones and eyeballs stay; lashes turn with the lids.
"""

import numpy as np
from numpy.typing import NDArray

from core.expressions import EXPRESSION_NAMES, MIRROR_ORDER

from .assembly import Assembly, Eye
from .eyeballs import eye_spheres
from .eyelashes import ROWS, turn_with_rim
from .eyelids import clear_of_eye, close_lids
from .source import Source


def expression_basis(
    source: Source,
    assembly: Assembly,
    average: NDArray[np.float64],
    mirror: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Offsets [52, vertices, 3] in the order of EXPRESSION_NAMES.

    MakeHuman's left and right units differ by up to 2 mm, and some that have no side
    lean to one; each is averaged with its mirror image.
    """
    rest = assembly.people(average[None])[0]
    units = np.stack(
        [
            _unit(source.face_unit(name), name, assembly, average, rest)
            for name in EXPRESSION_NAMES
        ]
    )
    reflected = units[list(MIRROR_ORDER)][:, mirror] * [-1.0, 1.0, 1.0]
    units = 0.5 * (units + reflected)
    units[np.linalg.norm(units, axis=2) < 2e-6] = 0.0
    return units.astype(np.float32)


def _unit(
    base_offsets: NDArray[np.float64],
    name: str,
    assembly: Assembly,
    average: NDArray[np.float64],
    rest: NDArray[np.float64],
) -> NDArray[np.float64]:
    offsets = np.zeros_like(rest)
    skin = len(assembly.skin)
    offsets[:skin] = assembly.smoothing @ base_offsets[assembly.skin]
    offsets[assembly.tongue[0]] = base_offsets[assembly.tongue[1]]
    for place, anchors, _ in assembly.bound:
        if assembly.lower_jaw[place.start]:
            offsets[place] = rigid_motion(
                average[anchors], base_offsets[anchors], rest[place]
            )
    for eye in assembly.eyes:
        _move_lids(offsets, rest, eye, average, closing=_closes(name, eye, rest))
        for strip, rim in eye.lashes:
            centre = eye_spheres(average[None], eye.helper)[0][0]
            rows = rest[strip].reshape(ROWS, -1, 3) - rest[rim]
            turned = turn_with_rim(rows, rest[rim], rest[rim] + offsets[rim], centre)
            offsets[strip] = (turned - rows + offsets[rim]).reshape(-1, 3)
    return offsets


def _closes(name: str, eye: Eye, rest: NDArray[np.float64]) -> bool:
    left = rest[eye.loops.rim, 0].mean() > 0
    return name == ("eyeBlinkLeft" if left else "eyeBlinkRight")


def _move_lids(
    offsets: NDArray[np.float64],
    rest: NDArray[np.float64],
    eye: Eye,
    average: NDArray[np.float64],
    *,
    closing: bool,
) -> None:
    """Keep the moved lids outside the eyeball, in place."""
    cleared = eye.cleared
    if not np.any(offsets[cleared]):
        return
    centre, radius = eye_spheres(average[None], eye.helper)
    moved = rest + offsets
    moved[cleared] = clear_of_eye(moved[cleared], centre[0], radius[0], eye.clearance)
    if closing:
        moved = close_lids(moved, eye.loops, rest)
        moved[cleared] = clear_of_eye(
            moved[cleared], centre[0], radius[0], eye.clearance
        )
    offsets[:] = moved - rest


def rigid_motion(
    anchors: NDArray[np.float64],
    anchor_offsets: NDArray[np.float64],
    points: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Offsets of points that move with the rigid motion closest to the anchors'.

    Source: Kabsch (1976).
    """
    if not np.any(anchor_offsets):
        return np.zeros_like(points)
    before = anchors.mean(axis=0)
    after = before + anchor_offsets.mean(axis=0)
    u, _, vt = np.linalg.svd((anchors - before).T @ (anchors + anchor_offsets - after))
    flip = np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = (u @ flip @ vt).T
    return (points - before) @ rotation.T + after - points
