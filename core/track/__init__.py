"""From the landmarks of a clip to the performance in it."""

from .track import HeadTrack, track_head

__all__ = ["HeadTrack", "track_head"]
