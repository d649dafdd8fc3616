"""What stands around a face in a picture, and what lens, sensor and JPEG make of it."""

import cv2
import numpy as np
from jaxtyping import UInt8
from numpy.typing import NDArray


def backdrop(size_px: int, random: np.random.Generator) -> NDArray[np.float32]:
    """Anything at all, sRGB 0 to 1."""
    small = int(random.choice([1, 2, 4, 9, 30]))
    tiles = random.uniform(0, 1, (small, small, 3)) * random.uniform(0.3, 1)
    grey = tiles.mean(axis=2, keepdims=True)
    tiles = grey + random.uniform(0, 1) * (tiles - grey)
    way = int(random.choice([cv2.INTER_NEAREST, cv2.INTER_CUBIC, cv2.INTER_LINEAR]))
    big = cv2.resize(tiles.astype(np.float32), (size_px, size_px), interpolation=way)
    return np.clip(big.reshape(size_px, size_px, 3), 0, 1)


def put_on_glasses(
    image: NDArray[np.float32],
    marks: NDArray[np.float32],
    random: np.random.Generator,
) -> None:
    """Draw frames around both eyes."""
    eyes = marks[[468, 473]]
    apart = float(np.linalg.norm(eyes[1] - eyes[0]))
    tone = tuple(float(c) for c in random.uniform(0, 0.6, 3))
    width = max(1, round(apart * random.uniform(0.03, 0.09)))
    axes = (
        max(2, round(apart * random.uniform(0.33, 0.44))),
        max(2, round(apart * random.uniform(0.24, 0.4))),
    )
    angle = float(np.degrees(np.arctan2(*(eyes[1] - eyes[0])[::-1])))
    for eye in eyes:
        middle = (round(float(eye[0])), round(float(eye[1] + 0.06 * apart)))
        cv2.ellipse(image, middle, axes, angle, 0, 360, tone, width, cv2.LINE_AA)
    ends = [tuple(int(c) for c in eye) for eye in eyes + 0.12 * (eyes[::-1] - eyes) * 3]
    cv2.line(image, ends[0], ends[1], tone, width, cv2.LINE_AA)


def develop(
    image: NDArray[np.float32], random: np.random.Generator
) -> UInt8[np.ndarray, "height width 3"]:
    """What lens, sensor, artist and JPEG make of it."""
    if random.random() < 0.3:  # half of it in some other light
        way = random.normal(0, 1, 2)
        y, x = np.mgrid[: len(image), : len(image)] / len(image) - random.uniform(
            0.3, 0.7
        )
        ramp = 1 / (1 + np.exp(-(way[0] * x + way[1] * y) * random.uniform(2, 60)))
        image = image * (1 - random.uniform(0, 0.7) * ramp[..., None])
    image = image * random.normal(1, 0.06, 3) * random.uniform(0.75, 1.2)
    image = np.clip(image, 0, 1) ** random.uniform(0.75, 1.35)
    if random.random() < 0.15:
        grey = image.mean(axis=2, keepdims=True)
        image = np.repeat(grey, 3, axis=2) * random.choice([1, 1, 0.9], 3)
    image = cv2.GaussianBlur(image.astype(np.float32), (0, 0), random.uniform(0.3, 1.4))
    grain = random.normal(0, random.uniform(0, 0.03), image.shape)
    if random.random() < 0.5:
        grain = cv2.GaussianBlur(grain, (0, 0), 0.7)
    pixels = (255 * np.clip(image + grain, 0, 1)).astype(np.uint8)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(25, 98))]
    return cv2.imdecode(cv2.imencode(".jpg", pixels, quality)[1], cv2.IMREAD_COLOR)
