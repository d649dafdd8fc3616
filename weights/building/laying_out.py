"""Laying out an `Assembly` on the average person: cutting, building, binding."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from . import eyelashes, mouth
from .assembly import Assembly, Eye
from .cropping import rim_smoothing, skin_faces_kept
from .eyeballs import eye_spheres, unit_eye
from .eyelids import (
    LEFT_CORNERS,
    LEFT_RIM_EDGE,
    LidLoops,
    clear_of_eye,
    find_lid_loops,
    upper_and_lower,
)
from .lips import closing_offsets
from .regions import texture_region
from .source import Source

SKIN, EYE_LEFT, EYE_RIGHT, TEETH, GUMS, TONGUE, EYELASHES = range(7)

SOCKET_CLEARANCE, RIM_CLEARANCE = 0.030, 0.012
LOOP_CLEARANCES = (0.035, 0.06, 0.08, 0.09, 0.10)
"""Least distance of the lids from the eyeball, over its radius, at rest and moving."""

TEETH_BEHIND_HELPER_M = -0.0008
OVERBITE_M, OVERJET_M = 0.0014, 0.0022
"""How far the upper incisors reach over and stand before the lower ones."""

JAW_HINGE_M = (0.068, -0.014, 0.004)
"""Near the left jaw joint on the average person, from the head joint."""


@dataclass(kw_only=True)
class _Pieces:
    """Collects the pieces of the mesh, one after the other."""

    faces: list[NDArray[np.int32]] = field(default_factory=list)
    uvs: list[NDArray[np.floating]] = field(default_factory=list)
    face_uvs: list[NDArray[np.int32]] = field(default_factory=list)
    face_parts: list[NDArray[np.int8]] = field(default_factory=list)
    vertex_parts: list[NDArray[np.int8]] = field(default_factory=list)

    def add(
        self,
        part: int,
        count: int,
        *,
        faces: NDArray[np.int32],
        uvs: NDArray[np.floating],
        face_uvs: NDArray[np.int32],
    ) -> slice:
        """Append a piece of `count` vertices; gives the place of its vertices."""
        start = sum(len(parts) for parts in self.vertex_parts)
        uv_start = sum(len(known) for known in self.uvs)
        self.faces.append(np.where(faces < 0, -1, faces + start))
        self.face_uvs.append(np.where(face_uvs < 0, -1, face_uvs + uv_start))
        self.uvs.append(uvs)
        self.face_parts.append(np.full(len(faces), part, np.int8))
        self.vertex_parts.append(np.full(count, part, np.int8))
        return slice(start, start + count)


def assemble(source: Source, average: NDArray[np.float64]) -> Assembly:
    """Lay out the head on the average person's base mesh [base vertices, 3]."""
    pieces = _Pieces()
    skin, skin_faces = _add_skin(pieces, source, average)
    smoothing, rim = rim_smoothing(len(skin), skin_faces)
    ball, ball_faces, ball_uvs, ball_face_uvs = unit_eye()
    balls = [
        pieces.add(
            part, len(ball), faces=ball_faces, uvs=ball_uvs, face_uvs=ball_face_uvs
        )
        for part in (EYE_LEFT, EYE_RIGHT)
    ]
    bound, rest, lower = _add_mouth(pieces, source, average)
    tongue = _add_tongue(pieces, source)
    eyes, offsets = [], {}
    for side, place in zip("lr", balls, strict=True):
        loops = _lid_loops(source, average, skin, skin_faces, side=side)
        eye, lash_offsets = _add_lashes(
            pieces,
            average,
            skin=skin,
            ball=place,
            loops=loops,
            helper=source.vertex_groups[f"helper-{side}-eye"],
        )
        eyes.append(eye)
        offsets |= lash_offsets
    vertex_parts = np.concatenate(pieces.vertex_parts)
    lower_jaw = np.zeros(len(vertex_parts), bool)
    for place in lower:
        lower_jaw[place] = True
    return Assembly(
        skin=skin,
        smoothing=smoothing,
        rim=rim,
        lip_offsets=closing_offsets(
            average[skin],
            texture_region(source, "lips", skin),
            source.face_unit("jawOpen")[skin],
        ),
        unit_eye=ball,
        eyes=(eyes[0], eyes[1]),
        bound=bound,
        bound_rest=rest,
        tongue=tongue,
        lash_offsets=offsets,
        joint_anchors=_joint_anchors(source, average, skin),
        faces=np.concatenate(pieces.faces).astype(np.int32),
        uvs=np.concatenate(pieces.uvs).astype(np.float32),
        face_uvs=np.concatenate(pieces.face_uvs).astype(np.int32),
        face_parts=np.concatenate(pieces.face_parts),
        vertex_parts=vertex_parts,
        lower_jaw=lower_jaw,
    )


def _add_skin(
    pieces: _Pieces, source: Source, average: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Base vertices of the skin, and its faces in our numbering."""
    mesh, groups = source.mesh, source.vertex_groups
    body = mesh.faces_of("body")
    head = average[groups["joint-head"]].mean(axis=0)
    neck = average[groups["joint-neck"]].mean(axis=0) - head
    kept = body[skin_faces_kept(average - head, mesh.faces[body], neck)]
    skin = np.unique(mesh.faces[kept])
    faces = np.searchsorted(skin, mesh.faces[kept]).astype(np.int32)
    uv_ids, face_uvs = np.unique(mesh.face_uvs[kept], return_inverse=True)
    pieces.add(
        SKIN,
        len(skin),
        faces=faces,
        uvs=mesh.uvs[uv_ids],
        face_uvs=face_uvs.reshape(-1, 4).astype(np.int32),
    )
    return skin, faces


def _add_mouth(
    pieces: _Pieces, source: Source, average: NDArray[np.float64]
) -> tuple[
    tuple[tuple[slice, NDArray[np.int64], NDArray[np.float64]], ...],
    NDArray[np.float64],
    list[slice],
]:
    """Teeth and gums of both jaws, bound to the helper strips; where the lower are."""
    strips = {
        jaw: source.vertex_groups[f"helper-{jaw}-teeth"] for jaw in ("upper", "lower")
    }
    upper, lower = average[strips["upper"]], average[strips["lower"]]
    edge = upper[np.abs(upper[:, 0]) < 1e-3, 2].min()
    arches = {
        "upper": mouth.fit_arch(
            upper, upper=True, tip_z=edge - 0.0022, back=TEETH_BEHIND_HELPER_M
        ),
        "lower": mouth.fit_arch(
            lower,
            upper=False,
            tip_z=edge - 0.0022 + OVERBITE_M,
            back=TEETH_BEHIND_HELPER_M
            + OVERJET_M
            + upper[:, 1].min()
            - lower[:, 1].min(),
        ),
    }
    bound, rests, lower_places = [], [], []
    for part, make in ((TEETH, mouth.teeth_on), (GUMS, mouth.gum_on)):
        for jaw, arch in arches.items():
            piece = make(arch, upper=jaw == "upper")
            place = pieces.add(
                part,
                len(piece.vertices),
                faces=piece.faces,
                uvs=piece.uvs,
                face_uvs=piece.face_uvs,
            )
            weights = mouth.bind(piece.vertices, average[strips[jaw]])
            bound.append((place, strips[jaw], weights))
            rests.append(piece.vertices - weights @ average[strips[jaw]])
            if jaw == "lower":
                lower_places.append(place)
    return tuple(bound), np.concatenate(rests), lower_places


def _add_tongue(pieces: _Pieces, source: Source) -> tuple[slice, NDArray[np.int64]]:
    """The helper tongue as it is, its UVs spread over the unit square."""
    mesh = source.mesh
    faces = mesh.faces_of("helper-tongue")
    tongue = np.unique(mesh.faces[faces])
    uv_ids, face_uvs = np.unique(mesh.face_uvs[faces], return_inverse=True)
    uvs = mesh.uvs[uv_ids]
    place = pieces.add(
        TONGUE,
        len(tongue),
        faces=np.searchsorted(tongue, mesh.faces[faces]).astype(np.int32),
        uvs=0.01 + 0.98 * (uvs - uvs.min(axis=0)) / np.ptp(uvs, axis=0),
        face_uvs=face_uvs.reshape(-1, 4).astype(np.int32),
    )
    return place, tongue


def _lid_loops(
    source: Source,
    average: NDArray[np.float64],
    skin: NDArray[np.int64],
    faces: NDArray[np.int32],
    *,
    side: str,
) -> LidLoops:
    """The lids of the left ("l") or right ("r") eye in our numbering."""
    marked = np.array([*LEFT_RIM_EDGE, *LEFT_CORNERS])
    if side == "r":
        marked = source.mirror[marked]
    a, b, inner, outer = np.searchsorted(skin, marked).tolist()
    centre, _ = eye_spheres(average[None], source.vertex_groups[f"helper-{side}-eye"])
    return find_lid_loops(
        faces, average[skin], edge=(a, b), corners=(inner, outer), toward=centre[0]
    )


def _add_lashes(
    pieces: _Pieces,
    average: NDArray[np.float64],
    *,
    skin: NDArray[np.int64],
    ball: slice,
    loops: LidLoops,
    helper: NDArray[np.int64],
) -> tuple[Eye, dict[int, NDArray[np.float64]]]:
    """One eye with its lashes, and the lashes' offsets by the strips' first vertex."""
    clearances = (RIM_CLEARANCE, *LOOP_CLEARANCES)
    cleared = np.concatenate([loops.socket, loops.rim, *loops.outer])
    clearance = np.concatenate(
        [
            np.full(len(loops.socket), SOCKET_CLEARANCE),
            np.repeat(clearances[: len(loops.outer) + 1], len(loops.rim)),
        ]
    )
    centre, radius = eye_spheres(average[None], helper)
    settled = average[skin]
    settled[cleared] = clear_of_eye(settled[cleared], centre[0], radius[0], clearance)
    strips, offsets = [], {}
    left = centre[0, 0] > 0
    for upper, columns in zip(
        (True, False), upper_and_lower(loops, settled), strict=True
    ):
        rim = loops.rim[columns]
        faces = eyelashes.strip_faces(len(rim), flip=left != upper)
        place = pieces.add(
            EYELASHES,
            len(rim) * eyelashes.ROWS,
            faces=faces,
            uvs=eyelashes.strip_uvs(len(rim), upper=upper),
            face_uvs=faces.copy(),
        )
        offsets[place.start] = eyelashes.lash_offsets(
            settled[rim], centre[0], upper=upper
        )
        strips.append((place, rim))
    eye = Eye(
        helper=helper,
        loops=loops,
        cleared=cleared,
        clearance=clearance,
        ball=ball,
        lashes=tuple(strips),
    )
    return eye, offsets


def _joint_anchors(
    source: Source, average: NDArray[np.float64], skin: NDArray[np.int64]
) -> tuple[NDArray[np.int64], ...]:
    """Base vertices whose mean is root, neck, head, jaw, left eye and right eye.

    MakeHuman's jaw bone starts in the throat; a jaw turns between the two points in
    front of the ears.
    """
    groups = source.vertex_groups
    hinge = average[groups["joint-head"]].mean(axis=0) + np.array(JAW_HINGE_M)
    left = int(skin[np.argmin(np.linalg.norm(average[skin] - hinge, axis=1))])
    return (
        groups["joint-spine-1"],
        groups["joint-neck"],
        groups["joint-head"],
        np.array([left, source.mirror[left]]),
        groups["helper-l-eye"],
        groups["helper-r-eye"],
    )
