"""The head model's file: where it lies, and what is checked before it is believed."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from ..assets import JOINT_NAMES
from ..errors import MissingWeightsError
from ..expressions import EXPRESSION_NAMES
from .prior import with_statistics
from .scanned import with_scanned_expressions

FORMAT_VERSION = 1
HEAD_MODEL_PATH = (
    Path(__file__).resolve().parents[2] / "weights" / "head_model.safetensors"
)
"""`weights` lies beside `core`, in the project and where pip installs both."""


@dataclass(frozen=True, kw_only=True)
class HeadModelData:
    """The file's content: float32 and int64 tensors, and names."""

    tensors: dict[str, Tensor]
    """By the names of HeadModel's fields."""
    region_names: tuple[str, ...]
    """Names of the region masks, in order."""
    sha256: str
    """Of the file: which version of the model this is."""


def read_head_model(
    path: Path | str | None = None, *, statistics: bool = True
) -> HeadModelData:
    """Read and check the file; raises MissingWeightsError if it cannot be used.

    The shipped model makes the faces of scanned people, and with `statistics` its
    identity is that of people too; a model in a file that is named keeps its own.
    """
    own = path is not None
    path = HEAD_MODEL_PATH if path is None else Path(path)
    if not path.is_file():
        raise MissingWeightsError(
            f"The head model is missing: there is no {path}. Install Photo Double "
            "again, or make it with `python -m weights.build_head_model`."
        )
    try:
        with safe_open(path, framework="pt") as file:
            header = {key: json.loads(value) for key, value in file.metadata().items()}
            tensors = {name: _plain(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118 - not a dict
        _check(header, path)
    except (SafetensorError, ValueError, KeyError, AttributeError) as error:
        raise MissingWeightsError(
            f"{path} is not a head model that can be read ({error}). Install Photo "
            "Double again."
        ) from error
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    if not own:
        tensors = with_scanned_expressions(tensors, sha256)
    if statistics and not own:
        tensors = with_statistics(tensors, sha256)
    return HeadModelData(
        tensors=tensors, region_names=tuple(header["region_names"]), sha256=sha256
    )


def _plain(tensor: Tensor) -> Tensor:
    return tensor.to(torch.float32 if tensor.is_floating_point() else torch.int64)


def _check(header: dict[str, object], path: Path) -> None:
    expected = {
        "format_version": FORMAT_VERSION,
        "joint_names": list(JOINT_NAMES),
        "expression_names": list(EXPRESSION_NAMES),
    }
    for key, value in expected.items():
        if header[key] != value:
            raise MissingWeightsError(
                f"{path} has another {key.replace('_', ' ')} than this Photo Double "
                "knows. Install a head model of the same release."
            )
