"""Where our head's vertices lie on a scan-made head, found once and true for all.

Our average head is brought onto the average scan in two steps: first by some landmarks
that both schemes name (iBUG's 68 and MediaPipe's), then by all that the face detector
marks on pictures of scan-made heads. In each step the head model's own identity goes
first, then smooth offsets follow the nearest places of the surface whose normals agree.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu
from scipy.spatial import cKDTree

from core.head_model import HeadModel
from core.landmarks.topology import FACE_COUNT
from core.mesh import edges, triangulate, vertex_normals
from weights.building.embedding import nearest_on_triangles

from .alignment import align
from .scans import SKIN_VERTICES, Scans

_NAMED = (
    *zip(range(17, 27), (70, 63, 105, 66, 107, 336, 296, 334, 293, 300), strict=True),
    *zip(range(27, 36), (168, 197, 5, 4, 98, 97, 2, 326, 327), strict=True),
    *zip(range(36, 42), (33, 160, 158, 133, 153, 144), strict=True),
    *zip(range(42, 48), (362, 385, 387, 263, 373, 380), strict=True),
    *zip(range(48, 54), (61, 39, 37, 0, 267, 269), strict=True),
    *zip(range(54, 60), (291, 405, 314, 17, 84, 181), strict=True),
    *zip(range(60, 68), (78, 81, 13, 311, 308, 402, 14, 178), strict=True),
    (8, 152),
)
"""Numbers in iBUG's scheme and in MediaPipe's that name one place of the face."""

_NORMAL_M = 0.01
"""What a normal counts beside a distance when the nearest place is sought."""
_FLIP = np.array([-1.0, 1.0, 1.0])
_WORST_M = 0.0015
"""Vertices that end further from the scan have no place on it."""


Back = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""From head space to the scan's own."""


@dataclass(frozen=True, kw_only=True)
class Places:
    """Points of the scans, in their own space."""

    corners: NDArray[np.int64]
    """[places, 3] the triangle that each lies in."""
    barycentric: NDArray[np.float64]
    """[places, 3] where in it."""

    def on(self, head: NDArray[np.floating]) -> NDArray[np.float64]:
        """[..., places, 3] on one scan or on offsets of many."""
        return np.einsum(
            "...pkc,pk->...pc", head[..., self.corners, :], self.barycentric
        )


@dataclass(frozen=True, kw_only=True)
class Registration:
    """Which of our vertices lie where on every scan-made head."""

    vertices: NDArray[np.int64]
    """Ours, of the skin without ears, mouth and sockets."""
    places: Places
    """Where they lie."""
    shape: NDArray[np.float64]
    """[our vertices, 3] our mesh in the shape of the average scan, in its space."""

    def spread(
        self, values: NDArray[np.floating], scan: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Values [our vertices] on the scan's vertices, by the four nearest of ours."""
        tree = cKDTree(self.shape[self.vertices])
        distance, near = tree.query(scan, k=4)
        share = 1 / (distance + 5e-4)
        share /= share.sum(axis=1, keepdims=True)
        return (values[self.vertices][near] * share).sum(axis=1)


def on_both_sides_alike(
    registration: Registration, model: HeadModel, scans: Scans
) -> Registration:
    """The same registration without what bending did to one side only.

    Our head and the average scan are symmetric, so that a place and its mirror image
    must be the places of mirrored vertices. Vertices without a partner are left out.
    """
    partner = model.mirror.numpy()[registration.vertices]
    kept = np.isin(partner, registration.vertices)
    vertices = registration.vertices[kept]
    partner = np.searchsorted(vertices, partner[kept])
    triangles = triangulate(
        torch.from_numpy(scans.faces[(scans.faces < SKIN_VERTICES.stop).all(axis=1)])
    )
    points = registration.places.on(scans.neutral)[kept]
    points = 0.5 * (points + points[partner] * _FLIP)
    corners = registration.places.corners[kept]
    normals = vertex_normals(torch.from_numpy(scans.neutral), triangles).numpy()
    there = normals[corners].mean(axis=1)
    left = np.flatnonzero(points[:, 0] >= 0)
    places, _ = places_on(scans.neutral, triangles.numpy(), points, there)
    points[left] = places.on(scans.neutral)[left]
    points[partner[left]] = points[left] * _FLIP
    places, _ = places_on(scans.neutral, triangles.numpy(), points, there)
    return Registration(vertices=vertices, places=places, shape=registration.shape)


def write_registration(path: Path, registration: Registration) -> None:
    """Keep a registration in one file."""
    places = registration.places
    np.savez_compressed(
        path,
        vertices=registration.vertices.astype(np.int32),
        corners=places.corners.astype(np.int32),
        barycentric=places.barycentric.astype(np.float32),
        shape=registration.shape.astype(np.float32),
    )


def read_registration(path: Path) -> Registration:
    """A registration that was kept."""
    with np.load(path) as kept:
        return Registration(
            vertices=kept["vertices"].astype(np.int64),
            places=Places(
                corners=kept["corners"].astype(np.int64),
                barycentric=kept["barycentric"].astype(np.float64),
            ),
            shape=kept["shape"].astype(np.float64),
        )


def register(
    model: HeadModel,
    scans: Scans,
    marks: tuple[Places, NDArray[np.float64]] | None = None,
) -> Registration:
    """Our average head on the average scan.

    `marks` are the detector's 468 landmarks on the scans with a weight each; without
    them some named landmarks must do.
    """
    if marks is None:
        numbers = [mark for _, mark in _NAMED]
        wanted = scans.neutral[scans.landmarks[[name for name, _ in _NAMED]]]
        weights = np.ones(len(numbers))
        weights[:10] = 0.3
        weights[14:19] = 0.5
        weights[-1] = 0.5
    else:
        numbers = list(range(FACE_COUNT))
        wanted, weights = marks[0].on(scans.neutral), marks[1]
    return _Bending(model, scans, numbers, wanted, weights).registration()


class _Bending:
    """Our head on its way to the scan, in our head space."""

    def __init__(
        self,
        model: HeadModel,
        scans: Scans,
        numbers: list[int],
        wanted: NDArray[np.float64],
        weights: NDArray[np.float64],
    ) -> None:
        self.template = model.template.double().numpy()
        self.basis = model.identity_basis.double().numpy()
        self.corners = model.landmark_vertices.numpy()[numbers]
        self.shares = model.landmark_barycentric.double().numpy()[numbers]
        self.weights = weights
        self.used = _used(model)
        self.worth = 0.3 + 0.7 * model.region("face").double().numpy()
        faces = model.faces[model.part_faces("skin")]
        self.triangles = triangulate(faces)
        self.skin = np.unique(self.triangles.numpy())
        self.laplacian = skin_laplacian(edges(faces).numpy(), self.skin)
        kept = (scans.faces < SKIN_VERTICES.stop).all(axis=1)
        self.scan_faces = torch.from_numpy(scans.faces[kept])
        self.scan, self.wanted = scans.neutral, wanted
        self.shape = self.template

    def registration(self) -> Registration:
        """Bend in steps of growing freedom, then look where the vertices ended."""
        scan, wanted, origin = self.posed(
            self.wanted, self.at(self.shape), self.weights
        )
        nearest, found = self.nearest(scan, reach_m=0.03)
        by_identity = self.shape
        for step in range(60):
            if step < 25:
                if step < 8:
                    self.shape = self.by_identity(None, None, wanted)
                    sources, targets = self.wanted, self.at(self.shape)
                    worth = self.weights
                else:
                    self.shape = self.by_identity(nearest, found, wanted)
                    sources = np.concatenate([self.wanted, origin(nearest[found])])
                    targets = np.concatenate([self.at(self.shape), self.shape[found]])
                    worth = np.concatenate([self.weights, 0.05 * self.worth[found]])
                scan, wanted, origin = self.posed(sources, targets, worth)
            else:
                stiffness = float(np.interp(step, [25, 55], [200.0, 6.0]))
                self.shape = by_identity + self.offsets(
                    nearest - by_identity,
                    found,
                    wanted - self.at(by_identity),
                    stiffness,
                )
            nearest, found = self.nearest(scan, reach_m=0.03 if step < 20 else 0.012)
            if step < 25:
                by_identity = self.shape
        return self.where(scan, origin(self.shape))

    def posed(
        self,
        points: NDArray[np.float64],
        onto: NDArray[np.float64],
        weights: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], Back]:
        """The scan and its landmarks moved into head space, and the way back.

        Both are in metres: nothing is scaled.
        """
        _, rotation, offset = align(points, onto, weights, scaled=False)
        return (
            self.scan @ rotation.T + offset,
            self.wanted @ rotation.T + offset,
            lambda points: (points - offset) @ rotation,
        )

    def at(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.einsum("...lkc,lk->...lc", points[..., self.corners, :], self.shares)

    def by_identity(
        self,
        nearest: NDArray[np.float64] | None,
        found: NDArray[np.bool_] | None,
        wanted: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """The likeliest head of the model, 3 mm a landmark, 13 mm a vertex."""
        root = np.sqrt(self.weights / 0.003**2)[:, None]
        rows = (self.at(self.basis) * root).reshape(len(self.basis), -1)
        right = ((wanted - self.at(self.template)) * root).ravel()
        if nearest is not None and found is not None:
            root = np.sqrt(found * self.worth * 0.1 / 0.004**2)[:, None]
            more = (self.basis * root).reshape(len(self.basis), -1)
            rows = np.concatenate([rows, more], axis=1)
            right = np.concatenate([right, ((nearest - self.template) * root).ravel()])
        identity = np.linalg.solve(rows @ rows.T + np.eye(len(rows)), rows @ right)
        return self.template + np.tensordot(identity, self.basis, 1)

    def nearest(
        self, scan: NDArray[np.float64], *, reach_m: float
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Where each vertex would like to be, and whether it is known."""
        faces = triangulate(self.scan_faces)
        there = vertex_normals(torch.from_numpy(scan), faces).numpy()[SKIN_VERTICES]
        here = vertex_normals(torch.from_numpy(self.shape), self.triangles).numpy()
        scan = scan[SKIN_VERTICES]
        tree = cKDTree(np.concatenate([scan, _NORMAL_M * there], axis=1))
        _, near = tree.query(np.concatenate([self.shape, _NORMAL_M * here], axis=1))
        way = scan[near] - self.shape
        normal = there[near]
        across = (way * normal).sum(axis=1, keepdims=True) * normal
        along = way - across
        length = np.linalg.norm(along, axis=1, keepdims=True)
        along = along * np.maximum(0, 1 - 0.0015 / np.maximum(length, 1e-9))
        way = across + along
        found = self.used & ((normal * here).sum(axis=1) > 0.5)
        return self.shape + way, found & (np.linalg.norm(way, axis=1) < reach_m)

    def offsets(
        self,
        to_nearest: NDArray[np.float64],
        found: NDArray[np.bool_],
        to_wanted: NDArray[np.float64],
        stiffness: float,
    ) -> NDArray[np.float64]:
        """Smooth offsets of the skin toward surface and landmarks."""
        index = np.full(len(self.shape), 0)
        index[self.skin] = np.arange(len(self.skin))
        rows = np.repeat(np.arange(len(self.corners)), 3)
        pull = sparse.csr_matrix(
            (self.shares.ravel(), (rows, index[self.corners].ravel())),
            shape=(len(self.corners), len(self.skin)),
        )
        surface = sparse.diags((found * self.worth)[self.skin])
        landmarks = sparse.diags(3 * self.weights)
        system = (
            surface
            + pull.T @ landmarks @ pull
            + stiffness * self.laplacian.T @ self.laplacian
            + 1e-4 * sparse.identity(len(self.skin))
        )
        right = surface @ to_nearest[self.skin] + pull.T @ landmarks @ to_wanted
        offsets = np.zeros_like(self.shape)
        offsets[self.skin] = splu(system.tocsc()).solve(right)
        return offsets

    def where(
        self, scan: NDArray[np.float64], shape: NDArray[np.float64]
    ) -> Registration:
        """The places on the scan of the vertices that came to lie on it."""
        vertices = np.flatnonzero(self.used)
        here = vertex_normals(torch.from_numpy(self.shape), self.triangles).numpy()
        places, distance = places_on(
            scan,
            triangulate(self.scan_faces).numpy(),
            self.shape[vertices],
            here[vertices],
        )
        kept = distance < _WORST_M
        return Registration(
            vertices=vertices[kept],
            places=Places(
                corners=places.corners[kept], barycentric=places.barycentric[kept]
            ),
            shape=shape,
        )


def places_on(
    scan: NDArray[np.float64],
    triangles: NDArray[np.int64],
    points: NDArray[np.float64],
    normals: NDArray[np.float64],
) -> tuple[Places, NDArray[np.float64]]:
    """The nearest places of a surface whose normals agree, and how far they are."""
    corners = scan[triangles]
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    flat /= np.linalg.norm(flat, axis=1, keepdims=True) + 1e-12
    tree = cKDTree(np.concatenate([corners.mean(axis=1), _NORMAL_M * flat], axis=1))
    _, near = tree.query(np.concatenate([points, _NORMAL_M * normals], axis=1), k=24)
    found = [
        nearest_on_triangles(point, corners[some])
        for point, some in zip(points, near, strict=True)
    ]
    chosen = np.array([near[i, one] for i, (one, _) in enumerate(found)])
    places = Places(
        corners=triangles[chosen], barycentric=np.array([share for _, share in found])
    )
    return places, np.linalg.norm(places.on(scan) - points, axis=1)


def _used(model: HeadModel) -> NDArray[np.bool_]:
    """Vertices that scans show as ours do: no ears, no insides, no shoulders."""
    used = torch.zeros(len(model.template), dtype=torch.bool)
    faces = model.faces[model.part_faces("skin")]
    used[faces[faces >= 0]] = True
    for name, most in (("mouth_inside", 0.3), ("ears", 0.3), ("shoulders", 0.1)):
        used &= model.region(name) < most
    for joint in (4, 5):
        eye = model.template[model.skin_weights[:, joint] > 0.5]
        middle = model.joint_template[joint]
        radius = (eye - middle).norm(dim=1).median()
        near = (model.template - middle).norm(dim=1) < 1.06 * radius
        used &= ~(near & (model.region("eyelids") < 0.5))
    return (used & (model.template[:, 2] > -0.1)).numpy()


def skin_laplacian(
    pairs: NDArray[np.int64], skin: NDArray[np.int64]
) -> sparse.csr_matrix:
    """The uniform graph Laplacian of the skin."""
    index = np.searchsorted(skin, pairs)
    both = np.concatenate([index, index[:, ::-1]])
    graph = sparse.csr_matrix((np.ones(len(both)), both.T), shape=(len(skin),) * 2)
    degree = np.asarray(graph.sum(axis=1)).ravel()
    return sparse.identity(len(skin)) - sparse.diags(1 / degree) @ graph
