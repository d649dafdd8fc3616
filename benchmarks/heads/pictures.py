"""Real paintings: how far the fitted head's landmarks are from those detected."""

from pathlib import Path

import numpy as np

from core.fit import fit_head
from core.head_model import HeadModel
from core.images.photo import read_photo
from core.landmarks.photo_landmarks import detect_landmarks

PAINTINGS = "mona_lisa.jpg", "girl_with_a_pearl_earring.jpg", "sargent_portrait.jpg"


def painting_landmark_errors(model: HeadModel, folder: Path) -> list[float]:
    """Median landmark error of each painting, in percent of the eyes' distance."""
    errors = []
    for path in (folder / name for name in PAINTINGS):
        if path.is_file():
            photo = read_photo(path)
            fit = fit_head(model, detect_landmarks(photo), focal_px=photo.focal_px)
            errors.append(float(np.float32(fit.landmark_error_percent)))
    return errors
