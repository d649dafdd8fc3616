"""From the landmarks of photos to the head of the person in them."""

from .blendshapes import personal_blendshapes
from .photo import HeadFit, fit_head, fit_heads

__all__ = ["HeadFit", "fit_head", "fit_heads", "personal_blendshapes"]
