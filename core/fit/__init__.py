"""From the landmarks of one photo to the head of the person in it."""

from .blendshapes import personal_blendshapes
from .photo import HeadFit, fit_head

__all__ = ["HeadFit", "fit_head", "personal_blendshapes"]
