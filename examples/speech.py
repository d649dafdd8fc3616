"""A voice made of formants: speech-like sound from a list of phones, with numpy.

A buzz (the vocal folds) and a hiss (the breath) pass through resonators whose
frequencies follow the phones, as in D. Klatt, "Software for a cascade/parallel formant
synthesizer" (1980), cut down to what a short line needs. It does not sound like a
person; it sounds like somebody speaking.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, sosfilt

RATE_HZ = 24_000
BLOCK = 120
"""Samples between two updates of the resonators: 5 ms."""

BANDWIDTHS_HZ = (70.0, 90.0, 140.0, 220.0)


@dataclass(frozen=True, kw_only=True)
class Phone:
    """How one speech sound is made."""

    formants_hz: tuple[float, float, float] = (500.0, 1500.0, 2500.0)
    """Resonances of the mouth."""
    voice: float = 1.0
    """Loudness of the vocal folds."""
    hiss: float = 0.0
    """Loudness of the breath."""
    hiss_hz: float = 3500.0
    """Where the breath's noise lies."""


PHONES: dict[str, Phone] = {
    "-": Phone(voice=0.0),
    "AA": Phone(formants_hz=(730, 1090, 2440)),
    "AH": Phone(formants_hz=(640, 1190, 2390)),
    "AY1": Phone(formants_hz=(730, 1200, 2450)),
    "EH": Phone(formants_hz=(530, 1840, 2480)),
    "EY1": Phone(formants_hz=(480, 1950, 2550)),
    "IY": Phone(formants_hz=(290, 2250, 3000)),
    "OW1": Phone(formants_hz=(500, 900, 2400)),
    "UW": Phone(formants_hz=(310, 880, 2250)),
    "L": Phone(formants_hz=(360, 1100, 2600), voice=0.7),
    "M": Phone(formants_hz=(250, 1050, 2200), voice=0.4),
    "N": Phone(formants_hz=(250, 1500, 2500), voice=0.45),
    "R": Phone(formants_hz=(380, 1150, 1600), voice=0.7),
    "W": Phone(formants_hz=(300, 700, 2200), voice=0.6),
    "F": Phone(voice=0.0, hiss=0.25, hiss_hz=5500),
    "HH": Phone(formants_hz=(550, 1500, 2500), voice=0.05, hiss=0.35, hiss_hz=1500),
    "K": Phone(voice=0.0, hiss=0.5, hiss_hz=2200),
    "S": Phone(voice=0.0, hiss=0.5, hiss_hz=6500),
    "T": Phone(voice=0.0, hiss=0.6, hiss_hz=4500),
}

STOPS = {"K", "T"}
"""Silence first, then a burst."""


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """One phone of a line in its place."""

    phone: str
    """Key of `PHONES`."""
    start_s: float
    """When it begins."""
    end_s: float
    """When it ends."""


def place(line: str, *, start_s: float) -> tuple[Spoken, ...]:
    """The phones of a line like "HH:70 EH:90 -:200" (milliseconds), in a row."""
    spoken: list[Spoken] = []
    for item in line.split():
        phone, milliseconds = item.split(":")
        end_s = start_s + int(milliseconds) / 1000
        spoken.append(Spoken(phone=phone, start_s=start_s, end_s=end_s))
        start_s = end_s
    return tuple(spoken)


def speak(
    spoken: tuple[Spoken, ...], *, pitch_hz: float, length_s: float
) -> NDArray[np.float32]:
    """The sound of a line, mono at `RATE_HZ`, peak 0.7."""
    samples = round(length_s * RATE_HZ)
    times = np.arange(samples) / RATE_HZ
    voice = _envelope(spoken, times, "voice") * _folds(times, spoken, pitch_hz)
    sound = _resonate(voice, _formants(spoken, times))
    sound = lfilter([1.0, -0.75], [1.0], sound)  # brighter, as close to a microphone
    sound = sound / np.abs(sound).max() + 0.35 * _breath(spoken, times)
    room = np.random.default_rng(1).normal(0, 2e-4, samples)
    return (0.7 * sound / np.abs(sound).max() + room).astype(np.float32)


def _envelope(
    spoken: tuple[Spoken, ...], times: NDArray[np.float64], field: str
) -> NDArray[np.float64]:
    """A loudness of the phones over time, with edges of about 12 ms."""
    level = np.zeros_like(times)
    for part in spoken:
        start_s = part.start_s
        if part.phone in STOPS:
            start_s += 0.6 * (part.end_s - part.start_s)
        inside = (times >= start_s) & (times < part.end_s)
        level[inside] = getattr(PHONES[part.phone], field)
    width = round(0.024 * RATE_HZ)
    window = np.hanning(width)
    return np.convolve(level, window / window.sum(), mode="same")


def _folds(
    times: NDArray[np.float64], spoken: tuple[Spoken, ...], pitch_hz: float
) -> NDArray[np.float64]:
    """Glottal pulses whose pitch falls along the line and wavers a little."""
    start_s, end_s = spoken[0].start_s, spoken[-1].end_s
    along = np.clip((times - start_s) / (end_s - start_s), 0, 1)
    melody = 1.12 - 0.24 * along + 0.07 * np.sin(2 * np.pi * 2.1 * times)
    waver = 0.008 * np.sin(2 * np.pi * 5.3 * times)
    phase = np.cumsum(pitch_hz * (melody + waver)) / RATE_HZ % 1.0
    opening = np.where(phase < 0.6, np.sin(np.pi * phase / 0.6) ** 2, 0.0)
    return np.diff(opening, prepend=0.0)


def _breath(
    spoken: tuple[Spoken, ...], times: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The noise of fricatives, stops and h, each in its own band."""
    noise = np.random.default_rng(0).normal(0, 1, len(times))
    total = np.zeros_like(times)
    for name in sorted({part.phone for part in spoken if PHONES[part.phone].hiss}):
        only = tuple(part for part in spoken if part.phone == name)
        center = PHONES[name].hiss_hz
        band = butter(2, (0.7 * center, 1.4 * center), "band", fs=RATE_HZ, output="sos")
        total += _envelope(only, times, "hiss") * sosfilt(band, noise)
    return total


def _formants(
    spoken: tuple[Spoken, ...], times: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Formants [blocks, 4] in Hz, gliding from the middle of a phone to the next."""
    voiced = [part for part in spoken if part.phone != "-"]
    middles = [(part.start_s + part.end_s) / 2 for part in voiced]
    table = np.array([[*PHONES[part.phone].formants_hz, 3500.0] for part in voiced])
    at = times[::BLOCK]
    return np.stack([np.interp(at, middles, column) for column in table.T], axis=1)


def _resonate(
    sound: NDArray[np.float64], formants_hz: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The sound through four resonators in a row, retuned at every block."""
    for index, bandwidth in enumerate(BANDWIDTHS_HZ):
        radius = np.exp(-np.pi * bandwidth / RATE_HZ)
        angles = 2 * np.pi * formants_hz[:, index] / RATE_HZ
        state = np.zeros(2)
        blocks: list[NDArray[np.float64]] = []
        for block, angle in enumerate(angles):
            denominator = [1.0, -2 * radius * np.cos(angle), radius**2]
            piece = sound[block * BLOCK : (block + 1) * BLOCK]
            out, state = lfilter([sum(denominator)], denominator, piece, zi=state)
            blocks.append(out)
        sound = np.concatenate(blocks)
    return sound
