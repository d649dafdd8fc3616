"""What an artist may ask of a transfer."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

MOST = 2.0
"""The largest strength."""

STRETCHES = (0.1, 10.0)
"""The shortest and the longest that a performance may become."""


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """How a performance is carried over. The defaults change nothing.

    A strength is 0 for still, 1 for as it was acted, up to 2 for exaggerated.
    """

    brows: float = 1.0
    """Strength of the brows."""
    eyes: float = 1.0
    """Strength of the lids; eyes that close still close, down to a quarter."""
    mouth: float = 1.0
    """Strength of lips, cheeks, nose and tongue; lips that touch still touch."""
    jaw: float = 1.0
    """Strength of the jaw, and of mouthClose, which undoes it."""
    head: float = 1.0
    """Strength of the head's turns and ways around its middle pose."""
    gaze: float = 1.0
    """Strength of the eyes' turns, and of the lids that follow them."""
    relative: bool = False
    """Whether the driver's rest is taken off: face, gaze and where the head looks."""
    full_range: bool = False
    """Whether what the driver does little of is brought to what faces can do."""
    mirror: bool = False
    """Whether left and right change places."""
    start_s: float = 0.0
    """Second of the performance to start at."""
    end_s: float | None = None
    """Second to stop at; None: to its end."""
    stretch: float = 1.0
    """How many times as long it becomes."""

    def __post_init__(self) -> None:
        """Raises ValueError if a number is none or out of its range."""
        for region in ("brows", "eyes", "mouth", "jaw", "head", "gaze"):
            if not 0.0 <= getattr(self, region) <= MOST:
                raise ValueError(f"the strength of {region} goes from 0 to {MOST:g}")
        if not STRETCHES[0] <= self.stretch <= STRETCHES[1]:
            raise ValueError(
                f"the stretch goes from {STRETCHES[0]:g} to {STRETCHES[1]:g}"
            )
        end_s = math.inf if self.end_s is None else self.end_s
        if not 0.0 <= self.start_s < end_s:
            raise ValueError("the range ends before it starts")

    @property
    def cuts(self) -> bool:
        """Whether a part of the performance is left off."""
        return self.start_s > 0.0 or self.end_s is not None

    def changes(self) -> Mapping[str, Any]:
        """What differs from the defaults."""
        return {
            field.name: value
            for field, value in zip(fields(self), asdict(self).values(), strict=True)
            if value != field.default
        }
