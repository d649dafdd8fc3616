"""One linear head: identity, expression, joints, skin weights, landmarks."""

from .model import LANDMARK_COUNT, HeadModel, load_head_model

__all__ = ["LANDMARK_COUNT", "HeadModel", "load_head_model"]
