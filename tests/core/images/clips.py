"""Makes small clips whose content is known, for the tests of the front door."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 200, 30), (30, 30, 220), (235, 235, 235)


def quarters(width: int = 128, height: int = 96) -> np.ndarray:
    """Red and green above, blue and white below."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2] = RED
    pixels[: height // 2, width // 2 :] = GREEN
    pixels[height // 2 :, : width // 2] = BLUE
    pixels[height // 2 :, width // 2 :] = WHITE
    return pixels


def middle_of_quarters(pixels: np.ndarray) -> list[np.ndarray]:
    """The colours top left, top right, bottom left, bottom right."""
    y, x = pixels.shape[0] // 4, pixels.shape[1] // 4
    return [pixels[a, b].astype(int) for a in (y, -y) for b in (x, -x)]


def counting_frame(number: int, width: int = 128, height: int = 96) -> np.ndarray:
    """A grey that tells the frame's number, up to 50."""
    return np.full((height, width, 3), 20 + 4 * number, np.uint8)


def number_of(pixels: np.ndarray) -> int:
    """The number of a counting frame."""
    return round((float(pixels.mean()) - 20) / 4)


def write_clip(
    path: Path,
    frames: Sequence[np.ndarray],
    *,
    stamps: Sequence[int] | None = None,
    time_base: Fraction = Fraction(1, 25),
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    aspect: Fraction | None = None,
    tone_from_s: float | None = None,
    options: dict[str, str] | None = None,
) -> Path:
    """Encode frames with these presentation stamps, and a tone if asked for."""
    height, width = frames[0].shape[:2]
    with av.open(str(path), "w", options=options or {}) as container:
        stream = container.add_stream(codec, rate=round(1 / time_base))
        stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
        stream.codec_context.time_base = time_base
        if codec == "libx264":
            stream.codec_context.options = {"crf": "10", "g": "10"}
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        sound = None
        if tone_from_s is not None:
            sound = container.add_stream("flac" if path.suffix == ".mkv" else "aac")
            sound.codec_context.sample_rate = 48000
            sound.codec_context.layout = "mono"
            sound.codec_context.format = "s16" if path.suffix == ".mkv" else "fltp"
        for index, pixels in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts = stamps[index] if stamps else index
            frame.time_base = time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound is not None and tone_from_s is not None:
            _write_tone(container, sound, tone_from_s)
    return path


def _write_tone(
    container: av.container.OutputContainer, stream: av.AudioStream, from_s: float
) -> None:
    """Two seconds of sound: silence, then from `from_s` on a loud tone."""
    rate = 48000
    times = np.arange(2 * rate) / rate
    wave = np.where(times >= from_s, 0.8 * np.sin(2 * np.pi * 440 * times), 0.0)
    for start in range(0, len(wave), 1024):
        piece = np.round(wave[start : start + 1024] * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(piece[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts = rate, start
        frame.time_base = Fraction(1, rate)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def turn_by_matrix(path: Path, matrix: Sequence[int]) -> None:
    """Set the display matrix (a, b, c, d) in the track header of an MP4."""
    data = bytearray(path.read_bytes())
    box = data.index(b"tkhd")
    place = box + 4 + 4 + 20 + 8 + 8  # version and flags, times and ids, layers
    a, b, c, d = (value * 65536 for value in matrix)
    for index, value in enumerate((a, b, 0, c, d, 0, 0, 0, 1 << 30)):
        data[place + 4 * index : place + 4 * index + 4] = value.to_bytes(
            4, "big", signed=True
        )
    path.write_bytes(data)
