"""Does every expression of the driver arrive? All figures of capture, as one object.

    python benchmarks/capture.py [--json] [--heads N] [--frames N] [--scans FILE]
        [--quick]

Films of heads whose weights are known (`acting`, `puppets`), half of them our own
model's and half scan-made, are captured like any clip, and the same is asked of
MediaPipe's 52 scores of the same frames. Errors in millimetres are those of the acting
head itself: its own units, driven by the captured weights and by the true ones. What
the clip's speed is beside the bare detector's, and whether memory grows with its
length, is measured unless `--quick` is given. Takes three quarters of an hour.
"""

import argparse
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

SCANS = ROOT.parent / "shared" / "data" / "ict_facekit.npz"


def main() -> int:
    """Measure and print."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # as the engine does
    from benchmarks import takes

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--heads", type=int, default=3, help="heads of either kind")
    parser.add_argument("--frames", type=int, default=240, help="frames of a film")
    parser.add_argument("--scans", type=Path, default=SCANS)
    parser.add_argument("--quick", action="store_true", help="no speed, no memory")
    options = parser.parse_args()
    shot = takes.shoot(options.heads, options.frames, options.scans)
    figures = takes.figures_of(list(shot))
    if not options.quick:
        from benchmarks import capture_cost

        figures |= capture_cost.of_capturing()
    if options.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:>32}: {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
