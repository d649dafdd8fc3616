"""What blood takes of the light in skin, for all that makes skin redder or paler."""

BLOOD_ABSORPTION = (0.02, 0.36, 0.27)
"""Of red, green and blue light, as a logarithm, by as much blood rich in oxygen as a
slider at one stands for: hardly any red, most of all green."""
