"""Colour spaces: sRGB, linear light, and CIE Lab.

Light multiplies linear colour, so shading is divided out there; likeness of colours is
judged in Lab, where distances are roughly those that people see (CIE 1976, D65).
"""

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

_XYZ_FROM_LINEAR = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_WHITE_D65 = (0.95047, 1.0, 1.08883)

LUMINANCE = (0.2126729, 0.7151522, 0.0721750)
"""Share of each linear channel in the luminance."""


def linear_from_srgb(srgb: Float[Tensor, "*any"]) -> Float[Tensor, "*any"]:
    """Linear light of sRGB values, both 0 to 1 (IEC 61966-2-1)."""
    return torch.where(
        srgb <= 0.04045, srgb / 12.92, ((srgb.clamp(min=0) + 0.055) / 1.055) ** 2.4
    )


def srgb_from_linear(linear: Float[Tensor, "*any"]) -> Float[Tensor, "*any"]:
    """SRGB values of linear light, both 0 to 1."""
    positive = linear.clamp(min=0)
    return torch.where(
        positive <= 0.0031308,
        positive * 12.92,
        1.055 * positive.clamp(min=1e-8) ** (1 / 2.4) - 0.055,
    )


def lab_from_linear(linear: Float[Tensor, "*any 3"]) -> Float[Tensor, "*any 3"]:
    """CIE L*a*b* of linear sRGB: L 0 to 100, a and b about -100 to 100."""
    matrix = linear.new_tensor(_XYZ_FROM_LINEAR)
    xyz = linear.clamp(min=0) @ matrix.T / linear.new_tensor(_WHITE_D65)
    f = torch.where(
        xyz > 0.008856, xyz.clamp(min=1e-8) ** (1 / 3), 7.787 * xyz + 4 / 29
    )
    x, y, z = f.unbind(dim=-1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], dim=-1)


def linear_from_lab(lab: Float[Tensor, "*any 3"]) -> Float[Tensor, "*any 3"]:
    """Linear sRGB of CIE L*a*b*, the inverse of `lab_from_linear`."""
    lightness, a, b = lab.unbind(dim=-1)
    y = (lightness + 16) / 116
    f = torch.stack([y + a / 500, y, y - b / 200], dim=-1)
    xyz = torch.where(f > 6 / 29, f**3, (f - 4 / 29) / 7.787)
    matrix = torch.linalg.inv(lab.new_tensor(_XYZ_FROM_LINEAR))
    return (xyz * lab.new_tensor(_WHITE_D65)) @ matrix.T


def can_be_hair(lab: Float[np.ndarray, "*any 3"]) -> Bool[np.ndarray, "*any"]:
    """Whether hair grows in these colours (L*, a*, b*): black, brown, red, grey.

    What is dark can be hair whatever its hue, which is noise there.
    """
    lightness, a, b = np.moveaxis(lab, -1, 0)
    return np.asarray((lightness < 30) | ((b > -6) & (a > -6) & (a < 30)))
