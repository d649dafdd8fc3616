"""What is known of people: the statistics that identity coefficients are measured by.

The head model's own prior are the spreads of sliders that artists drew. Its file stays
as it is; a second, small file holds the mean and covariance of the coefficients among
heads made from scans, and when both are loaded the basis is turned and stretched, so
that coefficients are standard normal over people again. The second file also knows
how the face detector leans toward the faces that it expects.
"""

import hashlib
from pathlib import Path

import torch
from torch import Tensor

from ..errors import MissingWeightsError
from .learned import Learned, read_learned

FORMAT_VERSION = 1
_OF_THE_DETECTOR = ("mark_offsets", "mark_loadings", "mark_views")
IDENTITY_PRIOR_PATH = (
    Path(__file__).resolve().parents[2] / "weights" / "identity_prior.safetensors"
)


def with_statistics(
    tensors: dict[str, Tensor], head_model_sha256: str, path: Path = IDENTITY_PRIOR_PATH
) -> dict[str, Tensor]:
    """The head model's tensors, standard normal over the people of the statistics.

    Raises MissingWeightsError if the file cannot be read or was learned on another
    head model.
    """
    prior = read_learned(
        path,
        head_model_sha256,
        format_version=FORMAT_VERSION,
        what="The statistics of people",
        maker="weights.learn_identity_prior",
    ).tensors
    return tensors | _turned(tensors, prior)


def prior_sha256(path: Path = IDENTITY_PRIOR_PATH) -> str:
    """Which version of the statistics the file is."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_learned_of_people(
    path: Path, head_model_sha256: str, *, format_version: int, what: str, maker: str
) -> Learned:
    """Read and check a file that was learned on these statistics; see `read_learned`.

    Raises MissingWeightsError also if it was learned on others.
    """
    learned = read_learned(
        path, head_model_sha256, format_version=format_version, what=what, maker=maker
    )
    if learned.header.get("identity_prior_sha256") != prior_sha256():
        raise MissingWeightsError(
            f"{path} was learned on other statistics of people than those that are "
            "installed. Install a Photo Double of one release."
        )
    return learned


def _turned(tensors: dict[str, Tensor], prior: dict[str, Tensor]) -> dict[str, Tensor]:
    turned = {name: prior[name] for name in _OF_THE_DETECTOR}
    for template, basis, offsets, loadings in (
        ("template", "identity_basis", "offsets", "loadings"),
        ("joint_template", "joint_identity_basis", "joint_offsets", "joint_loadings"),
    ):
        turned[template] = tensors[template] + prior[offsets]
        stretched = torch.tensordot(prior["root"], tensors[basis], dims=1)
        turned[basis] = stretched + prior[loadings]
    return turned
