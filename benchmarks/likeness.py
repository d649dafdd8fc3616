"""Is the head that person? All figures of shape and skin, as one flat object.

    python benchmarks/likeness.py [--json] [--heads N] [--scans FILE] [--photos FOLDER]

Shape is measured on scan-made heads (`shape`, needs ICT-FaceKit's numbers as one npz)
and on the model's own; skin on photos and on rendered heads whose skin and light are
known (`appearance`). What needs a file that is not there is left out, and said on
standard error. Takes some minutes.
"""

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

SHARED = ROOT.parent / "shared" / "data"


def main() -> int:
    """Measure and print."""
    from benchmarks import appearance, cost, shape

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--heads", type=int, default=12, help="rendered heads a figure")
    parser.add_argument("--scans", type=Path, default=SHARED / "ict_facekit.npz")
    parser.add_argument("--photos", type=Path, default=SHARED / "photos")
    options = parser.parse_args()
    figures: dict[str, float] = {}
    if options.scans.is_file():
        figures |= shape.cross_model(options.scans, heads=options.heads)
    else:
        print(f"No scan-made heads: there is no {options.scans}", file=sys.stderr)
    figures |= shape.in_model(heads=options.heads)
    photos = [options.photos / name for name in appearance.PHOTOS]
    there = [photo for photo in photos if photo.is_file()]
    if not there:
        print(f"No photos but the example's in {options.photos}", file=sys.stderr)
    figures |= appearance.on_photos([*there, ROOT / "examples" / "photo.jpg"])
    figures |= appearance.on_known_skin()
    figures |= cost.of_building(ROOT / "examples" / "photo.jpg")
    if options.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:>40}: {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
