"""Expressions as scanned people make them, in place of those that an artist drew.

The head model's own units move lips and lids but leave cheeks and nose nearly still.
A second small file holds the offsets of the same expressions learned from scans, on
the same vertices; lids, gaze and tongue keep the head model's. It also seats the teeth.
"""

from pathlib import Path

import torch
from torch import Tensor

from ..assets import PART_NAMES
from ..expressions import EXPRESSION_INDEX
from .learned import read_learned

FORMAT_VERSION = 1
_SEATED = [PART_NAMES.index(part) for part in ("teeth", "gums")]
SCANNED_EXPRESSIONS_PATH = (
    Path(__file__).resolve().parents[2] / "weights" / "scanned_expressions.safetensors"
)


def with_scanned_expressions(
    tensors: dict[str, Tensor],
    head_model_sha256: str,
    path: Path = SCANNED_EXPRESSIONS_PATH,
) -> dict[str, Tensor]:
    """The head model's tensors with the expressions of scanned people.

    Raises MissingWeightsError if the file cannot be read or was learned on another
    head model.
    """
    learned = read_learned(
        path,
        head_model_sha256,
        format_version=FORMAT_VERSION,
        what="The expressions of scanned people",
        maker="weights.learn_expressions",
    )
    basis = tensors["expression_basis"].clone()
    rows = [EXPRESSION_INDEX[name] for name in learned.header["expression_names"]]
    basis[rows] = learned.tensors["expressions"]
    template = tensors["template"].clone()
    teeth = torch.isin(tensors["face_parts"], torch.tensor(_SEATED))
    corners = tensors["faces"][teeth]
    template[corners[corners >= 0].unique()] += learned.tensors["teeth_offset"]
    return tensors | {"expression_basis": basis, "template": template}
