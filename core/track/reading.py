"""What a clip's frames are expected to show, before they are solved once more.

The reader tells it from all that the first look has left. Of eyes it is told better by
the eyes themselves, as far as they show it: by what their pixels look like if somebody
looked, by irises, and by marks of lids that meet.
"""

from jaxtyping import Float
from torch import Tensor

from .eyes_shown import (
    evident_closing,
    steadied,
    with_crossing,
    with_narrowed_eyes,
    with_shut_eyes,
)
from .first_look import FirstLook
from .frames import Observations
from .lids_shown import with_shown_lids
from .reader import ExpressionReader

ASKED_FOR_THE_USUAL = 2000
"""Frames all over a clip that tell what is usual in it."""


class Reading:
    """Expectations of any frames of one clip."""

    def __init__(self, first: FirstLook, reader: ExpressionReader) -> None:
        """Look all over the clip for what is usual in it."""
        self._first, self._reader = first, reader
        self._lids = first.lid_range()
        sample = first.impressions(first.clip.spread(ASKED_FOR_THE_USUAL))
        self._usual = reader.usual(sample, self._lids)
        self._crossing_rad = steadied(first.crossing_rad)
        self._range = None
        if first.shown is not None:
            self._range = first.shown.range(first.clip.blink_scores())

    def of(
        self, window: slice, observed: Observations
    ) -> Float[Tensor, "frames expressions"]:
        """The expected weights of some frames, of which this was seen."""
        first, lids = self._first, self._lids
        seen = first.impressions(window, observed)
        expected = self._reader.read(seen, self._usual)
        expected = with_narrowed_eyes(expected, seen.openings, lids, seen.scores)
        expected = with_shut_eyes(expected, seen.openings, lids)
        if first.shown is not None and self._range is not None:
            shown = first.shown.at(window)
            evident = evident_closing(seen.openings, lids, seen.scores)
            expected = with_shown_lids(expected, shown, self._range, evident)
        opening = (seen.openings / lids.ordinary).amin(dim=1)
        return with_crossing(expected, self._crossing_rad[window], opening)
