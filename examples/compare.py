"""Put the photo, frames of the clip and the same moments of the result side by side.

python examples/compare.py RESULT.mp4 PICTURE.png
"""

import argparse
from pathlib import Path

import av
from PIL import Image

HERE = Path(__file__).resolve().parent
MOMENTS_S = (0.8, 1.36, 2.1, 4.5)
"""Speaking, a blink, a turn to one side, a smile to the other."""

SIDE_PX = 320


def main() -> None:
    """Write the picture: the photo, the clip's frames above, the result's below."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("result", type=Path)
    parser.add_argument("picture", type=Path)
    arguments = parser.parse_args()
    rows = [frames(HERE / "clip.mp4"), frames(arguments.result)]
    sheet = Image.new("RGB", (SIDE_PX * (2 + len(MOMENTS_S)), SIDE_PX * 2))
    photo = Image.open(HERE / "photo.jpg").convert("RGB")
    sheet.paste(squared(photo, SIDE_PX * 2), (0, 0))
    for row, pictures in enumerate(rows):
        for column, picture in enumerate(pictures):
            place = (SIDE_PX * (2 + column), SIDE_PX * row)
            sheet.paste(squared(picture, SIDE_PX), place)
    sheet.save(arguments.picture)
    print(arguments.picture)


def frames(video: Path) -> list[Image.Image]:
    """The pictures of a video at `MOMENTS_S`; the last one where it is shorter."""
    wanted = list(MOMENTS_S)
    found: list[Image.Image] = []
    with av.open(str(video)) as container:
        for frame in container.decode(video=0):
            while len(found) < len(wanted) and frame.time >= wanted[len(found)] - 1e-3:
                found.append(frame.to_image())
            last = frame
    return found + [last.to_image()] * (len(wanted) - len(found))


def squared(picture: Image.Image, side_px: int) -> Image.Image:
    """The middle square of a picture, cut a little above it if it stands upright."""
    side = min(picture.size)
    left = (picture.width - side) // 2
    top = (picture.height - side) // 3
    cut = picture.crop((left, top, left + side, top + side))
    return cut.resize((side_px, side_px), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main()
