"""What was learned, as a file beside its card."""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file


def store(
    path: Path, tensors: Mapping[str, np.ndarray], header: Mapping[str, object]
) -> None:
    """Write the file, and its hash into its card."""
    metadata = {key: json.dumps(value) for key, value in header.items()}
    arrays = {name: np.ascontiguousarray(value) for name, value in tensors.items()}
    save_file(arrays, path, metadata=metadata)
    note_hash(path)


def note_hash(path: Path) -> None:
    """Print the file's size and hash, and write the hash into the card beside it."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    print(f"{path}: {path.stat().st_size} bytes, sha256 {digest}")
    card = path.with_suffix(".md")
    if card.exists():
        text = card.read_text(encoding="utf-8")
        card.write_text(re.sub(r"[0-9a-f]{64}", digest, text), encoding="utf-8")
