"""The head model: one linear head for everybody.

Every person's head is `template + identity_basis * identity`, and every face that
person makes adds `expression_basis * expression`, with identity coefficients that are
standard normal over people and expression weights in 0 to 1 under ARKit's 52 names.
MediaPipe's 478 landmarks are fixed points of the surface, each with a covariance that
says how exactly the detector marks it.

Convention: head space, that is metres, Z up, the head looks along -Y, its left is +X,
and the origin is every person's own head joint.
"""

from pathlib import Path

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ..assets import JOINT_NAMES, PART_NAMES
from .data import HeadModelData, read_head_model

LANDMARK_COUNT = 478
VIEW_TERMS = 6
"""How many `view_terms` there are."""


class HeadModel(nn.Module):
    """Heads, joints and landmarks from identity and expression; no learned state."""

    template: Float[Tensor, "vertices 3"]
    """The average head."""
    identity_basis: Float[Tensor, "identity vertices 3"]
    """Offsets per standard deviation of each identity coefficient."""
    expression_basis: Float[Tensor, "expressions vertices 3"]
    """Offsets at weight one, in the order of EXPRESSION_NAMES."""
    faces: Int[Tensor, "faces 4"]
    """Quads, counter-clockwise from outside; -1 pads a triangle."""
    uvs: Float[Tensor, "uvs 2"]
    """Texture coordinates, V up; each part has the unit square to itself."""
    face_uvs: Int[Tensor, "faces 4"]
    """Index into `uvs` of each corner."""
    face_parts: Int[Tensor, "faces"]
    """Index into PART_NAMES of each face."""
    joint_template: Float[Tensor, "joints 3"]
    """The average person's joints, in the order of JOINT_NAMES."""
    joint_identity_basis: Float[Tensor, "identity joints 3"]
    """How each identity coefficient moves them."""
    skin_weights: Float[Tensor, "vertices joints"]
    """Rows sum to one; at most four are not zero."""
    region_masks: Float[Tensor, "regions vertices"]
    """How much each vertex belongs to each of `region_names`, 0 to 1."""
    mirror: Int[Tensor, "vertices"]
    """The vertex on the other side of the face of each vertex."""
    lid_pairs: Int[Tensor, "eyes pairs 2"]
    """For left and right eye: upper and lower rim vertices that meet in a blink."""
    lid_loops: Int[Tensor, "eyes loops columns"]
    """Edge loops of the lids: the rim first, then outward on the skin."""
    lash_roots: Int[Tensor, "vertices"]
    """The rim vertex that each lash vertex stands on; -1 for all other vertices."""
    rim: Int[Tensor, "rim"]
    """The open border under the shoulders, in order."""
    landmark_vertices: Int[Tensor, "landmarks 3"]
    """The triangle that each landmark lies in."""
    landmark_barycentric: Float[Tensor, "landmarks 3"]
    """Where in it."""
    landmark_covariance: Float[Tensor, "landmarks 3 3"]
    """Scatter of the detector's marks around it, in m^2 of head space."""
    landmark_template: Float[Tensor, "landmarks 3"]
    """The landmarks of the average head without expression."""
    landmark_identity_basis: Float[Tensor, "identity landmarks 3"]
    """`identity_basis` at the landmarks."""
    landmark_expression_basis: Float[Tensor, "expressions landmarks 3"]
    """`expression_basis` at the landmarks."""

    mark_template: Float[Tensor, "landmarks 3"]
    """Where the face detector marks the landmarks of the average head: it leans toward
    faces that it expects, so its marks are not quite on the surface points."""
    mark_identity_basis: Float[Tensor, "identity landmarks 3"]
    """How identity moves the marks."""
    mark_view_basis: Float[Tensor, "views landmarks 3"]
    """How turning the head moves the marks on it, for each of `view_terms`."""

    def __init__(self, data: HeadModelData) -> None:
        super().__init__()
        tensors = dict(data.tensors)
        offsets = tensors.pop("mark_offsets", None)
        loadings = tensors.pop("mark_loadings", None)
        views = tensors.pop("mark_views", None)
        for name, value in tensors.items():
            self.register_buffer(name, value, persistent=False)
        self.region_names = data.region_names
        self.part_names = PART_NAMES
        self.joint_names = JOINT_NAMES
        self.version_sha256 = data.sha256
        for name in ("template", "identity_basis", "expression_basis"):
            points = getattr(self, name)[..., self.landmark_vertices, :]
            here = torch.einsum("...lci,lc->...li", points, self.landmark_barycentric)
            self.register_buffer(f"landmark_{name}", here, persistent=False)
        self.register_buffer(
            "mark_template", _leaning(self.landmark_template, offsets), persistent=False
        )
        self.register_buffer(
            "mark_identity_basis",
            _leaning(self.landmark_identity_basis, loadings),
            persistent=False,
        )
        still = self.landmark_template.new_zeros(VIEW_TERMS, *self.mark_template.shape)
        self.register_buffer(
            "mark_view_basis", _leaning(still, views), persistent=False
        )

    @classmethod
    def load(
        cls, path: Path | str | None = None, *, statistics: bool = True
    ) -> "HeadModel":
        """The shipped head model, or the one in the file `path`.

        Without `statistics` identity varies as artists' sliders do, not as people do.
        Raises MissingWeightsError if it is not there or of another version.
        """
        return cls(read_head_model(path, statistics=statistics))

    @property
    def identity_count(self) -> int:
        """How many identity coefficients there are."""
        return self.identity_basis.shape[0]

    def vertices(
        self,
        identity: Float[Tensor, "*batch identity"],
        expression: Float[Tensor, "*batch expressions"],
    ) -> Float[Tensor, "*batch vertices 3"]:
        """Unposed vertices; gaze and jaw bone are not in here."""
        return (
            self.template
            + torch.tensordot(identity, self.identity_basis, dims=1)
            + torch.tensordot(expression, self.expression_basis, dims=1)
        )

    def landmarks(
        self,
        identity: Float[Tensor, "*batch identity"],
        expression: Float[Tensor, "*batch expressions"],
    ) -> Float[Tensor, "*batch landmarks 3"]:
        """The 478 landmarks of unposed heads; the irises look straight ahead."""
        return (
            self.landmark_template
            + torch.tensordot(identity, self.landmark_identity_basis, dims=1)
            + torch.tensordot(expression, self.landmark_expression_basis, dims=1)
        )

    def marks(
        self,
        identity: Float[Tensor, "*batch identity"],
        expression: Float[Tensor, "*batch expressions"],
        toward_camera: Float[Tensor, "*batch 3"],
    ) -> Float[Tensor, "*batch landmarks 3"]:
        """Where the face detector is expected to mark the 478 landmarks.

        `toward_camera` is a unit vector of head space.
        """
        return (
            self.mark_template
            + torch.tensordot(identity, self.mark_identity_basis, dims=1)
            + torch.tensordot(expression, self.landmark_expression_basis, dims=1)
            + torch.tensordot(view_terms(toward_camera), self.mark_view_basis, dims=1)
        )

    def joints(
        self, identity: Float[Tensor, "*batch identity"]
    ) -> Float[Tensor, "*batch joints 3"]:
        """Joint positions in the order of JOINT_NAMES; the head joint is the origin."""
        return self.joint_template + torch.tensordot(
            identity, self.joint_identity_basis, dims=1
        )

    def region(self, name: str) -> Float[Tensor, "vertices"]:
        """The mask of one region by name."""
        return self.region_masks[self.region_names.index(name)]

    def part_faces(self, *names: str) -> Int[Tensor, "found"]:
        """Indices of the faces that belong to the named parts."""
        wanted = torch.tensor(
            [self.part_names.index(name) for name in names],
            device=self.face_parts.device,
        )
        return torch.isin(self.face_parts, wanted).nonzero()[:, 0]

    def part_vertices(self, *names: str) -> Int[Tensor, "found"]:
        """Indices of the vertices that belong to the named parts, in order."""
        corners = self.faces[self.part_faces(*names)]
        return corners[corners >= 0].unique()


def view_terms(
    toward_camera: Float[Tensor, "*batch 3"],
) -> Float[Tensor, "*batch views"]:
    """What the marks on a head seen from there depend on, 0 when seen from the front.

    `toward_camera` is a unit vector of head space: sideways and upward, squared too.
    """
    x, _, z = toward_camera.unbind(dim=-1)
    return torch.stack([x, z, x * x, x * z, z * z, x**3], dim=-1)


def _leaning(points: Tensor, offsets: Tensor | None) -> Tensor:
    """Points [..., landmarks, 3] with the offsets of the first of them."""
    marks = points.clone()
    if offsets is not None:
        marks[..., : offsets.shape[-2], :] += offsets
    return marks


def load_head_model(
    path: Path | str | None = None, *, statistics: bool = True
) -> HeadModel:
    """The shipped head model, or the one in the file `path`; see `HeadModel.load`."""
    return HeadModel.load(path, statistics=statistics)
