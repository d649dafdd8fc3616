"""Where a person is in a picture: MediaPipe's selfie segmenter, on any picture.

The model is small (250 kB) and comes with the program; it looks at 256 x 256 pixels, so
a person should fill the picture. Its SHA-256 is compared before each load.
"""

import hashlib
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8

from ..errors import MissingWeightsError
from .detector import quiet_stderr

SHA256 = "191ac9529ae506ee0beefa6b2c945a172dab9d07d1e802a290a4e4038226658b"
"""The float16 model, version 1, of Google's MediaPipe (Apache-2.0)."""

PATH = Path(__file__).resolve().parents[2] / "weights" / "selfie_segmenter.tflite"


def person_mask(
    pixels_srgb: UInt8[np.ndarray, "height width 3"],
) -> Float[np.ndarray, "height width"]:
    """How far each pixel shows a person, 0 to 1; soft at the edges.

    Raises MissingWeightsError if the model is missing or is not the expected one.
    """
    model = _checked_model()
    with quiet_stderr():
        import mediapipe
        from mediapipe.tasks.python import BaseOptions, vision

        options = vision.ImageSegmenterOptions(
            base_options=BaseOptions(model_asset_buffer=model),
            running_mode=vision.RunningMode.IMAGE,
            output_confidence_masks=True,
            output_category_mask=False,
        )
        # its destructor fails at the interpreter's exit: `with` closes it in time
        with vision.ImageSegmenter.create_from_options(options) as segmenter:
            image = mediapipe.Image(
                image_format=mediapipe.ImageFormat.SRGB,
                data=np.ascontiguousarray(pixels_srgb),
            )
            mask = segmenter.segment(image).confidence_masks[0].numpy_view()
            return np.array(mask, np.float32).reshape(pixels_srgb.shape[:2])


def _checked_model() -> bytes:
    content = PATH.read_bytes() if PATH.is_file() else b""
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise MissingWeightsError(
            f"{PATH} is missing or is not the model that Photo Double was made with. "
            "Install Photo Double again."
        )
    return content
