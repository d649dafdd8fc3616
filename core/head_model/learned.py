"""Files beside the head model that were learned on it, and are of no use without it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from ..errors import MissingWeightsError


@dataclass(frozen=True, kw_only=True)
class Learned:
    """What such a file holds."""

    tensors: dict[str, Tensor]
    """By name, in single precision."""
    header: dict[str, Any]
    """What the file says of itself."""


def read_learned(
    path: Path,
    head_model_sha256: str,
    *,
    format_version: int,
    what: str,
    maker: str,
) -> Learned:
    """Read and check a file; `what` it holds and which module makes it, in words.

    Raises MissingWeightsError if the file cannot be read or was learned on another
    head model.
    """
    if not path.is_file():
        raise MissingWeightsError(
            f"{what} are missing: there is no {path}. Install Photo Double again, or "
            f"make them with `python -m {maker}`."
        )
    try:
        with safe_open(path, framework="pt") as file:
            header = {key: json.loads(value) for key, value in file.metadata().items()}
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 - not a dict
    except (SafetensorError, ValueError, AttributeError) as error:
        raise MissingWeightsError(
            f"{path} cannot be read ({error}). Install Photo Double again."
        ) from error
    known = (header.get("format_version"), header.get("head_model_sha256"))
    if known != (format_version, head_model_sha256):
        raise MissingWeightsError(
            f"{path} was learned on another head model than the one that is installed. "
            "Install a Photo Double of one release."
        )
    return Learned(tensors=tensors, header=header)
