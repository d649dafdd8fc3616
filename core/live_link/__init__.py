"""Live Link Face's CSV, which Unreal, Maya and many rigs read and write: out and in."""

from .reading import read_live_link
from .writing import live_link_csv

__all__ = ["live_link_csv", "read_live_link"]
