"""One performance made of another: how much of which part, when, mirrored."""

from .regions import REGIONS
from .settings import Transfer
from .transfer import camera_moves, transfer_motion

__all__ = ["REGIONS", "Transfer", "camera_moves", "transfer_motion"]
