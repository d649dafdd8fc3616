"""Learn weights/scanned_expressions.safetensors: the faces that people make.

    python -m weights.learn_expressions --scans PATH/ict_facekit.npz

The head model's expressions were drawn by an artist. Those of ICT-FaceKit, which was
made from scans, are carried onto its vertices by the registration that the identity
prior was learned with. It takes a second.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.head_model.data import HEAD_MODEL_PATH, read_head_model
from core.head_model.model import HeadModel
from core.head_model.prior import with_statistics
from core.head_model.scanned import FORMAT_VERSION, SCANNED_EXPRESSIONS_PATH

from .learn_identity_prior import REGISTRATION
from .learning.expressions import scanned_expressions, scanned_names, teeth_offset
from .learning.registration import read_registration
from .learning.scans import read_scans
from .learning.storing import store


def average_person() -> HeadModel:
    """The head model as its artist's expressions and scanned people's heads make it."""
    own = read_head_model(HEAD_MODEL_PATH)
    return HeadModel(replace(own, tensors=with_statistics(own.tensors, own.sha256)))


def main() -> None:
    """Carry over, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scans", type=Path, required=True)
    options = parser.parse_args()
    model = average_person()
    scans, registration = read_scans(options.scans), read_registration(REGISTRATION)
    units = scanned_expressions(model, scans, registration)
    teeth = teeth_offset(model, scans, registration)
    header = {
        "format_version": FORMAT_VERSION,
        "head_model_sha256": model.version_sha256,
        "expression_names": scanned_names(),
        "attribution": "Learned from ICT-FaceKit, (c) 2020 USC Institute for Creative "
        "Technologies, MIT licence: see LICENSE-scanned_expressions.txt",
    }
    arrays = {
        "expressions": units.astype(np.float16),
        "teeth_offset": teeth.astype(np.float32),
    }
    print(f"teeth move by {1000 * teeth} mm")
    store(SCANNED_EXPRESSIONS_PATH, arrays, header)


if __name__ == "__main__":
    main()
