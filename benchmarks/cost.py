"""What `photo-double build` costs: seconds and memory, start included."""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
SIZES = {"seconds_1024": 1024, "seconds_12mp": 3872}
"""Longest side of the photo for each figure; the example's photo is 4 to 5."""


def of_building(photo: Path) -> dict[str, float]:
    """Seconds of the command on the photo in two sizes; most memory in megabytes."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, Image.open(photo) as picture:
        for name, longest in SIZES.items():
            scale = longest / max(picture.size)
            size = [round(side * scale) for side in picture.size]
            path = Path(folder) / f"{longest}.jpg"
            picture.resize(size, Image.Resampling.LANCZOS).save(path, quality=95)
            output = Path(folder) / f"{longest}.double"
            command = [sys.executable, "-m", "core", "build", path, "-o", output]
            start = time.perf_counter()
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
            figures[name] = round(time.perf_counter() - start, 2)
    kilobytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {**figures, "peak_mb": round(kilobytes / 1024)}
